"""`python -m app route`: who would answer for an error, and the map's line that says so."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from app.cli.commands import Command, add_files, owners_of, shown, squad_of
from app.decisions.routing import explained, route
from app.domain.alerts import Alert, Frame, Sender
from app.domain.errors import UserError


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", default="", help="the application's name")
    parser.add_argument("--project", default="", help="the slug of its project at Sentry")
    parser.add_argument("--path", action="append", default=[], help="a file of the stack trace; the innermost last")
    parser.add_argument("--module", default="", help="the module of the innermost frame")
    parser.add_argument("--url", default="", help="the URL of the request that failed")
    parser.add_argument("--tag", action="append", default=[], metavar="NAME=VALUE", help="a tag of the event")
    add_files(parser)


def _run(chosen: argparse.Namespace) -> None:
    tags = [tuple(tag.split("=", 1)) for tag in chosen.tag]
    if any(len(tag) != 2 for tag in tags):
        raise UserError("Write a tag as NAME=VALUE, such as --tag component=dispatch.")
    squad, faults = squad_of(chosen)
    owners = owners_of(chosen)
    frames = [Frame(path=path) for path in chosen.path] or ([Frame(path="")] if chosen.module else [])
    if chosen.module:
        frames[-1] = Frame(path=frames[-1].path, module=chosen.module)
    alert = Alert(
        sender=Sender.PERSON,
        title="",
        occurred_at=datetime(2000, 1, 1, tzinfo=UTC),
        app=chosen.app,
        project=chosen.project,
        url=chosen.url,
        frames=tuple(frames),
        tags=tuple((name, value) for name, value in tags),
    )
    routing = route(alert, owners, squad)
    print(explained(routing))
    for note in routing.notes:
        print(f"note: {note}")
    for fault in (*faults, *owners.owners.faults):
        print(f"fault: {shown(fault)}")


COMMAND = Command(
    name="route", help="Say who would answer for an error, and which line of the map says so.", add=_add, run=_run
)
