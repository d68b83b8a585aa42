"""The two stores, opened: a SQLite file for one process, a PostgreSQL database for several.

Rule: what a store needs is opened here and closed here. What PostgreSQL alone needs is imported where it is opened: on
SQLite nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog

from app.github.budget import Budget
from app.ledger.budget import Budgets
from app.ledger.database import Database
from app.ledger.limits import Limits
from app.mailroom.port import Mailroom
from app.mailroom.sqlite import SqliteMailroom
from app.settings import StoreSettings
from app.web.metrics import Allowance

_IN_STEP: Final = timedelta(seconds=5)
_log: Final = structlog.get_logger("app")


class SharedBudget(Budget, Allowance, Protocol):
    """GitHub's budget, as the client spends it and the figures show it."""


def of(
    settings: StoreSettings, now: Callable[[], datetime], *, attach: bool = False
) -> AbstractAsyncContextManager[tuple[Mailroom, SharedBudget]]:
    """The store that the settings name. Opening it raises what the one below says that is meant."""
    limits = Limits(
        creates_short=settings.github_creates_per_minute,
        creates_long=settings.github_creates_per_hour,
        points=settings.github_points_per_minute,
    )
    if settings.database_url is not None:
        return on_postgresql(settings.database_url.get_secret_value(), limits, now)
    return on_sqlite(settings.database, limits, now, attach=attach)


@asynccontextmanager
async def on_sqlite(
    file: Path, limits: Limits, now: Callable[[], datetime], *, attach: bool
) -> AsyncIterator[tuple[Mailroom, SharedBudget]]:
    """Raises what `Database.open` raises."""
    database = await asyncio.to_thread(Database.open, file, attach=attach)
    try:
        yield SqliteMailroom(database, now), Budgets(database, limits, now)
    finally:
        await database.close()


@asynccontextmanager
async def on_postgresql(
    url: str, limits: Limits, now: Callable[[], datetime]
) -> AsyncIterator[tuple[Mailroom, SharedBudget]]:
    """Raises what `migrate.check` and `refuse_beside_a_copy` raise."""
    from app.ledger.postgres.alone import refuse_beside_a_copy
    from app.ledger.postgres.budget import PostgresBudgets
    from app.ledger.postgres.database import Database as Postgres
    from app.ledger.postgres.migrate import check
    from app.mailroom.postgres import PostgresMailroom

    await check(url)
    database = await Postgres.open(url)
    mailroom = PostgresMailroom(database, now)
    try:
        await refuse_beside_a_copy(database)
        ahead = now() - await database.clock()
        if abs(ahead) > _IN_STEP:
            _log.error(
                "this machine's clock is not PostgreSQL's: what falls due does so too early or too late",
                ahead=ahead.total_seconds(),
            )
        yield mailroom, PostgresBudgets(database, limits, now, ahead=ahead)
    finally:
        await mailroom.close()
        await database.close()
