"""Storms: many new errors at once, which one ticket takes together.

Rules: a wave is what the store says of new errors that come close upon each other. Its storm has a ticket of its own,
the parent, found by `Storm.fingerprint`. An error of the storm is a member: it has no issue, counts itself as any
ticket does, and tells the parent how it stands. Whatever is told carries the full state, never a difference.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.issues import IssueRef


class Wave(Fact, frozen=True, kw_only=True):
    """New errors that come close upon each other, as the store knows them."""

    id: int
    began_at: datetime
    """When the first of them arrived; it may be one that got an issue of its own."""
    before: tuple[int, ...] = ()
    """The tickets of those that came first: too few to be a wave, so they opened issues of their own."""


class InStorm(Fact, frozen=True, kw_only=True):
    """What a ticket remembers of the storm that its error came with."""

    storm: str
    """The fingerprint of the storm's ticket."""
    wave: Wave
    at: datetime
    """When the error arrived."""
    within: timedelta
    most: int
    """By these numbers of the squad's file it was a storm."""
    alone: bool = False
    """It is to open an issue of its own, for the storm's ticket does not take it any more."""
    left: bool = False
    """It has, or had, an issue of its own; the storm's ticket was told."""
    parent: IssueRef | None = None
    """The storm's issue, where that is known."""


class Member(Fact, frozen=True, kw_only=True):
    """An error of a storm, as it stands."""

    ticket: int
    headline: str
    at: datetime
    """When it arrived."""
    occurrences: int
    users: int | None = None
    last_seen: datetime | None = None
    owners: tuple[str, ...] = ()
    """Logins without @, the lead first."""
    app: str = ""
    team: str = ""
    link: str = ""
    """The sender's page of it."""
    impact: Impact | None = None
    """The worse of what it has and what a rule suggests."""
    resolved: bool = False
    """It was resolved at its sender."""
    alone: bool = False
    """It was told to open an issue of its own, and has not yet."""
    days: tuple[tuple[int, int], ...] = ()
    """(days since 1970 in UTC, count), newest last."""

    @property
    def owner(self) -> str:
        """Who answers for it; empty: nobody."""
        return self.owners[0] if self.owners else ""


class Beside(Fact, frozen=True, kw_only=True):
    """The ticket of one error beside a storm's; without an issue where it has, or is known to have, none yet."""

    ticket: int
    issue: IssueRef | None = None


class Part(Fact, frozen=True, kw_only=True):
    """What one owner got when a storm was split; the issue is None until it was opened."""

    owner: str
    fingerprint: str
    errors: int
    occurrences: int
    issue: IssueRef | None = None


class Origin(Fact, frozen=True, kw_only=True):
    """The storm that this one is an owner's part of."""

    fingerprint: str
    owner: str
    issue: IssueRef | None = None


class Division(Fact, frozen=True, kw_only=True):
    """Somebody had the storm split. An owner's only error gets an issue of its own, and so does each where all have one
    owner: it is in none of the parts."""

    by: str
    at: datetime
    parts: tuple[Part, ...] = ()


class Storm(Fact, frozen=True, kw_only=True):
    """What a storm's ticket holds."""

    fingerprint: str
    wave: int
    began_at: datetime
    newest_at: datetime
    """When the last new error of it arrived."""
    within: timedelta
    most: int
    members: tuple[Member, ...] = ()
    """Those that have no issue of their own, in the order in which they were told."""
    before: tuple[Beside, ...] = ()
    """Those that opened issues of their own just before the storm."""
    own: tuple[Beside, ...] = ()
    """Former members, which have issues of their own now."""
    resting: tuple[int, ...] = ()
    """The tickets from before that were told to rest from pings."""
    over_at: datetime | None = None
    """When so long no new error had come that the storm was over; None while it goes on."""
    division: Division | None = None
    origin: Origin | None = None
    """None for a whole storm."""

    @property
    def errors(self) -> int:
        """How many new errors came, whatever became of them since."""
        return len(self.members) + len(self.before) + len(self.own)


class Resting(Fact, frozen=True, kw_only=True):
    """Nobody is pinged for an undecided ticket while its storm goes on: the storm pings for all."""

    storm: str
    """The fingerprint of the storm's ticket."""
    since: datetime


class StormVerb(StrEnum):
    """What a storm's ticket says to another."""

    REST = "rest"
    """To a ticket from just before: nobody is pinged for it now."""
    WAKE = "wake"
    """To the same: its time begins now."""
    ALONE = "alone"
    """To a member: open an issue of your own."""
    OPENED = "opened"
    """A part's, to the storm that was split: the part has this issue now."""


class JoinedStorm(Fact, frozen=True, kw_only=True, tag="joined-storm"):
    """A member tells how it stands, for the first time or again; or a storm that was split passes that on."""

    member: Member
    joined: InStorm | None = None
    """None where it is passed on."""
    issue: IssueRef | None = None
    """It has an issue of its own now, and is a member no more."""


class StormSaid(Fact, frozen=True, kw_only=True, tag="storm-said"):
    """A storm's ticket says something to another ticket."""

    verb: StormVerb
    storm: str
    """Whose word it is: the fingerprint of that ticket."""
    issue: IssueRef | None = None
    """That ticket's issue."""


class StormPart(Fact, frozen=True, kw_only=True, tag="storm-part"):
    """An owner's part of a storm that was split: its ticket is to be opened."""

    storm: Storm


StormMail = JoinedStorm | StormSaid | StormPart
