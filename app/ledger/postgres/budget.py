"""GitHub's budget for a whole fleet, on PostgreSQL: the rule is `ledger/limits.py`'s, the windows stand in the
database.

Rule: one call of an installation is judged at a time, whichever process makes it, and at a time that never goes back;
so all processes together never exceed a limit by one call, even if the clock of one is behind. (A clock that is ahead
makes the others wait.)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from app.domain.outcomes import Left
from app.ledger.instants import micros, moment, span
from app.ledger.limits import Call, Limits, ceilings
from app.ledger.postgres.database import Database

_TAKE: Final = """
SELECT take(
    %s::bigint, %s::integer, %s::integer, %s::integer, %s::integer, %s::integer, %s::bigint, %s::bigint, %s::bigint
)
"""
_MOST_USED: Final = """
SELECT
    coalesce(max(creates_short), 0), coalesce(max(creates_long), 0), coalesce(max(points_short), 0),
    (SELECT count(*) FROM gate WHERE blocked_until > %s)
FROM (
    SELECT
        sum(creates) FILTER (WHERE at > %s) AS creates_short,
        sum(creates) AS creates_long,
        sum(points) FILTER (WHERE at > %s) AS points_short
    FROM spent WHERE at > %s GROUP BY installation
) AS used
"""
_BLOCK: Final = "SELECT block(%s::bigint, %s::bigint)"


class PostgresBudgets:
    """All installations' budgets: fulfils what the GitHub client asks for. Errors: `StoreError`.

    What is spent is written down by PostgreSQL's clock, before which `now` is `ahead`: the processes' windows are the
    same, however far their machines' clocks are apart.
    """

    def __init__(
        self, database: Database, limits: Limits, now: Callable[[], datetime], *, ahead: timedelta = timedelta(0)
    ) -> None:
        self._database = database
        self._limits = limits
        self._now = now
        self._ahead = ahead

    async def take(self, installation: int, *, creates: int, points: int, urgent: bool) -> datetime | None:
        """None if the call is granted, and counted; else the earliest time at which asking again can succeed.

        Errors: ValueError if the call alone is larger than a window.
        """
        limits = self._limits
        most = ceilings(Call(installation=installation, creates=creates, points=points, urgent=urgent), limits)
        asked = (installation, creates, points)
        windows = (most.creates_short, most.creates_long, most.points, span(limits.short), span(limits.long))
        row = await self._database.row(_TAKE, (*asked, *windows, micros(self._now() - self._ahead)), again=True)
        return None if row is None or row[0] is None else moment(row[0]) + self._ahead

    async def block(self, installation: int, until: datetime) -> None:
        """Grant this installation nothing before `until`; an earlier block that lasts longer stays."""
        await self._database.row(_BLOCK, (installation, micros(until - self._ahead)), again=True)

    async def left(self) -> Left:
        """What is left to the installation that has the least, each window for itself; urgent calls may fill it."""
        limits, now = self._limits, self._now() - self._ahead
        short, long = micros(now - limits.short), micros(now - limits.long)
        row = await self._database.row(_MOST_USED, (micros(now), short, short, long), again=True)
        creates_minute, creates_hour, points, blocked = row or (0, 0, 0, 0)
        return Left(
            creates_minute=max(0, limits.creates_short - creates_minute),
            creates_hour=max(0, limits.creates_long - creates_hour),
            points_minute=max(0, limits.points - points),
            blocked=blocked,
        )
