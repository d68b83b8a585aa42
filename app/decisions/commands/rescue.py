"""`/rescue`: the error is caught in the code and logged, and its sender hears no more of it.

The procedure's preferred end for what is too insignificant to be fixed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import Rescued

CAUGHT: Final = "caught in the code, logged, not sent"


def parse(rest: str, moment: Moment) -> Rescued:
    """Where it is caught; nothing where that is not told."""
    return Rescued(note=rest or CAUGHT)


def decide(wish: Rescued, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket with the note. Raises UserError where it says so already."""
    if ticket.rescued == wish.note:
        raise UserError("That is recorded already. Close the ticket when the change is out.")
    return msgspec.structs.replace(ticket, rescued=wish.note)


SPEC: Final = Spec(
    name="rescue",
    usage="/rescue [where]",
    help="Records that the error is caught in the code, logged, and not sent any more.",
    who=Who.TRIAGE,
    examples=("/rescue", "/rescue in the upload job, pull request 123"),
    parse=parse,
)
