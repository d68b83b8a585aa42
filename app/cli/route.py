"""`python -m app route`: who would answer for an error and by which line of the map, its manual's section, its logs."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from app.cli.commands import Command, add_files, owners_of, shown, squad_of
from app.cli.pointers import add_manual, found_in, said_of
from app.decisions.routing import explained, route
from app.domain.alerts import Alert, Frame, Sender
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.texts.pointers import logs_url


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", default="", help="the application's name")
    parser.add_argument("--project", default="", help="the slug of its project at Sentry")
    parser.add_argument("--path", action="append", default=[], help="a file of the stack trace; the innermost last")
    parser.add_argument("--module", default="", help="the module of the innermost frame")
    parser.add_argument("--url", default="", help="the URL of the request that failed")
    parser.add_argument("--tag", action="append", default=[], metavar="NAME=VALUE", help="a tag of the event")
    parser.add_argument("--type", default="", help="the error's type, such as PG::ConnectionBad")
    parser.add_argument("--text", default="", help="the error's text")
    add_files(parser)
    add_manual(parser)


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
        occurred_at=datetime.now(UTC),  # noqa: TID251 - the command line asks the clock
        error_type=chosen.type,
        error_value=chosen.text,
        app=chosen.app,
        project=chosen.project,
        url=chosen.url,
        frames=tuple(frames),
        tags=tuple((name, value) for name, value in tags),
    )
    routing = route(alert, owners, squad)
    print(explained(routing))
    ticket = Ticket(id=1, first=alert, routing=routing)
    if squad.manuals or chosen.manual is not None:
        print(f"manual: {said_of(found_in(chosen, squad, ticket))}")
    logs = squad.logs_of(ticket.app)
    if logs is not None:
        print(f"logs: {logs_url(ticket, logs)}")
    for note in routing.notes:
        print(f"note: {note}")
    for fault in (*faults, *owners.owners.faults):
        print(f"fault: {shown(fault)}")


COMMAND = Command(
    name="route", help="Say who would answer for an error, and which line of the map says so.", add=_add, run=_run
)
