"""Sending again the webhooks that never reached the App, and counting what became of them. It needs no server.

| the job finds                                   | what it does                                                       |
|-------------------------------------------------|--------------------------------------------------------------------|
| a long record                                   | all of the last three days is read, a page with each call          |
| webhooks that never arrived                     | has GitHub send each again, the oldest first                       |
| GitHub does not say yet whether they arrived    | looks again, three times, 20 s apart; then the next run tells      |
| no time left, or GitHub out of reach            | what was not asked for is told                                     |

Rule: asking twice does no harm, for a door knows a delivery by its id; so the App's own sweep and this job may meet.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from app.decisions.reckoning import concluded, reckoned
from app.domain.deliveries import Attempt, Lost, Reckoning, RecordPage
from app.domain.errors import InvalidError, LaterError, UnavailableError
from app.flows.pacing import Pace

REACH: Final = timedelta(days=3)
"""GitHub sends nothing again that is older."""
LOOKS: Final = 3
WAIT: Final = 20.0
"""Seconds between looks."""


class Deliveries(Protocol):
    """GitHub's record of the App's webhooks."""

    async def record(self, after: str = "") -> RecordPage: ...
    async def send_again(self, delivery: int) -> None: ...


class Redeliver:
    """See the module's rules. `sleep` takes seconds."""

    def __init__(
        self,
        deliveries: Deliveries,
        pace: Pace,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[str], None],
    ) -> None:
        self._deliveries = deliveries
        self._pace = pace
        self._now = now
        self._sleep = sleep
        self._tell = tell

    async def run(self, *, dry_run: bool) -> Reckoning:
        """One run. Raises what GitHub raises where the record can't be read to the end of the time."""
        oldest = self._now() - REACH
        record = await self._read(lambda attempt: attempt.at < oldest)
        before = reckoned(record)
        self._tell(f"{len(record):,} attempts read, {len(before.again):,} webhooks to be sent again")
        if dry_run or not before.again:
            return before
        refused, left = await self._asked(before)
        known = {attempt.id for attempt in record}
        after = concluded(before, (), refused, left)
        for _ in range(LOOKS):
            if len(after.left) == len(left):
                break
            await self._sleep(WAIT)
            try:
                since = await self._read(lambda attempt: attempt.id in known)
            except LaterError as later:
                self._tell(f"GitHub's record can't be looked at again: {later}")
                break
            after = concluded(before, since, refused, left)
        return after

    async def _asked(self, before: Reckoning) -> tuple[set[int], list[Lost]]:
        """The ids of what GitHub refuses to send, and what could not be asked for."""
        refused: set[int] = set()
        left: list[Lost] = []
        for attempt in before.again:
            try:
                await self._pace(partial(self._deliveries.send_again, attempt.id))
            except (InvalidError, UnavailableError):
                refused.add(attempt.id)
            except LaterError as later:
                left.append(Lost(first=attempt, why=str(later)))
        return refused, left

    async def _read(self, is_beyond: Callable[[Attempt], bool]) -> list[Attempt]:
        """The newest attempts, to the first one that is beyond."""
        found: list[Attempt] = []
        after = ""
        while True:
            page = await self._pace(partial(self._deliveries.record, after))
            for attempt in page.attempts:
                if is_beyond(attempt):
                    return found
                found.append(attempt)
            after = page.after
            if not after:
                return found
