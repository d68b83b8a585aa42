"""The rules of `decisions/commands/times.py`: times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.commands import Moment
from app.decisions.commands.times import moment_in, span_of
from app.domain.errors import UserError
from tests.unit.decisions.commands.cases import MOMENT, NOW, ZONE


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "minutes"),
    [("30m", 30), ("2h", 120), ("7d", 7 * 1440), ("1w", 7 * 1440), ("1h30m", 90), ("2H", 120)],
)
def test_a_duration(word: str, minutes: int) -> None:
    assert span_of(word) == timedelta(minutes=minutes)


@pytest.mark.parametrize("word", ["", "7", "d", "7y", "-7d", "7d!", "99999d", "٧d"])
def test_no_duration(word: str) -> None:
    assert span_of(word) is None


def test_a_duration_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match=r"`0m` is no time at all\. Write a duration such as `30m`"):
        span_of("0m")


@pytest.mark.parametrize(
    ("text", "at", "rest"),
    [
        pytest.param("14:00", utc(24, 19), "", id="today in the squad's time zone"),
        pytest.param("09:30 dentist", utc(25, 14, 30), "dentist", id="of today it is over, so tomorrow"),
        pytest.param("10:00", utc(25, 15), "", id="now is over, too"),
        pytest.param("2pm PTO", utc(24, 19), "PTO", id="after noon"),
        pytest.param("2:30PM", utc(24, 19, 30), "", id="with minutes"),
        pytest.param("12pm", utc(24, 17), "", id="noon"),
        pytest.param("12am", utc(25, 5), "", id="midnight"),
        pytest.param("9am", utc(25, 14), "", id="before noon"),
        pytest.param("tomorrow all day", utc(25, 5), "all day", id="tomorrow as it begins"),
        pytest.param("tomorrow 14:00 PTO", utc(25, 19), "PTO", id="tomorrow at a time"),
        pytest.param("Monday", utc(30, 5), "", id="a weekday as it begins"),
        pytest.param("mon 9:00 PTO", utc(30, 14), "PTO", id="its short name, at a time"),
        pytest.param("tuesday", utc(1, 5, month=12), "", id="today's weekday is in a week"),
        pytest.param("2026-12-24 a reason", utc(24, 5, month=12), "a reason", id="a day of the calendar"),
        pytest.param("2026-11-24 18:00", utc(24, 23), "", id="today, later"),
        pytest.param("2026-12-24T14:00 x", utc(24, 19, month=12), "x", id="a stamp is the squad's time"),
        pytest.param("2026-12-24t14:00z", utc(24, 14, month=12), "", id="unless it says otherwise"),
        pytest.param("2026-12-24T14:00+01:00", utc(24, 13, month=12), "", id="with an offset"),
    ],
)
def test_a_time(text: str, at: datetime, rest: str) -> None:
    assert moment_in(text, MOMENT) == (at, rest)


@pytest.mark.parametrize(
    "text", ["", "later", "14", "14 00", "next week", "the end", "100 more", "Thursdayish", "2026"]
)
def test_no_time(text: str) -> None:
    assert moment_in(text, MOMENT) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("2026-11-24", "`2026-11-24` is over. Write a time to come.", id="a day that has begun"),
        pytest.param("2026-11-24 9:00", "`2026-11-24 9:00` is over", id="a time of a day that is over"),
        pytest.param("2026-11-24T15:00Z", "is over", id="a stamp that is now"),
        pytest.param("2025-11-24", "`2025-11-24` is over", id="last year"),
        pytest.param("0001-01-01", "`0001-01-01` is out of reach", id="the beginning of all calendars"),
        pytest.param("9999-12-31", "`9999-12-31` is out of reach", id="the end of all calendars"),
        pytest.param("2026-11-31", "`2026-11-31` is no day of the calendar", id="a day that there is not"),
        pytest.param("2026-12-24T25:00", "is no time. Write it as `2026-12-24T14:00`", id="a stamp that there is not"),
        pytest.param("24:30", "`24:30` is no time of day", id="an hour that there is not"),
        pytest.param("14:60", "`14:60` is no time of day", id="a minute that there is not"),
        pytest.param("14pm", "`14pm` is no time of day", id="an hour that there is not after noon"),
    ],
)
def test_a_time_that_can_not_be(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        moment_in(text, MOMENT)


@pytest.mark.parametrize(
    ("now", "text", "at"),
    [
        pytest.param(utc(1, 4, 30), "3:00", utc(1, 8), id="autumn: the night with an hour more"),
        pytest.param(utc(1, 4, 30), "1:30", utc(1, 5, 30), id="autumn: of what comes twice the first is meant"),
        pytest.param(
            datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
            "2:30",
            datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
            id="spring: what is left out is so many minutes later",
        ),
    ],
)
def test_the_nights_when_clocks_change(now: datetime, text: str, at: datetime) -> None:
    assert moment_in(text, Moment(now=now, zone=ZONE)) == (at, "")


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: utc(1, 0, month=1) + timedelta(minutes=minutes)),
    st.times(),
    st.sampled_from(["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_a_time_of_day_is_ahead_and_within_little_more_than_a_day(now: datetime, clock: object, zone: str) -> None:
    found = moment_in(f"{clock:%H:%M}", Moment(now=now, zone=ZoneInfo(zone)))
    assert found is not None
    assert now - timedelta(hours=2) < found[0] <= now + timedelta(hours=26)


def test_new_years_eve_is_not_over_where_the_clock_is_behind() -> None:
    moment = Moment(now=datetime(2027, 1, 1, 2, 0, tzinfo=UTC), zone=ZONE)
    assert moment_in("2026-12-31 23:00", moment) == (datetime(2027, 1, 1, 4, 0, tzinfo=UTC), "")


def test_now_is_a_tuesday_morning() -> None:
    assert f"{NOW.astimezone(ZONE):%A %H:%M}" == "Tuesday 10:00"
