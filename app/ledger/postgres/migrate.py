"""PostgreSQL's schema: steps that only go forward, and whether a database has those that this version needs.

Rules: step n is `steps/000n_….sql`, one transaction each, and noted in `schema_version`. A step that was released is
never edited; a change is a new step. A step is safe while processes of the version before it still run: it adds, it
never renames or drops what they use; a function whose arguments or meaning change gets a new name; nothing rewrites a
table that mail goes through or holds it for longer than `_PATIENCE`. So: migrate, then replace the processes one by
one.

Everything lives in a schema of its own, procrastinate's tables too, so that the database may be shared and the whole is
backed up, or dropped, as one. procrastinate names its tables without a schema; `database.py` sets the search path.

procrastinate's tables are made by the library's own script, once, as it is in version `PROCRASTINATE`. When another
version of the library is pinned, its migrations
(https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html) become a step, and `PROCRASTINATE`
moves with it.
"""

from __future__ import annotations

from importlib import metadata, resources
from typing import Final, LiteralString

import psycopg
from procrastinate.schema import SchemaManager

from app.domain.facts import Fact
from app.ledger.database import SchemaError, UnusableDatabaseError
from app.ledger.postgres.database import SCHEMA, Connection, connect, told

PROCRASTINATE: Final = "3.10.0"
_FROM_LIBRARY: Final = 1
"""The step whose statements are procrastinate's."""
_PATIENCE: Final = "5s"
_LOCK: Final = 4_711_20261124
"""PostgreSQL's advisory lock under which one process migrates."""
_VERSION: Final = """
SELECT coalesce(max(version), 0) FROM schema_version
"""
_SESSION: Final = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_BEGIN: Final = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {SCHEMA}.schema_version (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class Step(Fact, frozen=True, kw_only=True):
    """One step of the schema."""

    version: int
    name: str
    script: LiteralString


def steps() -> tuple[Step, ...]:
    """All there are, in order."""
    files = sorted(
        (
            file
            for file in resources.files("app.ledger.postgres").joinpath("steps").iterdir()
            if file.name[:4].isdigit()
        ),
        key=lambda file: file.name,
    )
    read = []
    for file in files:
        version, name = int(file.name[:4]), file.name.removesuffix(".sql")
        script = SchemaManager.get_schema() if version == _FROM_LIBRARY else file.read_text(encoding="utf-8")
        read.append(Step(version=version, name=name, script=script))  # the house's own SQL
    return tuple(read)


async def migrate(url: str) -> tuple[str, ...]:
    """Bring the database to this version; the names of the steps taken. Safe to run twice, and side by side.

    Errors: `SchemaError` where the database is newer, or procrastinate is not the one pinned; `UnusableDatabaseError`,
    also where its sessions are shared, or it is no UTF8.
    """
    if metadata.version("procrastinate") != PROCRASTINATE:
        raise SchemaError(
            f"procrastinate {metadata.version('procrastinate')} is installed, and the tables are those of "
            f"{PROCRASTINATE}. Install what requirements.txt pins; nothing was changed."
        )
    taken: list[str] = []
    try:
        async with await connect(url) as connection:
            _refuse_other_texts(connection)
            await _refuse_shared_sessions(connection, url)
            await connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            await connection.execute(_BEGIN)
            version = await _version(connection)
            refuse_newer(version)
            for step in steps()[version:]:
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
                    await connection.execute(step.script)
                    await connection.execute("INSERT INTO schema_version VALUES (%s, %s)", (step.version, step.name))
                taken.append(step.name)
    except psycopg.Error as error:
        raise UnusableDatabaseError(
            f"PostgreSQL could not be migrated: {told(error, url)}. Steps taken before that stay; mend it and run it "
            "again."
        ) from error
    return tuple(taken)


async def check(url: str) -> None:
    """Errors: `SchemaError` where the schema is older or newer than this version's, `UnusableDatabaseError`."""
    try:
        async with await connect(url) as connection:
            _refuse_other_texts(connection)
            await _refuse_shared_sessions(connection, url)
            found = await connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.schema_version",))
            exists = await found.fetchone()
            version = 0 if exists is None or exists[0] is None else await _version(connection)
    except psycopg.Error as error:
        raise UnusableDatabaseError(
            f"PostgreSQL can't be used: {told(error, url)}. Correct DATABASE_URL, or start the server; nothing was "
            "started."
        ) from error
    refuse_newer(version)
    if version < len(steps()):
        have = "has no tables of the App's yet" if version == 0 else f"has the tables of an older version ({version})"
        raise SchemaError(
            f"The database at DATABASE_URL {have}; this version needs {len(steps())}. "
            "Run `python -m app migrate`, then start again; nothing was started."
        )


def refuse_newer(version: int) -> None:
    """Errors: `SchemaError` where a newer version of the App has been here."""
    if version > len(steps()):
        raise SchemaError(
            f"The database at DATABASE_URL was migrated by a newer version (tables {version}, this one knows "
            f"{len(steps())}). Run that version; nothing was changed."
        )


def _refuse_other_texts(connection: Connection) -> None:
    """A database is made with the encoding of its server's locale, where none is asked for; in `C` that is no Unicode.
    Errors: `UnusableDatabaseError`."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise UnusableDatabaseError(
            f"The database at DATABASE_URL keeps its texts as {encoding}; the App needs UTF8. Make another one with "
            "`createdb --encoding UTF8 --template template0`; nothing was changed."
        )


async def _refuse_shared_sessions(connection: Connection, url: str) -> None:
    """Two connections have a server process each, and keep it, unless a pooler hands them out for each transaction:
    what is set, locked or listened for would be another's. Errors: `UnusableDatabaseError`."""
    async with await connect(url) as other:
        first, second = [(await _session(connection), await _session(other)) for _ in range(2)]
    if first != second or first[0] == first[1]:
        raise UnusableDatabaseError(
            "DATABASE_URL leads to a pooler that gives each transaction another connection, such as PgBouncer with "
            "pool_mode = transaction. The App needs its connections to itself: name the server, or a pool in session "
            "mode; nothing was started."
        )


async def _session(connection: Connection) -> tuple[object, ...] | None:
    found = await connection.execute(_SESSION)
    return await found.fetchone()


async def _version(connection: Connection) -> int:
    found = await connection.execute(_VERSION)
    row = await found.fetchone()
    return 0 if row is None else int(row[0])
