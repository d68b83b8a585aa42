"""A week in figures: what came, how fast it was answered, what it cost in notifications, and the trend.

| figure              | what it is                                                                                   |
|---------------------|----------------------------------------------------------------------------------------------|
| alerts              | tickets that were opened, or reopened for the last time, in the week                         |
| occurrences         | of all tickets, by their days in UTC: a week's edges may be hours off in other zones         |
| to acknowledge      | from a ticket's opening to the acknowledgement that stands, where that was in the week       |
| to decide, to close | from its opening to its decision, to its closing, where that was in the week                 |
| noise bill          | comments of the App and its jobs in the week × participants, as GitHub counts them           |
| load                | alerts for each business day of the week                                                     |
| open                | tickets that were open when the week ended, and their impact as it was decided by then       |

Rules: times are business time. What lists don't tell is not guessed: who watches the whole repository is notified, too,
and is in no bill; of a ticket with more than thirty comments by bots the newest count. The four weeks before are read
from the same tickets, so a week without a report leaves no gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import Final

from app.decisions.business_time import Calendar
from app.domain.alerts import Impact
from app.domain.reporting import Mark, Row
from app.domain.week import Noise, Share, Times, Week, WeekSeen

WEEKS: Final = 5
"""The week and those it is compared with."""
_EPOCH: Final = date(1970, 1, 1)
_DAY: Final = timedelta(days=1)


def seen(rows: Iterable[Row], mark: Mark, calendar: Calendar) -> WeekSeen:
    """The week that the mark tells."""
    rows = tuple(rows)
    spans = _weeks(mark, calendar)
    this = spans[-1]
    stood = [row for row in rows if row.made_at < this[1] and (row.open or _is_later(row.closed_at, this))]
    deciders = Counter(row.decided_by for row in rows if row.decided_by and _in(row.decided_at, this))
    return WeekSeen(
        mark=mark,
        weeks=tuple(_week(rows, span, calendar) for span in spans),
        apps=_shares(rows, spans, calendar, lambda row: row.app),
        teams=_shares(rows, spans, calendar, lambda row: row.team),
        acknowledged=_times(rows, this, calendar, lambda row: row.acknowledged_at),
        decided=_times(rows, this, calendar, lambda row: row.decided_at),
        closed=_times(rows, this, calendar, lambda row: row.closed_at),
        noisiest=_noisiest(rows, this, calendar),
        deciders=tuple(sorted(deciders.items(), key=lambda it: (-it[1], it[0].casefold()))),
        open=len(stood),
        undecided=sum(row.impact is None or _is_later(row.decided_at, this) for row in stood),
        severe=sum(row.impact is Impact.SEVERE and not _is_later(row.decided_at, this) for row in stood),
    )


Span = tuple[datetime, datetime]


def _weeks(mark: Mark, calendar: Calendar) -> tuple[Span, ...]:
    """Whole weeks on the squad's clock, so that a change of the clock moves no midnight."""
    last = mark.until.astimezone(calendar.zone)
    edges = [last.replace(tzinfo=None) - timedelta(weeks=back) for back in range(WEEKS, -1, -1)]
    moments = [edge.replace(tzinfo=calendar.zone).astimezone(mark.until.tzinfo) for edge in edges]
    return tuple(pairwise(moments))


def _week(rows: Sequence[Row], span: Span, calendar: Calendar) -> Week:
    first = span[0].astimezone(calendar.zone).date()
    return Week(
        since=first,
        alerts=sum(_alerted(row, span) for row in rows),
        closed=sum(_in(row.closed_at, span) for row in rows),
        occurrences=sum(_occurred(row, span, calendar) for row in rows),
        business_days=sum(calendar.hours_of(first + day * _DAY) is not None for day in range(7)),
    )


def _alerted(row: Row, span: Span) -> bool:
    return _in(row.made_at, span) or _in(row.reopened_at, span)


def _occurred(row: Row, span: Span, calendar: Calendar) -> int:
    first, end = ((it.astimezone(calendar.zone).date() - _EPOCH).days for it in span)
    return sum(number for day, number in row.days if first <= day < end)


def _in(at: datetime | None, span: Span) -> bool:
    return at is not None and span[0] <= at < span[1]


def _is_later(at: datetime | None, span: Span) -> bool:
    return at is not None and at >= span[1]


def _shares(
    rows: Sequence[Row], spans: tuple[Span, ...], calendar: Calendar, name: Callable[[Row], str]
) -> tuple[Share, ...]:
    """The most alerts first, then the most occurrences; what had neither in all the weeks is left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    shares = (
        Share(
            name=group,
            alerts=sum(_alerted(row, spans[-1]) for row in its),
            occurrences=sum(_occurred(row, spans[-1], calendar) for row in its),
            before=sum(_alerted(row, span) for row in its for span in spans[:-1]),
        )
        for group, its in groups.items()
    )
    told = (share for share in shares if share.alerts or share.occurrences or share.before)
    return tuple(sorted(told, key=lambda it: (-it.alerts, -it.occurrences, it.name.casefold())))


def _times(rows: Sequence[Row], span: Span, calendar: Calendar, what: Callable[[Row], datetime | None]) -> Times | None:
    moments = ((row.opened_at, what(row)) for row in rows)
    took = [calendar.between(began, at) for began, at in moments if at is not None and _in(at, span) and began <= at]
    return Times(number=len(took), middle=median_low(took), longest=max(took)) if took else None


def _noisiest(rows: Sequence[Row], span: Span, calendar: Calendar) -> tuple[Noise, ...]:
    noises = (
        Noise(
            row=row,
            occurrences=_occurred(row, span, calendar),
            comments=sum(_in(at, span) for at in row.said),
            people=row.people,
        )
        for row in rows
    )
    told = (noise for noise in noises if noise.bill)
    return tuple(sorted(told, key=lambda noise: (-noise.bill, -noise.occurrences, noise.row.number)))
