"""What PostgreSQL refuses, and how long it takes: only the letter at fault fails, and nobody waits twice as long."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from app.domain.errors import StoreError
from app.domain.mailboxes import Fate
from app.ledger.postgres import database as database_module
from app.ledger.postgres.database import SCHEMA
from app.mailroom.postgres import PostgresMailroom
from tests.contract.fleet import note, process
from tests.contract.stores import Clock
from tests.postgres import databases

LONG = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=3_000)))
"""It can't be compressed to what fits into an index."""


@pytest.fixture
def url() -> str:
    return databases.fresh()


@pytest.fixture
async def one(url: str) -> AsyncIterator[PostgresMailroom]:
    async with process(url, Clock()) as mailroom:
        yield mailroom


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(LONG, id="too long for an index"),
        pytest.param("\udc80", id="no text"),
    ],
)
async def test_of_letters_that_come_together_only_the_one_at_fault_fails(one: PostgresMailroom, name: str) -> None:
    letters = [note(name, "box") if nth == 2 else note(str(nth), "box") for nth in range(5)]
    answers = await asyncio.gather(*map(one.receive, letters), return_exceptions=True)
    assert [getattr(answer, "fate", None) for answer in answers] == [
        None if nth == 2 else Fate.SAVED for nth in range(5)
    ]
    assert isinstance(answers[2], StoreError | UnicodeError)


async def test_what_took_too_long_is_not_tried_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds a table: the door answers after one statement's time, and not after two."""
    monkeypatch.setattr(database_module, "_CONFIGURE", database_module._CONFIGURE.replace("'10s'", "'1s'"))
    async with process(url, Clock()) as one:
        await one.receive(note("1"))
        async with (
            await AsyncConnection.connect(url, options=f"-c search_path={SCHEMA}") as other,
            other.transaction(),
        ):
            await other.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            with pytest.raises(StoreError, match="statement timeout"):
                await one.receive(note("2"))
            assert time.monotonic() - began < 1.9
        await one.receive(note("2"))
