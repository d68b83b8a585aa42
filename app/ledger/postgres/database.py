"""PostgreSQL: a pool of connections, on which one call is one statement and one transaction.

Rules: what has to happen together is one function in the database (`steps/`), so a call is one round trip, nothing is
ever left open between two, and its answer comes after the commit. A call that PostgreSQL broke off for the sake of
another (a deadlock) is run again. Whatever PostgreSQL, the network or the pool refuses is a `StoreError` within a few
seconds, and never names the password. Cancelling who waits does not stop a call.

`again=True` is for calls that may be made twice: where the connection broke (the server was restarted, say), the call
may have been carried out; it is made once more on another connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString, Self, TypeVar
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import AsyncConnection
from psycopg.errors import ProgramLimitExceeded, QueryCanceled
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from app.domain.errors import StoreError
from app.domain.mailboxes import StaleClaimError

T = TypeVar("T")

SCHEMA: Final = "prod_squad"
PATIENCE: Final = 3.0
"""Seconds to wait for a connection."""
_LONGEST: Final = "10s"
"""What a statement may take; all of the App's take milliseconds."""
_ANSWER: Final = 15.0
"""Seconds after which a server that should have broken the statement off is given up."""
_TRIES: Final = 3
_STALE: Final = "PS001"
_BROKEN_OFF: Final = "40"
"""The class of deadlocks and serialization failures: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

CONNECTION: Final[dict[str, Any]] = {
    "autocommit": True,
    "application_name": "prod-squad",
    "client_encoding": "UTF8",
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,
}
"""A server that is gone without a word is noticed: https://www.postgresql.org/docs/current/libpq-connect.html"""

_CONFIGURE: Final = f"""
SELECT
    set_config('search_path', '{SCHEMA}', false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('statement_timeout', '{_LONGEST}', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""

Connection = AsyncConnection[TupleRow]


class RefusedError(StoreError):
    """PostgreSQL was reached, and would not do it; what else is asked of it may well be done."""


async def configure(connection: Connection) -> None:
    """How the App's functions need a connection to be; durable at each commit, whatever the server's default."""
    await connection.execute(_CONFIGURE)
    if not connection.autocommit:
        await connection.commit()


async def connect(url: str) -> Connection:
    """A connection of its own, outside the pool."""
    connection = await AsyncConnection.connect(url, **CONNECTION)
    try:
        await connection.execute("SELECT set_config('search_path', %s, false)", (SCHEMA,))
    except BaseException:
        await connection.close()
        raise
    return connection


class Database:
    """See the module's rule. Made by `Database.open`; used on one event loop."""

    def __init__(self, url: str, *, most: int) -> None:
        self.url = url
        self._under_way: set[asyncio.Task[Any]] = set()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            kwargs=CONNECTION,
            min_size=1,
            max_size=most,
            timeout=PATIENCE,
            reconnect_timeout=PATIENCE,
            configure=configure,
            open=False,
            name="prod-squad",
        )

    @classmethod
    async def open(cls, url: str, *, most: int = 8) -> Self:
        """A database whose schema was checked before; see `migrate.check`."""
        database = cls(url, most=most)
        await database._pool.open()
        return database

    async def row(
        self, query: LiteralString, params: Sequence[object] = (), *, again: bool = False
    ) -> tuple[Any, ...] | None:
        """The first row of the answer, once it is committed. Errors: `StoreError`, `StaleClaimError`."""
        rows = await self.rows(query, params, again=again)
        return rows[0] if rows else None

    async def rows(
        self, query: LiteralString, params: Sequence[object] = (), *, again: bool = False
    ) -> list[tuple[Any, ...]]:
        """All rows. Errors: as `row`."""
        return await self.carried_through(self._tried(query, params, again=again))

    async def clock(self) -> datetime:
        """The server's time, in UTC. Errors: `StoreError`."""
        row = await self.row("SELECT clock_timestamp()", again=True)
        if row is None:
            raise StoreError("PostgreSQL gave no answer.")
        told: datetime = row[0]
        return told.astimezone(UTC)

    async def carried_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Cancelling who waits does not stop the work: the pool, as it waits, may lose a cancellation that comes at the
        wrong moment (https://github.com/python/cpython/issues/86296), and the App would not end."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._is_done)
        return await asyncio.shield(task)

    def _is_done(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may wait for it any more

    async def _tried(self, query: LiteralString, params: Sequence[object], *, again: bool) -> list[tuple[Any, ...]]:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._rows(query, params)
            except psycopg.Error as error:
                if error.sqlstate == _STALE:
                    raise StaleClaimError(f"The claim is over: {error}") from None
                if tries < _TRIES and (error.sqlstate or "").startswith(_BROKEN_OFF):
                    continue
                if tries == 1 and again and _is_broken(error):
                    await self._sort_out()
                    continue
                kind = RefusedError if _is_refusal(error) else StoreError
                raise kind(f"PostgreSQL failed: {told(error, self.url)}") from error
            except TimeoutError as error:
                raise StoreError("PostgreSQL does not answer.") from error

    async def _rows(self, query: LiteralString, params: Sequence[object]) -> list[tuple[Any, ...]]:
        async with (
            asyncio.timeout(_ANSWER),
            self._pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            await cursor.execute(query, params)
            return await cursor.fetchall()

    async def _sort_out(self) -> None:
        """Put away connections that broke while they lay idle, as all do when the server is restarted."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._pool.check()
        except (psycopg.Error, TimeoutError):
            return

    async def quiet(self) -> None:
        """Until nothing is under way any more; `carried_through` says why something may be."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        """Let what is under way end, then let go of all connections. May be called twice."""
        await self.quiet()
        await self._pool.close()


def _is_broken(error: psycopg.Error) -> bool:
    """The connection is, or the server is on its way down or up. What took too long would take as long again."""
    if not isinstance(error, psycopg.OperationalError) or isinstance(error, PoolTimeout | PoolClosed):
        return False
    return not isinstance(error, QueryCanceled | ProgramLimitExceeded)


def _is_refusal(error: psycopg.Error) -> bool:
    """It is about what was asked, such as a key that is too long for an index, and not about who was asked."""
    return isinstance(error, ProgramLimitExceeded) or not isinstance(error, psycopg.OperationalError)


def told(error: psycopg.Error, url: str) -> str:
    """What went wrong, on one line, without the password, or the part of it that was taken for something else."""
    text = " ".join(str(error).split()) or type(error).__name__
    try:
        parts = urlsplit(url)
        query = [word.partition("=") for word in parts.query.split("&")]
        given = [parts.password or "", *(value for name, _, value in query if name == "password")]
    except ValueError:
        return type(error).__name__
    for secret in given:
        host = secret.partition("@")[2]  # libpq takes what follows the first @ for the host
        for form in (secret, unquote(secret), quote(secret), f"{host}@", f"{unquote(host)}@"):
            if form not in {"", "@"}:
                text = text.replace(form, "***")
    return text
