"""Business time: weekends, holidays, and days on which the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.business_time import Calendar
from app.domain.squad import Squad
from app.domain.squad_duty import BusinessHours, Holidays, Weekday

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
NINE_TO_FIVE = BusinessHours(start=9 * HOUR, end=17 * HOUR)
OFFICE = Squad(
    time_zone="America/New_York",
    business_hours=NINE_TO_FIVE,
    holidays=Holidays(country="US", subdivision="DC", extra=(date(2026, 12, 24),)),
)
EVERY_DAY = tuple(Weekday)
AROUND_THE_CLOCK = Squad(
    time_zone="America/New_York", business_hours=BusinessHours(days=EVERY_DAY, start=0 * HOUR, end=24 * HOUR)
)
NIGHTS = Squad(
    time_zone="America/New_York",
    business_hours=BusinessHours(days=EVERY_DAY, start=timedelta(hours=2, minutes=30), end=3.25 * HOUR),
)
ALWAYS = Squad()


def at(clock: str) -> datetime:
    """A moment on New York's clock: `2026-11-24 09:00`."""
    return datetime.fromisoformat(clock).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [
        pytest.param("2026-11-24 09:00", True, id="a Tuesday, just opened"),
        pytest.param("2026-11-24 08:59:59", False, id="a second before"),
        pytest.param("2026-11-24 16:59:59", True, id="a second before it closes"),
        pytest.param("2026-11-24 17:00", False, id="closed"),
        pytest.param("2026-11-28 12:00", False, id="a Saturday"),
        pytest.param("2026-11-26 12:00", False, id="Thanksgiving"),
        pytest.param("2026-11-27 12:00", True, id="the day after, which the country works on"),
        pytest.param("2026-04-16 12:00", False, id="Emancipation Day, in the District of Columbia alone"),
        pytest.param("2026-07-03 12:00", False, id="a Friday, for Independence Day is on a Saturday"),
        pytest.param("2027-12-31 12:00", False, id="a Friday, for the next year's first day is on a Saturday"),
        pytest.param("2026-12-24 12:00", False, id="a day of the squad's own"),
    ],
)
def test_what_counts(clock: str, is_open: bool) -> None:
    assert Calendar(OFFICE).is_open(at(clock)) is is_open
    assert (Calendar(OFFICE).opens(at(clock)) == at(clock)) is is_open
    assert Calendar(OFFICE).is_open(at(clock).astimezone(UTC)) is is_open
    assert Calendar(ALWAYS).is_open(at(clock))


@pytest.mark.parametrize(
    ("squad", "clock", "business", "due"),
    [
        pytest.param(OFFICE, "2026-11-24 10:00", 0.5, "2026-11-24 10:30", id="within a day"),
        pytest.param(OFFICE, "2026-11-24 16:45", 0.5, "2026-11-25 09:15", id="over a night"),
        pytest.param(OFFICE, "2026-11-24 16:30", 0.5, "2026-11-24 17:00", id="at the closing, not the next morning"),
        pytest.param(OFFICE, "2026-11-24 20:00", 0.5, "2026-11-25 09:30", id="from an evening"),
        pytest.param(OFFICE, "2026-11-24 03:00", 0.5, "2026-11-24 09:30", id="from a night"),
        pytest.param(OFFICE, "2026-11-20 16:45", 0.5, "2026-11-23 09:15", id="over a weekend"),
        pytest.param(OFFICE, "2026-11-25 16:45", 0.5, "2026-11-27 09:15", id="over Thanksgiving"),
        pytest.param(OFFICE, "2026-12-23 16:45", 0.5, "2026-12-28 09:15", id="over the squad's day and Christmas"),
        pytest.param(OFFICE, "2026-12-31 16:45", 0.5, "2027-01-04 09:15", id="over the turn of the year"),
        pytest.param(OFFICE, "2026-11-20 20:00", 0, "2026-11-20 20:00", id="no time at all is no time at all"),
        pytest.param(OFFICE, "2026-11-20 20:00", -1, "2026-11-20 20:00", id="nor is less"),
        pytest.param(OFFICE, "2026-10-30 16:00", 2, "2026-11-02 10:00", id="over a weekend on which the clock changes"),
        pytest.param(AROUND_THE_CLOCK, "2026-03-08 00:00", 23, "2026-03-09 00:00", id="a day of 23 hours"),
        pytest.param(AROUND_THE_CLOCK, "2026-11-01 00:00", 25, "2026-11-02 00:00", id="a day of 25 hours"),
        pytest.param(NIGHTS, "2026-03-08 00:00", 0.75, "2026-03-09 03:15", id="hours that the change leaves out"),
        pytest.param(ALWAYS, "2026-11-27 23:45", 0.5, "2026-11-28 00:15", id="without business hours every minute"),
        pytest.param(ALWAYS, "2026-11-27 23:45", -1, "2026-11-27 23:45", id="and never back"),
    ],
)
def test_when_it_is_due(squad: Squad, clock: str, business: float, due: str) -> None:
    calendar = Calendar(squad)
    found = calendar.later(at(clock), business * HOUR)
    assert found == at(due).astimezone(UTC)
    assert found.tzinfo is UTC
    assert calendar.between(at(clock), found) == max(business, 0) * HOUR


