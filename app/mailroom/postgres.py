"""The mailroom on PostgreSQL: each method of the port is one function of the database, one statement, one transaction.

Rule: several processes share it. Who is woken, and who is missed, is `presence.py`'s; what is locked, and in which
order, stands in `ledger/postgres/steps`. A call that reads, or that may be made twice, is made again where the
connection broke; a claim, a call that ends one, or a note under it is not: what became of it is found out by its
generation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

import msgspec

from app.domain.errors import StoreError
from app.domain.mail import Letter, Mail
from app.domain.mailboxes import (
    URGENT,
    Claim,
    DeadLetter,
    Fate,
    Operation,
    Pending,
    Receipt,
    StaleClaimError,
    Standing,
    Timer,
    ticket_of,
)
from app.domain.storms import Wave
from app.domain.tickets import Ticket
from app.ledger import tickets
from app.ledger.instants import micros, moment, span
from app.ledger.postgres.database import Database
from app.ledger.text import text
from app.mailroom import postgres_queries as sql
from app.mailroom.begun import Begun
from app.mailroom.postgres_letters import Letters, in_time, parted
from app.mailroom.presence import Pace, Presence

_MAIL: Final[msgspec.json.Decoder[Mail]] = msgspec.json.Decoder(Mail)
_TICKET: Final = msgspec.json.Decoder(Ticket)
_PRUNED_AT_ONCE: Final = 500


class PostgresMailroom:
    """Fulfils `port.Mailroom`; see the module's rule."""

    def __init__(self, database: Database, now: Callable[[], datetime], pace: Pace | None = None) -> None:
        self._database = database
        self._now = now
        self._pace = pace or Pace()
        self._poked = asyncio.Event()
        self._letters = Letters(database)
        self._begun = Begun()
        self._ending: dict[tuple[str, int], asyncio.Event] = {}
        self._presence = Presence(database, self._pace, heard=self._poked.set)

    async def close(self) -> None:
        """Answer what was handed in, and give back all claims; the database is closed by whoever opened it."""
        await self._letters.settle_down()
        await self._presence.leave()

    async def receive(self, letter: Letter) -> Receipt:
        """See the port."""
        return await self._letters.receive(letter)

    async def receive_dead(
        self, *, sender: str, delivery_id: str, kind: str, payload: bytes, reason: str, received_at: datetime
    ) -> Receipt:
        """See the port."""
        values = (text(sender), text(delivery_id), text(kind), micros(received_at), text(reason), payload)
        saved = await in_time(self._database.row(sql.SAVE_DEAD, values, again=True))
        return Receipt(fate=Fate.REPEATED if saved is None else Fate.SAVED)

    async def claim(self, now: datetime, held: Mapping[int, int]) -> Claim | None:
        """See the port."""
        at, lanes = micros(now), json.dumps(held)
        released = False
        async with self._presence.claiming:
            worker = await self._presence.work()
            while True:
                row = await self._database.row(sql.CLAIM, (at, lanes, worker, released))
                verdict, key, generation, attempt, priority = row or ("none", None, None, None, None)
                match verdict:
                    case "claimed":
                        last = self._ending.get((key, generation - 1))
                        if last is not None:  # it is over for the database, but has not heard so here
                            await last.wait()
                        self._presence.known[key] = generation
                        return Claim(key=key, generation=generation, attempt=attempt, priority=priority)
                    case "release":
                        await self._database.row(sql.RELEASE, (at, lanes), again=True)
                        released = True
                    case "again":
                        continue
                    case "unknown":
                        worker = await self._presence.register_anew()
                    case _:
                        return None

    async def next_due(self, held: Mapping[int, int]) -> datetime | None:
        """See the port."""
        row = await self._database.row(sql.NEXT_DUE, (json.dumps(held),), again=True)
        return None if row is None or row[0] is None else moment(row[0])

    async def changed(self, within: float) -> None:
        """See the port."""
        await self._presence.listen()
        try:
            async with asyncio.timeout(min(within, self._pace.look_again)):
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
        row = await self._database.row(sql.LOOK, (ticket_id,), again=True)
        if row is None:
            return None
        return Ticket(id=ticket_id) if row[0] is None else _TICKET.decode(row[0])

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]:
        """See the port. Mail that this version can't read is buried."""
        rows = await self._database.rows(sql.PENDING, (claim.key, after, limit), again=True)
        read: list[Pending] = []
        for seq, mail, received_at, delivery in rows:
            try:
                letter = _MAIL.decode(mail)
                read.append(Pending(seq=seq, mail=letter, received_at=moment(received_at), delivery_id=delivery))
            except msgspec.DecodeError as error:
                reason = f"This version of the App can't read the saved mail: {error}"
                await self.bury(claim, seq=seq, reason=reason, now=self._now())
        if rows and not read:
            return await self.pending(claim, after=rows[-1][0], limit=limit)
        return tuple(read)

    async def ticket_at(self, repository_id: int, number: int) -> int | None:
        """See the port."""
        row = await self._database.row(sql.TICKET_AT, (repository_id, number), again=True)
        return None if row is None else int(row[0])

    async def kin(self, ticket_id: int, limit: int) -> tuple[int, ...]:
        """See the port."""
        rows = await self._database.rows(sql.KIN, (ticket_id, ticket_id, limit), again=True)
        return tuple(int(other) for (other,) in rows)

    async def opened_between(self, since: datetime, until: datetime, limit: int) -> tuple[int, ...]:
        """See the port."""
        rows = await self._database.rows(sql.OPENED_BETWEEN, (micros(since), micros(until), limit), again=True)
        return tuple(int(ticket) for (ticket,) in rows)

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None:
        """See the port."""
        self._begun.note(claim, operation)
        known = await self._under(claim, sql.BEGIN, operation, micros(now))
        return None if known is None else Operation(id=operation, sent_at=moment(known[0]), result=known[1])

    async def done(self, claim: Claim, operation: str, result: bytes) -> None:
        """See the port."""
        await self._under(claim, sql.DONE, operation, result)

    async def undo(self, claim: Claim, operation: str) -> None:
        """See the port."""
        await self._under(claim, sql.UNDO, operation)

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
        falls = [
            {"name": text(timer.name), "due": micros(timer.due), "priority": URGENT if timer.urgent else 0}
            for timer in timers
        ]
        saved = (None, None, None, None, "[]") if ticket is None else _saved(ticket)
        values = (through, micros(now), span(gap), *saved, json.dumps(falls), *parted(letters), self._begun.of(claim))
        if remembers is None:
            await self._end(claim, sql.FINISH, *values)
        else:
            name, value = remembers
            await self._end(claim, sql.FINISH_AND_REMEMBER, text(name), value, micros(now), *values)

    async def retry(
        self, claim: Claim, *, not_before: datetime, error: str, lane: int | None = None, counts: bool = True
    ) -> None:
        """See the port."""
        await self._end(claim, sql.RETRY, micros(not_before), text(error[:1000]), lane, 0 if counts else 1)

    async def bury(self, claim: Claim, *, seq: int, reason: str, now: datetime) -> None:
        """See the port."""
        await self._under(claim, sql.BURY, seq, text(reason[:1000]), micros(now))

    async def standing(self) -> Standing:
        """See the port."""
        row = await self._database.row(sql.STANDING, (micros(self._now()),), again=True)
        if row is None:
            raise StoreError("PostgreSQL gave no answer.")
        pending, oldest, claimed, dead, made, quiet = row
        failing = await self._database.rows(sql.FAILING, again=True)
        return Standing(
            pending=pending,
            oldest=None if oldest is None else moment(oldest),
            claimed=claimed,
            failing=tuple((str(key), str(error)) for key, error in failing),
            dead=dead,
            tickets=made,
            support=quiet,
        )

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """See the port."""
        return tuple(
            DeadLetter(
                id=id_,
                sender=sender,
                delivery_id=delivery_id,
                kind=kind,
                received_at=moment(received_at),
                reason=reason,
                payload=payload,
            )
            for id_, sender, delivery_id, kind, received_at, reason, payload in await self._database.rows(
                sql.OLDEST_DEAD, (limit,), again=True
            )
        )

    async def revive(self, dead_id: int) -> bool:
        """See the port."""
        row = await self._database.row(sql.REVIVE, (dead_id, micros(self._now())))
        return row is not None and bool(row[0])

    async def drop(self, dead_id: int) -> bool:
        """See the port."""
        return await self._database.row(sql.DROP_DEAD, (dead_id,)) is not None

    async def prune(self, before: datetime) -> int:
        """See the port. In small commits, so that none holds up the doors."""
        pruned = 0
        while True:
            gone = len(await self._database.rows(sql.PRUNE, (micros(before), _PRUNED_AT_ONCE), again=True))
            pruned += gone
            if gone < _PRUNED_AT_ONCE:
                return pruned

    async def is_known(self, fingerprint: str) -> bool:
        """See the port."""
        return await self._database.row(sql.IS_KNOWN, (text(fingerprint),), again=True) is not None

    async def open_words(self, limit: int) -> tuple[tuple[int, str], ...]:
        """See the port."""
        rows = await self._database.rows(sql.OPEN_WORDS, (limit,), again=True)
        return tuple((int(ticket), str(words)) for ticket, words in rows)

    async def newcomer(self, claim: Claim, *, at: datetime, within: timedelta, most: int) -> Wave | None:
        """See the port."""
        wave = await self._under(claim, sql.NEWCOMER, ticket_of(claim.key), micros(at), span(within), most)
        if wave is None:
            return None
        number, began_at, before = wave
        return Wave(id=number, began_at=moment(began_at), before=tuple(json.loads(before)))

    async def end_wave(self, wave: int, now: datetime) -> None:
        """See the port."""
        await self._database.row(sql.END_WAVE, (wave, micros(now)), again=True)

    async def recall(self, name: str) -> bytes | None:
        """See the port."""
        row = await self._database.row(sql.RECALL, (text(name),), again=True)
        return None if row is None else bytes(row[0])

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        """See the port."""
        await self._database.row(sql.REMEMBER, (text(name), value, micros(now)), again=True)

    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        """See the port."""
        values = (value, micros(now), text(name))
        if known is None:
            return await self._database.row(sql.REMEMBER_FIRST, values) is not None
        return await self._database.row(sql.EXCHANGE, (*values, known)) is not None

    async def _under(self, claim: Claim, query: LiteralString, *values: object) -> tuple[Any, ...] | None:
        """What is written under a claim. A claim that is over is nobody's here any more."""
        try:
            return await self._database.row(query, (claim.key, claim.generation, *values))
        except StaleClaimError:
            self._forget(claim)
            raise

    async def _end(self, claim: Claim, query: LiteralString, *values: object) -> None:
        """The claim is given back: as long as that is not known here, the mailbox is not handed out again here."""
        name = (claim.key, claim.generation)  # one that was taken over may end beside its successor
        self._ending[name] = asyncio.Event()
        try:
            await self._under(claim, query, *values)
        finally:
            self._ending.pop(name).set()
        self._forget(claim)
        self._poked.set()

    def _forget(self, claim: Claim) -> None:
        self._begun.forget(claim)
        if self._presence.known.get(claim.key) == claim.generation:
            del self._presence.known[claim.key]


def _saved(ticket: Ticket) -> tuple[object, ...]:
    issues = [
        {"repository": issue.repository.id, "number": issue.number, "current": issue == ticket.issue}
        for issue in tickets.issues_of(ticket)
    ]
    opened = None if ticket.opened_at is None else micros(ticket.opened_at)
    return ticket.id, tickets.status_of(ticket), msgspec.json.encode(ticket), opened, json.dumps(issues)
