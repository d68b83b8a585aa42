"""`/duplicate-of`: the ticket is about the error of another one, which goes on for both.

| the other issue                                  | what is done                                                  |
|--------------------------------------------------|---------------------------------------------------------------|
| is a ticket                                      | this one is closed as its duplicate; what arrives here counts |
|                                                  | there from now on                                             |
| is no ticket, or this one, or has no issue left  | refused                                                       |
| is of a storm, or this one is                    | refused: it is of many errors                                 |
| is itself a duplicate                            | refused, and the one to name is named                         |
| is a quiet support ticket, and this one is loud  | refused: nobody would hear of the error any more              |

Rule: the severity of this one is not carried over; where it was found worse, the other ticket is told so.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from app.decisions.commands.naming import issue_named
from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.issues import IssueRef
from app.domain.tickets import Closing, Ticket
from app.domain.wishes import DuplicateOf

_HOW: Final = "Name the other ticket, as in `/duplicate-of #12`, `/duplicate-of owner/name#12`, or by its address."
_BARE: Final = re.compile(r"[1-9][0-9]{0,8}")


def parse(rest: str, moment: Moment) -> DuplicateOf:
    """An issue; what follows it is a remark. Raises UserError for anything else."""
    word = rest.partition(" ")[0].rstrip(",.;:")
    found = issue_named(f"#{word}" if _BARE.fullmatch(word) else word)
    if found is None:
        raise UserError(f"`{word}` names no issue. {_HOW}" if word else _HOW)
    return DuplicateOf(number=found.number, repository=found.repository)


def decide(ticket: Ticket, other: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket closed as a duplicate of `other`. Raises UserError; see the module's table."""
    if other.id == ticket.id:
        raise UserError(f"That is this ticket itself. {_HOW}")
    if ticket.storm is not None or other.storm is not None:
        raise UserError(
            "A storm's ticket is of many errors, so it is no duplicate and has none. Close what is done with, or write "
            "`/split` on the storm's ticket."
        )
    if ticket.merged_into:
        raise UserError(f"This ticket is a duplicate of `{named(ticket.duplicate_of)}` already. Reopen it first.")
    if other.merged_into == ticket.id:
        raise UserError(
            "That ticket is a duplicate of this one already. If it is to be the other way, reopen it first."
        )
    if other.merged_into:
        target = named(other.duplicate_of)
        raise UserError(f"That ticket is itself a duplicate of `{target}`. Write `/duplicate-of {target}`.")
    if other.issue is None:
        raise UserError("That ticket's issue was deleted. Name the one it goes on in.")
    if other.quiet and not ticket.quiet:
        raise UserError(
            "That is a support ticket, and nobody is told of what happens to it. Write `/prod-alert` there first."
        )
    return msgspec.structs.replace(
        ticket,
        merged_into=other.id,
        duplicate_of=other.issue,
        handed=ticket.counters,
        closing=Closing(at=at, by=by, reason="duplicate"),
        state_at=at,
        burst=None,
        silence=None,
        acknowledged=None,
    )


def named(issue: IssueRef | None) -> str:
    """`owner/name#12`."""
    return f"{issue.repository.name}#{issue.number}" if issue is not None else "another one"


SPEC: Final = Spec(
    name="duplicate-of",
    usage="/duplicate-of #12",
    help="Closes this ticket as a duplicate: what happens to it is counted in the other one from now on.",
    who=Who.TRIAGE,
    examples=(
        "/duplicate-of #12",
        "/duplicate-of octo-org/reader#12",
        "/duplicate-of https://github.com/octo-org/reader/issues/12 the same stack trace",
    ),
    parse=parse,
)
