"""The worker: claims mailboxes that are due and has them settled, many side by side, each by one at a time.

| the settle                                 | the mailbox                                                            |
|--------------------------------------------|------------------------------------------------------------------------|
| ends                                       | `finish` has given it back                                             |
| finds that its claim is over               | is somebody else's                                                     |
| was held back by its installation's budget | waits with its lane; nothing is counted against it                     |
| could not save                             | is given back once the store works again; nothing is counted against it |
| fails otherwise                            | waits, or its first letter is given up: see `decisions/retrying.py`    |
| is broken off, or was not begun yet, since | is given back at once; nothing is counted against it                   |
| the App stops                              |                                                                        |

Rules: nothing sleeps in a slot, unless the store itself is broken. Where an installation's budget is spent, its
routine mailboxes are held together until there is room, and then let through a slot at a time, rather than each
asking in vain. No error ends the worker. Every line that is logged in a settle names its mailbox, generation and
attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog
from structlog.contextvars import bind_contextvars

from app.decisions.retrying import NARROW_FROM, GiveUp, RetryAt, decide_retry
from app.domain.errors import HeldBackError, StoreError
from app.domain.mailboxes import URGENT, Claim, StaleClaimError
from app.domain.outcomes import Ending
from app.mailroom.port import Mailroom

Settle = Callable[[Claim, int | None], Awaitable[datetime | None]]
"""Settle a claimed mailbox, wholly or, where a number is given, so many letters of it; ends with `finish`.

Where it has to wait first, it gives the mailbox back itself, and tells until when."""

_log: Final = structlog.get_logger("worker")
_NOTHING_PASSES: Final = 1 << 30
_BROKEN_PAUSE: Final = 1.0
"""Seconds between two tries of a store that fails."""
_EMPTY_PAUSE: Final = timedelta(minutes=5)
"""How long a mailbox rests that can't be settled although there is no mail in it to give up."""
_IDLE: Final = 3600.0


class Counts(Protocol):
    """Who counts how settles end."""

    def settled(self, ending: Ending, seconds: float) -> None: ...


