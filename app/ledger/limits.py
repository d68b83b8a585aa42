"""GitHub's limits: how much of each window a call may fill. What both stores' budgets share.

Rule: a call may be made if, with it, no window holds more than its limit. Routine work may fill only a part of each
window, so that a page always finds room. A window is a log of what was granted, not a token bucket: a bucket as large
as the window lets nearly twice the limit through one window. A grant counts for exactly the window's length.
Limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api

| window                | holds                | counts for a call that |
|-----------------------|----------------------|------------------------|
| short, created        | `creates_short`      | creates something      |
| long, created         | `creates_long`       | creates something      |
| short, points         | `points`             | is made                |
"""

from __future__ import annotations

from datetime import timedelta

from app.domain.facts import Fact


class Limits(Fact, frozen=True, kw_only=True):
    """What one installation may do; defaults are GitHub's. `routine` is the part open to routine work."""

    creates_short: int = 80
    creates_long: int = 500
    points: int = 900
    short: timedelta = timedelta(seconds=60)
    """The window of `creates_short` and `points`."""
    long: timedelta = timedelta(seconds=3600)
    routine: float = 0.75


class Call(Fact, frozen=True, kw_only=True):
    """One call somebody wants to make."""

    installation: int
    creates: int
    """How many issues or comments it makes."""
    points: int
    urgent: bool


class Ceilings(Fact, frozen=True, kw_only=True):
    """How full each window may be with a call."""

    creates_short: int
    creates_long: int
    points: int


def ceilings(call: Call, limits: Limits) -> Ceilings:
    """How full each window may be with this call.

    Errors: ValueError if the call alone is larger than a window; it could never be granted.
    """
    part = 1.0 if call.urgent else limits.routine
    most = Ceilings(
        creates_short=int(limits.creates_short * part),
        creates_long=int(limits.creates_long * part),
        points=int(limits.points * part),
    )
    most_created = min(most.creates_short, most.creates_long)
    if call.points > most.points or call.creates > most_created:
        raise ValueError(
            f"A call of {call.points} points that makes {call.creates} can never fit windows of {most.points} and "
            f"{most_created}; raise the limits."
        )
    return most
