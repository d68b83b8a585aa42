"""What stands in the reports that are lists of things to do, and whether one is due.

Rule: `decisions/report_items.py` says what is listed as what, `decisions/report_times.py` when.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from app.domain.duty import Duty
from app.domain.facts import Fact
from app.domain.reporting import Mark, Past, Row
from app.domain.standup import Agenda


class Why(StrEnum):
    """Why a ticket is listed."""

    NEW = "new"
    REOPENED = "reopened"
    AGAIN = "again"
    LEFT = "left over"


class Item(Fact, frozen=True, kw_only=True):
    """A ticket with a box to tick."""

    row: Row
    why: Why


class Glance(Fact, frozen=True, kw_only=True):
    """A support ticket."""

    row: Row
    new: bool


class Review(Fact, frozen=True, kw_only=True):
    """The morning review."""

    mark: Mark
    duty: Duty
    undecided: tuple[Item, ...] = ()
    teams: tuple[tuple[str, tuple[Item, ...]], ...] = ()
    """The others by team, the worst first; a ticket of no team comes under the empty name."""
    closed: tuple[Row, ...] = ()
    silenced: int = 0
    support: tuple[Glance, ...] = ()
    agenda: Agenda = Agenda()
    """What the pair brings up after standup."""


class Batch(Fact, frozen=True, kw_only=True):
    """A lead's digest."""

    mark: Mark
    apps: tuple[tuple[str, tuple[Item, ...]], ...]
    others: int = 0
    """How many more tickets of theirs annoy, and have nothing new."""


class Shift(Fact, frozen=True, kw_only=True):
    """The change of shift."""

    mark: Mark
    before: tuple[str, ...]
    """The last pair."""
    duty: Duty
    """The next one's."""
    tickets: tuple[Row, ...] = ()
    """Open ones that somebody has to look after, the worst first."""
    annoying: int = 0
    ending: tuple[Row, ...] = ()
    """Silences that end soon."""
    silenced: int = 0
    """All silences in force."""
    opened: int = 0
    closed: int = 0
    last: Past | None = None
    """The last handoff, in which the last pair may have written what it learned."""


class Due(Fact, frozen=True, kw_only=True):
    """A report is to be made now."""

    day: date
    """On the squad's clock."""
    at: datetime

    @property
    def key(self) -> str:
        """Which period's report it is: `2026-11-25`."""
        return f"{self.day}"


class NotDue(Fact, frozen=True, kw_only=True):
    """Nothing is to be made."""

    off: bool = False
    """The squad's file has no section for it."""
    next_at: datetime | None = None
