"""What PagerDuty is told, in plain text: it renders no Markdown, and reads summaries out on the telephone.

Rules: what came from production was redacted when it came; nobody is named. A page that triggers says what happened,
where, how often, and who said that it is severe: a person, with the reason they gave, or a rule; one that ends needs
its key alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from app.domain.facts import Fact
from app.domain.paging import PageEvent, PageLink, Step, Told
from app.domain.tickets import Ticket
from app.texts.plain import BREAK, one_line
from app.texts.ticket import title

LONGEST_SUMMARY: Final = 1_024
"""<https://developer.pagerduty.com/docs/send-alert-event>"""
_LONGEST: Final = 300
_MOST: Final = 1_000


class Around(Fact, frozen=True, kw_only=True):
    """What a page needs besides the ticket."""

    home: int
    """The id of the App's own repository: two Apps of one account never share a key."""
    repository: str
    """Where the ticket is, or is to be."""
    app: str
    """Whose error it is, by the squad's file; a page is sent before the ticket is routed."""
    tickets_url: str
    """The list of its severe tickets: a page is sent before the ticket has an address."""
    now: datetime


def page(ticket: Ticket, step: Step, around: Around) -> PageEvent:
    """The event of this step; what is told a second time is the same page there."""
    key = f"prod-squad:{around.home}:ticket:{ticket.id}:{step.number}"
    if step.told is not Told.TRIGGER:
        return PageEvent(key=key, told=step.told)
    app = ticket.routing.app or around.app
    named = ", ".join(text for text in (app, _told(ticket, "environment")) if text)
    summary = f"Severe: {title(ticket).replace(BREAK, '')}"
    summary = f"{summary} ({named})" if named else summary
    why = _why(ticket)
    return PageEvent(
        key=key,
        told=step.told,
        summary=one_line(f"{summary}: {why}" if why else summary, LONGEST_SUMMARY),
        source=_host(_told(ticket, "url")) or one_line(app, _LONGEST) or around.repository,
        component=one_line(app, _LONGEST),
        group=one_line(ticket.routing.team, _LONGEST),
        at=ticket.impact_since or around.now,
        details=tuple((name, one_line(text, _MOST)) for name, text in _details(ticket) if text),
        links=tuple(_links(ticket, around)),
    )


def _told(ticket: Ticket, name: str) -> str:
    alerts = (ticket.latest, ticket.first)
    return next((text for alert in alerts if alert is not None and (text := str(getattr(alert, name)))), "")


def _host(url: str) -> str:
    """Where the failing request went: PagerDuty asks for the affected system's host."""
    try:
        return one_line(urlsplit(url).hostname or "", _LONGEST)
    except ValueError:
        return ""


def _details(ticket: Ticket) -> Iterator[tuple[str, str]]:
    counters = ticket.counters
    yield "severe because", _because(ticket)
    yield "occurrences", f"{counters.occurrences:,}"
    yield "users affected", "" if counters.users is None else f"{counters.users:,}"
    yield (
        "first seen",
        "" if counters.first_seen is None else f"{counters.first_seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
    )
    for name in ("environment", "level", "culprit", "release"):
        yield name, _told(ticket, name)


def _because(ticket: Ticket) -> str:
    rule = ticket.set_by
    if ticket.decided_by:
        why = _why(ticket)
        return f"somebody of the squad decided so: “{why}”" if why else "somebody of the squad decided so"
    if rule is not None:
        return f"rule {rule.rule} of {rule.source} says so: {rule.when.replace('`', '')}"
    return "its reporter says so"


def _why(ticket: Ticket) -> str:
    return one_line(ticket.decided_because, _LONGEST)


def _links(ticket: Ticket, around: Around) -> Iterator[PageLink]:
    if ticket.issue is not None and ticket.issue.url:
        yield PageLink(text="The ticket", url=ticket.issue.url)
    else:
        yield PageLink(text="Severe tickets", url=around.tickets_url)
    if sender := _told(ticket, "link"):
        yield PageLink(text="The error at its sender", url=sender)
