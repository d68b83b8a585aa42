"""The budget: no window ever holds more than its limit, routine work leaves room, and the time told is exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outcomes import Left
from app.ledger.budget import Budgets, block, left, take
from app.ledger.database import Database
from app.ledger.limits import Call, Limits
from app.ledger.schema import MIGRATIONS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
SMALL = Limits(creates_short=4, creates_long=8, points=12, short=timedelta(seconds=6), long=timedelta(seconds=30))


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for step in MIGRATIONS:
            connection.executescript(step)
        yield connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with opened() as one:
        yield one


def call(*, creates: int = 0, points: int = 1, urgent: bool = False, installation: int = 9) -> Call:
    return Call(installation=installation, creates=creates, points=points, urgent=urgent)


def spend(connection: sqlite3.Connection, wanted: Call, at: datetime, limits: Limits = SMALL) -> int:
    """How many such calls are granted at that time."""
    granted = 0
    while take(connection, wanted, limits, at) is None:
        granted += 1
        assert granted < 10_000
    return granted


# One at a time


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [
        pytest.param(call(), 9, id="routine calls fill three quarters of the points"),
        pytest.param(call(urgent=True), 12, id="urgent ones all of them"),
        pytest.param(call(points=5), 1, id="a dear call fits once"),
        pytest.param(call(creates=1), 3, id="routine creating fills three quarters of the short window"),
        pytest.param(call(creates=1, urgent=True), 4, id="urgent creating all of it"),
        pytest.param(call(creates=1, points=6, urgent=True), 2, id="whichever window is full first"),
    ],
)
def test_so_many_calls_are_granted_at_once(connection: sqlite3.Connection, wanted: Call, granted: int) -> None:
    assert spend(connection, wanted, NOON) == granted


def test_a_page_finds_room_when_routine_work_has_taken_its_part(connection: sqlite3.Connection) -> None:
    assert spend(connection, call(creates=1), NOON) == 3
    assert spend(connection, call(creates=1, urgent=True), NOON) == 1


def test_what_pages_have_taken_is_not_left_for_routine_work(connection: sqlite3.Connection) -> None:
    assert spend(connection, call(creates=1, urgent=True), NOON) == 4
    assert spend(connection, call(creates=1), NOON) == 0


def test_the_long_window_holds_when_the_short_one_is_free_again(connection: sqlite3.Connection) -> None:
    granted = [spend(connection, call(creates=1, urgent=True), NOON + SMALL.short * turn) for turn in range(5)]
    assert granted == [4, 4, 0, 0, 0]
    assert take(connection, call(creates=1, urgent=True), SMALL, NOON + SMALL.short * 4) == NOON + SMALL.long


def test_a_grant_counts_for_exactly_the_window_s_length(connection: sqlite3.Connection) -> None:
    spend(connection, call(urgent=True), NOON)
    assert take(connection, call(urgent=True), SMALL, NOON + SMALL.short - MOMENT) == NOON + SMALL.short
    assert take(connection, call(urgent=True), SMALL, NOON + SMALL.short) is None


def test_each_installation_has_its_own(connection: sqlite3.Connection) -> None:
    spend(connection, call(urgent=True), NOON)
    assert take(connection, call(installation=10), SMALL, NOON) is None


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(call(points=13, urgent=True), id="more points than there are"),
        pytest.param(call(points=10), id="more than routine work may have"),
        pytest.param(call(creates=5, urgent=True), id="more creating than there is"),
        pytest.param(call(creates=4), id="more creating than routine work may have"),
    ],
)
def test_a_call_that_could_never_be_granted_is_an_error(connection: sqlite3.Connection, wanted: Call) -> None:
    with pytest.raises(ValueError, match="raise the limits"):
        take(connection, wanted, SMALL, NOON)


def test_github_s_own_limits_are_the_default(connection: sqlite3.Connection) -> None:
    assert spend(connection, call(creates=1, points=5, urgent=True), NOON, Limits()) == 80
    assert spend(connection, call(points=5, urgent=True), NOON, Limits()) == 100


def test_what_counts_no_more_is_swept_away(connection: sqlite3.Connection) -> None:
    for turn in range(1_000):
        assert take(connection, call(urgent=True), SMALL, NOON + SMALL.long * turn) is None
    assert connection.execute("SELECT count(*) FROM spent").fetchone()[0] <= 300


# Blocked


def test_nothing_is_granted_before_a_block_ends(connection: sqlite3.Connection) -> None:
    until = NOON + timedelta(minutes=1)
    block(connection, 9, until)
    assert take(connection, call(urgent=True), SMALL, until - MOMENT) == until
    assert take(connection, call(urgent=True), SMALL, until) is None
    assert take(connection, call(installation=10), SMALL, NOON) is None


@pytest.mark.parametrize(
    ("minutes", "ends"),
    [
        pytest.param((2, 1), 2, id="a shorter block does not end a longer one"),
        pytest.param((1, 2), 2, id="a longer block lengthens a shorter one"),
    ],
)
def test_the_longer_block_stays(connection: sqlite3.Connection, minutes: Sequence[int], ends: int) -> None:
    for each in minutes:
        block(connection, 9, NOON + timedelta(minutes=each))
    assert take(connection, call(), SMALL, NOON) == NOON + timedelta(minutes=ends)


async def test_budgets_are_kept_across_a_restart(tmp_path: Path) -> None:
    for granted in (3, 0):
        database = Database.open(tmp_path / "prod-squad.db")
        budgets = Budgets(database, SMALL, lambda: NOON)
        for _ in range(granted):
            assert await budgets.take(9, creates=1, points=1, urgent=False) is None
        assert await budgets.take(9, creates=1, points=1, urgent=False) == NOON + SMALL.short
        await budgets.block(9, NOON + timedelta(hours=1))
        assert await budgets.take(9, creates=0, points=1, urgent=True) == NOON + timedelta(hours=1)
        await database.run(lambda connection: connection.execute("DELETE FROM gate"))
        await database.close()


# Against a model that looks at everything


_CALLS = st.lists(
    st.tuples(
        st.integers(0, 4_000_000),  # microseconds since the call before
        st.builds(call, creates=st.integers(0, 2), points=st.integers(0, 5), urgent=st.booleans()),
    ),
    max_size=60,
)


class Model:
    """All grants there ever were."""

    def __init__(self) -> None:
        self.grants: list[tuple[datetime, Call]] = []

    def fits(self, wanted: Call, at: datetime) -> bool:
        """Whether every window that ends at that time has room."""
        part = 1.0 if wanted.urgent else SMALL.routine
        recent = [made for when, made in self.grants if when > at - SMALL.short]
        hour = [made for when, made in self.grants if when > at - SMALL.long]
        return sum(made.points for made in recent) + wanted.points <= int(SMALL.points * part) and (
            wanted.creates == 0
            or (
                sum(made.creates for made in recent) + wanted.creates <= int(SMALL.creates_short * part)
                and sum(made.creates for made in hour) + wanted.creates <= int(SMALL.creates_long * part)
            )
        )

    def earliest(self, wanted: Call, at: datetime) -> datetime:
        """The first time from then on at which it fits: only when a grant ends can that change."""
        ends = [when + window for when, _ in self.grants for window in (SMALL.short, SMALL.long)]
        return next(end for end in sorted({at, *ends}) if end >= at and self.fits(wanted, end))

    def fullest(self, window: timedelta) -> tuple[int, int]:
        """The most creating, and the most points, in any window of that length, wherever it begins."""
        spans = [[made for when, made in self.grants if end - window < when <= end] for end, _ in self.grants]
        created = max((sum(made.creates for made in span) for span in spans), default=0)
        return created, max((sum(made.points for made in span) for span in spans), default=0)


@given(_CALLS)
def test_the_budget_is_exact(calls: list[tuple[int, Call]]) -> None:
    model, now = Model(), NOON
    with opened() as connection:
        for pause, wanted in calls:
            now += timedelta(microseconds=pause)
            told = take(connection, wanted, SMALL, now)
            assert (told or now) == model.earliest(wanted, now)
            if told is None:
                model.grants.append((now, wanted))
    assert model.fullest(SMALL.short)[0] <= SMALL.creates_short
    assert model.fullest(SMALL.short)[1] <= SMALL.points
    assert model.fullest(SMALL.long)[0] <= SMALL.creates_long


@given(st.lists(st.integers(0, 3_000_000), min_size=20, max_size=60))
def test_routine_work_never_has_more_than_its_part_of_any_window(pauses: list[int]) -> None:
    model, now, routine = Model(), NOON, call(creates=1, points=2)
    with opened() as connection:
        for pause in pauses:
            now += timedelta(microseconds=pause)
            if take(connection, routine, SMALL, now) is None:
                model.grants.append((now, routine))
    assert model.fullest(SMALL.short)[0] <= 3
    assert model.fullest(SMALL.short)[1] <= 9
    assert model.fullest(SMALL.long)[0] <= 6


@given(_CALLS)
def test_the_time_told_is_the_first_at_which_it_is_granted(calls: list[tuple[int, Call]]) -> None:
    now = NOON
    with opened() as connection:
        for pause, wanted in calls:
            now += timedelta(microseconds=pause)
            told = take(connection, wanted, SMALL, now)
            if told is not None:
                assert told > now
                connection.execute("BEGIN")
                assert take(connection, wanted, SMALL, told - MOMENT) == told
                assert take(connection, wanted, SMALL, told) is None
                connection.execute("ROLLBACK")


# What is left


def test_what_is_left_is_told_of_whoever_has_the_least_in_each_window(connection: sqlite3.Connection) -> None:
    whole = Left(creates_minute=4, creates_hour=8, points_minute=12)
    assert left(connection, SMALL, NOON) == whole
    spend(connection, call(creates=1, points=1, urgent=True), NOON)
    spend(connection, call(points=2, urgent=True, installation=10), NOON)
    assert left(connection, SMALL, NOON) == Left(creates_minute=0, creates_hour=4, points_minute=0)
    later = NOON + SMALL.short
    assert left(connection, SMALL, later) == Left(creates_minute=4, creates_hour=4, points_minute=12)
    assert left(connection, SMALL, NOON + SMALL.long) == whole


def test_whom_github_lets_wait_is_counted_until_it_ends(connection: sqlite3.Connection) -> None:
    for installation in (9, 10):
        block(connection, installation, NOON + MOMENT)
    assert left(connection, SMALL, NOON).blocked == 2
    assert left(connection, SMALL, NOON + MOMENT).blocked == 0
