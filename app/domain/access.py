"""A new squad member's access: the checklist that is an issue, what the job saw of it, and what is done about it.

Rule: a line is ticked when somebody ticked it, or when the job saw that it is so. The job never takes a tick away.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef

LABEL: Final = "squad-access"
"""The label of these issues; the form gives it to them."""


class Item(StrEnum):
    """What somebody on the squad needs access to. The value is part of saved comments: never rename one."""

    EMAIL = "email"
    GITHUB = "github"
    PAGERDUTY = "pagerduty"
    LOGS = "logs"
    SENTRY = "sentry"
    AWS = "aws"
    SSH = "ssh"
    DEPLOYMENT = "deployment"
    PRODUCTION = "production"


OPTIONAL: Final = frozenset({Item.PRODUCTION})
"""The procedure: “it's ok if you don't have this yet”."""


class Box(Fact, frozen=True, kw_only=True):
    """A line of the checklist."""

    item: Item
    ticked: bool
    at: int
    """The place in the body of the character between the brackets."""


class Checklist(Fact, frozen=True, kw_only=True):
    """What an issue's body says."""

    boxes: tuple[Box, ...] = ()
    login: str = ""
    """Whose access it is, where the form names somebody; else it is the author's."""


class Sight(StrEnum):
    """What the job saw of a line. The value is part of saved comments."""

    SEEN = "seen"
    ABSENT = "absent"
    PEOPLE = "people"
    """Nobody but a person can tell."""
    NO_ADDRESS = "no-address"
    NOT_ASKED = "not-asked"
    """There is no token for it."""
    NOT_SET = "not-set"
    REFUSED = "refused"


class Line(Fact, frozen=True, kw_only=True):
    """One line as it stands after this run."""

    item: Item
    sight: Sight
    ticked: bool = False
    missing: bool = False
    """Somebody took it out of the body."""

    @property
    def open(self) -> bool:
        """It still has to be done."""
        return not self.ticked and self.item not in OPTIONAL


class Report(Fact, frozen=True, kw_only=True):
    """How a checklist stands: what the rolling comment says, and keeps in its marker."""

    person: str
    lines: tuple[Line, ...] = ()

    @property
    def open(self) -> tuple[Line, ...]:
        """What is left."""
        return tuple(line for line in self.lines if line.open)


class Rolling(Fact, frozen=True, kw_only=True):
    """The job's one comment on the issue, as it stands now."""

    comment: CommentRef
    at: datetime
    """When it was made: an edited one tells nobody."""
    number: int
    """Which reminder it is; 0: none."""
    report: Report
    since: datetime | None = None
    """When a person had done something last, as far as was known: the job's own edit of the body covers theirs."""


class Tell(Fact, frozen=True, kw_only=True):
    """The comment is made, or edited: nobody is reminded. `ticks` are lines that the job ticks."""

    issue: IssueRef
    report: Report
    since: datetime
    """When a person did something last."""
    number: int = 0
    ticks: tuple[Item, ...] = ()
    comment: CommentRef | None = None


class RemindOfAccess(Fact, frozen=True, kw_only=True):
    """The person is reminded, and later their lead, too; the new comment takes the old one's place."""

    issue: IssueRef
    report: Report
    number: int
    who: tuple[str, ...]
    since: datetime
    ticks: tuple[Item, ...] = ()
    comment: CommentRef | None = None


class Finish(Fact, frozen=True, kw_only=True):
    """All is there: a last word, in the old comment's place, and the issue is closed as completed."""

    issue: IssueRef
    report: Report
    ticks: tuple[Item, ...] = ()
    comment: CommentRef | None = None


AccessStep = Tell | RemindOfAccess | Finish
"""What is done about one checklist."""


class Undone(Fact, frozen=True, kw_only=True):
    """What was not done, and why."""

    issue: IssueRef
    why: str


class AccessRun(Fact, frozen=True, kw_only=True):
    """What a run came to."""

    seen: int = 0
    steps: tuple[AccessStep, ...] = ()
    """What was done; in a dry run, what would be."""
    unread: tuple[IssueRef, ...] = ()
    """Issues with the label and without a checklist."""
    blind: tuple[str, ...] = ()
    """What could not be asked, and why."""
    left: tuple[Undone, ...] = ()
