"""Retrying: what becomes of a settle that failed.

| what went wrong                                   | what is done                                                |
|---------------------------------------------------|-------------------------------------------------------------|
| a system says when it will do it                  | again then                                                  |
| a system could not, or its answer was lost        | again, after 1 s, 2 s, 4 s … at most 5 minutes              |
| a system can't until a person changes something   | again every 15 minutes                                      |
| anything else: the mail or the App is wrong       | again, after 1 s, 2 s, 4 s …; after the eighth try the      |
|                                                   | letter at the head is given up                              |

A store that fails is not asked here: the worker waits for it, and gives up nothing.

Rule: what a system's state brought about is never given up, however long it lasts: mail waits. Only what fails by
itself, alone and again and again, becomes a dead letter: from the third try on, letters are settled one at a time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.facts import Fact

NARROW_FROM: Final = 3
"""From this attempt on a settle takes one letter at a time, so that the one at fault is known."""
GIVE_UP_AFTER: Final = 8
_FIRST: Final = timedelta(seconds=1)
_LONGEST: Final = timedelta(minutes=5)
_PERSON: Final = timedelta(minutes=15)


class RetryAt(Fact, frozen=True, kw_only=True):
    """Settle again at this time."""

    at: datetime


class GiveUp(Fact, frozen=True, kw_only=True):
    """The letter at the head becomes a dead letter, for this reason."""

    reason: str


def decide_retry(error: Exception, attempt: int, *, now: datetime, spread: float) -> RetryAt | GiveUp:
    """`attempt` counts from 1; `spread` in [0, 1) is the die that keeps many retries from coming at once."""
    pause = min(_LONGEST, _FIRST * 2 ** min(attempt - 1, 20)) * (1 + spread / 2)
    match error:
        case LaterError(not_before=datetime() as at):
            return RetryAt(at=max(at, now))
        case LaterError() | InDoubtError():
            return RetryAt(at=now + pause)
        case UnavailableError():
            return RetryAt(at=now + _PERSON * (1 + spread / 10))
        case InvalidError():
            reason = f"What was asked for is called invalid: {error}"
        case _:
            reason = f"{type(error).__name__}: {error}"
    return GiveUp(reason=reason) if attempt >= GIVE_UP_AFTER else RetryAt(at=now + pause)
