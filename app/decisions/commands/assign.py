"""`/assign`: these people, too; alone, the one who writes it.

Whether GitHub lets them be assigned is found out when it is done. Until then the ticket that comes of it says what is
wished, and nobody remembers it as done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.commands.people import login_of
from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import AssignTo

MOST: Final = 10
"""GitHub's limit on an issue's assignees."""


def parse(rest: str, moment: Moment) -> AssignTo:
    """`@jo @kim`, `me`, or nothing. Raises UserError for a team and for what is no login."""
    if rest.lower() in {"", "me"}:
        return AssignTo()
    return AssignTo(logins=tuple(dict.fromkeys(login_of(word) for word in rest.split() if word != "and")))


def decide(wish: AssignTo, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket with them after those who have it. Raises UserError where all have it, and for too many."""
    have = {login.casefold() for login in ticket.assigned}
    new = tuple(login for login in wish.logins or (by,) if login.casefold() not in have)
    if not new:
        raise UserError("They are assigned already. Nothing needs to be done.")
    if len(ticket.assigned) + len(new) > MOST:
        raise UserError(f"GitHub assigns at most {MOST} people. Take somebody off on the right first.")
    return msgspec.structs.replace(ticket, assigned=(*ticket.assigned, *new))


SPEC: Final = Spec(
    name="assign",
    usage="/assign [@login …]",
    help="Assigns these people, or you.",
    who=Who.TRIAGE,
    examples=("/assign", "/assign @octocat @hubot"),
    parse=parse,
)
