"""`python -m app copy-database FROM TO`: everything the App knows, from one store to another, in either direction.

Rule: see `ledger/copying/copying.py`. The App's settings are not read: both databases are named.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from app.cli.commands import Command, counted
from app.domain.errors import UserError
from app.ledger.copying.copying import Compared, End, copy
from app.ledger.copying.on_sqlite import sqlite_end

_POSTGRESQL = ("postgresql://", "postgres://")


def _add(parser: argparse.ArgumentParser) -> None:
    where = "a SQLite file, or postgresql://USER@HOST/NAME"
    parser.add_argument("source", metavar="FROM", help=f"{where}; no App may serve it meanwhile")
    parser.add_argument("target", metavar="TO", help="the same, and empty; its tables are made")


def _run(chosen: argparse.Namespace) -> None:
    if _known(chosen.source) == _known(chosen.target):
        raise UserError("FROM and TO are the same database; nothing was changed.")
    compared = asyncio.run(_copied(chosen.source, chosen.target))
    for table in compared:
        print(f"{table.table:12} {table.rows:12,} rows, the same in both: {table.sum}")
    total = sum(table.rows for table in compared)
    print(
        f"{counted(total, 'row')} copied. Name the copy in DATABASE or DATABASE_URL, start the App, and put the old "
        "one away."
    )


def _known(named: str) -> str:
    """A file is the same whatever way leads to it."""
    return named if "://" in named else str(Path(named).resolve())


async def _copied(source: str, target: str) -> tuple[Compared, ...]:
    async with _end(source, is_source=True) as one, _end(target, is_source=False) as other:
        return await copy(one, other, lambda table, rows: print(f"{table}: {counted(rows, 'row')}", flush=True))


def _end(named: str, *, is_source: bool) -> AbstractAsyncContextManager[End]:
    if named.startswith(_POSTGRESQL):
        from app.ledger.copying.on_postgres import postgres_end  # on SQLite nobody waits for its driver

        return postgres_end(named, is_source=is_source)
    if "://" in named:
        scheme = named.partition("://")[0]
        raise UserError(f"{scheme}:// is no database of the App's. Name a SQLite file, or postgresql://USER@HOST/NAME.")
    return sqlite_end(Path(named), is_source=is_source)


COMMAND = Command(
    name="copy-database",
    help="Copy everything from a SQLite file to PostgreSQL, or back.",
    add=_add,
    run=_run,
    about="Stop the App first. It may be broken off and run again: it goes on where it was. In the end both are "
    "compared. A password is better not written here: PGPASSWORD and ~/.pgpass are heard.",
)
