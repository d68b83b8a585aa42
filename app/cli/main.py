"""The command line: one table of commands, each in a file of its own.

Rule: a command answers on standard output; what went wrong goes to standard error, says what to do, and ends with 1.
A reader that has seen enough (`head`, say) is no fault.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from app.cli import check, copy_database, dead_letters, migrate, route, serve, setup, simulate
from app.domain.errors import ProdSquadError

COMMANDS: Final = (
    serve.COMMAND,
    serve.CONFIGURED,
    setup.COMMAND,
    dead_letters.COMMAND,
    dead_letters.STANDING,
    migrate.COMMAND,
    copy_database.COMMAND,
    route.COMMAND,
    simulate.COMMAND,
    check.COMMAND,
    check.SCHEMA,
)


def main(argv: list[str] | None = None) -> None:
    """Run one command; SystemExit(1) with what to do on standard error if it can't be."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Prod Squad: every error gets one ticket.")
    parser.set_defaults(run=serve.COMMAND.run)
    serve.COMMAND.add(parser)
    choices = parser.add_subparsers(metavar="COMMAND")
    for command in COMMANDS:
        own = choices.add_parser(
            command.name, help=command.help, description=command.help, epilog=command.about or None
        )
        command.add(own)
        own.set_defaults(run=command.run)
    chosen = parser.parse_args(argv)
    if "role" in chosen and chosen.run is not serve.COMMAND.run:
        parser.error("--role is for serve, and for no other command.")
    try:
        chosen.run(chosen)
        sys.stdout.flush()
    except ProdSquadError as error:
        sys.exit(f"{error}")
    except BrokenPipeError:
        # Else the interpreter would flush once more as it ends: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
