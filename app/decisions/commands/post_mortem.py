"""`/post-mortem`: draft the ticket's post-mortem, an issue of its own; again, to bring its timeline up to date."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.naming import issue_named
from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.wishes import IssueNamed, WantPostMortem


def parse(rest: str, moment: Moment) -> WantPostMortem:
    """The issues named at the end are its other tickets; whatever stands before them is the title."""
    words, tickets = rest.split(), list[IssueNamed]()
    while words and (named := issue_named(words[-1])) is not None:
        tickets.insert(0, named)
        words.pop()
    return WantPostMortem(title=" ".join(words), tickets=tuple(dict.fromkeys(tickets)))


SPEC: Final = Spec(
    name="post-mortem",
    usage="/post-mortem [title] [#12 #15 …]",
    help="Drafts the post-mortem with its timeline, or brings the timeline up to date; what people wrote there stays. "
    "Tickets that are named are part of it.",
    who=Who.TRIAGE,
    examples=("/post-mortem", "/post-mortem Documents could not be opened for an hour", "/post-mortem #12 #15"),
    parse=parse,
)
