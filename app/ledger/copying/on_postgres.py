"""A PostgreSQL database as one end of a copy.

Rule: the copy has it to itself (`postgres/alone.py`). As a target its tables are made first; as a source they must be
this version's. Rows are written by `COPY`: <https://www.psycopg.org/psycopg3/docs/basic/copy.html>
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composed, Identifier, Literal, Placeholder

from app.ledger.copying.note import NAME, Note
from app.ledger.copying.tables import MEMORY, Key, Row, Table, canonical
from app.ledger.database import UnusableDatabaseError
from app.ledger.postgres.alone import alone
from app.ledger.postgres.database import SCHEMA, Connection, told
from app.ledger.postgres.migrate import check, migrate

_LAST: Final = "SELECT coalesce(max(last_value), 0) FROM pg_sequences WHERE schemaname = %s AND sequencename = %s"
_KEEP: Final = """
INSERT INTO memory (name, value, at) VALUES (%s, %s, 0) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


@asynccontextmanager
async def postgres_end(url: str, *, is_source: bool) -> AsyncIterator[PostgresEnd]:
    """Errors: what `migrate` and `check` raise, UserError where an App serves it, UnusableDatabaseError."""
    if is_source:
        await check(url)
    else:
        await migrate(url)
    try:
        async with await alone(url) as connection:
            yield PostgresEnd(connection, url)
    except psycopg.Error as error:
        raise UnusableDatabaseError(
            f"PostgreSQL failed: {told(error, url)}. Mend it, and run copy-database again: it goes on where it was."
        ) from error


class PostgresEnd:
    """Fulfils `copying.End`."""

    def __init__(self, connection: Connection, url: str) -> None:
        self._connection = connection
        where = conninfo_to_dict(url)
        self.name = f"postgresql://{where.get('host', '')}:{where.get('port', 5432)}/{where.get('dbname', '')}"
        self.empty_it = f"DROP SCHEMA {SCHEMA} CASCADE"

    async def page(self, table: Table, after: Key | None) -> list[Row]:
        """See `End`."""
        keys = _names(table.key_names)
        wanted = SQL("name <> {}").format(Literal(NAME)) if table is MEMORY else SQL("true")
        behind = SQL("") if after is None else SQL(" AND ({}) > ({})").format(keys, _marks(len(after)))
        query = SQL("SELECT {} FROM {} WHERE {}{} ORDER BY {} LIMIT {}").format(
            _names(table.names), Identifier(table.name), wanted, behind, keys, Literal(table.at_once)
        )
        rows = await self._connection.execute(query, after or ())
        return [canonical(table, row) async for row in rows]

    async def last_number(self, table: Table) -> int:
        """See `End`."""
        row = await (await self._connection.execute(_LAST, (SCHEMA, _sequence(table)))).fetchone()
        return 0 if row is None else int(row[0])

    async def put(self, table: Table, rows: Sequence[Row], note: Note) -> None:
        """See `End`."""
        into = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), _names(table.names))
        async with self._connection.transaction(), self._connection.cursor() as cursor:
            async with cursor.copy(into) as copying:
                for row in rows:
                    await copying.write_row(row)
            await self.keep(note)

    async def number_from(self, table: Table, last: int) -> None:
        """See `End`."""
        highest = SQL("SELECT setval({}, greatest({}, (SELECT max({}) FROM {}))) WHERE {} > 0").format(
            Literal(_sequence(table)),
            Literal(last),
            Identifier(table.key_names[0]),
            Identifier(table.name),
            Literal(last),
        )
        await self._connection.execute(highest)

    async def note(self) -> Note | None:
        """See `End`."""
        found = await self._connection.execute("SELECT value FROM memory WHERE name = %s", (NAME,))
        row = await found.fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Note)

    async def keep(self, note: Note) -> None:
        """See `End`."""
        await self._connection.execute(_KEEP, (NAME, msgspec.json.encode(note)))


def _sequence(table: Table) -> str:
    """As PostgreSQL names an identity column's: https://www.postgresql.org/docs/current/ddl-identity-columns.html"""
    return f"{table.name}_{table.key_names[0]}_seq"


def _names(names: Sequence[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))


def _marks(number: int) -> Composed:
    return SQL(", ").join([Placeholder()] * number)
