"""GitHub's budget: exact sliding windows for each installation, kept in the SQLite database.

Rule: `ledger/limits.py` says how full a window may be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from app.domain.errors import StoreError
from app.domain.outcomes import Left
from app.ledger.database import Database, DatabaseClosedError, Unit
from app.ledger.instants import micros, moment, span
from app.ledger.limits import Call, Limits, ceilings
from app.ledger.schema import MIGRATIONS

T = TypeVar("T")


_USED: Final = """
SELECT
    (SELECT blocked_until FROM gate WHERE installation = :installation),
    (SELECT coalesce(sum(creates), 0) FROM spent WHERE installation = :installation AND creates > 0 AND at > :short),
    (SELECT coalesce(sum(creates), 0) FROM spent WHERE installation = :installation AND creates > 0 AND at > :long),
    (SELECT coalesce(sum(points), 0) FROM spent WHERE installation = :installation AND at > :short)
"""
_CREATED: Final = "SELECT at, creates FROM spent WHERE installation = ? AND creates > 0 AND at > ? ORDER BY at"
_POINTED: Final = "SELECT at, points FROM spent WHERE installation = ? AND at > ? ORDER BY at"
_MOST_USED: Final = """
SELECT coalesce(max(creates_short), 0), coalesce(max(creates_long), 0), coalesce(max(points_short), 0) FROM (
    SELECT
        sum(CASE WHEN at > :short THEN creates ELSE 0 END) AS creates_short,
        sum(creates) AS creates_long,
        sum(CASE WHEN at > :short THEN points ELSE 0 END) AS points_short
    FROM spent WHERE at > :long GROUP BY installation
)
"""
_SWEEP_EVERY: Final = 256


class Budgets:
    """All installations' budgets on one database: fulfils what the GitHub client asks for."""

    def __init__(self, database: Database, limits: Limits, now: Callable[[], datetime]) -> None:
        self._database = database
        self._limits = limits
        self._now = now

    async def take(self, installation: int, *, creates: int, points: int, urgent: bool) -> datetime | None:
        """See `take`."""
        call = Call(installation=installation, creates=creates, points=points, urgent=urgent)
        return await self._run(partial(take, call=call, limits=self._limits, now=self._now()))

    async def block(self, installation: int, until: datetime) -> None:
        """See `block`."""
        await self._run(partial(block, installation=installation, until=until))

    async def left(self) -> Left:
        """See `left`."""
        return await self._run(partial(left, limits=self._limits, now=self._now()))

    async def _run(self, unit: Unit[T]) -> T:
        try:
            return await self._database.run(unit)
        except (sqlite3.Error, DatabaseClosedError) as error:
            raise StoreError(f"The database failed: {error}") from error


class ScratchBudgets:
    """The same windows for a process that has no database: they are known to it alone, and forgotten with it."""

    def __init__(self, limits: Limits, now: Callable[[], datetime]) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.executescript(MIGRATIONS[0])
        self._limits = limits
        self._now = now

    async def take(self, installation: int, *, creates: int, points: int, urgent: bool) -> datetime | None:
        """See `take`."""
        call = Call(installation=installation, creates=creates, points=points, urgent=urgent)
        return take(self._connection, call, self._limits, self._now())

    async def block(self, installation: int, until: datetime) -> None:
        """See `block`."""
        block(self._connection, installation, until)

    def made(self, installation: int, at: datetime) -> None:
        """Something was made then by another process, so that it counts here, too."""
        self._connection.execute("INSERT INTO spent VALUES (NULL, ?, ?, 1, 0)", (installation, micros(at)))

    def close(self) -> None:
        """Forget them."""
        self._connection.close()


def take(connection: sqlite3.Connection, call: Call, limits: Limits, now: datetime) -> datetime | None:
    """None if the call is granted, and counted; else the earliest time at which asking again can succeed.

    Errors: ValueError if the call alone is larger than a window; it could never be granted.
    """
    most = ceilings(call, limits)
    at, short, long = micros(now), micros(now - limits.short), micros(now - limits.long)
    who = call.installation
    blocked, created_short, created_long, points = connection.execute(
        _USED, {"installation": who, "short": short, "long": long}
    ).fetchone()
    free = [at if blocked is None else blocked]
    if call.creates:
        for used, limit, since, window in (
            (created_short, most.creates_short, short, limits.short),
            (created_long, most.creates_long, long, limits.long),
        ):
            excess = used + call.creates - limit
            if excess > 0:
                free.append(_freed(connection.execute(_CREATED, (who, since)), excess) + span(window))
    excess = points + call.points - most.points
    if excess > 0:
        free.append(_freed(connection.execute(_POINTED, (who, short)), excess) + span(limits.short))
    earliest = max(free)
    if earliest > at:
        return moment(earliest)
    grant = connection.execute(
        "INSERT INTO spent (installation, at, creates, points) VALUES (?, ?, ?, ?)",
        (who, at, call.creates, call.points),
    )
    if (grant.lastrowid or 0) % _SWEEP_EVERY == 0:
        connection.execute("DELETE FROM spent WHERE at <= ? OR (creates = 0 AND at <= ?)", (long, short))
    return None


def block(connection: sqlite3.Connection, installation: int, until: datetime) -> None:
    """Grant this installation nothing before `until`; an earlier block that lasts longer stays."""
    connection.execute(
        "INSERT INTO gate VALUES (?, ?) ON CONFLICT (installation) DO UPDATE "
        "SET blocked_until = max(blocked_until, excluded.blocked_until)",
        (installation, micros(until)),
    )


def left(connection: sqlite3.Connection, limits: Limits, now: datetime) -> Left:
    """What is left to the installation that has the least, each window for itself; urgent calls may fill it."""
    at, short, long = micros(now), micros(now - limits.short), micros(now - limits.long)
    creates_minute, creates_hour, points = connection.execute(_MOST_USED, {"short": short, "long": long}).fetchone()
    (blocked,) = connection.execute("SELECT count(*) FROM gate WHERE blocked_until > ?", (at,)).fetchone()
    return Left(
        creates_minute=max(0, limits.creates_short - creates_minute),
        creates_hour=max(0, limits.creates_long - creates_hour),
        points_minute=max(0, limits.points - points),
        blocked=blocked,
    )


def _freed(grants: sqlite3.Cursor, excess: int) -> int:
    """When the last of the oldest grants that together hold `excess` was made."""
    freed = 0
    for granted_at, size in grants:
        freed, excess = int(granted_at), excess - size
        if excess <= 0:
            break
    return freed
