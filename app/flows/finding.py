"""Finding: where a repository is, by its name: whoever settles is told at once.

| the repository                       | who settles                              | who reads files, in the office |
|--------------------------------------|------------------------------------------|--------------------------------|
| was found within six hours and since | is told                                  | is told                        |
| this process was started             |                                          |                                |
| was found before that                | is told; the office is asked to look     | looks it up                    |
| was never found, or not when it was  | looks it up: the App may just be         | looks it up                    |
| last looked up                       | installed                                |                                |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from app.domain.facts import Fact
from app.domain.issues import Repository
from app.flows.sharing import Shared
from app.flows.systems import Files

FRESH: Final = timedelta(hours=6)


class Memory(Protocol):
    """What stays across restarts, and is known to all processes."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class _Found(Fact, frozen=True, kw_only=True):
    """What was found under a name; None: the App is not installed there."""

    repository: Repository | None
    at: datetime


class Finding:
    """See the module's table. `ask` has the office look a repository up, once for each reason."""

    def __init__(
        self,
        files: Files,
        memory: Memory,
        ask: Callable[[Repository, str], Awaitable[None]],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._files = files
        self._memory = memory
        self._ask = ask
        self._now = now
        self._since = now()
        self._found: dict[str, _Found] = {}
        self._looking: Shared[str, Repository | None] = Shared()

    async def find(self, name: str) -> Repository | None:
        """The repository; None where the App is not installed on it. For whoever settles."""
        found = await self._known(name)
        if found is None or found.repository is None:
            return await self._looked_up(name)
        if self._is_aged(found):
            await self._ask(found.repository, f"found.{found.at.isoformat()}")
        return found.repository

    async def fresh(self, name: str) -> Repository | None:
        """The repository as it is, within six hours. Not for whoever settles a ticket: it may wait for GitHub."""
        found = await self._known(name)
        if found is None or found.repository is None or self._is_aged(found):
            return await self._looked_up(name)
        return found.repository

    def knows(self, name: str, repository: Repository) -> None:
        """Another record says where it is."""
        self._found.setdefault(name.casefold(), _Found(repository=repository, at=self._now()))

    async def _known(self, name: str) -> _Found | None:
        known = self._found.get(name.casefold())
        if known is not None and not self._is_aged(known):
            return known
        remembered = await self._memory.recall(_key(name))
        if remembered is None:
            return known
        found = msgspec.json.decode(remembered, type=_Found)
        if known is None or found.at > known.at:
            self._found[name.casefold()] = known = found
        return known

    def _is_aged(self, found: _Found) -> bool:
        return found.at < self._since or self._now() - found.at >= FRESH

    async def _looked_up(self, name: str) -> Repository | None:
        return await self._looking.joined(name.casefold(), lambda: self._look_up(name))

    async def _look_up(self, name: str) -> Repository | None:
        repository = await self._files.find(name)
        known = self._found.get(name.casefold())
        if repository is not None or (known is not None and known.repository is not None):
            self._found[name.casefold()] = found = _Found(repository=repository, at=self._now())
            await self._memory.remember(_key(name), msgspec.json.encode(found), found.at)
        return repository


def _key(name: str) -> str:
    return f"found:{name.casefold()}"