@pytest.mark.parametrize(
    ("squad", "since", "until", "hours"),
    [
        pytest.param(OFFICE, "2026-11-24 10:00", "2026-11-24 11:30", 1.5, id="within a day"),
        pytest.param(OFFICE, "2026-11-23 00:00", "2026-11-30 00:00", 32, id="the week of Thanksgiving"),
        pytest.param(OFFICE, "2026-11-20 18:00", "2026-11-23 08:00", 0, id="a weekend"),
        pytest.param(OFFICE, "2026-11-24 11:00", "2026-11-24 10:00", 0, id="backwards"),
        pytest.param(OFFICE, "2025-12-31 16:00", "2026-01-02 10:00", 2, id="over the turn of the year"),
        pytest.param(ALWAYS, "2026-11-20 18:00", "2026-11-23 18:00", 72, id="without business hours every minute"),
        pytest.param(ALWAYS, "2026-11-01 00:00", "2026-11-02 00:00", 25, id="a day of 25 hours"),
    ],
)
def test_how_much_there_is_between(squad: Squad, since: str, until: str, hours: float) -> None:
    assert Calendar(squad).between(at(since), at(until)) == hours * HOUR


@pytest.mark.parametrize(
    ("clock", "opens"),
    [
        pytest.param("2026-11-24 17:00", "2026-11-25 09:00", id="closed: the next morning"),
        pytest.param("2026-11-25 18:00", "2026-11-27 09:00", id="the evening before Thanksgiving"),
        pytest.param("2026-10-31 12:00", "2026-11-02 09:00", id="a Saturday, and the clock is put back"),
    ],
)
def test_when_it_opens(clock: str, opens: str) -> None:
    assert Calendar(OFFICE).opens(at(clock)) == at(opens).astimezone(UTC)
    assert Calendar(ALWAYS).opens(at(clock)) == at(clock)


def test_a_day_that_a_zone_left_out_has_no_hours() -> None:
    """Samoa went over the date line: after Thursday, the 29th, came Saturday, the 31st."""
    samoa = Squad(time_zone="Pacific/Apia", business_hours=BusinessHours(days=EVERY_DAY, start=9 * HOUR, end=17 * HOUR))
    thursday, monday = datetime(2011, 12, 29, 12, tzinfo=UTC), datetime(2012, 1, 1, 10, tzinfo=UTC)
    assert Calendar(samoa).between(thursday, monday) == 3 * 8 * HOUR


def test_a_squad_without_holidays_works_on_them() -> None:
    squad = Squad(time_zone="America/New_York", business_hours=NINE_TO_FIVE)
    assert Calendar(squad).is_open(at("2026-11-26 12:00"))


CALENDARS = [Calendar(squad) for squad in (OFFICE, AROUND_THE_CLOCK, NIGHTS, ALWAYS)]
calendars = st.sampled_from(CALENDARS)
moments = st.timedeltas(timedelta(0), timedelta(days=540)).map(lambda it: datetime(2025, 10, 1, tzinfo=UTC) + it)
spans = st.timedeltas(timedelta(0), timedelta(days=12))


@given(calendars, moments, spans, spans)
def test_a_time_and_another_is_both(calendar: Calendar, moment: datetime, one: timedelta, other: timedelta) -> None:
    assert calendar.later(moment, one + other) == calendar.later(calendar.later(moment, one), other)


@given(calendars, moments, spans)
def test_what_lies_between_is_what_went_by(calendar: Calendar, moment: datetime, span: timedelta) -> None:
    assert calendar.between(moment, calendar.later(moment, span)) == span


@given(calendars, moments, spans, spans, spans)
def test_later_is_never_earlier(
    calendar: Calendar, moment: datetime, after: timedelta, one: timedelta, other: timedelta
) -> None:
    assert moment <= calendar.later(moment, one) <= calendar.later(moment + after, one + other)


@given(calendars, moments, spans)
def test_between_is_told_minute_by_minute(calendar: Calendar, moment: datetime, span: timedelta) -> None:
    """The slow way: a minute counts if it begins while it is open. Nothing here opens or closes within a minute."""
    since = moment.replace(second=0, microsecond=0)
    minutes = min(int(span.total_seconds() // 60), 300)
    slow = sum(calendar.is_open(since + timedelta(minutes=minute)) for minute in range(minutes))
    assert calendar.between(since, since + timedelta(minutes=minutes)) == timedelta(minutes=slow)


@pytest.mark.parametrize(
    ("squad", "day", "hours"),
    [
        pytest.param(OFFICE, date(2026, 11, 24), ("2026-11-24 09:00", "2026-11-24 17:00"), id="a Tuesday"),
        pytest.param(OFFICE, date(2026, 11, 28), None, id="a Saturday"),
        pytest.param(OFFICE, date(2026, 11, 26), None, id="a public holiday"),
        pytest.param(OFFICE, date(2026, 12, 24), None, id="a day of the squad's own"),
        pytest.param(NIGHTS, date(2026, 3, 8), None, id="the clock's change leaves nothing"),
        pytest.param(ALWAYS, date(2026, 11, 28), ("2026-11-27 19:00", "2026-11-28 19:00"), id="always, in UTC"),
    ],
)
def test_a_days_hours(squad: Squad, day: date, hours: tuple[str, str] | None) -> None:
    found = Calendar(squad).hours_of(day)
    assert found == (None if hours is None else (at(hours[0]), at(hours[1])))
