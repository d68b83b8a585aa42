"""`python -m app migrate`: the tables of the database that the settings name, brought to this version's.

| the database    | when                                                                                          |
|-----------------|-----------------------------------------------------------------------------------------------|
| PostgreSQL      | before the first start, and before processes of a new version are started, while the old ones |
|                 | still run; an App that finds other tables than its own does not start, and says so            |
| a SQLite file   | whenever one likes: the App does it itself at its start, for nobody else can have it open     |

Rules: it needs the database, and nothing else of the settings. It says from which version to which. It may be run
twice, and by several at once.
"""

from __future__ import annotations

import argparse
import asyncio

from app import settings
from app.cli.commands import Command
from app.ledger.database import Database, version_of
from app.settings import StoreSettings


def _run(_: argparse.Namespace) -> None:
    chosen = settings.read_store()
    before, after = asyncio.run(_on_sqlite(chosen) if chosen.database_url is None else _on_postgresql(chosen))
    where = f"the file {chosen.database}" if chosen.database_url is None else "DATABASE_URL"
    if before == after:
        print(f"The tables of {where} are this version's already: {after}.")
    else:
        print(f"The tables of {where} were brought from version {before} to {after}.")


async def _on_sqlite(chosen: StoreSettings) -> tuple[int, int]:
    """The versions before and after. Raises what `Database.open` raises."""
    before = await asyncio.to_thread(version_of, chosen.database)
    database = await asyncio.to_thread(Database.open, chosen.database)
    await database.close()
    return before, await asyncio.to_thread(version_of, chosen.database)


async def _on_postgresql(chosen: StoreSettings) -> tuple[int, int]:
    """The versions before and after. Raises what `migrate` raises."""
    from app.ledger.postgres.migrate import migrate, steps  # on SQLite nobody waits for its driver

    url = "" if chosen.database_url is None else chosen.database_url.get_secret_value()
    taken = await migrate(url)
    return len(steps()) - len(taken), len(steps())


COMMAND = Command(name="migrate", help="Bring the database's tables to this version.", add=lambda _: None, run=_run)
