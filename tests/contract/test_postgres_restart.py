"""PostgreSQL is restarted under load, as at a crash: what was answered for is there, and nothing else was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from app.domain.errors import StoreError
from app.ledger.postgres import database
from app.ledger.postgres.migrate import migrate
from app.mailroom.postgres import PostgresMailroom
from tests.contract.fleet import QUICK, claimed, note, process, settle
from tests.contract.stores import Clock
from tests.postgres.databases import Server

PAUSE = 0.01


@pytest.fixture
def server() -> Iterator[Server]:
    own = Server()
    yield own
    own.close()


async def test_a_restart_under_load_loses_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.2)  # doors hold out for three seconds, longer than this restart takes
    url = urlunsplit(urlsplit(server.url)._replace(path="/squad"))
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE squad")
    await migrate(url)
    answered, refused, seen = list[str](), list[str](), list[str]()
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

    async def work(mailroom: PostgresMailroom) -> None:
        while not over.is_set():
            try:
                seen.extend(await settle(mailroom, await claimed(mailroom, 0.5)))
            except (StoreError, TimeoutError):
                await asyncio.sleep(PAUSE)

    async with process(url, Clock(), QUICK) as one, process(url, Clock(), QUICK) as other:
        doors = [asyncio.create_task(door(mailroom, nth)) for nth, mailroom in enumerate((one, other, one, other))]
        workers = [asyncio.create_task(work(mailroom)) for mailroom in (one, other)]
        with ThreadPoolExecutor(1) as hand:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(0.5)
            await loop.run_in_executor(hand, server.stop)
            before = len(answered)
            await asyncio.sleep(0.5)
            assert len(answered) <= before + 4, "nothing is answered for while there is no database"
            await loop.run_in_executor(hand, server.start)
        async with asyncio.timeout(20):
            while len(answered) < before + 50:  # noqa: ASYNC110 - what is waited for is a figure
                await asyncio.sleep(0.05)
        over.set()
        await asyncio.gather(*doors, *workers)
        async with asyncio.timeout(20):
            while (await one.standing()).pending:
                try:
                    seen.extend(await settle(one, await claimed(one, 0.5)))
                except (StoreError, TimeoutError):
                    await asyncio.sleep(PAUSE)
    assert refused, "a door says that it could not"
    assert set(answered) <= set(seen)
    assert set(seen) <= {*answered, *refused}
