"""The mailroom on SQLite: each method of the port is one unit of work on the database's writing thread.

Rule: one process serves a database file, so waiting for a poke is an event of this process. An operator's command
that attaches to the file beside it can't set that event; the worker looks again of itself every half minute.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import msgspec

from app.domain.errors import StoreError
from app.domain.mail import Letter, Mail
from app.domain.mailboxes import Claim, DeadLetter, Operation, Pending, Receipt, Standing, Timer, ticket_of
from app.domain.storms import Wave
from app.domain.tickets import Ticket
from app.ledger import memory, tickets
from app.ledger.database import Database, DatabaseClosedError, Unit
from app.ledger.text import text
from app.mailroom import sql_dead, sql_inbox, sql_mailbox, sql_storms
from app.mailroom.begun import Begun

T = TypeVar("T")

_DECODER: Final[msgspec.json.Decoder[Mail]] = msgspec.json.Decoder(Mail)
_LOOK_AGAIN: Final = 30.0
"""Seconds."""
_PRUNED_AT_ONCE: Final = 500


class SqliteMailroom:
    """Fulfils `port.Mailroom`; see the module's rule."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._poked = asyncio.Event()
        self._begun = Begun()

    async def _run(self, unit: Unit[T]) -> T:
        try:
            return await self._database.run(unit)
        except (sqlite3.Error, DatabaseClosedError) as error:
            raise StoreError(f"The database failed: {error}") from error

    async def receive(self, letter: Letter) -> Receipt:
        """See the port."""
        receipt, due = await self._run(partial(sql_inbox.receive, letter=letter, mail=encoded(letter)))
        if due:
            self._poked.set()
        return receipt

    async def receive_dead(
        self, *, sender: str, delivery_id: str, kind: str, payload: bytes, reason: str, received_at: datetime
    ) -> Receipt:
        """See the port."""
        return await self._run(
            partial(
                sql_dead.receive,
                sender=text(sender),
                delivery_id=text(delivery_id),
                kind=text(kind),
                payload=payload,
                reason=text(reason),
                received_at=received_at,
            )
        )

    async def claim(self, now: datetime, held: Mapping[int, int]) -> Claim | None:
        """See the port."""
        return await self._run(partial(sql_mailbox.claim, now=now, held=held))

    async def next_due(self, held: Mapping[int, int]) -> datetime | None:
        """See the port."""
        return await self._run(partial(sql_mailbox.next_due, held=held))

    async def changed(self, within: float) -> None:
        """See the port."""
        try:
            async with asyncio.timeout(min(within, _LOOK_AGAIN)):
                await self._poked.wait()
        except TimeoutError:
            return
        self._poked.clear()

    async def ticket(self, claim: Claim) -> Ticket | None:
        """See the port."""
        number = ticket_of(claim.key)
        return None if number is None else await self.look(number)

    async def look(self, ticket_id: int) -> Ticket | None:
        """See the port."""
        return await self._run(partial(tickets.load, ticket=ticket_id))

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]:
        """See the port. Mail that this version can't read is buried."""
        rows = await self._run(partial(sql_mailbox.pending, claim=claim, after=after, limit=limit))
        read: list[Pending] = []
        for row in rows:
            try:
                mail = _DECODER.decode(row.mail)
                read.append(Pending(seq=row.seq, mail=mail, received_at=row.received_at, delivery_id=row.delivery_id))
            except msgspec.DecodeError as error:
                reason = f"This version of the App can't read the saved mail: {error}"
                await self.bury(claim, seq=row.seq, reason=reason, now=self._now())
        if rows and not read:
            return await self.pending(claim, after=rows[-1].seq, limit=limit)
        return tuple(read)

    async def ticket_at(self, repository_id: int, number: int) -> int | None:
        """See the port."""
        return await self._run(partial(tickets.at, repository_id=repository_id, number=number))

    async def kin(self, ticket_id: int, limit: int) -> tuple[int, ...]:
        """See the port."""
        return await self._run(partial(tickets.kin, ticket=ticket_id, limit=limit))

    async def opened_between(self, since: datetime, until: datetime, limit: int) -> tuple[int, ...]:
        """See the port."""
        return await self._run(partial(tickets.opened_between, since=since, until=until, limit=limit))

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None:
        """See the port."""
        self._begun.note(claim, operation)
        return await self._run(partial(sql_mailbox.begin, claim=claim, operation=operation, now=now))

    async def done(self, claim: Claim, operation: str, result: bytes) -> None:
        """See the port."""
        await self._run(partial(sql_mailbox.done, claim=claim, operation=operation, result=result))

    async def undo(self, claim: Claim, operation: str) -> None:
        """See the port."""
        await self._run(partial(sql_mailbox.undo, claim=claim, operation=operation))

    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        gap: timedelta = timedelta(0),
        ticket: Ticket | None = None,
        timers: tuple[Timer, ...] = (),
        letters: tuple[Letter, ...] = (),
        remembers: tuple[str, bytes] | None = None,
    ) -> None:
        """See the port."""
        calls, mails = self._begun.of(claim), [(letter, encoded(letter)) for letter in letters]

        def unit(connection: sqlite3.Connection) -> None:
            sql_mailbox.forget(connection, claim, calls)
            sql_mailbox.finish(connection, claim, through, now, gap, ticket, timers, mails)
            if remembers is not None:
                memory.remember(connection, *remembers, now)

        await self._run(unit)
        self._begun.forget(claim)
        self._poked.set()

    async def retry(
        self, claim: Claim, *, not_before: datetime, error: str, lane: int | None = None, counts: bool = True
    ) -> None:
        """See the port."""
        told = text(error[:1000])
        await self._run(
            partial(sql_mailbox.retry, claim=claim, not_before=not_before, error=told, lane=lane, counts=counts)
        )
        self._begun.forget(claim)
        self._poked.set()

    async def bury(self, claim: Claim, *, seq: int, reason: str, now: datetime) -> None:
        """See the port."""
        await self._run(partial(sql_mailbox.bury, claim=claim, seq=seq, reason=text(reason[:1000]), now=now))

    async def standing(self) -> Standing:
        """See the port."""
        return await self._run(partial(sql_mailbox.standing, now=self._now()))

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """See the port."""
        return await self._run(partial(sql_dead.oldest, limit=limit))

    async def revive(self, dead_id: int) -> bool:
        """See the port."""
        revived = await self._run(partial(sql_dead.revive, dead_id=dead_id, now=self._now()))
        if revived:
            self._poked.set()
        return revived

    async def drop(self, dead_id: int) -> bool:
        """See the port."""
        return await self._run(partial(sql_dead.drop, dead_id=dead_id))

    async def prune(self, before: datetime) -> int:
        """See the port. In small commits, so that no door waits long for its own."""
        pruned = 0
        while True:
            gone = await self._run(partial(sql_mailbox.prune, before=before, most=_PRUNED_AT_ONCE))
            pruned += gone
            if gone < _PRUNED_AT_ONCE:
                return pruned

    async def is_known(self, fingerprint: str) -> bool:
        """See the port."""
        return await self._run(partial(tickets.is_known, fingerprint=fingerprint))

    async def open_words(self, limit: int) -> tuple[tuple[int, str], ...]:
        """See the port."""
        return await self._run(partial(tickets.open_words, limit=limit))

    async def newcomer(self, claim: Claim, *, at: datetime, within: timedelta, most: int) -> Wave | None:
        """See the port."""
        return await self._run(partial(sql_storms.newcomer, claim=claim, at=at, within=within, most=most))

    async def end_wave(self, wave: int, now: datetime) -> None:
        """See the port."""
        await self._run(partial(sql_storms.end_wave, wave=wave, now=now))

    async def recall(self, name: str) -> bytes | None:
        """See the port."""
        found = await self._run(partial(memory.recall, name=name))
        return None if found is None else found[0]

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        """See the port."""
        await self._run(partial(memory.remember, name=name, value=value, now=now))

    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        """See the port."""
        return await self._run(partial(memory.exchange, name=name, known=known, value=value, now=now))


def encoded(letter: Letter) -> bytes:
    """The letter's mail as it is saved."""
    return msgspec.json.encode(letter.mail)
