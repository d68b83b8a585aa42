"""GitHub's record of the App's webhooks, gone through slice by slice, the newest first.

Rule: what was begun is gone on with where it ended, so that however long the record is, all of it is looked at.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.facts import Fact


class Rest(Fact, frozen=True, kw_only=True):
    """What is left of a record."""

    cursor: str
    """GitHub's own word for where it goes on."""
    dealt_with: tuple[str, ...] = ()
    """Webhooks that were sent again, by their ids: they stand in the record once more, further back."""


class Redelivered(Fact, frozen=True, kw_only=True):
    """What came of one slice."""

    asked: int
    """So many webhooks are sent again."""
    rest: Rest | None = None
    """None: the record was gone through as far back as it was to be."""


class Attempt(Fact, frozen=True, kw_only=True):
    """One attempt of GitHub's to deliver a webhook."""

    id: int
    guid: str
    at: datetime
    arrived: bool
    again: bool = False
    """It was sent again, on somebody's wish."""
    event: str = ""


class RecordPage(Fact, frozen=True, kw_only=True):
    """A part of the record, the newest first."""

    attempts: tuple[Attempt, ...]
    after: str = ""
    """Where the record goes on; empty: this was its end."""


class Lost(Fact, frozen=True, kw_only=True):
    """A webhook that never arrived, and why it does not."""

    first: Attempt
    why: str


class Reckoning(Fact, frozen=True, kw_only=True):
    """What became of the webhooks of a time."""

    sent: int = 0
    missed: int = 0
    """So many did not arrive at the first attempt."""
    recovered: int = 0
    """So many of those arrived later."""
    again: tuple[Attempt, ...] = ()
    """The last attempt of each that can be sent again, the oldest first."""
    lost: tuple[Lost, ...] = ()
    left: tuple[Lost, ...] = ()
    """What was not sent again in this run, or of which GitHub does not say yet whether it arrived."""
