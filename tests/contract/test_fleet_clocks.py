"""Processes whose clocks differ: it is said at the start, and what docs/operations.md tells to do afterwards helps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from app import stores
from app.ledger.limits import Limits
from tests.postgres import databases

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
ONE = Limits(creates_short=1, creates_long=1, routine=1.0)


def off_by(days: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        pytest.param(0, [], id="in step"),
        pytest.param(1, [86_400], id="ahead"),
        pytest.param(-1 / 24, [-3_600], id="behind"),
    ],
)
async def test_a_clock_that_is_not_postgresql_s_is_said(days: float, said: list[int]) -> None:
    with capture_logs() as logs:
        async with stores.on_postgresql(databases.fresh(), ONE, off_by(days)):
            pass
    assert [round(line["ahead"], -1) for line in logs if "clock" in line["event"]] == said


@pytest.mark.parametrize("days", [1, -1])
async def test_budgets_are_kept_by_one_clock_however_far_the_processes_are_apart(days: float) -> None:
    url, off, right = databases.fresh(), off_by(days), off_by(0)
    async with stores.on_postgresql(url, ONE, off) as (_, first), stores.on_postgresql(url, ONE, right) as (_, second):
        assert await first.take(9, creates=1, points=1, urgent=True) is None
        for budget, now in ((first, off), (second, right)):
            waits = await budget.take(9, creates=1, points=1, urgent=True)
            assert waits is not None
            assert timedelta(minutes=59) < waits - now() <= ONE.long + timedelta(seconds=2), "by its own clock"
            assert (await budget.left()).creates_hour == 0
        await first.block(9, off() + timedelta(hours=3))
        waits = await second.take(9, creates=1, points=1, urgent=True)
        assert waits is not None
        assert timedelta(hours=2, minutes=59) < waits - right() <= timedelta(hours=3)


async def test_what_a_clock_that_leapt_ahead_has_spent_can_be_taken_away() -> None:
    url, leapt = databases.fresh(), timedelta(0)
    statement = re.search(r"`(DELETE FROM\s.*?)`", OPERATIONS.read_text(), re.DOTALL)
    assert statement is not None
    async with stores.on_postgresql(url, ONE, lambda: datetime.now(UTC) + leapt) as (_, ahead):
        leapt = timedelta(days=1)
        assert await ahead.take(9, creates=1, points=1, urgent=True) is None
    async with stores.on_postgresql(url, ONE, off_by(0)) as (_, right):
        waits = await right.take(9, creates=1, points=1, urgent=True)
        assert waits is not None
        assert waits > datetime.now(UTC) + timedelta(days=1)
        with psycopg.connect(url) as connection:
            connection.execute(statement[1].encode())
        assert await right.take(9, creates=1, points=1, urgent=True) is None
