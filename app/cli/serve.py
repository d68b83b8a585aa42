"""`python -m app serve`, and `python -m app` alone: the doors are open and the work goes on, until it is stopped.

`python -m app configured` is what `make run` asks, so that it plays the demo only where nobody has begun to configure
the App: whoever has is told what is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from app import serving, settings, wiring
from app.cli.commands import Command
from app.domain.errors import UserError
from app.settings import Settings, SettingsError
from app.wiring import Role


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=argparse.SUPPRESS,  # so that `serve` leaves what was said before it, as in `--role door serve`
        help="open the doors alone, or settle alone: for several processes on PostgreSQL; both by default",
    )


def _run(chosen: argparse.Namespace) -> None:
    configured = _configured()
    wiring.log_to("people" if sys.stderr.isatty() else "machines", configured.log_level)
    asyncio.run(serving.serve(configured, Role(getattr(chosen, "role", Role.BOTH))))


def _configured() -> Settings:
    """Raises UserError for what is missing, and SettingsError for what is wrong alone."""
    try:
        return settings.read()
    except SettingsError as error:
        if not error.missing:
            raise
        raise UserError(f"{error}\n`make demo` shows the App without any of them.") from None


def _say(_: argparse.Namespace) -> None:
    print("yes" if settings.begun() else "no")


CONFIGURED = Command(
    name="configured",
    help="Say whether .env or the environment holds settings of the App: yes or no.",
    add=lambda _: None,
    run=_say,
)
COMMAND = Command(name="serve", help="Open the doors and work, until stopped. The default.", add=_add, run=_run)
