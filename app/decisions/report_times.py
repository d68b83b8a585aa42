"""When a report is due, and from when to when it reaches.

| report  | falls due, at its section's time on the squad's clock              | and is made, should the job be late, |
|---------|---------------------------------------------------------------------|--------------------------------------|
| morning | on every business day                                               | for 8 hours                          |
| digest  | on every business day; or on the week's last one, up to `day`       | for 14 hours; 3 days for a week's    |
| handoff | on the first business day of a shift                                | for 3 days                           |
| weekly  | on its `day`, whatever day that is                                  | for 6 days                           |
| monthly | on its `day` of the month; where that is free, the next business day| for 6 days                           |

| report  | reaches back to                                                                                            |
|---------|------------------------------------------------------------------------------------------------------------|
| morning | the close of business after the last review; without one, the last close before it is due                  |
| digest  | the lead's last digest; without one, everything that annoys is new                                         |
| handoff | the last handoff; without one, seven days                                                                  |
| weekly  | seven days before the midnight with which its day begins                                                   |
| monthly | the beginning of the month before its day's                                                                |

Rules: a report that is not made in time is not made at all, and the next one reaches back over its time, up to 31 days.
A squad without business hours has no close of business: its review reaches back to the last one, or a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, takewhile
from typing import Final

from app.decisions.business_time import Calendar
from app.domain.report_items import Due, NotDue
from app.domain.reporting import Kind
from app.domain.squad import Squad
from app.domain.squad_duty import Weekday
from app.domain.squad_reports import Every

REACH: Final = timedelta(days=31)
_DAY: Final = timedelta(days=1)
_WEEK: Final = tuple(Weekday)
_GRACE: Final = {
    Kind.MORNING: timedelta(hours=8),
    Kind.DIGEST: timedelta(hours=14),
    Kind.HANDOFF: timedelta(days=3),
    Kind.WEEKLY: timedelta(days=6),
    Kind.MONTHLY: timedelta(days=6),
}
_AHEAD: Final = 40
"""So many days are looked through for the next time."""


def due(kind: Kind, squad: Squad, now: datetime) -> Due | NotDue:
    """Whether the report is due; see the module's first table."""
    times, calendar = _Times(kind, squad), Calendar(squad)
    if times.at is None:
        return NotDue(off=True)
    today = now.astimezone(calendar.zone).date()
    for back in range(times.grace.days + 2):
        day = today - back * _DAY
        at = times.on(day, calendar)
        if at is not None and at <= now:
            return Due(day=day, at=at) if now < at + times.grace else NotDue(next_at=times.after(today, now, calendar))
    return NotDue(next_at=times.after(today, now, calendar))


def today(squad: Squad, now: datetime) -> Due:
    """A report that is wanted now, whether it is due or not."""
    return Due(day=now.astimezone(Calendar(squad).zone).date(), at=now)


def night_since(calendar: Calendar, at: datetime, last: datetime | None) -> datetime:
    """From when on a morning review that is due at this moment reaches; `last` is when the last one was made."""
    oldest = at - REACH
    if not calendar.has_hours:
        return max(last or at - _DAY, oldest)
    local = at.astimezone(calendar.zone).date()
    windows = (calendar.hours_of(local - back * _DAY) for back in range(REACH.days + 1))
    closes = [window[1] for window in windows if window is not None and window[1] <= at]
    if last is None:
        return closes[0] if closes else oldest
    return next((close for close in reversed(closes) if close > last), closes[0] if closes else oldest)


def week_before(squad: Squad, day: date) -> tuple[datetime, datetime]:
    """The seven days that end with the midnight at which the day begins, in UTC."""
    zone = Calendar(squad).zone
    first, last = (datetime.combine(it, time.min, zone).astimezone(UTC) for it in (day - 7 * _DAY, day))
    return first, last


def month_before(squad: Squad, day: date) -> tuple[datetime, datetime]:
    """The month before the day's own, from midnight to midnight on the squad's clock, in UTC."""
    end = day.replace(day=1)
    edges = ((end - _DAY).replace(day=1), end)
    first, last = (datetime.combine(it, time.min, Calendar(squad).zone).astimezone(UTC) for it in edges)
    return first, last


def last_of_shift(squad: Squad, day: date) -> datetime:
    """A moment at which the pair was on duty that hands over on this day."""
    calendar = Calendar(squad)
    change = next((it for it in _back_to_business(day, calendar) if _begins_shift(squad, it)), day)
    return datetime.combine(change, time.min, calendar.zone).astimezone(UTC) - timedelta(minutes=1)


class _Times:
    """The days of one kind of report."""

    def __init__(self, kind: Kind, squad: Squad) -> None:
        self._kind = kind
        self._squad = squad
        wanted = squad.reports
        section = {
            Kind.MORNING: wanted.morning,
            Kind.DIGEST: wanted.digest,
            Kind.HANDOFF: wanted.handoff,
            Kind.WEEKLY: wanted.weekly,
            Kind.MONTHLY: wanted.monthly,
        }[kind]
        self.at = section.at if section is not None else None
        weekly = wanted.digest is not None and wanted.digest.every is Every.WEEK and kind is Kind.DIGEST
        self.grace = timedelta(days=3) if weekly else _GRACE[kind]

    def on(self, day: date, calendar: Calendar) -> datetime | None:
        """When on this day it falls due; None where it does not."""
        if self.at is None or not self._falls_on(day, calendar):
            return None
        return (datetime.combine(day, time.min) + self.at).replace(tzinfo=calendar.zone).astimezone(UTC)

    def after(self, day: date, now: datetime, calendar: Calendar) -> datetime | None:
        """When it falls due next."""
        coming = (self.on(day + ahead * _DAY, calendar) for ahead in range(_AHEAD))
        return next((at for at in coming if at is not None and at > now), None)

    def _falls_on(self, day: date, calendar: Calendar) -> bool:
        wanted, works = self._squad.reports, calendar.hours_of(day) is not None
        if wanted.weekly is not None and self._kind is Kind.WEEKLY:
            return _WEEK[day.weekday()] is wanted.weekly.day
        if wanted.monthly is not None and self._kind is Kind.MONTHLY:
            return works and any(it.day == wanted.monthly.day for it in _back_to_business(day, calendar))
        if self._kind is Kind.HANDOFF:
            return works and any(_begins_shift(self._squad, it) for it in _back_to_business(day, calendar))
        if wanted.digest is not None and self._kind is Kind.DIGEST and wanted.digest.every is Every.WEEK:
            last = _WEEK.index(wanted.digest.day)
            later = (day + ahead * _DAY for ahead in range(1, last - day.weekday() + 1))
            return works and day.weekday() <= last and all(calendar.hours_of(it) is None for it in later)
        return works


def _back_to_business(day: date, calendar: Calendar) -> Iterator[date]:
    """The day, and the days off just before it."""
    before = (day - back * _DAY for back in range(1, _AHEAD))
    return chain((day,), takewhile(lambda it: calendar.hours_of(it) is None, before))


def _begins_shift(squad: Squad, day: date) -> bool:
    turns = squad.rotation.turns if squad.rotation is not None else None
    if turns is not None:
        return day > turns.starts and (day - turns.starts) % turns.cadence == timedelta(0)
    return squad.reports.handoff is not None and _WEEK[day.weekday()] is squad.reports.handoff.day
