"""What the squad's chat channel hears of a post-mortem.

Rules: a post-mortem has one message, which is edited. `ShownPostMortem` is all that it tells, taken from the record in
the moment of its settle. Titles are redacted, and data.
"""

from __future__ import annotations

from datetime import date

from app.domain.facts import Fact
from app.domain.issues import IssueRef
from app.domain.post_mortems import Stage


class ShownPostMortem(Fact, frozen=True, kw_only=True):
    """What a post-mortem's message tells."""

    issue: IssueRef
    title: str
    stage: Stage
    tickets: tuple[IssueRef, ...] = ()
    apps: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """Who is asked for feedback: logins or `organisation/team`, without @."""
    feedback_by: date | None = None
    """Until when, by the squad's clock; None while it is not asked for."""
    items_open: int = 0
    items_unclear: int = 0
    """Those of them without a day, or without somebody who does it."""
    discussed: bool = False
    """Whether the action items were discussed after standup."""


class AgendaLine(Fact, frozen=True, kw_only=True):
    """A post-mortem whose action items are to be discussed after standup."""

    issue: IssueRef
    title: str
    day: date
    """On which it is said, by the squad's clock; on another day it is not said any more."""
    items_open: int = 0
    items_unclear: int = 0
