"""Instants as the database holds them: whole microseconds since 1970 in UTC.

Rule: an integer compares, sorts and subtracts in SQL exactly as the datetime does in Python.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime; a naive one is a TypeError."""
    return (moment - _EPOCH) // _MICROSECOND


def span(length: timedelta) -> int:
    """A length of time in microseconds."""
    return length // _MICROSECOND


def moment(value: int) -> datetime:
    """The aware datetime in UTC of what `micros` gave."""
    return _EPOCH + timedelta(microseconds=value)
