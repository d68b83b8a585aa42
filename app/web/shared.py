"""One look at the store, shared by all who ask: anybody may ask `/health`, `/ready` and `/metrics`, however often.

| somebody asks                                    | what is done                                               |
|--------------------------------------------------|------------------------------------------------------------|
| while a look is under way                        | its answer is waited for, by all                           |
| within a second after a look began that is over  | its answer is given, be it that the store failed           |
| else                                             | the store is asked                                         |

Rule: no look takes longer than `PATIENCE`: a store that does not answer by then fails, for whoever asks. Who asks and
hangs up ends nobody else's look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from app.domain.errors import StoreError

T = TypeVar("T")

FRESH: Final = 1.0
"""Seconds."""
PATIENCE: Final = 3.0
"""Seconds: a load balancer that probes has given up by then, and a store at work answers in milliseconds."""


class SharedLook(Generic[T]):
    """See the module's table. Called, it tells what was seen; raises StoreError where the store failed."""

    def __init__(self, look: Callable[[], Awaitable[T]], *, fresh: float = FRESH, patience: float = PATIENCE) -> None:
        self._look = look
        self._fresh = fresh
        self._patience = patience
        self._began_at = float("-inf")
        self._seen: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """See the class."""
        now = asyncio.get_running_loop().time()
        seen = self._seen
        if seen is None or (seen.done() and now - self._began_at >= self._fresh):
            self._began_at = now
            self._seen = seen = asyncio.create_task(self._looked())
        return await asyncio.shield(seen)

    async def _looked(self) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await self._look()
        except TimeoutError as error:
            raise StoreError(f"The store did not answer within {self._patience:g} seconds.") from error
