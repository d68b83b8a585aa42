"""Alert: one report of one error from one sender.

Rule: everything in an `Alert` was taken by an allowlist and redacted in `intake/`; it is still *data*, never
markup: only `texts/` may turn it into something GitHub renders.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact


class Sender(StrEnum):
    """Who speaks to us. The value is part of saved records: never rename one."""

    SENTRY = "sentry"
    PERSON = "person"
    SUPPORT = "support"
    """A support desk: what users asked for help about; quiet until somebody finds it relevant."""


class Impact(StrEnum):
    """The procedure's three branches; a ticket without one is undecided."""

    UNSURE = "unsure"
    ANNOYING = "annoying"
    SEVERE = "severe"

    def exceeds(self, other: Impact | None) -> bool:
        """Whether this is worse: *unsure* may yet be severe, so it is worse than *annoying*."""
        order = (Impact.ANNOYING, Impact.UNSURE, Impact.SEVERE)
        return other is None or order.index(self) > order.index(other)


class Frame(Fact, frozen=True, kw_only=True):
    """One frame of a stack trace, innermost last, as the sender gave it."""

    path: str
    function: str = ""
    module: str = ""
    line: int | None = None
    in_app: bool = True


class Alert(Fact, frozen=True, kw_only=True):
    """One report of one error.

    `fingerprint` says which error it is by the sender's own grouping (`v1:…`, see `domain/identity.py`) and
    is empty where the sender has none: then `signature` alone identifies it. `signature` is the same recipe
    over the normalised error text, `words` that text itself, kept for near misses.
    """

    sender: Sender
    title: str
    occurred_at: datetime
    fingerprint: str = ""
    signature: str = ""
    words: str = ""
    project: str = ""
    environment: str = ""
    level: str = ""
    culprit: str = ""
    error_type: str = ""
    error_value: str = ""
    link: str = ""
    """The sender's page for this occurrence, or empty."""
    sender_ref: str = ""
    """The sender's own id of the error: for Sentry the issue id. Used to speak back to it."""
    short_id: str = ""
    rule: str = ""
    release: str = ""
    url: str = ""
    """The URL the failing request was for, without its query."""
    frames: tuple[Frame, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    users: int | None = None
    """How many users the sender says are affected in all; None where it does not say."""
    sender_count: int | None = None
    """How many events the sender has counted in all; None where it does not say."""
    first_of_error: bool = False
    """The sender announces the error itself (Sentry `issue.created`): the event that caused it may still
    come as an alert of its own with the same time, and is then not a second occurrence."""
    app: str = ""
    """The app a person named in the form; empty where routing decides."""
    details: str = ""
    """A person's words: what users see."""
    impact: Impact | None = None
    """A person's first judgement in the form."""
