"""Errors that a sender knows and no ticket names."""

from __future__ import annotations

from datetime import datetime

from app.domain.alerts import Alert
from app.domain.facts import Fact


class SenderSaw(Fact, frozen=True, kw_only=True):
    """What a sender lists, redacted."""

    alerts: tuple[Alert, ...] = ()
    unread: int = 0
    """So many can't be read."""
    complete: bool = True
    """False: there are more than were listed."""


class Ticketless(Fact, frozen=True, kw_only=True):
    """What a comparison came to."""

    since: datetime
    seen: int = 0
    errors: tuple[Alert, ...] = ()
    """Those without a ticket, the latest first."""
    tickets: int = 0
    unread: int = 0
    complete: bool = True
    unseen: tuple[str, ...] = ()
    """Repositories whose tickets could not be looked at, and why."""
