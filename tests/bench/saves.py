"""Deliveries saved per second on either store: straight at the mailroom, and through the doors with signed bodies.

`python -m tests.bench.saves [--deliveries 20000] [--turns 5] [--processes 2]`

All processes that share the PostgreSQL work together, on SQLite there is one. Each turn each of the four saves its
share; deliveries are counted in the database in the end. Straight at the mailroom means `receive` with an alert about
one of a thousand errors, 64 under way in each process; through the doors it is what `tests/bench/doors.py` sends, 16
connections for each process. Whoever sends shares the machine with them. Each commit of either store is on the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import msgspec
import psycopg

from app.domain.mail import ByError, ByIssue
from app.ledger.database import Database
from app.ledger.postgres.database import SCHEMA
from app.ledger.postgres.database import Database as Postgres
from app.ledger.postgres.migrate import migrate
from app.mailroom.port import Mailroom
from app.mailroom.postgres import PostgresMailroom
from app.mailroom.postgres_letters import parted
from app.mailroom.sqlite import SqliteMailroom
from tests.bench.doors import CONNECTIONS, issues_in, receiver, saved
from tests.bench.load import ROOT, Webhook, examples, run
from tests.bench.settles import BEGAN, letter
from tests.postgres.databases import Server

UNDER_WAY = 64
WARM_UP = 500


# A process that saves straight at the mailroom


async def feed(mailroom: Mailroom) -> None:
    """Each line on standard input names the first and the last delivery to save; it is answered when they are saved."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        numbers = iter(range(*map(int, line.split())))

        async def save(numbers: Iterator[int] = numbers) -> None:
            for number in numbers:
                await mailroom.receive(letter(number, BEGAN))

        await asyncio.gather(*(save() for _ in range(UNDER_WAY)))
        print("saved", flush=True)


async def serve(where: str) -> None:
    """`where` is a database's URL, or a file."""
    if "://" not in where:
        file = Database.open(Path(where))
        await feed(SqliteMailroom(file, lambda: BEGAN))
        await file.close()
        return
    database = await Postgres.open(where)
    mailroom = PostgresMailroom(database, lambda: datetime.now(UTC))
    await feed(mailroom)
    await mailroom.close()
    await database.close()


class Feeders:
    """Such processes, all on one store."""

    def __init__(self, where: str, processes: int) -> None:
        command = [sys.executable, "-m", "tests.bench.saves", "--feed", where]
        self._processes = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]

    def rate(self, first: int, last: int) -> float:
        """Save these, shared out; deliveries a second, all processes together."""
        share = (last - first) // len(self._processes)
        began = time.perf_counter()
        for nth, process in enumerate(self._processes):
            assert process.stdin is not None
            process.stdin.write(f"{first + nth * share} {first + (nth + 1) * share}\n")
            process.stdin.flush()
        for process in self._processes:
            assert process.stdout is not None
            if process.stdout.readline() != "saved\n":
                raise SystemExit("A process that saves has failed.")
        return share * len(self._processes) / (time.perf_counter() - began)

    def close(self) -> None:
        for process in self._processes:
            process.communicate(timeout=20)


@contextmanager
def feeders(where: str, processes: int) -> Iterator[Feeders]:
    made = Feeders(where, processes)
    try:
        yield made
    finally:
        made.close()


# The doors


def through_doors(ports: list[int], webhooks: list[Webhook], first: int, last: int) -> float:
    """Send these to doors that share a store; deliveries a second, all together."""
    numbers = iter(range(first, last))

    async def send() -> float:
        began = time.perf_counter()
        measured = await asyncio.gather(
            *(
                run(
                    port,
                    (webhooks[number % len(webhooks)].request(f"bench-{number}") for number in numbers),
                    connections=CONNECTIONS,
                )
                for port in ports
            )
        )
        if any(turn.statuses != {202} for turn in measured):
            raise SystemExit(f"The doors answered {[turn.statuses for turn in measured]}.")
        return (last - first) / (time.perf_counter() - began)

    return asyncio.run(send())


def fresh(server: Server, name: str, issues: list[str]) -> str:
    """A database in which these issues (`repository:number`) are tickets already."""
    server.execute(f"CREATE DATABASE {name}")
    url = server.url_of(name)
    asyncio.run(migrate(url))
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        for issue in issues:
            repository, number = map(int, issue.split(":"))
            error = ByError(fingerprint=f"v1:{issue}")
            address = ByIssue(repository_id=repository, number=number, error=error)
            known, _ = parted([msgspec.structs.replace(letter(0, BEGAN), address=address)])
            connection.execute("SELECT make_ticket(json_populate_record(NULL::letter, %s::json -> 0))", (known,))
    return url


def kept(url: str) -> int:
    """How many deliveries the database holds."""
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {SCHEMA}.inbox".encode()).fetchone()
    return 0 if row is None else int(row[0])


def measure(deliveries: int, turns: int, processes: int, payloads: Path) -> None:
    webhooks = examples(payloads)
    issues = issues_in(webhooks)
    size = deliveries // turns // processes * processes
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        server = Server(durable=True)
        stack.callback(server.close)
        straight, doors = fresh(server, "straight", []), fresh(server, "doors", issues)
        (folder / "doors").mkdir()
        on_postgresql = stack.enter_context(feeders(straight, processes))
        on_sqlite = stack.enter_context(feeders(str(folder / "prod-squad.db"), 1))
        fleet = [stack.enter_context(receiver("fleet", doors)) for _ in range(processes)]
        alone = [stack.enter_context(receiver("app", str(folder / "doors"), *issues))]
        ways = {
            "straight, PostgreSQL": on_postgresql.rate,
            "straight, SQLite": on_sqlite.rate,
            "doors, PostgreSQL": lambda first, last: through_doors(fleet, webhooks, first, last),
            "doors, SQLite": lambda first, last: through_doors(alone, webhooks, first, last),
        }
        for way in ways.values():
            way(0, WARM_UP)
        for turn in range(turns):
            for title, way in ways.items():
                first = WARM_UP + turn * size
                rates.setdefault(title, []).append(way(first, first + size))
        sent = WARM_UP + size * turns
        found = [kept(straight), saved(folder), kept(doors), saved(folder / "doors")]
    if found != [sent] * len(ways):
        raise SystemExit(f"{sent:,} were sent to each, and {found} were saved.")
    for title, measured in rates.items():
        many = processes if "PostgreSQL" in title else 1
        print(
            f"saves: {title}, {many} process{'es' if many > 1 else ''}: {median(measured):,.0f}/s "
            f"(turns {min(measured):,.0f} to {max(measured):,.0f}), all {sent:,} there"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.saves", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000, help="for each of the four")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2, help="on PostgreSQL")
    parser.add_argument("--payloads", type=Path, default=ROOT / "tests" / "payloads" / "github")
    parser.add_argument("--feed", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.feed:
        asyncio.run(serve(chosen.feed))
    else:
        measure(chosen.deliveries, chosen.turns, chosen.processes, chosen.payloads)


if __name__ == "__main__":
    main()
