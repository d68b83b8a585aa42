"""The mailroom's port: the durable inbox, one mailbox per ticket, timers. SQLite today; PostgreSQL plugs in here.

Rules, held by `tests/contract/test_mailroom.py` for every store:
* `receive` returns only after the letter and the poke of its mailbox are committed together.
* At most one claim of a mailbox is alive at a time; every commit under a claim checks its generation.
* Mail of a mailbox is settled in the order of `seq`.
* A poke that comes while the mailbox is claimed is never lost: it is due again when the claim ends.
* Nothing sleeps in a slot: who must wait is given back with `not_before`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.facts import Fact
from app.domain.mail import Letter, Mail
from app.domain.tickets import Ticket


class Fate(StrEnum):
    """What became of a letter."""

    SAVED = "saved"
    REPEATED = "repeated"
    """This sender's delivery id was saved before; nothing was done."""
    SAME_EVENT = "same-event"
    """Saved, but its event had been reported by another delivery: not counted."""
    NOT_OURS = "not-ours"
    """About an issue that is no ticket, and not to become one; not saved."""


class Receipt(Fact, frozen=True, kw_only=True):
    """The door's proof of saving."""

    fate: Fate
    seq: int | None = None
    key: str = ""


class Claim(Fact, frozen=True, kw_only=True):
    """The right to settle one mailbox. `attempt` counts from 1 and starts again after progress."""

    key: str
    generation: int
    attempt: int
    priority: int = 0


class Pending(Fact, frozen=True, kw_only=True):
    """One piece of mail that is not settled yet."""

    seq: int
    mail: Mail
    received_at: datetime


class Operation(Fact, frozen=True, kw_only=True):
    """A creating call: committed as sent before it is made, as done after."""

    id: str
    sent_at: datetime
    result: bytes | None = None
    """JSON of what was made; None while it is in doubt."""


class Timer(Fact, frozen=True, kw_only=True):
    """A mailbox's wish to be woken: mail `TimerFell(name)` arrives at `due`. Set again, it moves."""

    name: str
    due: datetime


class DeadLetter(Fact, frozen=True, kw_only=True):
    """Mail that could not be understood or settled, kept until an operator replays or drops it."""

    id: int
    sender: str
    delivery_id: str
    kind: str
    received_at: datetime
    reason: str
    payload: bytes


class Standing(Fact, frozen=True, kw_only=True):
    """The mailroom at a glance, for health, metrics and the operator."""

    pending: int
    oldest: datetime | None
    claimed: int
    waiting: int
    """Mailboxes that wait for `not_before`."""
    dead: int
    tickets: int


class StaleClaimError(Exception):
    """The claim is over: another process settles this mailbox now. Nothing was written."""


class Mailroom(Protocol):
    """See the module's rules. Times are aware datetimes in UTC."""

    async def receive(self, letter: Letter) -> Receipt: ...
    async def receive_dead(
        self, *, sender: str, delivery_id: str, kind: str, payload: bytes, reason: str, received_at: datetime
    ) -> Receipt: ...
    async def claim(self, now: datetime) -> Claim | None: ...
    async def next_due(self) -> datetime | None: ...
    async def pending(self, claim: Claim, limit: int) -> tuple[Pending, ...]: ...
    async def ticket(self, claim: Claim) -> Ticket | None: ...
    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None: ...
    async def done(self, claim: Claim, operation: str, result: bytes) -> None: ...
    async def undo(self, claim: Claim, operation: str) -> None: ...
    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        gap: timedelta,
        ticket: Ticket | None = None,
        timers: tuple[Timer, ...] = (),
    ) -> None: ...
    async def retry(self, claim: Claim, *, not_before: datetime, error: str, now: datetime) -> None: ...
    async def bury(self, claim: Claim, *, seq: int, reason: str, now: datetime) -> None: ...
    async def standing(self) -> Standing: ...
    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]: ...
    async def prune(self, before: datetime) -> int: ...
