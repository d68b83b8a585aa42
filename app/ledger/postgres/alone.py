"""Alone with a database on PostgreSQL: a copy needs that no App serves it meanwhile.

| who comes second | is refused, since                                                                             |
|------------------|-----------------------------------------------------------------------------------------------|
| a copy           | a connection of the App's is open, by its name: each process has one as long as it lives      |
| an App           | the copy holds an advisory lock                                                               |
| another copy     | the same                                                                                      |

Rule: whoever comes shows itself first and looks then: a copy takes the lock and then looks for connections, an App is
connected and then looks for the lock. So of two that come at once, one at least sees the other.
<https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS>,
<https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW>
"""

from __future__ import annotations

import asyncio
from typing import Final, LiteralString

from psycopg import AsyncConnection

from app.domain.errors import UserError
from app.ledger.postgres.database import CONNECTION, SCHEMA, Connection, Database

COPIER: Final = "prod-squad copy-database"
"""The name of a copy's own connection."""
_LOCK: Final = 4_711_20261125
_TRIES: Final = 30
_PAUSE: Final = 0.1
"""Seconds: a connection that was closed is seen a moment longer."""
_OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()
"""


async def alone(url: str) -> Connection:
    """A connection that has the database to itself until it is closed. Errors: UserError where others use it."""
    connection = await AsyncConnection.connect(url, **CONNECTION | {"application_name": COPIER})
    try:
        await connection.execute("SELECT set_config('search_path', %s, false)", (SCHEMA,))
        await _refuse_others(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _refuse_others(connection: Connection) -> None:
    if not await _one(connection, "SELECT pg_try_advisory_lock(%s)", _LOCK):
        raise UserError("Another copy-database is at work there. Let it end; nothing was changed.")
    for _ in range(_TRIES):
        others = await _one(connection, _OTHERS, CONNECTION["application_name"])
        if not others:
            return
        await asyncio.sleep(_PAUSE)
    raise UserError(
        "An App is at work there: connections of it are open. Stop every process that serves it; nothing was changed."
    )


async def refuse_beside_a_copy(database: Database) -> None:
    """Errors: UserError while a copy has the database to itself."""
    row = await database.row(
        "SELECT CASE WHEN pg_try_advisory_lock_shared(%s) THEN pg_advisory_unlock_shared(%s) ELSE false END",
        (_LOCK, _LOCK),
    )
    if row is None or not row[0]:
        raise UserError("The database is being copied. Start once copy-database has ended; nothing was started.")


async def _one(connection: Connection, query: LiteralString, *values: object) -> object:
    found = await (await connection.execute(query, values)).fetchone()
    return None if found is None else found[0]
