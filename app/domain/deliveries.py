"""GitHub's record of the App's webhooks, gone through slice by slice, the newest first.

Rule: what was begun is gone on with where it ended, so that however long the record is, all of it is looked at.
"""

from __future__ import annotations

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
