"""One look for all who ask: the table of `app/web/shared.py`."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.errors import StoreError
from app.web.shared import SharedLook


class Store:
    """A store that counts how often it was asked, and answers once it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()
        self.fails = False

    async def look(self) -> int:
        self.asked += 1
        number = self.asked
        await self.answers.wait()
        if self.fails:
            raise StoreError("the disk is full")
        return number


@pytest.fixture
def store() -> Store:
    made = Store()
    made.answers.set()
    return made


async def test_all_who_ask_while_a_look_is_under_way_get_its_answer(store: Store) -> None:
    store.answers.clear()
    look = SharedLook(store.look)
    asking = [asyncio.create_task(look()) for _ in range(5)]
    await asyncio.sleep(0)
    store.answers.set()
    assert await asyncio.gather(*asking) == [1] * 5


@pytest.mark.parametrize("fails", [False, True])
async def test_for_a_while_it_tells_what_was_seen_be_it_a_fault(store: Store, fails: bool) -> None:
    store.fails = fails
    look = SharedLook(store.look)
    told = [(await asyncio.gather(look(), return_exceptions=True))[0] for _ in range(100)]
    assert store.asked == 1
    assert {str(each) for each in told} == {"the disk is full" if fails else "1"}


async def test_after_a_while_it_looks_again(store: Store) -> None:
    look = SharedLook(store.look, fresh=0.0)
    assert [await look() for _ in range(3)] == [1, 2, 3]


async def test_a_store_that_hangs_fails_in_time_for_all_and_is_asked_again(store: Store) -> None:
    look = SharedLook(store.look, fresh=0.0, patience=0.05)
    assert await look() == 1
    store.answers.clear()
    said = await asyncio.gather(look(), look(), return_exceptions=True)
    assert [type(each) for each in said] == [StoreError, StoreError]
    assert store.asked == 2
    store.answers.set()
    assert await look() == 3


async def test_who_hangs_up_ends_nobody_else_s_look(store: Store) -> None:
    store.answers.clear()
    look = SharedLook(store.look)
    impatient, patient = asyncio.create_task(look()), asyncio.create_task(look())
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    store.answers.set()
    assert await patient == 1
    assert impatient.cancelled()
