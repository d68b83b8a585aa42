"""`/split`: each owner of a storm's errors gets a ticket with theirs; an owner's only error, and each where all are of
one owner, gets its own.

What follows from it is decided by `decisions/storming.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.storms import Division
from app.domain.tickets import Ticket
from app.domain.wishes import SplitIt


def parse(rest: str, moment: Moment) -> SplitIt:
    """Whatever follows is a remark."""
    return SplitIt()


def decide(wish: SplitIt, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The storm's ticket, to be split. Raises UserError for any other ticket, and where there is nothing to split."""
    storm = ticket.storm
    if storm is None:
        raise UserError("This ticket is of one error, so there is nothing to split. `/split` is for a storm's ticket.")
    if storm.division is not None:
        raise UserError(f"{storm.division.by} had this storm split already. The body says where each error went.")
    if ticket.closing is not None:
        raise UserError("This ticket is closed: its errors get their own when they occur again. Reopen it to split it.")
    if all(member.alone for member in storm.members):
        raise UserError("All errors of this storm have tickets of their own. Close this one when you are done with it.")
    return msgspec.structs.replace(ticket, storm=msgspec.structs.replace(storm, division=Division(by=by, at=at)))


SPEC: Final = Spec(
    name="split",
    usage="/split",
    help="Of a storm: each owner gets one ticket with their errors; an only one, or those of one owner, get their own.",
    who=Who.TRIAGE,
    examples=("/split",),
    parse=parse,
)
