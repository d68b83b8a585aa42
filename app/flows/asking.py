"""Asking the office to read again what is known of a repository: whoever settles a ticket does not wait for it.

Rule: it is a letter to the repository's own mailbox. It outlives the process, is tried until it is done, with pauses
that grow, and of many who ask for the same reason, in any process, the first one's is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import cachetools

from app.domain.issues import Repository
from app.domain.mail import ByKey, Letter, SquadFilesAged
from app.domain.mailboxes import Receipt, repository_key

_MOST: Final = 10_000


class Desk(Protocol):
    """The mailroom, as asking needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...


class Asking:
    """See the module's rule."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._now = now
        self._asked: cachetools.LRUCache[str, bool] = cachetools.LRUCache(_MOST)

    async def __call__(self, repository: Repository, why: str) -> None:
        """Have it read again, once for each reason."""
        delivery = f"files:{repository.id}:{why}"
        if delivery in self._asked:
            return
        letter = Letter(
            sender="office",
            delivery_id=delivery,
            address=ByKey(key=repository_key(repository.id)),
            mail=SquadFilesAged(repository=repository),
            received_at=self._now(),
        )
        await self._desk.receive(letter)
        self._asked[delivery] = True
