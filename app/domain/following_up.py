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
from app.domain.links import Ending, Linked


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


MOST_TOLD: Final = 50
"""Items of which one comment tells; whoever is not told yet hears of theirs with the next run."""


class Cause(StrEnum):
    """What an outage came from, as a post-mortem's line `Cause: …` says; the values are what people write."""

    DEPLOY = "deploy"
    CONFIGURATION = "configuration"
    DEPENDENCY = "dependency"
    DATA = "data"
    CAPACITY = "capacity"
    CODE = "code"
    PROCESS = "process"
    OTHER = "other"


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
    links: tuple[Linked, ...] = ()
    sub_issue: int = 0
    """The number of its own issue, which stands in brackets behind its words; 0: it has none."""

    @property
    def hangs_on_itself(self) -> bool:
        """Nothing but its box, or its own issue, says whether it is done: it links nothing else."""
        return all(link.number == self.sub_issue and not link.repository for link in self.links)

    @property
    def what(self) -> str:
        """What is to be done, without who does it and by when: what stands behind the first colon."""
        text = self.text.removesuffix(f"(#{self.sub_issue})").rstrip() if self.sub_issue else self.text
        head, _, what = text.partition(": ")
        return what.strip() if self.owners and "@" in head and what.strip() else text


class Spot(Fact, frozen=True, kw_only=True):
    """Where an item stands in the text."""

    item: ActionItem
    box: int
    """The place of the character between its brackets."""
    end: int
    """Just behind its words."""
    whole: bool
    """Whether the line was read to its end; of one that is very long only the beginning is."""


class Checklist(Fact, frozen=True, kw_only=True):
    """Where the action items stand in the text, heading and all that is no item left out."""

    begin: int
    """Just behind the heading's line."""
    end: int
    last: int
    """Just behind the words of the last item; `begin` where there is none."""


class Paper(Fact, frozen=True, kw_only=True):
    """What people wrote, as far as it is followed up."""

    empty: tuple[Section, ...] = ()
    items: tuple[ActionItem, ...] = ()
    discussed: bool = False
    """Whether the action items were discussed with the team."""
    cause: Cause | None = None
    """None: it is not said."""
    beyond: int = 0
    """Items that are not ticked and not among `items`, for there are too many."""

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
    feedback_on: date | None = None
    """When feedback was asked for."""
    given_up: tuple[str, ...] = ()
    """Keys of the items of which it was said that what they link was given up."""
    ticked: tuple[str, ...] = ()
    """Keys of the items that were ticked, for what they link is done."""


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
    opened_at: datetime
    open: bool = True
    closed_at: datetime | None = None
    reason: str = ""
    commenters: tuple[str, ...] = ()
    """The people who commented, as far as the list reaches back."""
    said_at: datetime | None = None
    """When a person last said something in a comment that is not commands alone."""
    edited_at: datetime | None = None
    """When a person edited the text last, if nobody has since."""
    locked: bool = False
    keepers: tuple[str, ...] = ()
    """Who writes it: who is assigned, else who opened it, else the lead."""
    lead: str = ""
    """The tech lead of the ticket's app; else the primary."""
    comment: CommentRef | None = None
    memory: Memory = Memory()
    endings: tuple[Ending, ...] = ()
    """Of its items that are not ticked."""


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
    beyond: int = 0
    """Items that are not followed up, for there are too many; told with what is unclear."""
    empty: tuple[Section, ...] = ()
    audience: tuple[str, ...] | None = None
    """Who is asked for feedback now; None: nobody, but it may be open still."""
    feedback_by: date | None = None
    owing: tuple[str, ...] = ()
    """Whose feedback is missing still: they hear of it now."""
    finished: tuple[tuple[ActionItem, Ending], ...] = ()
    """Items that are ticked now, for what they link is done."""
    given_up: tuple[tuple[ActionItem, Ending], ...] = ()
    """Items of which it is said now that what they link was given up."""
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
    unseen: int = 0
    """Links that GitHub does not show to the job."""
