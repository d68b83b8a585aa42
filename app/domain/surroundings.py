"""Surroundings: what was going on around an outage besides its tickets: deployments, merges, releases, other tickets.

Rules: what could not be read is said, never an error. Titles of pull requests are people's text: data, and redacted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact
from app.domain.tickets import Ticket


class ChangeKind(StrEnum):
    """How the application was changed, or was to be."""

    DEPLOYED = "deployed"
    BROKEN = "deployment-failed"
    BEGUN = "deployment-begun"
    """It has neither succeeded nor failed, as far as GitHub knows."""
    MERGED = "merged"
    RELEASED = "released"


class Change(Fact, frozen=True, kw_only=True):
    """One of them."""

    at: datetime
    kind: ChangeKind
    repository: str
    """`owner/name`."""
    environment: str = ""
    """Of a deployment."""
    ref: str = ""
    """Of a deployment its branch or tag, of a release its tag."""
    commit: str = ""
    """Of a deployment; the whole hash."""
    title: str = ""
    """Of a pull request that was merged; redacted."""
    link: str = ""
    """GitHub's page of the commit, the pull request or the release."""
    by: str = ""
    """Whose deployment it was: a login; a bot's ends in `[bot]`."""


class Source(StrEnum):
    """What is read of a repository."""

    DEPLOYMENTS = "deployments"
    MERGES = "merges"
    RELEASES = "releases"


class ChangesSeen(Fact, frozen=True, kw_only=True):
    """What GitHub tells of a repository's changes."""

    changes: tuple[Change, ...] = ()
    unread: tuple[Source, ...] = ()
    """The App may not read these, or could not just now."""
    cut: tuple[Source, ...] = ()
    """Of these there were more than are read at once: of deployments and releases the latest were read."""


class Gap(Fact, frozen=True, kw_only=True):
    """What of a repository's changes is not told."""

    repository: str
    unread: tuple[Source, ...] = ()
    cut: tuple[Source, ...] = ()


class Surroundings(Fact, frozen=True, kw_only=True):
    """See the module."""

    changes: tuple[Change, ...] = ()
    """From some time before the outage to its end, in the order of time."""
    last_before: Change | None = None
    """The last deployment that succeeded before the outage began; it may lie before all of `changes`."""
    gaps: tuple[Gap, ...] = ()
    unasked: int = 0
    """So many more repositories were not looked into."""
    also: tuple[Ticket, ...] = ()
    """Other tickets that were opened, or came back, on the first day of the outage."""
    more: int = 0
    """So many more of them there are."""
    left_out: int = 0
    """So many more tickets are part of the outage than are told of."""


def span_of(tickets: Iterable[Ticket], now: datetime) -> tuple[datetime, datetime]:
    """When the trouble began that the tickets are about, and when it was over: now, while one of them is open."""
    tickets = tuple(tickets)
    since = min((at for at in (ticket.trouble_since for ticket in tickets) if at is not None), default=now)
    ends = (ticket.closing.at if ticket.closing is not None else now for ticket in tickets)
    return since, max((since, *ends))
