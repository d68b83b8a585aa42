"""What is counted for whoever watches the App: how settles end, what is left of a budget.

Rule: the names are told to whoever watches the App, so one is never given another meaning.
"""

from __future__ import annotations

from enum import StrEnum

from app.domain.facts import Fact


class Ending(StrEnum):
    """How one settle of a mailbox ended."""

    SETTLED = "settled"
    WAITING = "waiting"
    """It found that something else must come first, and waits for that."""
    RETRIED = "retried"
    """It failed, and is tried again."""
    HELD_BACK = "held-back"
    """Its installation's budget was spent."""
    UNSAVED = "unsaved"
    """The store could not save what was done; it is tried again."""
    STALE = "stale"
    """Another process had taken the mailbox over; nothing was written."""
    GIVEN_UP = "given-up"
    """The letter at the head became a dead letter."""
    BROKEN_OFF = "broken-off"
    """The App was told to stop, and it did not end in time; it is done again."""


class Left(Fact, frozen=True, kw_only=True):
    """What is left of GitHub's budget, now, to the installation that has the least; each window for itself."""

    creates_minute: int
    creates_hour: int
    points_minute: int
    blocked: int = 0
    """Installations that GitHub lets wait."""

    @property
    def by_window(self) -> tuple[tuple[str, int], ...]:
        """Each window's name with what is left in it."""
        return (
            ("creates_minute", self.creates_minute),
            ("creates_hour", self.creates_hour),
            ("points_minute", self.points_minute),
        )
