"""The worker: claims mailboxes that are due and has them settled, many side by side, each by one at a time.

| the settle                                 | the mailbox                                                            |
|--------------------------------------------|------------------------------------------------------------------------|
| ends                                       | `finish` has given it back                                             |
| finds that its claim is over               | is somebody else's                                                     |
| was held back by its installation's budget | waits with its lane; nothing is counted against it                     |
| could not save                             | is given back once the store works again; nothing is counted against it |
| fails otherwise                            | waits, or its first letter is given up: see `decisions/retrying.py`    |

Rules: nothing sleeps in a slot, unless the store itself is broken. Where an installation's budget is spent, its
routine mailboxes are held together until there is room, and then let through a slot at a time, rather than each
asking in vain. No error ends the worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.decisions.retrying import NARROW_FROM, GiveUp, RetryAt, decide_retry
from app.domain.errors import HeldBackError, StoreError
from app.domain.mailboxes import URGENT, Claim, StaleClaimError
from app.mailroom.port import Mailroom

Settle = Callable[[Claim, int | None], Awaitable[None]]
"""Settle a claimed mailbox, wholly or, where a number is given, so many letters of it; ends with `finish`."""

_log: Final = structlog.get_logger("worker")
_NOTHING_PASSES: Final = 1 << 30
_BROKEN_PAUSE: Final = 1.0
"""Seconds between two tries of a store that fails."""
_EMPTY_PAUSE: Final = timedelta(minutes=5)
"""How long a mailbox rests that can't be settled although there is no mail in it to give up."""
_IDLE: Final = 3600.0


class Worker:
    """See the module's rule. `spread` rolls a number in [0, 1)."""

    def __init__(
        self,
        mailroom: Mailroom,
        settle: Settle,
        *,
        slots: int,
        now: Callable[[], datetime],
        spread: Callable[[], float],
    ) -> None:
        self._mailroom = mailroom
        self._settle = settle
        self._slots = slots
        self._now = now
        self._spread = spread
        self._held: dict[int, tuple[datetime, int]] = {}
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self._step()
            except Exception:  # noqa: BLE001 - the store is broken (a full disk, say): go on when it is mended
                _log.exception("the store failed; trying again")
                await asyncio.sleep(_BROKEN_PAUSE)

    async def drain(self, within: float) -> None:
        """After `run` was cancelled: let what is under way end, at most so many seconds; the rest is in doubt."""
        if self._busy:
            _, late = await asyncio.wait(self._busy, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _step(self) -> None:
        if len(self._busy) >= self._slots:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            return
        now = self._now()
        held = self._floors(now)
        claim = await self._mailroom.claim(now, held)
        if claim is None:
            await self._mailroom.changed(await self._idle(now, held))
            return
        task = asyncio.create_task(self._work(claim), name=claim.key)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    def _floors(self, now: datetime) -> dict[int, int]:
        self._held = {lane: (until, floor) for lane, (until, floor) in self._held.items() if until > now}
        return {lane: floor for lane, (_, floor) in self._held.items()}

    async def _idle(self, now: datetime, held: dict[int, int]) -> float:
        """Seconds until something can be claimed that can't be now."""
        due = await self._mailroom.next_due(held)
        moments = [until for until, _ in self._held.values()]
        if due is not None:
            moments.append(due)
        return max(0.0, (min(moments) - now).total_seconds()) if moments else _IDLE

    async def _work(self, claim: Claim) -> None:
        try:
            await self._settle(claim, 1 if claim.attempt >= NARROW_FROM else None)
        except StaleClaimError:
            _log.warning("the claim was stale; nothing was written", key=claim.key)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail waits and the worker goes on
            await self._given_back(claim, error)

    async def _given_back(self, claim: Claim, error: Exception) -> None:
        """Until it is: a claim that is kept would shut its mailbox until the next start."""
        while True:
            try:
                await self._give_back(claim, error)
            except StaleClaimError:
                return
            except StoreError:
                _log.exception("a claim can't be given back; trying again", key=claim.key)
                await asyncio.sleep(_BROKEN_PAUSE)
            else:
                return

    async def _give_back(self, claim: Claim, error: Exception) -> None:
        now = self._now()
        if isinstance(error, HeldBackError):
            self._held[error.installation] = (error.not_before, _NOTHING_PASSES if error.urgent else URGENT)
            await self._mailroom.retry(claim, not_before=now, error="", lane=error.installation, counts=False)
            return
        told = f"{type(error).__name__}: {error}"
        if isinstance(error, StoreError):
            _log.warning("settling could not be saved", key=claim.key, error=str(error))
            again = now + timedelta(seconds=_BROKEN_PAUSE)
            await self._mailroom.retry(claim, not_before=again, error=told, counts=False)
            return
        at = now
        match decide_retry(error, claim.attempt, now=now, spread=self._spread()):
            case RetryAt(at=again):
                at = again
                _log.warning("settling failed", key=claim.key, attempt=claim.attempt, error=str(error), again=str(at))
            case GiveUp(reason=reason):
                _log.error("a letter is given up", key=claim.key, reason=reason, exc_info=error)
                letters = await self._mailroom.pending(claim, after=0, limit=1)
                for letter in letters:
                    await self._mailroom.bury(claim, seq=letter.seq, reason=reason, now=now)
                at = now if letters else now + _EMPTY_PAUSE  # or it would be tried in vain without end
        await self._mailroom.retry(claim, not_before=at, error=told)
