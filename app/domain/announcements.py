"""Announcements: what the squad's chat channel shows of a ticket, and what is pressed there.

Rules: a ticket has one message, which is edited. `Shown` is all that the message tells, taken from the ticket in the
moment of its settle, so that whoever shows it needs nothing else. Its texts are data, as in an alert.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact
from app.domain.issues import IssueRef, Repository
from app.domain.triage import Acknowledgement, Silence


class Standing(StrEnum):
    """How a ticket is, at a glance. The value is part of saved records: never rename one."""

    SEVERE = "severe"
    UNSURE = "unsure"
    STORM = "storm"
    """Undecided, and the parent of many new errors."""
    UNDECIDED = "undecided"
    ANNOYING = "annoying"
    SILENCED = "silenced"
    CLOSED = "closed"


class Verb(StrEnum):
    """What a button does. The value is in the buttons of messages that are posted already: never rename one."""

    ACKNOWLEDGE = "ack"
    UNSURE = "unsure"
    ANNOYING = "annoying"
    SEVERE = "severe"
    SILENCE = "silence"
    """For 24 hours."""


class Shown(Fact, frozen=True, kw_only=True):
    """What a ticket's message tells."""

    ticket: int
    title: str
    standing: Standing
    repository: Repository
    """Whose squad's file says to which channel it goes."""
    issue: IssueRef | None = None
    """None where it could not be opened yet."""
    buttons: tuple[Verb, ...] = ()
    called: tuple[str, ...] = ()
    """Who is called: logins or `organisation/team`, without @. They are mentioned."""
    owner: str = ""
    """The login of who answers for it."""
    app: str = ""
    environment: str = ""
    sender_link: str = ""
    """The sender's page of the latest occurrence, or empty."""
    occurrences: int = 0
    users: int | None = None
    last_seen: datetime | None = None
    regressions: int = 0
    decided_by: str = ""
    decided_because: str = ""
    acknowledged: Acknowledgement | None = None
    silence: Silence | None = None
    closed_by: str = ""
    closed_as: str = ""
    """`completed`, `not_planned` or `duplicate`."""
    closed_at: datetime | None = None


class SlackMessage(Fact, frozen=True, kw_only=True):
    """A message in Slack: its channel's id and its `ts`, which is its id there."""

    channel: str
    ts: str
