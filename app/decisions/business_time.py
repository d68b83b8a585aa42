"""Business time: how much of the time between two moments counts, and when so much of it has gone by.

| the squad's file has            | what counts                                                              |
|---------------------------------|--------------------------------------------------------------------------|
| no `business_hours`             | every minute                                                             |
| `business_hours`                | from `start` up to `end` on the clock of `time_zone`, on its days        |
| `holidays` besides              | the same, but for the country's public holidays and the squad's own      |

Rules: a day's hours begin and end on the clock on the wall, so a day on which the clock changes can be an hour longer
or shorter where its hours hold the change. What is due in so much business time is due as soon as it has gone by: at
the closing, not at the next morning's opening. Moments have a zone; those that come back are in UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.squad import Squad
from app.domain.squad_duty import BusinessHours, Holidays, Weekday

_NONE: Final = timedelta(0)
_WEEK: Final = tuple(Weekday)

Window = tuple[datetime, datetime]
"""A day's business hours in UTC: from the first moment up to the second, which is outside."""


class Calendar:
    """A squad's business time. It costs little to make: a year's hours are reckoned when first asked for, and kept."""

    def __init__(self, squad: Squad) -> None:
        self._zone = ZoneInfo(squad.time_zone)
        self._hours = squad.business_hours
        self._holidays = squad.holidays or Holidays()

    @property
    def day(self) -> timedelta:
        """How much business time a business day has on the clock; 24 hours where every minute counts."""
        return timedelta(days=1) if self._hours is None else self._hours.end - self._hours.start

    @property
    def zone(self) -> ZoneInfo:
        """The one whose clock the squad goes by."""
        return self._zone

    @property
    def has_hours(self) -> bool:
        """Whether the squad's file says when it works; else every minute counts."""
        return self._hours is not None

    def hours_of(self, day: date) -> Window | None:
        """The day's business hours, from midnight to midnight where every minute counts; None on a day off."""
        if self._hours is not None:
            return _window(self._zone, self._hours, day) if day not in _free(self._holidays, day.year) else None
        begins, ends = (datetime.combine(it, time.min, self._zone) for it in (day, day + timedelta(days=1)))
        return begins.astimezone(UTC), ends.astimezone(UTC)

    def is_open(self, moment: datetime) -> bool:
        """Whether this moment counts."""
        if self._hours is None:
            return True
        return self.opens(moment) <= moment

    def opens(self, moment: datetime) -> datetime:
        """The moment itself where it counts; else the next one that does."""
        moment = moment.astimezone(UTC)
        if self._hours is None:
            return moment
        start, _ = next(self._windows_from(self._hours, moment))
        return max(start, moment)

    def later(self, moment: datetime, business: timedelta) -> datetime:
        """When so much business time has gone by since the moment; the moment itself for none at all."""
        moment, business = moment.astimezone(UTC), max(business, _NONE)
        if self._hours is None:
            return moment + business
        windows = self._windows_from(self._hours, moment)
        left, at, closes = business, moment, moment
        while left > closes - at:
            left -= closes - at
            opens, closes = next(windows)
            at = max(opens, moment)
        return at + left

    def between(self, since: datetime, until: datetime) -> timedelta:
        """How much business time there is from one moment to a later one; none where it is not later."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        if until <= since:
            return _NONE
        if self._hours is None:
            return until - since
        open_then = takewhile(lambda window: window[0] < until, self._windows_from(self._hours, since))
        return sum((min(end, until) - max(start, since) for start, end in open_then), _NONE)

    def _windows_from(self, hours: BusinessHours, moment: datetime) -> Iterator[Window]:
        """The business hours that are not over at the moment, in their order, without end.

        No day's hours go beyond its midnight, so none of an earlier year can still be open.
        """
        year = moment.astimezone(self._zone).year
        windows = _year(self._zone, hours, self._holidays, year)
        yield from windows[bisect_right(windows, moment.astimezone(UTC), key=lambda window: window[1]) :]
        while True:
            year += 1
            yield from _year(self._zone, hours, self._holidays, year)


@lru_cache(maxsize=32)
def _year(zone: ZoneInfo, hours: BusinessHours, holidays: Holidays, year: int) -> tuple[Window, ...]:
    """The year's business hours; a squad asks for the same year over and over."""
    free = _free(holidays, year)
    days = (date(year, 1, 1) + timedelta(days=day) for day in range(366))
    windows = (_window(zone, hours, day) for day in days if day.year == year and day not in free)
    return tuple(window for window in windows if window is not None)


def _window(zone: ZoneInfo, hours: BusinessHours, day: date) -> Window | None:
    """The day's hours; none on a day off, or where the clock's change leaves nothing of them."""
    if _WEEK[day.weekday()] not in hours.days:
        return None
    midnight = datetime.combine(day, time.min)
    opens = (midnight + hours.start).replace(tzinfo=zone).astimezone(UTC)
    closes = (midnight + hours.end).replace(tzinfo=zone).astimezone(UTC)
    is_there = opens < closes and opens.astimezone(zone).date() == day
    return (opens, closes) if is_there else None


@lru_cache(maxsize=32)
def _free(holidays: Holidays, year: int) -> frozenset[date]:
    """The year's days off that are none of the weekend, and the squad's own of any year."""
    return frozenset(holidays.extra) | _public(holidays, year)


def _public(holidays: Holidays, year: int) -> frozenset[date]:
    """The country's public holidays, those that are moved to a weekday on that day, too.

    <https://holidays.readthedocs.io/en/latest/api/#holidays.utils.country_holidays>
    """
    if not holidays.country:
        return frozenset()
    from holidays import country_holidays  # here, for it takes 20 MB, and a squad may do without holidays

    return frozenset(country_holidays(holidays.country, subdiv=holidays.subdivision or None, years=year))
