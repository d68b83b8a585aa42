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
    """A squad's business time. A year's hours are reckoned once, when they are first asked for."""

    def __init__(self, squad: Squad) -> None:
        self._zone = ZoneInfo(squad.time_zone)
        self._hours = squad.business_hours
        self._holidays = squad.holidays or Holidays()
        self._years: dict[int, tuple[Window, ...]] = {}

    def is_open(self, moment: datetime) -> bool:
        """Whether this moment counts."""
        if self._hours is None:
            return True
        start, _ = next(self._windows_from(self._hours, moment))
        return start <= moment

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
        windows = self._in(hours, year)
        yield from windows[bisect_right(windows, moment.astimezone(UTC), key=lambda window: window[1]) :]
        while True:
            year += 1
            yield from self._in(hours, year)

    def _in(self, hours: BusinessHours, year: int) -> tuple[Window, ...]:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = tuple(self._reckoned(hours, year))
        return known

    def _reckoned(self, hours: BusinessHours, year: int) -> Iterator[Window]:
        free = frozenset(self._holidays.extra) | _public(self._holidays, year)
        day = date(year, 1, 1)
        while day.year == year:
            window = self._window(hours, day)
            if window is not None and day not in free:
                yield window
            day += timedelta(days=1)

    def _window(self, hours: BusinessHours, day: date) -> Window | None:
        """The day's hours; none on a day off, or where the clock's change leaves nothing of them."""
        if _WEEK[day.weekday()] not in hours.days:
            return None
        midnight = datetime.combine(day, time.min)
        opens = (midnight + hours.start).replace(tzinfo=self._zone).astimezone(UTC)
        closes = (midnight + hours.end).replace(tzinfo=self._zone).astimezone(UTC)
        is_there = opens < closes and opens.astimezone(self._zone).date() == day
        return (opens, closes) if is_there else None


def _public(holidays: Holidays, year: int) -> frozenset[date]:
    """The country's public holidays, those that are moved to a weekday on that day, too.

    <https://holidays.readthedocs.io/en/latest/api/#holidays.utils.country_holidays>
    """
    if not holidays.country:
        return frozenset()
    from holidays import country_holidays  # here, for it takes 20 MB, and a squad may do without holidays

    return frozenset(country_holidays(holidays.country, subdiv=holidays.subdivision or None, years=year))
