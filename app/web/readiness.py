"""Whether traffic should come to this process: `GET /ready`, for a load balancer.

| how it is                                         | `/ready`                                                        |
|---------------------------------------------------|-----------------------------------------------------------------|
| it was told to stop                               | 503, from then on, while everything else still goes on          |
| it works, and its worker does not claim           | 503: it is starting, or the store fails                         |
| the store can't save, or does not say in time     | 503                                                             |
| else                                              | 200                                                             |

Rule: what it proves, it does: it saves something, at most once a second however often it is asked (`shared.py`).
`/health` says how the work goes, and may be 503 where a process had better be left alone; `/ready` is about this
process only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import structlog

from app.domain.errors import StoreError
from app.web.shared import SharedLook

_NAME: Final = "ready"
_log: Final = structlog.get_logger("ready")


class Memory(Protocol):
    """Where it saves something."""

    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class Readiness:
    """See the module's table. `claims` tells whether the worker does; it is None where this process has none."""

    def __init__(self, memory: Memory, *, claims: Callable[[], bool] | None, now: Callable[[], datetime]) -> None:
        self._memory = memory
        self._claims = claims
        self._now = now
        self._saves = SharedLook(self._save)
        self.closing = False
        """Set once the process was told to stop."""

    async def why_not(self) -> str:
        """Why no traffic should come; empty where it should."""
        if self.closing:
            return "It stops."
        if self._claims is not None and not self._claims():
            return "Its worker claims nothing: it is starting, or the store fails. The App's log says which."
        try:
            await self._saves()
        except StoreError as error:
            _log.warning("not ready: the store can't save", error=str(error))
            return "The store can't save; the App's log says why."
        return ""

    async def _save(self) -> None:
        await self._memory.remember(_NAME, b"", self._now())
