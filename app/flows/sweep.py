"""The sweep: the senders are asked for what never arrived, since neither of them sends a failed webhook again.

| sender | what is asked for                                                                                    |
|--------|------------------------------------------------------------------------------------------------------|
| GitHub | deliveries that failed since the last sweep, at most three days back, are sent again, to our own door |
| Sentry | errors seen since the last sweep; those without a ticket get one. Only where `SENTRY_SWEEP` says     |
|        | which ones: a squad that is alerted by rules of its own may not want all                             |

Rules: a sweep covers the time since the last one that succeeded, so that a failed one leaves no gap. GitHub's record
may be longer than one sweep reads: then the next one comes soon and goes on where this one ended, across restarts too,
and the time counts as covered when all of it was read. What arrives twice is known by its delivery's id.
What Sentry saw goes ahead of routine mail where it would have at the door.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.suggesting import ranked
from app.domain.deliveries import Redelivered, Rest
from app.domain.facts import Fact
from app.domain.mail import ByError, Letter
from app.domain.mailboxes import Receipt
from app.domain.squad import Squad

_REACH: Final = timedelta(days=3)
_OVERLAP: Final = timedelta(minutes=5)
_SWEPT: Final = "swept-at:"
_BEGUN: Final = "sweeping:github"
_log: Final = structlog.get_logger("sweep")


class Deliveries(Protocol):
    """GitHub's record of the App's webhooks."""

    async def redeliver_failed(self, since: datetime, rest: Rest | None) -> Redelivered: ...


class Inbox(Protocol):
    """The mailroom, as a sweep needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...
    async def is_known(self, fingerprint: str) -> bool: ...
    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class Seen(Protocol):
    """What Sentry saw since then: a letter for each error, as its own webhook would bring it."""

    async def __call__(self, since: datetime) -> tuple[Letter, ...]: ...


class _Begun(Fact, frozen=True, kw_only=True):
    """A sweep of GitHub that is not through."""

    since: datetime
    at: datetime
    """When it began: what came later is the next one's."""
    rest: Rest


class Sweep:
    """See the module's rule. `seen` is None where Sentry is not asked; `squad` tells what of its file is in force."""

    def __init__(
        self,
        deliveries: Deliveries,
        inbox: Inbox,
        *,
        seen: Seen | None,
        squad: Callable[[], Squad],
        now: Callable[[], datetime],
    ) -> None:
        self._deliveries = deliveries
        self._inbox = inbox
        self._seen = seen
        self._squad = squad
        self._now = now

    async def __call__(self) -> bool:
        """Sweep once; whether there is more to sweep. Raises what the systems raise; then the next sweep covers this
        time, too.
        """
        try:
            return await self._github_swept()
        finally:  # one sender that is down must not keep the other from being asked
            if self._seen is not None:
                await self._sentry_swept()

    async def _github_swept(self) -> bool:
        now = self._now()
        kept = await self._inbox.recall(_BEGUN)
        begun = msgspec.json.decode(kept, type=_Begun) if kept else None
        began = now if begun is None else begun.at
        since = max(await self._since("github", now) if begun is None else begun.since, now - _REACH)
        done = await self._deliveries.redeliver_failed(since, None if begun is None else begun.rest)
        if done.rest is not None:
            left = msgspec.json.encode(_Begun(since=since, at=began, rest=done.rest))
            await self._inbox.remember(_BEGUN, left, now)
            _log.warning("swept in part; the rest follows", sender="github", since=since.isoformat(), found=done.asked)
            return True
        await self._swept("github", since, began, done.asked)
        if begun is not None:
            await self._inbox.remember(_BEGUN, b"", now)
        return begun is not None

    async def _sentry_swept(self) -> None:
        began = self._now()
        since = await self._since("sentry", began)
        await self._swept("sentry", since, began, await self._from_sentry(since))

    async def _swept(self, sender: str, since: datetime, began: datetime, found: int) -> None:
        await self._inbox.remember(_SWEPT + sender, began.isoformat().encode(), self._now())
        _log.info("swept", sender=sender, since=since.isoformat(), found=found)

    async def _from_sentry(self, since: datetime) -> int:
        found = 0
        for letter in () if self._seen is None else await self._seen(since):
            if isinstance(letter.address, ByError) and not await self._inbox.is_known(letter.address.fingerprint):
                await self._inbox.receive(ranked(letter, self._squad()))
                found += 1
        return found

    async def _since(self, sender: str, now: datetime) -> datetime:
        """Since the sender's last sweep; at the very first one there is no past to ask for."""
        swept = await self._inbox.recall(_SWEPT + sender)
        last = now if swept is None else datetime.fromisoformat(swept.decode())
        return max(last - _OVERLAP, now - _REACH)
