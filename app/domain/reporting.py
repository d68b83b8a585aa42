"""Reports: issues that tell a squad what there is to do, what happened, and what it cost.

Rules: a report stands for one period and is found by its hidden mark; GitHub is its only memory. What people tick in it
is known by the issue that the ticked line is about.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.issues import IssueRef


class Kind(StrEnum):
    """What a report is for. Its issues have the label `report:<kind>`."""

    MORNING = "morning"
    DIGEST = "digest"
    HANDOFF = "handoff"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        """The label of its issues."""
        return f"report:{self}"


class Mark(Fact, frozen=True, kw_only=True):
    """What a report's body says to later runs."""

    kind: Kind
    key: str
    """The period: the day on which the report fell due, `2026-11-25`."""
    since: datetime
    until: datetime
    """Up to when it reaches: when it was made, or the end of its week."""
    who: str = ""
    """The login for whom alone it is; empty: the squad's."""
    pair: tuple[str, ...] = ()
    """Who was on duty when it was made."""


class Past(Fact, frozen=True, kw_only=True):
    """A report that was made."""

    issue: IssueRef
    mark: Mark
    made_at: datetime
    open: bool
    body: str
    """To the letter: never store it."""
    lines: tuple[tuple[int, bool], ...] = ()
    """(the number of the issue that a line is about, whether people ticked it)."""
    notes: bool = False
    """Whether people wrote above or below the App's part, or commented."""

    @property
    def shown(self) -> frozenset[int]:
        """What its lines are about."""
        return frozenset(number for number, _ in self.lines)

    @property
    def unticked(self) -> frozenset[int]:
        """What people have not ticked; nothing once it is closed, for who closes it is done with it."""
        return frozenset(number for number, ticked in self.lines if not ticked) if self.open else frozenset()


class Row(Fact, frozen=True, kw_only=True):
    """A ticket as reports tell of it: what GitHub lists, with what the App wrote into its body."""

    issue: IssueRef
    title: str
    made_at: datetime
    """When its issue was made."""
    opened_at: datetime
    """When it was opened, taken over or reopened last."""
    open: bool = True
    closed_at: datetime | None = None
    impact: Impact | None = None
    app: str = ""
    team: str = ""
    lead: str = ""
    """Who answers for it; empty: nobody is known."""
    occurrences: int = 0
    users: int | None = None
    regressions: int = 0
    last_seen: datetime | None = None
    days: tuple[tuple[int, int], ...] = ()
    """(days since 1970 in UTC, occurrences) of the last five weeks."""
    decided_at: datetime | None = None
    decided_by: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_until: datetime | None = None
    silenced: bool = False
    silenced_by: str = ""
    silenced_until: datetime | None = None
    asked: tuple[str, ...] = ()
    asked_at: datetime | None = None
    planned: bool = False
    """It has a milestone, or a label that says to keep it."""
    said: tuple[datetime, ...] = ()
    """When the App and its jobs commented, as far as the list reaches back."""
    people: int = 0
    """Participants, as GitHub counts them."""
    post_mortems: tuple[int, ...] = ()
    """The numbers of its post-mortems, and of those of the error's earlier tickets, in the same repository."""

    @property
    def number(self) -> int:
        """The issue's."""
        return self.issue.number

    @property
    def reopened_at(self) -> datetime | None:
        """When its error came back last after it was closed; None where it never did."""
        return self.opened_at if self.regressions and self.opened_at > self.made_at else None


class Did(StrEnum):
    """What a run did about a report, or would do."""

    MADE = "made"
    UPDATED = "updated"
    SAME = "same"
    """Nothing has changed since it was written."""
    CLOSED = "closed"
    """An older one, whose place a newer one took."""
    DONE = "done"
    """People closed it, so it is left as it is."""
    LEFT = "left"
    """It could not be done; the next run does it."""


class Outcome(Fact, frozen=True, kw_only=True):
    """What became of one report."""

    title: str
    did: Did
    issue: IssueRef | None = None
    why: str = ""
