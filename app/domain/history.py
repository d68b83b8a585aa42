"""History: what happened to a ticket, line by line, as a post-mortem tells it.

Rule: a line says when, what and by whom, and where it can be seen; why, only in the words of whoever did it. Of each
ticket the first and the latest lines are kept (`decisions/remembering.py`), and what was dropped between them is
counted; what people noted is never dropped (`decisions/marking.py`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from app.domain.facts import Fact


class Kind(StrEnum):
    """What happened. The values are part of saved records: never rename one."""

    FIRST = "first-occurrence"
    OPENED = "opened"
    """An issue was opened for it."""
    ADOPTED = "adopted"
    """A person's issue became the ticket's."""
    MOVED = "moved"
    """Its issue was transferred to another repository."""
    LOST = "lost"
    """Its issue was deleted, or went where the App is not."""
    REPORTED = "reported"
    """A person reported it, too."""
    ROUTED = "routed"
    """A person gave it to another app."""
    DECIDED = "impact-decided"
    CHANGED = "impact-changed"
    RULED = "impact-set-by-rule"
    """A rule of the squad's file set it."""
    PAGED = "paged"
    """PagerDuty was told of it."""
    PINGED = "pinged"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "acknowledgement-expired"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    TAKEN = "taken-to-fix"
    RESCUED = "rescued"
    SILENCED = "silenced"
    SILENCE_OVER = "silence-over"
    ARCHIVED = "archived-at-sender"
    HEARD_AGAIN = "heard-again-at-sender"
    RESOLVED = "resolved-at-sender"
    CLOSED = "closed"
    FIXED = "fixed"
    """What fixed it became known."""
    REOPENED = "reopened"
    REGRESSED = "regressed"
    """It came back after it was closed, and was reopened."""
    POST_MORTEM = "post-mortem"
    NOTED = "noted"
    """A person wrote `/timeline` in a comment."""
    PINNED = "comment-pinned"
    """A person pinned a comment."""


OF_PEOPLE: Final = frozenset({Kind.NOTED, Kind.PINNED})
"""What people want to be told, in their own words."""


class Happened(Fact, frozen=True, kw_only=True):
    """One line of a ticket's history."""

    at: datetime
    kind: Kind
    by: str = ""
    """Who did it: a login, or the sender's name of a person; empty: the App, or nobody is known."""
    whom: tuple[str, ...] = ()
    """Whom it concerns: logins, or `organisation/team`."""
    detail: str = ""
    """The impact, the reason of a silence, how it was closed, what a person noted …"""
    why: str = ""
    """The reason that was given for the impact."""
    until: datetime | None = None
    """When an acknowledgement expires, or a silence ends."""
    link: str = ""
    """The page where it can be seen."""
    comment: int = 0
    """The id of the comment that it stands in, for what people noted or pinned."""
    mark: str = ""
    """What followed `/timeline` in that comment: which of the comment's notes this one is."""