class Worker:
    """See the module's rule. `spread` rolls a number in [0, 1); `counts` is None where nobody counts."""

    def __init__(
        self,
        mailroom: Mailroom,
        settle: Settle,
        *,
        slots: int,
        now: Callable[[], datetime],
        spread: Callable[[], float],
        counts: Counts | None = None,
    ) -> None:
        self._mailroom = mailroom
        self._settle = settle
        self._slots = slots
        self._now = now
        self._spread = spread
        self._counts = counts
        self._held: dict[int, tuple[datetime, int]] = {}
        self._busy: dict[asyncio.Task[None], Claim] = {}
        self._claiming: asyncio.Task[Claim | None] | None = None
        """It may be committed although whoever asked was cancelled meanwhile: see `drain`."""
        self.claims = False
        """Whether it claims what is due: it runs, and the store works."""

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                try:
                    await self._step()
                except Exception:  # noqa: BLE001 - the store is broken (a full disk, say): go on when it is mended
                    self.claims = False
                    _log.exception("the store failed; trying again")
                    await asyncio.sleep(_BROKEN_PAUSE)
        finally:
            self.claims = False

    async def drain(self, within: float) -> None:
        """After `run` was cancelled: let what is under way end, at most so many seconds; the rest is given back."""
        under_way = [*self._busy, *([self._claiming] if self._claiming is not None else [])]
        if not under_way:
            return
        await asyncio.wait(under_way, timeout=within)
        broken_off = dict(self._busy)
        for task in broken_off:
            task.cancel()
        await asyncio.gather(*broken_off, return_exceptions=True)
        for claim in broken_off.values():
            _log.warning("a settle is broken off: the App stops", key=claim.key)
            await self._hand_back(claim)
        claiming = self._claiming
        if claiming is not None and claiming.done() and not claiming.cancelled() and claiming.exception() is None:
            unbegun = claiming.result()
            if unbegun is not None:
                await self._hand_back(unbegun)

    async def _hand_back(self, claim: Claim) -> None:
        try:
            await self._mailroom.retry(claim, not_before=self._now(), error="", counts=False)
        except StaleClaimError:
            return  # it had ended just before
        except StoreError as error:
            _log.warning("a claim can't be given back; it is free at the next start", key=claim.key, error=str(error))

    async def _step(self) -> None:
        if len(self._busy) >= self._slots:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            return
        now = self._now()
        held = self._floors(now)
        self._claiming = asyncio.create_task(self._mailroom.claim(now, held))
        claim = await asyncio.shield(self._claiming)
        self._claiming = None
        self.claims = True
        if claim is None:
            await self._mailroom.changed(await self._idle(now, held))
            return
        task = asyncio.create_task(self._work(claim), name=claim.key)
        self._busy[task] = claim
        task.add_done_callback(self._busy.pop)

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
        bind_contextvars(key=claim.key, generation=claim.generation, attempt=claim.attempt)  # this task's alone
        clock = asyncio.get_running_loop().time
        began, ending = clock(), Ending.BROKEN_OFF
        try:
            ending = await self._ended(claim)
        finally:
            seconds = clock() - began
            if ending is Ending.SETTLED:
                _log.info("settled", seconds=round(seconds, 3))
            if self._counts is not None:
                self._counts.settled(ending, seconds)

    async def _ended(self, claim: Claim) -> Ending:
        try:
            waits = await self._settle(claim, 1 if claim.attempt >= NARROW_FROM else None)
        except StaleClaimError:
            _log.warning("the claim was stale; nothing was written")
            return Ending.STALE
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail waits and the worker goes on
            return await self._given_back(claim, error)
        if waits is None:
            return Ending.SETTLED
        _log.debug("it has to wait", until=str(waits))
        return Ending.WAITING

    async def _given_back(self, claim: Claim, error: Exception) -> Ending:
        """Until it is, whatever ails that: a claim that is kept would shut its mailbox until the next start."""
        while True:
            try:
                return await self._give_back(claim, error)
            except StaleClaimError:
                return Ending.STALE
            except Exception:  # noqa: BLE001 - it is told, and tried again: nothing else opens the mailbox
                _log.exception("a claim can't be given back; trying again")
                await asyncio.sleep(_BROKEN_PAUSE)

    async def _give_back(self, claim: Claim, error: Exception) -> Ending:
        now = self._now()
        if isinstance(error, HeldBackError):
            self._held[error.installation] = (error.not_before, _NOTHING_PASSES if error.urgent else URGENT)
            await self._mailroom.retry(claim, not_before=now, error="", lane=error.installation, counts=False)
            return Ending.HELD_BACK
        told = f"{type(error).__name__}: {error}"
        if isinstance(error, StoreError):
            _log.warning("settling could not be saved", error=str(error))
            again = now + timedelta(seconds=_BROKEN_PAUSE)
            await self._mailroom.retry(claim, not_before=again, error=told, counts=False)
            return Ending.UNSAVED
        at, ending = now, Ending.RETRIED
        match decide_retry(error, claim.attempt, now=now, spread=self._spread()):
            case RetryAt(at=again):
                at = again
                _log.warning("settling failed", error=str(error), again=str(at))
            case GiveUp(reason=reason):
                ending = Ending.GIVEN_UP
                _log.error("a letter is given up", reason=reason, exc_info=error)
                letters = await self._mailroom.pending(claim, after=0, limit=1)
                for letter in letters:
                    await self._mailroom.bury(claim, seq=letter.seq, reason=reason, now=now)
                at = now if letters else now + _EMPTY_PAUSE  # or it would be tried in vain without end
        await self._mailroom.retry(claim, not_before=at, error=told)
        return ending
