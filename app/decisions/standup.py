"""Standup: when the channel hears that a post-mortem's action items are to be discussed.

| the post-mortem                            | on a business day, from the squad's standup on           |
|--------------------------------------------|----------------------------------------------------------|
| is open to feedback, and they were not     | it is said, once that day                                |
| discussed                                  |                                                          |
| … and it was said today                    | nothing                                                  |
| is being written, was discussed, is closed | nothing                                                  |
| was not open to feedback yet at standup    | nothing that day                                         |

Rules: a day off has no standup. Whoever comes late, since the App was down, says it the same day or not at all. Times
are on the clock of the squad's time zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.decisions.business_time import Calendar
from app.domain.post_mortems import PostMortem, Stage

_AHEAD: Final = 366
"""So many days are looked through for one with a standup."""
_DAY: Final = timedelta(days=1)


def is_waiting(post_mortem: PostMortem) -> bool:
    """Whether its action items are to be discussed."""
    return post_mortem.stage is Stage.FEEDBACK and not post_mortem.discussed


def line_for(calendar: Calendar, at: timedelta, said_on: date | None, now: datetime) -> date | None:
    """The day whose line is to be said now; None where there is none. `at` is standup's time of day."""
    today = now.astimezone(calendar.zone).date()
    standup = _on(calendar, at, today)
    return today if standup is not None and standup <= now and said_on != today else None


def next_one(calendar: Calendar, at: timedelta, now: datetime) -> datetime | None:
    """When the next standup is, in UTC; None where the year has none."""
    today = now.astimezone(calendar.zone).date()
    coming = (_on(calendar, at, today + nth * _DAY) for nth in range(_AHEAD))
    return next((standup for standup in coming if standup is not None and standup > now), None)


def _on(calendar: Calendar, at: timedelta, day: date) -> datetime | None:
    if calendar.hours_of(day) is None:
        return None
    return (datetime.combine(day, time.min) + at).replace(tzinfo=calendar.zone).astimezone(UTC)
