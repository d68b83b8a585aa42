"""What a month's post-mortems teach; `decisions/month.py` says what each figure is."""

from __future__ import annotations

from datetime import date, datetime

from app.domain.facts import Fact
from app.domain.following_up import ActionItem, Cause
from app.domain.issues import IssueRef
from app.domain.reporting import Mark, Row
from app.domain.week import Times


class Month(Fact, frozen=True, kw_only=True):
    """One month's post-mortems, and the action items of those begun in it."""

    since: date
    begun: int = 0
    done: int = 0
    items: int = 0
    ticked: int = 0
    open: int = 0
    """In post-mortems that are open."""
    overdue: int = 0
    """Of the open ones."""
    left: int = 0
    """In post-mortems that were closed without them."""


class Tally(Fact, frozen=True, kw_only=True):
    """Post-mortems of one app or cause."""

    name: str
    begun: int
    before: int
    """Begun in the month before."""
    half_year: int
    """In the month and the five before it."""


class TeamItems(Fact, frozen=True, kw_only=True):
    """A team's action items in open post-mortems."""

    name: str
    open: int
    overdue: int


class Story(Fact, frozen=True, kw_only=True):
    """A post-mortem that was begun or done in the month, or is open still."""

    issue: IssueRef
    title: str
    app: str
    cause: Cause | None
    began: date
    done: date | None
    items: int
    ticked: int


class Repeat(Fact, frozen=True, kw_only=True):
    """An error that came back while an action item of its post-mortem was not done."""

    row: Row
    came_at: datetime
    post_mortem: IssueRef
    began: date
    left: tuple[tuple[ActionItem, date | None], ...]
    """The items with their days."""


class MonthSeen(Fact, frozen=True, kw_only=True):
    """The month, with the five before."""

    mark: Mark
    months: tuple[Month, ...]
    """Oldest first; the last one is the report's."""
    apps: tuple[Tally, ...] = ()
    causes: tuple[Tally, ...] = ()
    """A cause that is not said has the empty name."""
    teams: tuple[TeamItems, ...] = ()
    done: tuple[Times | None, Times | None] = (None, None)
    """From begin to done, in days: in the month, and in the one before."""
    feedback: tuple[Times | None, Times | None] = (None, None)
    open: int = 0
    """Post-mortems that were open at its end."""
    stories: tuple[Story, ...] = ()
    repeats: tuple[Repeat, ...] = ()
