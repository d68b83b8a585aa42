"""`/timeline`: this is to be on the timeline that a post-mortem tells.

| written                             | marks                                                                      |
|-------------------------------------|----------------------------------------------------------------------------|
| `we rolled back to 1.4.2`           | the moment of the comment, with these words                                |
| nothing                             | when the comment was written, with what else it says                       |
| `09:41 we rolled back`              | that time today; of trouble that is over, on its last day if that is       |
|                                     | before today; a time that is still to come: the day before, if the trouble |
|                                     | was there by then                                                          |
| `2026-11-24 09:41`, `yesterday 9pm` | that, with what else the comment says                                      |
| `09:41 UTC`, `2026-11-24T09:41Z`    | by that clock, not the squad's                                             |

Rules: times are by the squad's clock, seconds may be given. Of a time that comes twice because clocks are put back, the
first that is within the trouble is meant; one that a change of the clock leaves out is as many minutes later. Nothing
that is to come is marked, and nothing from long before the trouble: that is a slip of the hand.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.wishes import MarkMoment

LONG_BEFORE: Final = timedelta(days=31)
"""What lies further before the beginning of the trouble is not marked."""
_HOW: Final = "Write `/timeline 09:41 what happened`, or `/timeline 2026-11-24 09:41 what happened`."
_YEARS: Final = 2
_A_DAY: Final = timedelta(days=1)
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}|today|yesterday)[ T]", re.IGNORECASE)
_STAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T\S+", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"(?=[0-9]{1,2}:[0-9]{2}|[0-9]{1,2} ?[ap]m\b)"
    r"([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2}))?(?: ?([ap]m))?( ?(?:utc|gmt)|z)?(?=[ ,]|:(?![0-9])|$)",
    re.IGNORECASE,
)
_MEANS_A_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\b|[0-9]{1,2}:[0-9]{2}")
_BETWEEN: Final = " ,:;-–—"
"""What people put between a time and what happened then."""


def parse(rest: str, moment: Moment) -> MarkMoment:
    """See the module's table. Raises UserError for a time that can't be read, and a day without a time."""
    stamp = _STAMP.match(rest)
    if stamp is not None:
        return _stamped(stamp[0].rstrip(",:"), rest[stamp.end() :], moment)
    day = _DAY.match(rest)
    after = rest if day is None else rest[day.end() :]
    clock = _CLOCK.match(after)
    if clock is None:
        if _MEANS_A_TIME.match(rest) or (day is not None and _MEANS_A_TIME.match(after)):
            raise UserError(f"`{rest[:40]}` begins with no time that can be read. {_HOW}")
        return MarkMoment(text=rest)
    return MarkMoment(
        day=None if day is None else _day(day[1].lower(), moment),
        clock=_time(clock),
        text=after[clock.end() :].strip(_BETWEEN),
    )


def _stamped(word: str, after: str, moment: Moment) -> MarkMoment:
    try:
        stamp = datetime.fromisoformat(word.upper())
    except ValueError as error:
        raise UserError(f"`{word[:40]}` is no time. {_HOW}") from error
    return MarkMoment(day=_near(stamp.date(), moment), clock=stamp.timetz(), text=after.strip(_BETWEEN))


def _day(word: str, moment: Moment) -> date:
    today = moment.now.astimezone(moment.zone).date()
    if word in {"today", "yesterday"}:
        return today - (_A_DAY if word == "yesterday" else timedelta())
    try:
        return _near(date.fromisoformat(word), moment)
    except ValueError as error:
        raise UserError(f"`{word}` is no day of the calendar. {_HOW}") from error


def _near(day: date, moment: Moment) -> date:
    """The day; arithmetic with those at the calendar's ends goes wrong."""
    if abs(day.year - moment.now.year) > _YEARS:
        raise UserError(f"`{day.isoformat()}` is out of reach. {_HOW}")
    return day


def _time(found: re.Match[str]) -> time:
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    half = (found[4] or "").lower()
    if hour > 23 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        raise UserError(f"`{found[0].strip()}` is no time of day. {_HOW}")
    if half:
        hour = hour % 12 + 12 * (half == "pm")
    return time(hour, minute, second, tzinfo=UTC if found[5] else None)


def moment_of(wish: MarkMoment, *, began: datetime, ended: datetime | None, now: datetime, zone: tzinfo) -> datetime:
    """When it was that the wish marks, in UTC; `ended` is None while the trouble goes on.

    Raises UserError for what is to come, and what was long before.
    """
    if wish.clock is None:
        return now
    clock_zone = wish.clock.tzinfo or zone
    if wish.day is not None:
        found = _first_within(wish.day, wish.clock, clock_zone, began, now)
    else:
        day = min(ended or now, now).astimezone(clock_zone).date()
        found = _first_within(day, wish.clock, clock_zone, began, now)
        if found > now and day > began.astimezone(clock_zone).date():
            found = _first_within(day - _A_DAY, wish.clock, clock_zone, began, now)
    shown = f"{found.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    if found > now:
        raise UserError(f"{shown} is still to come. If you mean another day, write it, too. {_HOW}")
    if found < began - LONG_BEFORE:
        raise UserError(f"{shown} is long before the trouble began. {_HOW}")
    return found


def _first_within(day: date, clock: time, zone: tzinfo, began: datetime, now: datetime) -> datetime:
    """Of the one or two moments at which it was that time, the first that is within the trouble; else the first."""
    both = [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
    return next((at for at in both if began <= at <= now), both[0])


SPEC: Final = Spec(
    name="timeline",
    usage="/timeline [09:41] [what happened]",
    help="Marks a moment for the post-mortem's timeline; without words, what the comment says.",
    who=Who.TRIAGE,
    examples=("/timeline we rolled back to 1.4.2", "/timeline 09:41 users called", "/timeline"),
    parse=parse,
)
