"""What a call may cost, and who goes first.

Rules: every request that leaves is granted by the installation's `Budget` first, one that is repeated too; what is
denied raises `HeldBackError` at once, for nothing sleeps in a slot. Beside it, so many calls of an installation are
under way at once (GitHub allows 100, shared with all that use the installation); who waits for a place is let in
urgent first, then in order of coming.

Limits and points: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Protocol

AT_ONCE: Final = 30
"""Calls of one installation that are under way at the same time."""
READ_POINTS: Final = 1
WRITE_POINTS: Final = 5


class Budget(Protocol):
    """Exact windows per installation, shared by all processes."""

    async def take(self, installation: int, *, creates: int, points: int, urgent: bool) -> datetime | None:
        """None if the call is granted, and counted; else the earliest time at which asking again can succeed."""

    async def block(self, installation: int, until: datetime) -> None:
        """Grant nothing before then; an earlier block that lasts longer stays."""


class Places:
    """So many places; who waits for one is let in urgent first, then in order of coming."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._free = most
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._routine: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def one(self, *, urgent: bool) -> AsyncIterator[None]:
        """Hold a place while the block runs."""
        await self._take(urgent=urgent)
        try:
            yield
        finally:
            self._give()

    async def _take(self, *, urgent: bool) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._routine).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()  # the place was handed over in the same moment
            raise

    def _give(self) -> None:
        for line in (self._urgent, self._routine):
            while line:
                turn = line.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._free += 1
