"""Sharing: of calls that would answer the same, one is made, and whoever asks meanwhile waits for that one.

Rules: at most one call for each key is under way. It goes on though all who waited for it have left; what it comes to,
its error too, all are told who wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Shared(Generic[K, T]):
    """See the module's rules."""

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Task[T]] = {}

    async def joined(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the call comes to that is under way, or else this one."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(call())
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    async def anew(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a call comes to that begins from now on: one under way may have been answered before."""
        task = self._under_way.get(key)
        if task is not None:
            await asyncio.wait([task])
        return await self.joined(key, call)

    def _ended(self, key: K, done: asyncio.Task[T]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at here, since everybody who waited may have left
