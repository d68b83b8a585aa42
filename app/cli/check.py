"""`python -m app check` and `schema`: the squad's files held against their rules, before they are merged."""

from __future__ import annotations

import argparse
import json

from app.cli.commands import Command, add_files, counted, owners_of, shown, squad_of
from app.decisions.routing import checked
from app.domain.errors import UserError
from app.intake import squad_file


def _run(chosen: argparse.Namespace) -> None:
    squad, faults = squad_of(chosen)
    owners = owners_of(chosen)
    found = [*faults, *owners.owners.faults, *checked(owners, squad)]
    for fault in found:
        print(shown(fault))
    if found:
        raise UserError(f"{counted(len(found), 'fault')}.")
    print(f"{counted(len(owners.owners.rules), 'rule')} in {owners.owners.source or 'no map'}, no faults.")


def _schema(_: argparse.Namespace) -> None:
    print(json.dumps(squad_file.schema(), indent=2))


COMMAND = Command(
    name="check",
    help="Check the owners map and the squad's file.",
    add=add_files,
    run=_run,
    about="It looks at the two files alone. Whether a login or a team exists, may see the repository and can be "
    "assigned, and which projects Sentry has, it can't see; the App finds that out, and says so on the ticket.",
)
SCHEMA = Command(name="schema", help="Print the JSON Schema of the squad's file.", add=lambda _: None, run=_schema)
