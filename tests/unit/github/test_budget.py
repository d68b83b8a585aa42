"""Who waits for a place among the calls under way is let in urgent first, then in order, and leaves none behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from app.github.budget import Places


async def _through(places: Places, name: str, log: list[str], leave: asyncio.Event, *, urgent: bool = False) -> None:
    async with places.one(urgent=urgent):
        log.append(name)
        await leave.wait()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_urgent_goes_first_and_routine_in_order() -> None:
    places, log, first, rest = Places(1), [], asyncio.Event(), asyncio.Event()
    rest.set()
    tasks = [asyncio.create_task(_through(places, "first", log, first))]
    await _settled()
    tasks += [asyncio.create_task(_through(places, name, log, rest)) for name in ("a", "b")]
    await _settled()
    tasks.append(asyncio.create_task(_through(places, "page", log, rest, urgent=True)))
    await _settled()
    assert log == ["first"]
    first.set()
    await asyncio.gather(*tasks)
    assert log == ["first", "page", "a", "b"]


async def test_never_more_than_there_are_places() -> None:
    places, now, most = Places(3), 0, 0

    async def one() -> None:
        nonlocal now, most
        async with places.one(urgent=False):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(one() for _ in range(20)))
    assert most == 3


async def test_who_is_cancelled_while_waiting_or_in_the_moment_of_his_turn_loses_no_place() -> None:
    places, log, leave = Places(1), [], asyncio.Event()
    leave.set()
    async with places.one(urgent=False):
        waiting = asyncio.create_task(_through(places, "waiting", log, leave))
        called = asyncio.create_task(_through(places, "called", log, leave))
        await _settled()
        waiting.cancel()
        await _settled()
    called.cancel()  # its turn has come, and it has not run since
    for task in (waiting, called):
        with suppress(asyncio.CancelledError):
            await task
    await asyncio.wait_for(_through(places, "last", log, leave), 1)
    assert log == ["last"]
