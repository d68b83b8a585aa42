"""Figures as people read them: instants, counts and the day's sparkline.

Rules: instants are in UTC, to the minute; counts have thousands separators and are never rounded. The sparkline has a
bar for each of the last 24 hours, the present one last; the lowest bar means none, and only none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from app.texts.markdown import Markdown, words

_BARS: Final = "▁▂▃▄▅▆▇█"
_HOURS: Final = 24


def instant(at: datetime) -> Markdown:
    """`2026-11-23 14:05 UTC`."""
    return words(f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def count(number: int, one: str, many: str) -> Markdown:
    """`1 user`, `1,234 users`."""
    return words(f"{number:,} {one if number == 1 else many}")


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
