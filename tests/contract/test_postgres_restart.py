"""PostgreSQL is restarted under load, as at a crash: what was answered for is there, and nothing else was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from app.domain.errors import StoreError
from app.domain.mail import TimerFell
from app.domain.mailboxes import Claim
from app.ledger.postgres import database
from app.ledger.postgres.migrate import migrate
from app.mailroom import worker as worker_module
from app.mailroom.postgres import PostgresMailroom
from app.mailroom.worker import Worker
from tests.contract.fleet import QUICK, note, process
from tests.contract.stores import Clock
from tests.postgres.databases import Server

PAUSE = 0.01


class Going(Clock):
    """A clock that goes: what is given back waits a moment."""

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic())


@pytest.fixture
def server() -> Iterator[Server]:
    own = Server()
    yield own
    own.close()


async def test_a_restart_under_load_loses_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_BROKEN_PAUSE", PAUSE)
    monkeypatch.setattr(database, "PATIENCE", 0.2)  # doors hold out for three seconds, longer than this restart takes
    url = urlunsplit(urlsplit(server.url)._replace(path="/squad"))
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE squad")
    await migrate(url)
    clock, answered, refused, seen = Going(), list[str](), list[str](), set[str]()
    over = asyncio.Event()

    async def door(mailroom: PostgresMailroom, nth: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            letter = note(f"{nth}-{number}", f"box-{number % 9}")
            try:
                await mailroom.receive(letter)
                answered.append(letter.delivery_id)
            except StoreError:
                refused.append(letter.delivery_id)
            await asyncio.sleep(PAUSE)

    def worker(mailroom: PostgresMailroom) -> Worker:
        async def settle(claim: Claim, most: int | None) -> None:
            del most
            mail = await mailroom.pending(claim, after=0, limit=1_000)
            seen.update(item.mail.name for item in mail if isinstance(item.mail, TimerFell))
            await mailroom.finish(claim, through=mail[-1].seq if mail else 0, now=clock())

        return Worker(mailroom, settle, slots=4, now=clock, spread=lambda: 0.0)

    async with process(url, clock, QUICK) as one, process(url, clock, QUICK) as other:
        doors = [asyncio.create_task(door(mailroom, nth)) for nth, mailroom in enumerate((one, other, one, other))]
        workers = [worker(mailroom) for mailroom in (one, other)]
        works = [asyncio.create_task(working.run()) for working in workers]
        with ThreadPoolExecutor(1) as hand:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(0.5)
            await loop.run_in_executor(hand, server.stop)
            before = len(answered)
            await asyncio.sleep(0.5)
            assert len(answered) <= before + 4, "nothing is answered for while there is no database"
            await loop.run_in_executor(hand, server.start)
        async with asyncio.timeout(60):
            while len(answered) < before + 50:  # noqa: ASYNC110 - what is waited for is a figure
                await asyncio.sleep(0.05)
        over.set()
        await asyncio.gather(*doors)
        async with asyncio.timeout(60):
            while (await one.standing()).pending:  # noqa: ASYNC110 - the store rings no bell
                await asyncio.sleep(0.05)
        for task in works:
            task.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        for working in workers:
            await working.drain(1)
    assert refused, "a door says that it could not"
    assert set(answered) <= seen
    assert seen <= {*answered, *refused}
