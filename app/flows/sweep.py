"""The sweep: the senders are asked for what never arrived, since neither of them sends a failed webhook again.

| sender | what is asked for                                                                                    |
|--------|------------------------------------------------------------------------------------------------------|
| GitHub | deliveries that failed since the last sweep, at most three days back, are sent again, to our own door |
| Sentry | errors seen since the last sweep; those without a ticket get one. Only where `SENTRY_SWEEP` says     |
|        | which ones: a squad that is alerted by rules of its own may not want all                             |

Rule: a sweep covers the time since the last one that succeeded, so that a failed one leaves no gap. What arrives twice
is known by its delivery's id. https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from app.domain.mail import ByError, Letter
from app.domain.mailboxes import Receipt

_REACH: Final = timedelta(days=3)
_OVERLAP: Final = timedelta(minutes=5)
_SWEPT: Final = "swept-at:"
_log: Final = structlog.get_logger("sweep")


class Deliveries(Protocol):
    """GitHub's record of the App's webhooks."""

    async def redeliver_failed(self, since: datetime) -> int: ...


class Inbox(Protocol):
    """The mailroom, as a sweep needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...
    async def is_known(self, fingerprint: str) -> bool: ...
    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class Seen(Protocol):
    """What Sentry saw since then: a letter for each error, as its own webhook would bring it."""

    async def __call__(self, since: datetime) -> tuple[Letter, ...]: ...


class Sweep:
    """See the module's rule. `seen` is None where Sentry is not asked."""

    def __init__(self, deliveries: Deliveries, inbox: Inbox, *, seen: Seen | None, now: Callable[[], datetime]) -> None:
        self._deliveries = deliveries
        self._inbox = inbox
        self._seen = seen
        self._now = now

    async def __call__(self) -> None:
        """Sweep once. Raises what the systems raise; then the next sweep covers this time, too."""
        try:
            await self._swept("github", self._from_github)
        finally:  # one sender that is down must not keep the other from being asked
            if self._seen is not None:
                await self._swept("sentry", self._from_sentry)

    async def _swept(self, sender: str, ask: Callable[[datetime], Awaitable[int]]) -> None:
        began = self._now()
        since = await self._since(sender, began)
        found = await ask(since)
        await self._inbox.remember(_SWEPT + sender, began.isoformat().encode(), began)
        _log.info("swept", sender=sender, since=since.isoformat(), found=found)

    async def _from_github(self, since: datetime) -> int:
        return await self._deliveries.redeliver_failed(since)

    async def _from_sentry(self, since: datetime) -> int:
        found = 0
        for letter in () if self._seen is None else await self._seen(since):
            if isinstance(letter.address, ByError) and not await self._inbox.is_known(letter.address.fingerprint):
                await self._inbox.receive(letter)
                found += 1
        return found

    async def _since(self, sender: str, now: datetime) -> datetime:
        """Since the sender's last sweep; at the very first one there is no past to ask for."""
        swept = await self._inbox.recall(_SWEPT + sender)
        last = now if swept is None else datetime.fromisoformat(swept.decode())
        return max(last - _OVERLAP, now - _REACH)
