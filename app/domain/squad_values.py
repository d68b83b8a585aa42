"""The kinds of values that the squad's file has: logins, durations, times of day, days.

Rule: what a kind refuses it refuses in a sentence that says what would be right. `intake/squad_file.py` puts the line
and the key before it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

LOGIN: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?$"
"""What GitHub allows as a login: letters, digits and hyphens, at most 39; an enterprise's own people have one `_`."""
REPOSITORY: Final = r"^[A-Za-z0-9_-]{1,39}/[A-Za-z0-9._-]{1,100}$"
TEAM: Final = r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"
EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SLACK_CHANNEL: Final = r"^[CG][A-Z0-9]{2,30}$"
SLACK_MEMBER: Final = r"^[UW][A-Z0-9]{2,30}$"
PLAIN: Final = r"^[A-Za-z0-9][A-Za-z0-9 _-]*$"
DURATION: Final = (
    r"^(?:[0-9]{1,6}[smhd]|P(?:[0-9]{1,6}W|(?=[0-9T])(?:[0-9]{1,6}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,6}H)?(?:[0-9]{1,6}M)?(?:[0-9]{1,6}S)?)?))$"
)
"""`15s`, `90m`, `1h`, `7d`; or ISO 8601's way with weeks, or with days to seconds."""
TIME_OF_DAY: Final = r"^(?:[01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$"

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration_of(value: object) -> object:
    """`90m` as a timedelta, ISO 8601 as it is. Raises PydanticCustomError for anything else: a number has no unit."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(DURATION, value.strip()):
        raise PydanticCustomError("duration", "is no duration; write a number and its unit: 15s, 90m, 1h or 7d")
    value = value.strip()
    unit = _UNITS.get(value[-1])
    return timedelta(**{unit: int(value[:-1])}) if unit else value


def written(duration: timedelta) -> str:
    """The duration as the file has it, in the largest unit that divides it: `90m`."""
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def wrong(sentence: str) -> PydanticCustomError:
    """A fault in plain words, to be raised by a validator; the key's path is put before it."""
    return PydanticCustomError("wrong", "{sentence}", {"sentence": sentence})


def time_of_day(value: object) -> object:
    """`09:00` as the time since midnight on the clock. Raises PydanticCustomError for anything else."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(TIME_OF_DAY, value.strip()):
        raise wrong("is no time of day; write hours and minutes in quotes: '09:00', '17:30' or '24:00'")
    hours, _, minutes = value.strip().partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _on_the_clock(since_midnight: timedelta) -> str:
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a name that is none, a directory's, or one that nobody has
        raise wrong("is no time zone; write one of the IANA's names, such as America/New_York or UTC") from None
    return name


def _mentioned(name: str) -> str:
    if not re.fullmatch(LOGIN, name) and not re.fullmatch(TEAM, name):
        raise wrong("is neither a login nor a team; write octocat or octo-org/support, without @")
    return name


def once_each(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as they are, each there once. Raises PydanticCustomError where case alone tells two apart."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise wrong(f"{name} is there twice")
        seen.add(name.casefold())
    return names


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        raise wrong("is no day; write one such as 2026-12-24")
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise wrong("is no day of the calendar") from None


def _given(section: object) -> object:
    if section is None:
        raise wrong("this is empty; give it a value, or take the key out")
    return section


def _as_given(schema: dict[str, Any]) -> None:
    """An editor offers the value, and neither null nor that it is absent."""
    del schema["default"]
    schema.update(schema.pop("anyOf")[0])


Login = Annotated[str, Field(pattern=LOGIN)]
Duration = Annotated[
    timedelta,
    BeforeValidator(duration_of),
    PlainSerializer(written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["15s", "90m", "1h", "7d"]}),
]
TimeOfDay = Annotated[
    timedelta,
    BeforeValidator(time_of_day),
    PlainSerializer(_on_the_clock, return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_OF_DAY, "examples": ["09:00", "17:30"]}),
]
Day = Annotated[date, BeforeValidator(_day)]
TimeZone = Annotated[str, AfterValidator(_zone)]
Mentioned = Annotated[
    str,
    AfterValidator(_mentioned),
    WithJsonSchema({"type": "string", "anyOf": [{"pattern": LOGIN}, {"pattern": TEAM}]}),
]
GIVEN: Final = BeforeValidator(_given)
"""For what may be left out and is None then: it may not be left empty, for its writer thinks that it is there."""


def absent(description: str, **more: Any) -> Any:
    """The field of what may be left out; see `GIVEN`."""
    return Field(default=None, json_schema_extra=_as_given, description=description, **more)


class Section(BaseModel):
    """The base of every section: strict and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
