"""The budget's contract, for every store: no window is ever overfull, and the time told is exact.

Its cases in full are in tests/unit/ledger/test_budget.py; here both stores are held to judge alike.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.domain.outcomes import Left
from app.ledger.budget import Budgets, ScratchBudgets
from app.ledger.database import Database
from app.ledger.limits import Limits
from app.ledger.postgres.budget import PostgresBudgets
from app.ledger.postgres.database import Database as PostgresDatabase
from app.stores import SharedBudget as Budget
from tests.contract.stores import NOON, Clock
from tests.postgres import databases

MOMENT = timedelta(microseconds=1)
SMALL = Limits(creates_short=4, creates_long=8, points=12, short=timedelta(seconds=6), long=timedelta(seconds=30))
Opened = Callable[[Path, Callable[[], datetime]], AbstractAsyncContextManager[Budget]]


@asynccontextmanager
async def sqlite(folder: Path, now: Callable[[], datetime]) -> AsyncIterator[Budget]:
    database = Database.open(folder / "prod-squad.db")
    try:
        yield Budgets(database, SMALL, now)
    finally:
        await database.close()


@asynccontextmanager
async def postgresql(folder: Path, now: Callable[[], datetime]) -> AsyncIterator[Budget]:
    database = await PostgresDatabase.open(databases.url_for(folder))
    try:
        yield PostgresBudgets(database, SMALL, now)
    finally:
        await database.close()


BUDGETS: dict[str, Opened] = {"sqlite": sqlite, "postgresql": postgresql}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=BUDGETS)
async def budget(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Budget]:
    async with BUDGETS[request.param](tmp_path, clock) as opened:
        yield opened


async def granted(budget: Budget, *, creates: int = 0, points: int = 1, urgent: bool = False) -> int:
    """How many such calls are granted now."""
    number = 0
    while await budget.take(9, creates=creates, points=points, urgent=urgent) is None:
        number += 1
        assert number < 1_000
    return number


@pytest.mark.parametrize(
    ("creates", "points", "urgent", "expected"),
    [
        pytest.param(0, 1, False, 9, id="routine calls fill three quarters of the points"),
        pytest.param(0, 1, True, 12, id="urgent ones all of them"),
        pytest.param(1, 1, False, 3, id="routine creating fills three quarters of the short window"),
        pytest.param(1, 1, True, 4, id="urgent creating all of it"),
        pytest.param(1, 6, True, 2, id="whichever window is full first"),
    ],
)
async def test_so_many_calls_are_granted_at_once(
    budget: Budget, *, creates: int, points: int, urgent: bool, expected: int
) -> None:
    assert await granted(budget, creates=creates, points=points, urgent=urgent) == expected


async def test_a_grant_counts_for_exactly_the_window_s_length(budget: Budget, clock: Clock) -> None:
    await granted(budget, urgent=True)
    clock.now = NOON + SMALL.short - MOMENT
    assert await budget.take(9, creates=0, points=1, urgent=True) == NOON + SMALL.short
    clock.now = NOON + SMALL.short
    assert await budget.take(9, creates=0, points=1, urgent=True) is None


async def test_each_installation_has_its_own(budget: Budget) -> None:
    await granted(budget, urgent=True)
    assert await budget.take(10, creates=0, points=1, urgent=True) is None


async def test_a_call_that_could_never_be_granted_is_an_error(budget: Budget) -> None:
    with pytest.raises(ValueError, match="raise the limits"):
        await budget.take(9, creates=0, points=13, urgent=True)


async def test_the_longer_block_stays(budget: Budget) -> None:
    for minutes in (1, 2, 1):
        await budget.block(9, NOON + timedelta(minutes=minutes))
    assert await budget.take(9, creates=0, points=1, urgent=True) == NOON + timedelta(minutes=2)
    assert await budget.take(10, creates=0, points=1, urgent=True) is None


async def test_where_more_was_spent_than_a_limit_that_was_lowered_since_allows_nothing_is_left(budget: Budget) -> None:
    await granted(budget, creates=1, urgent=True)
    budget._limits = Limits(creates_short=1, creates_long=1, points=1, short=SMALL.short, long=SMALL.long)  # type: ignore[attr-defined]
    assert await budget.left() == Left(creates_minute=0, creates_hour=0, points_minute=0)


async def test_what_is_left_is_told_of_whoever_has_the_least_in_each_window(budget: Budget, clock: Clock) -> None:
    assert await budget.left() == Left(creates_minute=4, creates_hour=8, points_minute=12)
    await granted(budget, creates=1, urgent=True)
    await budget.take(10, creates=0, points=7, urgent=False)
    assert await budget.left() == Left(creates_minute=0, creates_hour=4, points_minute=5)
    await budget.block(9, clock() + timedelta(seconds=7))
    clock.turn(seconds=6)
    assert await budget.left() == Left(creates_minute=4, creates_hour=4, points_minute=12, blocked=1)
    clock.turn(seconds=24)
    assert await budget.left() == Left(creates_minute=4, creates_hour=8, points_minute=12)


async def test_both_stores_judge_alike(tmp_path: Path, clock: Clock) -> None:
    """Of many calls at odd times, each is granted, or told the same time, by both."""
    chance = random.Random(4711)
    model = ScratchBudgets(SMALL, clock)
    verdicts = set[bool]()
    async with postgresql(tmp_path, clock) as budget:
        for _ in range(400):
            clock.now += timedelta(microseconds=chance.randrange(3_000_000))
            wanted = {"creates": chance.choice((0, 0, 1, 2)), "points": chance.randrange(6)}
            urgent = chance.random() < 0.5
            told = await budget.take(9, **wanted, urgent=urgent)
            assert told == await model.take(9, **wanted, urgent=urgent)
            verdicts.add(told is None)
    model.close()
    assert verdicts == {True, False}


async def test_a_fleet_never_exceeds_a_limit_by_one_call(tmp_path: Path) -> None:
    """Three processes ask as fast as they can; the clock of one is behind, and that of one goes back."""
    true = Clock()
    clocks = (true, lambda: true.now - timedelta(seconds=4), lambda: true.now - timedelta(seconds=true.now.second % 3))
    grants: list[datetime] = []

    async def ask(budget: Budget) -> None:
        for _ in range(12):
            if await budget.take(9, creates=1, points=1, urgent=True) is None:
                grants.append(true.now)

    async with AsyncExitStack() as rooms:
        fleet = [await rooms.enter_async_context(postgresql(tmp_path, now)) for now in clocks]
        assert await fleet[0].take(9, creates=0, points=0, urgent=True) is None, "the fleet's time is the true one"
        for _ in range(8):
            await asyncio.gather(*(ask(budget) for budget in fleet))
            true.turn(seconds=3)
    assert len(grants) >= SMALL.creates_long - 1
    for end in grants:
        for window, most in ((SMALL.short, SMALL.creates_short), (SMALL.long, SMALL.creates_long)):
            assert sum(end - window < at <= end for at in grants) <= most


async def test_what_is_granted_by_a_clock_that_is_behind_counts_as_long_as_the_rest(tmp_path: Path) -> None:
    true = Clock()
    async with AsyncExitStack() as rooms:
        on_time, behind = [
            await rooms.enter_async_context(postgresql(tmp_path, now))
            for now in (true, lambda: true.now - timedelta(seconds=4))
        ]
        assert await on_time.take(9, creates=0, points=1, urgent=True) is None
        true.turn(seconds=10)
        assert await on_time.take(9, creates=1, points=1, urgent=True) is None
        for _ in range(3):
            assert await behind.take(9, creates=1, points=1, urgent=True) is None
        true.turn(seconds=3)
        assert await on_time.take(9, creates=1, points=1, urgent=True) == NOON + timedelta(seconds=16)
