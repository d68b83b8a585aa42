"""A week in figures; `decisions/week.py` says what each one is."""

from __future__ import annotations

from datetime import date, timedelta

from app.domain.facts import Fact
from app.domain.reporting import Mark, Row


class Week(Fact, frozen=True, kw_only=True):
    """One week."""

    since: date
    alerts: int
    closed: int
    occurrences: int
    business_days: int


class Share(Fact, frozen=True, kw_only=True):
    """What came of one app or team."""

    name: str
    alerts: int
    occurrences: int
    before: int
    """Alerts of the weeks before, all together."""


class Times(Fact, frozen=True, kw_only=True):
    """How long something took, in business time."""

    number: int
    middle: timedelta
    longest: timedelta


class Noise(Fact, frozen=True, kw_only=True):
    """What an error cost people in the week."""

    row: Row
    occurrences: int
    comments: int
    people: int

    @property
    def bill(self) -> int:
        """Notifications."""
        return self.comments * self.people


class WeekSeen(Fact, frozen=True, kw_only=True):
    """The week, with the four before."""

    mark: Mark
    weeks: tuple[Week, ...]
    """Oldest first; the last one is the report's."""
    apps: tuple[Share, ...]
    teams: tuple[Share, ...]
    acknowledged: Times | None
    decided: Times | None
    closed: Times | None
    noisiest: tuple[Noise, ...]
    deciders: tuple[tuple[str, int], ...]
    """Who decided how many tickets' impact."""
    open: int
    undecided: int
    severe: int
