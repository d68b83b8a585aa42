"""`/prod-alert`: the issue is a production error, so it becomes a ticket; or a quiet support ticket becomes loud.

| the issue                      | what is done                                                                        |
|--------------------------------|-------------------------------------------------------------------------------------|
| is no ticket                   | it becomes one, or is closed as a duplicate, as by the label: `flows/promoting.py`  |
| a support ticket that is quiet | whoever answers for it is assigned, and its time to be decided begins now           |
| is a ticket                    | refused                                                                             |
| is closed                      | refused: to be reopened first                                                       |

Rule: an impact behind it is decided by whoever writes it, as by `/impact`.
"""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from typing import Final

from app.decisions.commands import impact
from app.decisions.commands.spec import Moment, Spec, Who
from app.decisions.triaging import promoted
from app.domain.alerts import Impact
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import Promote, SetImpact

CLOSED: Final = "This issue is closed. Reopen it, and write `/prod-alert` again."
_NEAR: Final = 0.75


def parse(rest: str, moment: Moment) -> Promote:
    """Nothing, an impact with a reason, or a remark. Raises UserError for a word that nearly is an impact."""
    word, _, reason = rest.partition(" ")
    word = word.strip(".,:;").lower()
    if word in tuple(Impact):
        return Promote(impact=Impact(word), reason=reason)
    near = get_close_matches(word, tuple(Impact), n=1, cutoff=_NEAR)
    if near:
        raise UserError(f"`{word}` is no impact. Did you mean `/prod-alert {near[0]}`?")
    return Promote(reason=rest)


def decide(wish: Promote, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The support ticket, loud. Raises UserError where it is loud already, or closed."""
    if not ticket.quiet:
        word = wish.impact or "severe"
        raise UserError(f"This is a ticket already. To say how bad it is, write `/impact {word}`.")
    if ticket.closing is not None:
        raise UserError(CLOSED)
    ticket = promoted(ticket, at)
    if wish.impact is None:
        return ticket
    return impact.decide(SetImpact(impact=wish.impact, reason=wish.reason), ticket, by, at)


SPEC: Final = Spec(
    name="prod-alert",
    usage="/prod-alert [unsure|annoying|severe] [reason]",
    help="Makes a ticket of any issue, such as a support ticket that turns out to be relevant.",
    who=Who.ON_DUTY,
    examples=("/prod-alert", "/prod-alert severe hearings can't be scheduled"),
    parse=parse,
)
