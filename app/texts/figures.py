"""Figures as people read them: instants, counts and the day's sparkline.

Rules: instants are in UTC, to the minute; in a post-mortem by the squad's clock, to the second. Counts have thousands
separators and are never rounded. The sparkline has a bar for each of the last 24 hours, the present one last; the
lowest bar means none, and only none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from app.texts.markdown import NOTHING, Markdown, fill, words

_BARS: Final = "▁▂▃▄▅▆▇█"
_HOURS: Final = 24


def instant(at: datetime) -> Markdown:
    """`2026-11-23 14:05 UTC`."""
    return words(f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def second(at: datetime, zone: tzinfo) -> Markdown:
    """`2026-11-23 09:05:30 EST`."""
    return words(f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}")


def lasting(span: timedelta) -> Markdown:
    """`2 days 3 h 0 min 7 s`, without the greatest units where they are none; nothing lasts less than none."""
    seconds = max(0, int(span.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    units = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (seconds % 60, "s"))
    first = next((place for place, (number, _) in enumerate(units) if number), len(units) - 1)
    return words(" ".join(f"{number} {unit}" for number, unit in units[first:]))


def count(number: int, one: str, many: str) -> Markdown:
    """`1 user`, `1,234 users`."""
    return words(f"{number:,} {one if number == 1 else many}")


def rest(number: int, most: int, one: str = "more", many: str = "more") -> Markdown:
    """How many more there are than are listed; nothing where all are."""
    return fill("… and {n}.", n=count(number - most, one, many)) if number > most else NOTHING


def last_day(hours: Iterable[tuple[int, int]], now: datetime) -> tuple[int, ...]:
    """The counts of the 24 hours that end with the present one, from (hours since 1970, count)."""
    by_hour = dict(hours)
    present = int(now.timestamp()) // 3600
    return tuple(by_hour.get(hour, 0) for hour in range(present - _HOURS + 1, present + 1))


def sparkline(counts: Iterable[int]) -> Markdown:
    """One bar for each count, the highest for the greatest."""
    counts = tuple(counts)
    most = max(counts, default=0) or 1
    return words("".join(_BARS[-(-7 * number // most)] for number in counts))
