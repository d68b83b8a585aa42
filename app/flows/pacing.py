"""Pacing: a job's calls, one after another, within GitHub's limits and the job's own time.

| a call …                                  | is |
|-------------------------------------------|---------------------------------------------------------------------------|
| held back by the budget, or limited       | made again when there is room, if that is before the job's end |
| failed, may be made again (no time given) | made again after 2, 8 and 30 s |
| … and would go beyond the job's end       | left undone: OutOfTimeError |
| refused, or in doubt                      | the caller's to judge: its error is raised |

Rule: a job says what it left undone, and its next run does it; so nothing here is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar

from app.domain.errors import LaterError

T = TypeVar("T")

WAITS: Final = (2.0, 8.0, 30.0)
"""Seconds between attempts where GitHub names no time."""


class OutOfTimeError(LaterError):
    """The job's time is up before the call can be made; nothing was sent."""


class Pace:
    """`until` is when the job ends at the latest; `sleep` takes seconds."""

    def __init__(
        self, *, until: datetime, now: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._until = until
        self._now = now
        self._sleep = sleep
        self._over = False

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call brings. Raises OutOfTimeError, and what the call raises that may not be made again."""
        waits = iter(WAITS)
        while True:
            if self._over or self._now() >= self._until:
                raise OutOfTimeError("The job's time is up.")
            try:
                return await call()
            except LaterError as later:
                wait = self._wait(later, waits)
                if wait is None:
                    raise
                if self._now() + wait >= self._until:
                    self._over = True
                    raise OutOfTimeError(f"There is no time left to wait: {later}") from later
            await self._sleep(wait.total_seconds())

    def _wait(self, later: LaterError, waits: Iterator[float]) -> timedelta | None:
        if later.not_before is not None:
            return max(later.not_before - self._now(), timedelta(0))
        seconds = next(waits, None)
        return None if seconds is None else timedelta(seconds=seconds)
