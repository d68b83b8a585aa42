"""Duty: the pair that answers for production now, who says so, and what people changed about it.

Rule: duty comes from a line of people, from PagerDuty or from the members' turns. Its first one who is there is the
primary, the next one the secondary. An override changes the line for a time; nobody's override changes the source.
Logins have no @ and are compared without regard to case, as GitHub does. Notes are plain sentences for people: they
may hold what people wrote, so what shows them neutralises them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact


class Source(StrEnum):
    """Who says who is on duty."""

    PAGERDUTY = "pagerduty"
    MEMBERS = "members"
    """The turns of the squad's file."""
    NOTHING = "nothing"
    """Nobody says: the squad's file has no rotation, or PagerDuty never told."""


class OnCall(Fact, frozen=True, kw_only=True):
    """Somebody whom PagerDuty has on call."""

    level: int
    """The escalation policy's level, from 1 on."""
    name: str
    email: str = ""
    until: datetime | None = None
    """None: there is no end to it."""


class Line(Fact, frozen=True, kw_only=True):
    """Who is to be on duty, in order, as the source says it."""

    people: tuple[str, ...]
    source: Source
    as_of: datetime
    """When the source said so."""
    until: datetime | None = None
    """When the source itself puts somebody else on duty; None where it does not tell."""
    notes: tuple[str, ...] = ()


class Override(Fact, frozen=True, kw_only=True):
    """A person is away, or handed over their duty."""

    who: str
    at: datetime
    until: datetime | None = None
    """The first moment at which it holds no more; None: until they are back."""
    reason: str = ""
    """In the person's own words."""
    to: str = ""
    """Who has the duty now; empty: the person is away, and the next in line has it."""


class Duty(Fact, frozen=True, kw_only=True):
    """Who is on duty."""

    primary: str
    """A login; empty: nobody."""
    secondary: str
    source: Source
    as_of: datetime
    notes: tuple[str, ...] = ()
    """What a person should know about it: who is away, what is missing in the squad's file, how old this is."""

    @property
    def people(self) -> tuple[str, ...]:
        """Those on duty, the primary first."""
        return tuple(login for login in (self.primary, self.secondary) if login)

    def rank(self, who: str) -> int:
        """How much this login answers for: 2 as primary, 1 as secondary, 0 where it is not on duty."""
        ranks = {self.secondary.casefold(): 1, self.primary.casefold(): 2}
        return ranks.get(who.casefold(), 0)


class Handover(Fact, frozen=True, kw_only=True):
    """What a person's `/away`, `/back` or `/handoff` changed."""

    before: Duty
    now: Duty
    override: Override | None = None
    """What was recorded; None where something recorded before was taken back, or there was nothing to take back."""

    @property
    def changed(self) -> bool:
        """Whether anybody's place on duty is another one now."""
        return self.taking_over != () or self.relieved != ()

    @property
    def taking_over(self) -> tuple[str, ...]:
        """Those who have to be called: they were not on duty, or are the primary now and were not."""
        return tuple(who for who in self.now.people if self.now.rank(who) > self.before.rank(who))

    @property
    def relieved(self) -> tuple[str, ...]:
        """Those who have less to answer for than before: the primary who is secondary now, and who is off duty."""
        return tuple(who for who in self.before.people if self.now.rank(who) < self.before.rank(who))
