"""Post-mortem: the issue in which the squad finds out why an outage happened, as the App remembers it.

Rule: a `PostMortem` is kept under the name of its mailbox (`post_mortem_key`), and only a settle of that mailbox writes
it. Whoever adds to it adds fields with a default.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from app.domain.boards import Shared
from app.domain.facts import Fact
from app.domain.history import Happened
from app.domain.issues import IssueRef
from app.domain.tickets import Pair

LABEL: Final = "post-mortem"
"""The label that makes an issue a post-mortem."""
ITEM_LABEL: Final = "action-item"
"""The label of a sub-issue that an action item became."""


class Stage(StrEnum):
    """How far it has come; decided by `decisions/post_mortems.py`. The values are saved: never rename one."""

    IN_PROGRESS = "in-progress"
    """Sections are empty."""
    FEEDBACK = "feedback"
    """No section is empty: others read it, and say what is missing."""
    DONE = "done"
    DROPPED = "dropped"
    """Closed as not planned, without its label, or deleted: nothing more is done about it."""


class SubIssue(Fact, frozen=True, kw_only=True):
    """An action item that became an issue of its own."""

    key: str
    """The item's, as it was read last; see `ActionItem.key`."""
    issue: IssueRef
    done: bool = False
    """What its line and its issue agreed on last."""


class SubIssues(Fact, frozen=True, kw_only=True):
    """What is known of a post-mortem's sub-issues; kept beside its record, for nobody else needs to follow it."""

    known: tuple[SubIssue, ...] = ()
    there_are: bool | None = None
    """Whether GitHub has sub-issues in this repository; None: nobody has asked."""


class PostMortem(Fact, frozen=True, kw_only=True):
    """What is known of one post-mortem."""

    issue: IssueRef
    stage: Stage
    began_at: datetime
    """When the App heard of it first."""
    title: str = ""
    """Redacted."""
    tickets: tuple[int, ...] = ()
    """The tickets that it is about, the first one that it was drafted from."""
    apps: tuple[str, ...] = ()
    """The tickets' apps."""
    begun: bool = False
    """The App's part was put into its text; should people take it out, it stays out until somebody asks for it."""
    on_duty: Pair = Pair()
    """When the trouble began, as far as it is known; else when the post-mortem did."""
    lead: str = ""
    """The tech lead's login; empty where nobody is known."""
    items_open: int = 0
    """Action items that are not ticked."""
    items_unclear: int = 0
    """Those of them without a day or without somebody who does it."""
    items_certain: int = 0
    """Those of the open ones that are certainly not done: see `ActionItem.hangs_on_itself`."""
    reopened: bool = False
    """It was closed with such items, nobody said why, and the App opened it again, once."""
    discussed: bool = False
    """Whether the action items were discussed with the team."""
    notes: tuple[Happened, ...] = ()
    """What people put on its timeline in comments on itself (`decisions/marking.py`)."""
    board: Shared = Shared()
    """What the squad's Project shows of it."""
    feedback_by: date | None = None
    """Until when feedback is asked for, by the squad's clock; None while it was not."""
    mentioned: bool = False
    """Whether those who will be asked for feedback were told that it is being written."""
    announced: str = ""
    """What its message in Slack shows, as a digest; empty: it has none."""
    standup_on: date | None = None
    """The last day on which it was said that its action items are to be discussed, or need not be."""

    @property
    def ticket(self) -> int:
        """The ticket that it was drafted from; 0: none."""
        return self.tickets[0] if self.tickets else 0

    @property
    def lives(self) -> bool:
        """Whether the squad works on it."""
        return self.stage in {Stage.IN_PROGRESS, Stage.FEEDBACK}


class ItemOf(Fact, frozen=True, kw_only=True):
    """What a sub-issue's hidden marker says: whose action item it is."""

    repository: int
    number: int
    """The post-mortem's."""
    key: str


ITEM_MARKER: Final = "action-item"
"""The name of that marker."""
