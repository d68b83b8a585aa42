"""Following up a post-mortem: what its issue says is still to do, and what is said of that.

Rule: a post-mortem has one such comment at most. It remembers, hidden in it, whom it told of what, for a job keeps
nothing. Days are by the squad's clock.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef


class Section(StrEnum):
    """What people have to write; the value is the heading."""

    ROOT_CAUSE = "Root cause"
    DETECTION = "Detection"
    WELL = "What went well"
    BADLY = "What went badly"
    LUCKY = "Where we were lucky"


ACTION_ITEMS: Final = "Action items"
"""The heading below which the checklist stands."""
DISCUSSED: Final = "The action items were discussed after standup"
"""The line that is ticked when they were; it is no action item."""


class ActionItem(Fact, frozen=True, kw_only=True):
    """A line of the checklist."""

    key: str
    """The same as long as its words are."""
    text: str
    done: bool
    owners: tuple[str, ...] = ()
    due: date | None = None
    weekday: int | None = None
    """`by friday`: 0 is Monday."""


class Paper(Fact, frozen=True, kw_only=True):
    """What people wrote, as far as it is followed up."""

    empty: tuple[Section, ...] = ()
    items: tuple[ActionItem, ...] = ()
    discussed: bool = False
    """Whether the action items were discussed with the team."""

    @property
    def to_do(self) -> tuple[ActionItem, ...]:
        """What is not ticked."""
        return tuple(item for item in self.items if not item.done)


class Stage(StrEnum):
    """How an item stands to its day."""

    SOON = "soon"
    TODAY = "today"
    OVERDUE = "overdue"


class Followed(Fact, frozen=True, kw_only=True):
    """What is remembered of an item."""

    key: str
    due: date
    """A weekday is the first such day from when the item was first seen."""
    stage: Stage | None = None
    """What its owners were told last."""
    on: date | None = None
    """When they were."""
    times: int = 0
    """How often they were told that it is overdue."""


class Memory(Fact, frozen=True, kw_only=True):
    """What the comment remembers; saved in it, so fields are only added."""

    items: tuple[Followed, ...] = ()
    unclear_on: date | None = None
    """When somebody was told last of items without a day or an owner."""
    empty_on: date | None = None
    """When somebody was told last of empty sections."""
    feedback_by: date | None = None
    """Until when feedback is asked for; None while it was not."""
    reopened: bool = False
    """Whether it was closed too early, once."""
    owing_on: date | None = None
    """When somebody was told last that their feedback is missing, or asked for it."""


class Called(Fact, frozen=True, kw_only=True):
    """What the App's call for feedback remembers; saved in it, so fields are only added."""

    by: date
    """Until when feedback is asked for."""
    on: date
    """When it was called for."""


class Post(Fact, frozen=True, kw_only=True):
    """A post-mortem's issue, as a list shows it."""

    issue: IssueRef
    paper: Paper
    open: bool = True
    closed_at: datetime | None = None
    reason: str = ""
    commented_at: datetime | None = None
    commenters: tuple[str, ...] = ()
    """The people who commented, as far as the list reaches back."""
    locked: bool = False
    keepers: tuple[str, ...] = ()
    """Who writes it: who is assigned, else who opened it, else the lead."""
    lead: str = ""
    """The tech lead of the ticket's app; else the primary."""
    comment: CommentRef | None = None
    memory: Memory = Memory()


class Told(Fact, frozen=True, kw_only=True):
    """An item that is near its day, or past it."""

    item: ActionItem
    due: date
    stage: Stage
    who: tuple[str, ...]
    """Whoever hears of it now; empty: they have heard of it."""
    times: int = 0


class FollowUp(Fact, frozen=True, kw_only=True):
    """The new comment; it takes the old one's place."""

    issue: IssueRef
    keepers: tuple[str, ...] = ()
    """Who hears of empty sections and of unclear items now; empty: nobody."""
    told: tuple[Told, ...] = ()
    read: tuple[tuple[ActionItem, date], ...] = ()
    """Items whose weekday was taken for this day."""
    unclear: tuple[ActionItem, ...] = ()
    empty: tuple[Section, ...] = ()
    audience: tuple[str, ...] | None = None
    """Who is asked for feedback now; None: nobody, but it may be open still."""
    feedback_by: date | None = None
    owing: tuple[str, ...] = ()
    """Whose feedback is missing still: they hear of it now."""
    reopens: int = 0
    """Items left open when it was closed without a word: it is opened again."""
    memory: Memory = Memory()
    replaces: CommentRef | None = None


class NotSaid(Fact, frozen=True, kw_only=True):
    """What was not done, and why."""

    what: FollowUp
    why: str


class FollowedUp(Fact, frozen=True, kw_only=True):
    """What a run came to."""

    seen: int = 0
    done: tuple[FollowUp, ...] = ()
    left: tuple[NotSaid, ...] = ()
