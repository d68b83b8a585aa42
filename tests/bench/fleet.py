"""Several processes on one PostgreSQL: how much more two settle than one, and how soon the dead one's work is taken up.

`python -m tests.bench.fleet [--latency 50] [--slots 2] [--settles 200] [--turns 5] [--kills 5]`

* **Settles.** Each is a new error's ticket, with one call of GitHub, whose lookalike takes `latency` ms to answer.
  Slots are so few that this is what holds a process up, not the machine. One process and two take turns, each on a
  database of its own; the rate is that of the middle eight tenths, by when the mail was noted as settled.
* **Takeover.** Both processes have all their slots full and more to do. One is killed with SIGKILL; what counts is the
  time until the last of the tickets it held is claimed by the other.

PostgreSQL is as its package makes it, with every commit on the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from app.domain.alerts import Alert, Sender
from app.domain.mail import AlertArrived, ByError, Letter
from app.ledger.postgres.database import Database
from app.ledger.postgres.migrate import migrate
from app.mailroom.postgres import PostgresMailroom
from sandbox.github.auth import throwaway_key
from tests.bench.load import ROOT
from tests.bench.lookalike import WIDE
from tests.chaos.killable import KillableApp
from tests.postgres.databases import Server

_numbers = count()


class Hub:
    """The lookalike GitHub, as far as `KillableApp` and this benchmark need it."""

    def __init__(self, url: str, private_key: str) -> None:
        self.url = url
        self.private_key = private_key

    def answer_after(self, milliseconds: int) -> None:
        """From now on every answer takes so long."""
        body = json.dumps({"slow_ms": milliseconds}).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/faults", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


@contextmanager
def lookalike(folder: Path) -> Iterator[Hub]:
    """A lookalike GitHub in a process of its own."""
    key = throwaway_key()
    (folder / "key.pem").write_text(key)
    command = [sys.executable, "-m", "tests.bench.lookalike", str(folder / "key.pem")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The lookalike has no pipes.")
        yield Hub(process.stdout.readline().strip(), key)
        process.stdin.close()
        process.wait(20)


@asynccontextmanager
async def fleet(
    server: Server, folder: Path, hub: Hub, *, size: int, slots: int
) -> AsyncIterator[tuple[str, list[KillableApp]]]:
    """So many processes at work on a fresh database, and its URL."""
    name = f"bench_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name}")
    url = server.url_of(name)
    await migrate(url)
    apps = []
    try:
        for _ in range(size):
            home = folder / f"process-{next(_numbers)}"
            home.mkdir()
            app = KillableApp(home, DATABASE="", DATABASE_URL=url, WORKERS=str(slots), **WIDE)
            apps.append(app)
            await app.start(hub)
            await app.listening()
            await asyncio.sleep(1)  # what a process does at its start is not what is measured
        yield url, apps
    finally:
        for app in apps:
            await app.kill()


async def feed(url: str, letters: int) -> None:
    """So many new errors."""
    database = await Database.open(url)
    mailroom = PostgresMailroom(database, lambda: datetime.now(UTC))
    await asyncio.gather(*(mailroom.receive(new_error(next(_numbers))) for _ in range(letters)))
    await mailroom.close()
    await database.close()


def new_error(number: int) -> Letter:
    """An alert about an error that nobody has seen yet."""
    now = datetime.now(UTC)
    title = f"KeyError: 'x{number}'"
    alert = Alert(sender=Sender.SENTRY, title=title, occurred_at=now, fingerprint=f"v1:{number}", words=title)
    return Letter(
        sender="bench",
        delivery_id=f"delivery-{number}",
        address=ByError(fingerprint=f"v1:{number}"),
        mail=AlertArrived(alert=alert),
        received_at=now,
    )


async def rate(server: Server, folder: Path, hub: Hub, *, size: int, slots: int, settles: int) -> float:
    """Settles a second of so many processes."""
    async with fleet(server, folder, hub, size=size, slots=slots) as (url, _):
        await feed(url, settles)
        await until(url, "SELECT count(*) = 0 FROM prod_squad.inbox WHERE sender = 'bench' AND settled_at IS NULL")
        rows = fetch(url, "SELECT settled_at FROM prod_squad.inbox WHERE sender = 'bench' ORDER BY settled_at")
    first, last = len(rows) // 10, len(rows) * 9 // 10
    micros: int = rows[last][0] - rows[first][0]
    return (last - first) * 1_000_000 / micros


async def settles(server: Server, folder: Path, hub: Hub, chosen: argparse.Namespace) -> None:
    hub.answer_after(chosen.latency)
    one, two = list[float](), list[float]()
    for _ in range(chosen.turns):
        one.append(await rate(server, folder, hub, size=1, slots=chosen.slots, settles=chosen.settles))
        two.append(await rate(server, folder, hub, size=2, slots=chosen.slots, settles=2 * chosen.settles))
    ratios = [many / few for few, many in zip(one, two, strict=True)]
    bound = 1000 * chosen.slots / chosen.latency
    print(
        f"fleet: two processes settle {median(ratios):.2f} x what one does (turns {min(ratios):.2f} to "
        f"{max(ratios):.2f}), {median(two):.0f} and {median(one):.0f} a second; GitHub answers after {chosen.latency} "
        f"ms, {chosen.slots} slots each, which lets one make {bound:.0f} calls a second at most"
    )


async def takeovers(server: Server, folder: Path, hub: Hub, chosen: argparse.Namespace) -> None:
    hub.answer_after(1_000)
    taken, held = list[float](), 0
    async with fleet(server, folder, hub, size=2, slots=8) as (url, apps):
        workers = [row[0] for row in fetch(url, "SELECT id FROM prod_squad.procrastinate_workers ORDER BY id")]
        for turn in range(chosen.kills):
            await feed(url, 300)
            await asyncio.sleep(2)
            began = time.monotonic()
            await apps[turn % 2].kill()
            held += await taken_over(url, workers[turn % 2])
            taken.append(time.monotonic() - began)
            await apps[turn % 2].start(hub)
            await until(url, f"SELECT max(id) > {max(workers)} FROM prod_squad.procrastinate_workers")
            workers[turn % 2] = fetch(url, "SELECT max(id) FROM prod_squad.procrastinate_workers")[0][0]
    print(
        f"fleet: after kill -9 the {held / chosen.kills:.0f} tickets a process held were all claimed by the other "
        f"{median(taken):.1f} s later (median of {chosen.kills} kills, {min(taken):.1f} to {max(taken):.1f} s)"
    )


async def taken_over(url: str, dead: int) -> int:
    """When all that this worker held is claimed again, how much that was."""
    await asyncio.sleep(0.2)  # what it had said as it was killed is heard by then
    now = "SELECT key, generation FROM prod_squad.mailbox"
    held = set(
        fetch(
            url,
            f"{now} WHERE key IN (SELECT lock FROM prod_squad.procrastinate_jobs "
            f"WHERE status = 'doing' AND worker_id = {dead})",
        )
    )
    left = set(held)
    while left:
        await asyncio.sleep(0.02)
        left &= set(fetch(url, now))
    return len(held)


async def until(url: str, query: str) -> None:
    """Until it is so."""
    while not fetch(url, query)[0][0]:  # noqa: ASYNC110 - the database has no event
        await asyncio.sleep(0.1)


def fetch(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


async def measure(chosen: argparse.Namespace) -> None:
    server = await asyncio.to_thread(Server, durable=True)
    try:
        with tempfile.TemporaryDirectory() as name, lookalike(Path(name)) as hub:
            await settles(server, Path(name), hub, chosen)
            await takeovers(server, Path(name), hub, chosen)
    finally:
        await asyncio.to_thread(server.close)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description=__doc__)
    parser.add_argument("--latency", type=int, default=50, help="ms that GitHub takes to answer")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--settles", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--kills", type=int, default=5)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
