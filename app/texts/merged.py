"""What is said of tickets that are duplicates of each other.

| comment     | when                                                                                            |
|-------------|-------------------------------------------------------------------------------------------------|
| `duplicate` | this ticket was closed as a duplicate                                                           |
| `worse`     | a duplicate of this ticket was found worse than this one; nothing is changed by that            |
| `parted`    | this ticket is a duplicate no more                                                              |

Rule: nobody is mentioned: whoever watches the issue is told of a comment anyway.
"""

from __future__ import annotations

from app.domain.issues import IssueRef
from app.domain.mail import TicketMerged
from app.domain.tickets import Ticket
from app.texts.markdown import (
    NOTHING,
    Markdown,
    code,
    fill,
    issue_link,
    literal,
    remark,
    words,
)


def duplicate(of: IssueRef, by: str, operation: str) -> Markdown:
    """Where the error goes on, and how to take it back."""
    closed = fill(
        "Closed as a duplicate of {ticket}, by {who}. What was counted here counts there, and so does whatever happens "
        "from now on.",
        ticket=issue_link(of),
        who=code(f"@{by}"),
    )
    return remark([closed, literal("Is it another error after all? Then reopen this ticket.")], operation)


def worse(ticket: Ticket, news: TicketMerged, operation: str) -> Markdown:
    """How bad the duplicate was found, and how bad this one is."""
    found = fill(
        "{duplicate} is a duplicate of this ticket now, and it was found **{impact}**.",
        duplicate=issue_link(news.issue),
        impact=words(news.impact or "undecided"),
    )
    who, why = code(f"@{news.decided_by}"), words(news.decided_because)
    by = fill("{who} decided so.", who=who) if news.decided_by else NOTHING
    if news.decided_by and why:
        by = fill("{who} decided so: “{why}”.", who=who, why=why)
    here = fill(
        "This ticket is {impact}. Is it as bad as that? Then write {command}.",
        impact=words(ticket.impact or "undecided"),
        command=code(f"/impact {news.impact}"),
    )
    return remark([found, by, here], operation)


def parted(was: IssueRef | None, operation: str, *, in_circle: bool) -> Markdown:
    """From now on it is counted here again."""
    other = issue_link(was) if was is not None else literal("another ticket")
    if in_circle:
        why = fill(
            "This ticket and {ticket} were made duplicates of each other at the same time, so it was reopened. Write "
            "`/duplicate-of` on one of them only.",
            ticket=other,
        )
    else:
        why = fill("It was reopened, so it is no duplicate of {ticket} any more.", ticket=other)
    return remark(
        [why, literal("What happens from now on counts here; what was counted there stays there.")], operation
    )
