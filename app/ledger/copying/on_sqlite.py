"""A SQLite file as one end of a copy.

Rule: its lock is held, so no App serves it meanwhile; opening it brings its tables up to date and frees its claims, as
a start of the App does. Its numbers are `sqlite_sequence`'s: <https://www.sqlite.org/autoinc.html>
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from app.domain.errors import UserError
from app.ledger import memory
from app.ledger.copying.note import NAME, Note
from app.ledger.copying.tables import MEMORY, Key, Row, Table, canonical
from app.ledger.database import Database

T = TypeVar("T")


@asynccontextmanager
async def sqlite_end(path: Path, *, is_source: bool) -> AsyncIterator[SqliteEnd]:
    """Errors: what `Database.open` raises, and UserError for a source that is not there."""
    database = await asyncio.to_thread(_opened, path, is_source=is_source)
    try:
        yield SqliteEnd(database, path)
    finally:
        await database.close()


def _opened(path: Path, *, is_source: bool) -> Database:
    if is_source and not path.exists():
        raise UserError(f"There is no database at {path}; nothing was copied.")
    return Database.open(path)


class SqliteEnd:
    """Fulfils `copying.End`."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self.name = str(path.resolve())
        self.empty_it = f"remove {path} with its -wal, -shm and .lock"

    async def page(self, table: Table, after: Key | None) -> list[Row]:
        """See `End`."""
        return await self._database.run(partial(_page, table=table, after=after))

    async def last_number(self, table: Table) -> int:
        """See `End`."""
        return await self._database.run(partial(_last_number, table=table))

    async def put(self, table: Table, rows: Sequence[Row], note: Note) -> None:
        """See `End`."""
        await self._database.run(partial(_put, table=table, rows=rows, note=note))

    async def number_from(self, table: Table, last: int) -> None:
        """See `End`."""
        await self._database.run(partial(_number_from, table=table, last=last))

    async def note(self) -> Note | None:
        """See `End`."""
        found = await self._database.run(partial(memory.recall, name=NAME))
        return None if found is None else msgspec.json.decode(found[0], type=Note)

    async def keep(self, note: Note) -> None:
        """See `End`."""
        await self._database.run(partial(_keep, note=note))


def _page(connection: sqlite3.Connection, table: Table, after: Key | None) -> list[Row]:
    keys = ", ".join(table.key_names)
    wanted = "name <> ?" if table is MEMORY else "1"
    behind = "" if after is None else f" AND ({keys}) > ({', '.join('?' * len(after))})"
    rows = connection.execute(
        f"SELECT {', '.join(table.names)} FROM {table.name} WHERE {wanted}{behind} ORDER BY {keys} LIMIT ?",  # noqa: S608 - the names are ours
        (*((NAME,) if table is MEMORY else ()), *(after or ()), table.at_once),
    )
    return [canonical(table, row) for row in rows]


def _put(connection: sqlite3.Connection, table: Table, rows: Sequence[Row], note: Note) -> None:
    marks = ", ".join("?" * len(table.columns))
    connection.executemany(f"INSERT INTO {table.name} ({', '.join(table.names)}) VALUES ({marks})", rows)  # noqa: S608 - the names are ours
    _keep(connection, note)


def _keep(connection: sqlite3.Connection, note: Note) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO memory (name, value, at) VALUES (?, ?, 0)", (NAME, msgspec.json.encode(note))
    )


def _last_number(connection: sqlite3.Connection, table: Table) -> int:
    (highest,) = connection.execute(f"SELECT max({table.key_names[0]}) FROM {table.name}").fetchone()  # noqa: S608 - the names are ours
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
    return max(highest or 0, 0 if given is None else given[0])


def _number_from(connection: sqlite3.Connection, table: Table, last: int) -> None:
    """`spent` has no sequence: SQLite takes one more than the highest."""
    sql = str(connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table.name,)).fetchone()[0])
    if "AUTOINCREMENT" not in sql:
        return
    if connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, table.name)).rowcount == 0:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))
