"""Times as people write them in commands.

| written                                     | is                                                        |
|---------------------------------------------|-----------------------------------------------------------|
| `30m`, `2h`, `7d`, `1w`, `1h30m`            | so long from now                                          |
| `14:00`, `2pm`, `2:30pm`                    | when it is that time next                                 |
| `tomorrow`, `monday`, `mon`                 | the beginning of that day; of today's weekday: in a week  |
| `2026-12-24`                                | the beginning of that day                                 |
| a day and a time: `monday 9:00`             | that                                                      |
| `2026-12-24T14:00`, with or without an offset | that                                                    |

Rules: a time without an offset is the squad's time zone's. A time that a change of the clock leaves out is as many
minutes later; of one that comes twice the first is meant. Results are in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.decisions.commands.spec import Moment
from app.domain.errors import UserError

HOW_LONG: Final = "a duration such as `30m`, `2h`, `7d` or `1w`"
UNTIL_WHEN: Final = "`until` with a time such as `14:00`, `tomorrow`, `monday 9:00` or `2026-12-24`"
_SPAN: Final = re.compile(r"(?:[0-9]{1,4}[mhdw]){1,4}")
_PART: Final = re.compile(r"([0-9]+)([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK: Final = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?(am|pm)?")
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEARS: Final = 100
"""Beyond, arithmetic with dates ends somewhere; no command asks for so much."""


def span_of(word: str) -> timedelta | None:
    """`1h30m` as a duration; None for what is none. Raises UserError for one of nothing."""
    if not _SPAN.fullmatch(word.lower()):
        return None
    parts = _PART.findall(word.lower())
    span = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
    if not span:
        raise UserError(f"`{word}` is no time at all. Write {HOW_LONG}.")
    return span


def moment_in(rest: str, moment: Moment) -> tuple[datetime, str] | None:
    """The time that the text begins with, and what follows it; None where it begins with none.

    Raises UserError for a time that is over, and for a day or an hour that there is not.
    """
    first, _, after = rest.partition(" ")
    stamp = _stamp(first, moment)
    if stamp is not None:
        return _ahead(stamp, first, moment), after
    day = _day(first.lower(), moment)
    clock, later = (first, after) if day is None else (after.partition(" ")[0], after.partition(" ")[2])
    hour = _clock(clock.lower())
    if day is None and hour is None:
        return None
    if day is not None:
        written, after = (first, after) if hour is None else (f"{first} {clock}", later)
        return _ahead(datetime.combine(day, hour or time(), moment.zone), written, moment), after
    today = moment.now.astimezone(moment.zone).date()
    ends = [datetime.combine(today + timedelta(days=ahead), hour or time(), moment.zone) for ahead in (0, 1)]
    return next(end.astimezone(UTC) for end in ends if end.astimezone(UTC) > moment.now or end is ends[-1]), after


def _stamp(word: str, moment: Moment) -> datetime | None:
    if "T" not in word.upper() or not word[:1].isdigit():
        return None
    try:
        stamp = datetime.fromisoformat(word.upper())
    except ValueError as error:
        raise UserError(f"`{word}` is no time. Write it as `2026-12-24T14:00`.") from error
    return stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=moment.zone)


def _day(word: str, moment: Moment) -> date | None:
    today = moment.now.astimezone(moment.zone).date()
    if word == "tomorrow":
        return today + timedelta(days=1)
    for number, name in enumerate(_WEEKDAYS):
        if word in (name, name[:3]):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
        return None
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise UserError(f"`{word}` is no day of the calendar. Write it as `2026-12-24`.") from error


def _clock(word: str) -> time | None:
    found = _CLOCK.fullmatch(word)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if minute > 59 or hour > 23 or (found[3] and not 1 <= hour <= 12):
        raise UserError(f"`{word}` is no time of day. Write it as `14:00` or `2pm`.")
    if found[3]:
        hour = hour % 12 + 12 * (found[3] == "pm")
    return time(hour, minute)


def _ahead(end: datetime, written: str, moment: Moment) -> datetime:
    if abs(end.year - moment.now.year) > _YEARS:
        raise UserError(f"`{written}` is out of reach. Write {UNTIL_WHEN}.")
    end = end.astimezone(UTC)
    if end <= moment.now:
        raise UserError(f"`{written}` is over. Write a time to come.")
    return end
