"""Issues and pull requests that people's texts link, and what has become of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact


class Linked(Fact, frozen=True, kw_only=True):
    """A link as a text has it."""

    number: int
    repository: str = ""
    """`owner/name`; empty: the text's own."""
    host: str = ""
    """Of a whole address; empty: GitHub's, wherever that is."""


class Place(Fact, frozen=True, kw_only=True):
    """Where a link leads at GitHub."""

    repository: str
    """`owner/name`, in small letters: GitHub's names are the same whatever their case."""
    number: int


class End(StrEnum):
    """How an issue or a pull request ended."""

    MERGED = "merged"
    COMPLETED = "completed"
    GIVEN_UP = "given-up"
    """Closed unmerged, as not planned or as a duplicate."""


class LinkSeen(Fact, frozen=True, kw_only=True):
    """What GitHub shows of it."""

    url: str
    end: End | None = None
    """None: it is open."""
    at: datetime | None = None
    """When it ended."""
    labels: tuple[str, ...] = ()
    """An issue's; of a pull request none are read."""


class Ending(Fact, frozen=True, kw_only=True):
    """What has become of all that an action item links."""

    key: str
    """The item's."""
    done: bool
    """False: it was given up."""
    urls: tuple[str, ...]
    """The pages that say so."""
