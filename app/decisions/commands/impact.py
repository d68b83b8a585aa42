"""`/impact`: decide how bad the error is, or change one's mind.

| the ticket's impact                        | the same again                           | another one |
|--------------------------------------------|------------------------------------------|-------------|
| undecided                                  | –                                        | decided     |
| a reporter's first judgement               | decided: it was nobody's of the squad    | decided     |
| set by a rule of the squad's file          | decided; nobody is called once more      | decided     |
| decided by somebody of the squad           | refused                                  | decided     |

Rule: the reason is kept with the decision, and shown wherever the impact is: it is the best sentence anybody had then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.decisions.triaging import by_person
from app.domain.alerts import Impact
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import SetImpact

LONGEST: Final = 300
"""Characters of a reason that are kept."""
_CHOICES: Final = "`unsure`, `annoying` or `severe`"

_PARTING: Final = " -–—:,;"


def parse(rest: str, moment: Moment) -> SetImpact:
    """`severe users lose their work`. Raises UserError for another word."""
    word, _, reason = rest.partition(" ")
    try:
        return SetImpact(impact=Impact(word.strip(".,:;").lower()), reason=reason)
    except ValueError as error:
        wrong = f"`{word}` is no impact." if word else "There is no impact given."
        raise UserError(f"{wrong} Write {_CHOICES}, as in `/impact annoying`.") from error


def decide(wish: SetImpact, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket with its impact decided. Raises UserError where somebody has decided so already."""
    if ticket.impact is wish.impact and ticket.decided_by:
        told = "Nothing needs to be done."
        if _kept(wish.reason):
            told = "Your words were not kept: `/timeline` and what you know puts them on the ticket's timeline."
        raise UserError(f"The impact is `{wish.impact.value}` already: {ticket.decided_by} decided so. {told}")
    if ticket.closing is not None and wish.impact is Impact.SEVERE:
        raise UserError("This ticket is closed, so nobody is called. Reopen it first.")
    if ticket.decided_at is not None and at < ticket.decided_at:
        raise UserError(f"{ticket.decided_by} decided later than this, and that stands. Decide again if it is wrong.")
    return by_person(ticket, wish.impact, by, at, because=_kept(wish.reason))


def _kept(reason: str) -> str:
    """The reason without what parts it from the impact, cut so that it can be read at a glance."""
    reason = reason.strip(" ").lstrip(_PARTING)
    return reason if len(reason) <= LONGEST else f"{reason[: LONGEST - 1]}…"


SPEC: Final = Spec(
    name="impact",
    usage="/impact unsure|annoying|severe [reason]",
    help="Decides how bad the error is; `unsure` asks the tech lead, `severe` calls everybody at once.",
    who=Who.TRIAGE,
    examples=("/impact unsure", "/impact severe hearings can't be scheduled"),
    parse=parse,
)
