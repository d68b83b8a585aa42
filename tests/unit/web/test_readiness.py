"""Whether traffic should come: the table of `app/web/readiness.py`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest

from app.domain.errors import StoreError
from app.web import readiness
from app.web.readiness import Readiness
from app.web.shared import SharedLook

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Memory:
    """A store that can save, until it can't."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.asked = 0
        self.hangs = False

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        self.asked += 1
        await asyncio.sleep(60 if self.hangs else 0.01)
        if self.full:
            raise StoreError("the disk is full")


@pytest.mark.parametrize(
    ("claims", "full", "closing", "says"),
    [
        pytest.param(True, False, False, "", id="all is well"),
        pytest.param(None, False, False, "", id="a door alone has no worker to wait for"),
        pytest.param(False, False, False, "Its worker claims nothing", id="the worker does not claim"),
        pytest.param(True, True, False, "The store can't save", id="the store is full"),
        pytest.param(None, True, False, "The store can't save", id="the store of a door alone is full"),
        pytest.param(True, False, True, "It stops", id="it was told to stop, and all is well"),
        pytest.param(False, True, True, "It stops", id="it was told to stop, and nothing is well"),
    ],
)
async def test_it_says_why_no_traffic_should_come(claims: bool | None, full: bool, closing: bool, says: str) -> None:
    told = Readiness(Memory(full=full), claims=None if claims is None else lambda: claims, now=lambda: NOW)
    told.closing = closing
    why_not = await told.why_not()
    assert why_not.startswith(says) if says else why_not == ""


async def test_it_saves_once_a_second_at_most_however_often_it_is_asked() -> None:
    memory = Memory()
    told = Readiness(memory, claims=None, now=lambda: NOW)
    assert [await told.why_not() for _ in range(100)] == [""] * 100
    assert memory.asked == 1


async def test_who_asks_while_it_saves_waits_for_what_comes_of_it() -> None:
    memory = Memory()
    told = Readiness(memory, claims=None, now=lambda: NOW)
    assert await asyncio.gather(*(told.why_not() for _ in range(5))) == [""] * 5
    assert memory.asked == 1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept, and nobody is waited for long."""
    monkeypatch.setattr(readiness, "SharedLook", partial(SharedLook, fresh=0.0, patience=0.05))


@pytest.mark.usefixtures("at_once")
async def test_a_store_that_works_again_is_found_out() -> None:
    memory = Memory(full=True)
    told = Readiness(memory, claims=None, now=lambda: NOW)
    assert await told.why_not() != ""
    memory.full = False
    assert await told.why_not() == ""


@pytest.mark.usefixtures("at_once")
async def test_a_store_that_hangs_is_found_out_although_it_saved_before() -> None:
    memory = Memory()
    told = Readiness(memory, claims=None, now=lambda: NOW)
    assert await told.why_not() == ""
    memory.hangs = True
    assert await told.why_not() == "The store can't save; the App's log says why."
