"""Paging: what PagerDuty is told of a severe ticket, and what of that it knows.

Rule: one page is one alert at PagerDuty, known by its key; what is told twice under one key is one alert there.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact


class Told(StrEnum):
    """What is said of a page. The value is PagerDuty's own word, and part of saved records."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Step(Fact, frozen=True, kw_only=True):
    """Something to be told, of a ticket's so-manieth page."""

    number: int
    """From 1."""
    told: Told


class Page(Fact, frozen=True, kw_only=True):
    """A ticket's latest page, as PagerDuty knows it."""

    number: int
    told: Told
    """What was said last."""
    at: datetime


class Unpaged(Fact, frozen=True, kw_only=True):
    """A step that failed."""

    step: Step
    why: str
    """A sentence that says what to do, where something is to be done."""
    again_at: datetime


class PageLink(Fact, frozen=True, kw_only=True):
    """A page that whoever is called will want."""

    text: str
    url: str


class PageEvent(Fact, frozen=True, kw_only=True):
    """What is sent, in plain text, redacted like all that came from production."""

    key: str
    told: Told
    summary: str = ""
    """At most 1,024 characters."""
    source: str = ""
    component: str = ""
    group: str = ""
    at: datetime | None = None
    details: tuple[tuple[str, str], ...] = ()
    links: tuple[PageLink, ...] = ()
