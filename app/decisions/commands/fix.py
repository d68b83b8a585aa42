"""`/fix`: I fix it. Another one may take it over by the same command."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import TakeForFix


def parse(rest: str, moment: Moment) -> TakeForFix:
    """Whatever follows is a remark."""
    return TakeForFix()


def decide(wish: TakeForFix, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket taken. Raises UserError where it is closed, or theirs already."""
    if ticket.closing is not None:
        raise UserError("This ticket is closed. Reopen it first if there is still something to fix.")
    if ticket.to_fix_by.casefold() == by.casefold():
        raise UserError("You took this ticket already. Close it when the fix is out.")
    return msgspec.structs.replace(ticket, to_fix_by=by)


SPEC: Final = Spec(
    name="fix",
    usage="/fix",
    help="Takes the ticket: you fix the error.",
    who=Who.TRIAGE,
    examples=("/fix",),
    parse=parse,
)
