"""Nagging: a reminder of a ticket that nobody touches, and what is done about it.

Rule: a ticket has one reminder at most, which says how often people were reminded. It stands on GitHub alone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef

STALE: Final = "stale"
"""The label of a ticket that has a reminder."""


class Step(StrEnum):
    """What a ticket waits for."""

    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    JUDGE = "judge"
    MEND = "mend"
    TIDY = "tidy"


class Reminder(Fact, frozen=True, kw_only=True):
    """The reminder that stands on the ticket now."""

    comment: CommentRef
    at: datetime
    number: int
    """How many times people were reminded since a person did something, this one counted."""
    closes_at: datetime | None = None
    """When it says that the ticket will be closed."""


class Remind(Fact, frozen=True, kw_only=True):
    """Somebody is reminded; the new reminder takes the old one's place."""

    issue: IssueRef
    number: int
    step: Step
    impact: Impact | None
    who: tuple[str, ...]
    """Whoever owes the step first; empty: nobody is known."""
    since: datetime
    """When a person did something last."""
    closes_at: datetime | None = None
    replaces: CommentRef | None = None


class Answered(Fact, frozen=True, kw_only=True):
    """A person did something since: the reminder and the label go."""

    issue: IssueRef
    comment: CommentRef | None
    """None: only the label is left of it."""


class CloseStale(Fact, frozen=True, kw_only=True):
    """Nobody wants it: closed as it was announced."""

    issue: IssueRef
    announced_at: datetime
    since: datetime


Nagging = Remind | Answered | CloseStale
"""What is done about one ticket."""


class Left(Fact, frozen=True, kw_only=True):
    """What was not done, and why."""

    what: Nagging
    why: str


class Nagged(Fact, frozen=True, kw_only=True):
    """What a run came to."""

    seen: int = 0
    unmarked: int = 0
    """Tickets without the App's hidden state: they were judged by their labels alone."""
    reminded: tuple[Remind, ...] = ()
    answered: tuple[Answered, ...] = ()
    closed: tuple[CloseStale, ...] = ()
    left: tuple[Left, ...] = ()
