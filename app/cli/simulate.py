"""`python -m app simulate payload.json`: what a webhook's body would do, without doing it: nothing is sent or saved.

Rule: the same readers, decisions and texts as in the App, over the map and the squad's file that are named.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from app.cli.commands import Command, add_files, owners_of, shown, squad_of, text_of
from app.cli.pointers import add_manual, found_in, page_of
from app.decisions.routing import explained, route
from app.decisions.settling import EVENT_FOLLOWS, Settling
from app.domain.actions import AdoptIssue, OpenIssue
from app.domain.errors import PayloadError, UserError
from app.domain.issues import IssueRef, Repository
from app.domain.mail import Letter
from app.domain.tickets import Burst, Counters, Ticket
from app.flows.settle_ticket import rules_of
from app.flows.squad_files import redactor_of
from app.intake import github, sentry, support
from app.intake.reading import Ignored
from app.intake.redaction import Redactor
from app.texts.body import merged, split
from app.texts.labels import labels_for
from app.texts.ticket import View, fenced_part, title

_SENTRY = ("event_alert", "error", "issue", "metric_alert")
_SUPPORT = "support"


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("payload", type=Path, help="the webhook's body, JSON")
    parser.add_argument("--event", help="Sentry-Hook-Resource, X-GitHub-Event, or support; else told from the body")
    parser.add_argument("--known", action="store_true", help="as if the error had an open ticket already")
    add_files(parser)
    add_manual(parser)


def _run(chosen: argparse.Namespace) -> None:
    squad, faults = squad_of(chosen)
    owners = owners_of(chosen)
    now = datetime.now(UTC)  # noqa: TID251 - the command line asks the clock
    body = text_of(chosen.payload).encode()
    event = chosen.event or _event_of(body, chosen.payload)
    try:
        letter = _read(event, body, now, redactor_of(squad))
    except PayloadError as error:
        raise UserError(f"{chosen.payload} would be a dead letter as {event}: {error}") from error
    for fault in (*faults, *owners.owners.faults):
        print(f"fault: {shown(fault)}")
    if isinstance(letter, Ignored):
        print(f"Ignored: {letter.why}.")
        return
    before = _known_ticket(now) if chosen.known else Ticket(id=1)
    settling = Settling(before, rules_of(squad), lambda seen: split(seen.body))
    settling.take(now, letter.mail)
    plan = settling.plan(now + EVENT_FOLLOWS)
    print(f"{event}: {', '.join(type(action).__name__ for action in plan.actions) or 'counted, nothing is done'}")
    alert = plan.ticket.first
    if alert is None or not any(isinstance(action, OpenIssue | AdoptIssue) for action in plan.actions):
        return
    ticket = msgspec.structs.replace(plan.ticket, routing=route(alert, owners, squad))
    print(f"who: {explained(ticket.routing)}")
    print(f"title: {title(ticket)}")
    print(f"labels: {', '.join(label.name for label in labels_for(ticket, 'prod-alert'))}\n")
    around = next((split(act.issue.body) for act in plan.actions if isinstance(act, AdoptIssue)), split(""))
    page = page_of(found_in(chosen, squad, ticket))
    print(merged(around, fenced_part(ticket, View(now=now, manual=page, logs=squad.logs_of(ticket.app)))))


def _event_of(body: bytes, path: Path) -> str:
    """Told from what only that kind of body has. Raises UserError."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON: {error}") from error
    data = payload.get("data") if isinstance(payload, dict) else None
    if isinstance(data, dict):
        named = {"event": "event_alert"} | {name: name for name in _SENTRY}
        found = next((event for key, event in named.items() if key in data), None)
    else:
        keys = payload if isinstance(payload, dict) else {}
        found = "issue_comment" if "comment" in keys else "issues" if "issue" in keys else None
        found = _SUPPORT if {"id", "title", "text"} <= set(keys) else found
    if found is None:
        raise UserError(f"What event {path} is can't be told; name it with --event.")
    return found


def _read(event: str, body: bytes, now: datetime, redactor: Redactor) -> Letter | Ignored:
    if event in _SENTRY:
        return sentry.read(event, body, delivery_id="simulated", received_at=now, redactor=redactor)
    if event == _SUPPORT:
        return support.read(body, received_at=now, redactor=redactor)
    return github.read(event, body, delivery_id="simulated", received_at=now, redactor=redactor, app_slug="prod-squad")


def _known_ticket(now: datetime) -> Ticket:
    earlier = now - timedelta(days=1)
    return Ticket(
        id=1,
        issue=IssueRef(repository=Repository(id=1, name="owner/name", installation=1), number=1, id=1, node_id="I_1"),
        counters=Counters(occurrences=1, first_seen=earlier, last_seen=earlier),
        burst=Burst(count=1, first_at=earlier, last_at=earlier),
    )


COMMAND = Command(name="simulate", help="Show what a webhook's body would do, without doing it.", add=_add, run=_run)
