"""The stores the mailroom's contract is held against: a second store is one more entry of `STORES`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.ledger.database import Database
from app.ledger.postgres.database import Database as PostgresDatabase
from app.mailroom.port import Mailroom
from app.mailroom.postgres import PostgresMailroom
from app.mailroom.sqlite import SqliteMailroom
from tests.postgres import databases

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> datetime:
        """Let so much time pass."""
        self.now += timedelta(**span)
        return self.now


@asynccontextmanager
async def sqlite(folder: Path, clock: Clock) -> AsyncIterator[Mailroom]:
    """The embedded default; opened twice on one folder it is the same store after a restart."""
    database = Database.open(folder / "prod-squad.db")
    try:
        yield SqliteMailroom(database, clock)
    finally:
        await database.close()


@asynccontextmanager
async def postgresql(folder: Path, clock: Clock) -> AsyncIterator[Mailroom]:
    """What several processes share; opened twice on one folder it is the same database."""
    database = await PostgresDatabase.open(databases.url_for(folder))
    mailroom = PostgresMailroom(database, clock)
    try:
        yield mailroom
    finally:
        await mailroom.close()
        await database.close()


Store = Callable[[Path, Clock], AbstractAsyncContextManager[Mailroom]]
STORES: dict[str, Store] = {"sqlite": sqlite, "postgresql": postgresql}
