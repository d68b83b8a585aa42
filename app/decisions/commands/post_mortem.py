"""`/post-mortem`: draft the ticket's post-mortem, an issue of its own; again, to bring its timeline up to date."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.wishes import WantPostMortem


def parse(rest: str, moment: Moment) -> WantPostMortem:
    """Whatever follows is the title."""
    return WantPostMortem(title=rest)


SPEC: Final = Spec(
    name="post-mortem",
    usage="/post-mortem [title]",
    help="Drafts the post-mortem with its timeline, or brings the timeline up to date; what people wrote there stays.",
    who=Who.TRIAGE,
    examples=("/post-mortem", "/post-mortem Documents could not be opened for an hour"),
    parse=parse,
)
