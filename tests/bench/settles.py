"""What a settle costs the store as its memory grows: receive, claim, read, finish, over 1,000 and over 1,000,000.

`python -m tests.bench.settles [--large 1000000] [--cycles 400]`

Both stores take turns cycle by cycle, so that a machine whose speed drifts is fair to both. The quotient is of the
medians. Everything saved before is settled, as in an App that has run for a month.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec

from app.domain.alerts import Alert, Sender
from app.domain.mail import AlertArrived, ByError, Letter
from app.domain.tickets import Ticket
from app.ledger.database import Database
from app.ledger.instants import micros
from app.mailroom.sqlite import SqliteMailroom

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
ERRORS = 1_000
NOBODY_HELD: dict[int, int] = {}


def letter(number: int, at: datetime) -> Letter:
    """An alert about one of a thousand errors."""
    error = f"v1:{number % ERRORS}"
    alert = Alert(sender=Sender.SENTRY, title="KeyError: 'x'", occurred_at=at, fingerprint=error, words="keyerror #")
    return Letter(
        sender="sentry",
        delivery_id=f"delivery-{number}",
        address=ByError(fingerprint=error),
        mail=AlertArrived(alert=alert),
        received_at=at,
    )


async def filled(folder: Path, settled: int) -> Database:
    """A store with so many settled deliveries over a thousand tickets."""
    database = Database.open(folder / "prod-squad.db")
    mailroom = SqliteMailroom(database, lambda: BEGAN)
    for number in range(ERRORS):
        await mailroom.receive(letter(number, BEGAN))
    for _ in range(ERRORS):
        claim = await mailroom.claim(BEGAN, NOBODY_HELD)
        if claim is None:
            raise RuntimeError("A mailbox with mail must be due.")
        mail = await mailroom.pending(claim, after=0, limit=10)
        await mailroom.finish(claim, through=mail[-1].seq, now=BEGAN, ticket=Ticket(id=int(claim.key[7:])))
    await database.close()
    mail = msgspec.json.encode(letter(0, BEGAN).mail)
    with sqlite3.connect(folder / "prod-squad.db") as connection:
        connection.executemany(
            "INSERT INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority, settled_at) "
            "VALUES ('sentry', ?, ?, 'alert', ?, ?, 0, 0, ?)",
            (
                (f"old-{number}", f"ticket:{1 + number % ERRORS}", mail, micros(BEGAN), micros(BEGAN))
                for number in range(settled - ERRORS)
            ),
        )
    return Database.open(folder / "prod-squad.db")


async def cycle(mailroom: SqliteMailroom, number: int, at: datetime) -> float:
    """One delivery from the door to its end, in seconds."""
    began = time.perf_counter()
    await mailroom.receive(letter(number, at))
    claim = await mailroom.claim(at, NOBODY_HELD)
    if claim is None:
        raise RuntimeError("A mailbox with mail must be due.")
    ticket = await mailroom.ticket(claim)
    mail = await mailroom.pending(claim, after=0, limit=200)
    await mailroom.finish(claim, through=mail[-1].seq, now=at, ticket=ticket)
    return time.perf_counter() - began


async def measure(small: int, large: int, cycles: int) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        databases = [await filled(Path(one), small), await filled(Path(other), large)]
        rooms = [SqliteMailroom(database, lambda: BEGAN) for database in databases]
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(cycles + 50):
            at = BEGAN + timedelta(days=1, seconds=number)
            for room, times in zip(rooms, taken, strict=True):
                times.append(await cycle(room, 2_000_000 + number, at))
        for database in databases:
            await database.close()
    few, many = (median(times[50:]) * 1000 for times in taken)
    print(f"  {small:>9,} settled deliveries: {few:.2f} ms a settle; {large:,}: {many:.2f} ms")
    print(f"settles: {many / few:.2f} x as dear with {large:,} settled deliveries as with {small:,}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.settles", description=__doc__)
    parser.add_argument("--small", type=int, default=ERRORS)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--cycles", type=int, default=400)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.small, chosen.large, chosen.cycles))


if __name__ == "__main__":
    main()
