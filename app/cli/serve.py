"""`python -m app serve`, and `python -m app` alone: the doors are open and the work goes on, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import sys

from app import serving, settings, wiring
from app.cli.commands import Command
from app.wiring import Role


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=argparse.SUPPRESS,  # so that `serve` leaves what was said before it, as in `--role door serve`
        help="open the doors alone, or settle alone: for several processes on PostgreSQL; both by default",
    )


def _run(chosen: argparse.Namespace) -> None:
    configured = settings.read()
    wiring.log_to("people" if sys.stderr.isatty() else "machines", configured.log_level)
    asyncio.run(serving.serve(configured, Role(getattr(chosen, "role", Role.BOTH))))


COMMAND = Command(name="serve", help="Open the doors and work, until stopped. The default.", add=_add, run=_run)
