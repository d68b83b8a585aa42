"""`/unsilence`: hear of the error again, also where it was silenced at its sender."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import Unsilence


def parse(rest: str, moment: Moment) -> Unsilence:
    """Whatever follows is a remark."""
    return Unsilence()


def decide(wish: Unsilence, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket without its silence; the sender's own (`silenced`) stays until the sender says that it is over.

    Raises UserError where it is silenced neither here nor there.
    """
    if ticket.silence is None and not ticket.silenced:
        raise UserError("This ticket is not silenced, so there is nothing to end. Every occurrence is told here.")
    return msgspec.structs.replace(ticket, silence=None)


SPEC: Final = Spec(
    name="unsilence",
    usage="/unsilence",
    help="Ends a silence, here and at the sender.",
    who=Who.TRIAGE,
    examples=("/unsilence",),
    parse=parse,
)
