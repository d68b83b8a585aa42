"""The ladder that each ticket of `pings.py` goes up, and what is wrong with what a ticket shows of it.

| the ticket is              | pinged                                                                                  |
|----------------------------|-----------------------------------------------------------------------------------------|
| unsure                     | sharon, once; the next in line would be an hour later                                   |
| severe                     | sharon, alan and nick; after a minute jo, after another one kim; then round again, with |
|                            | twice the time                                                                          |
| severe, and acknowledged   | as above until then; when the minute is over jo, who acknowledged it, and from there on |
| for a minute by jo         | the others, round and round in the same way                                             |

Rule: each step is one comment, none is left out, and none comes before its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LEADS: Final = ("sharon", "alan", "nick")
SEVERE: Final = (LEADS, ("jo",), ("kim",))
EXPIRED: Final = (("jo",), LEADS, ("kim",))
PATIENCE: Final = timedelta(minutes=1)
"""`severe.answer_within`, and how long an acknowledgement is asked for."""
_LATE: Final = timedelta(seconds=15)
"""So much later a step may be posted than it fell due, once nothing fails any more."""
_EARLY: Final = timedelta(seconds=5)
"""A step counts from the decision to take it, which is before its comment is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A comment that pings."""

    who: tuple[str, ...]
    at: datetime
    expired: bool = False
    """It asks whoever had acknowledged the ticket."""


def unsure(steps: Sequence[Step]) -> list[str]:
    """What is wrong with an unsure ticket's steps."""
    told = [step.who for step in steps]
    return [] if told == [("sharon",)] else [f"unsure: {told} were pinged"]


def severe(steps: Sequence[Step], *, acknowledged: datetime | None, now: datetime) -> list[str]:
    """What is wrong with a severe ticket's steps."""
    if not steps:
        return ["severe: nobody was called"]
    turn = next((place for place, step in enumerate(steps) if step.expired), len(steps))
    before, after = steps[:turn], steps[turn:]
    faults = [*_climbed(SEVERE, before), *_climbed(EXPIRED, after)]
    if not before:
        faults.append("the first to be pinged was who had acknowledged it")
    if after and acknowledged is None:
        faults.append("an acknowledgement expired that nobody had made")
    if sum(step.expired for step in after) > 1:
        faults.append("one acknowledgement expired twice")
    due = _due(SEVERE, before) if not after else _due(EXPIRED, after)
    if acknowledged is not None and not after:
        due = max(due, acknowledged + PATIENCE)
    if now > due + _LATE:
        faults.append(f"a step is missing that was due at {due:%H:%M:%S}, after {[step.who for step in steps]}")
    return faults


def _climbed(line: Sequence[tuple[str, ...]], steps: Sequence[Step]) -> list[str]:
    faults = [
        f"step {place}: {step.who} instead of {line[place % len(line)]}"
        for place, step in enumerate(steps)
        if step.who != line[place % len(line)]
    ]
    for place in range(1, len(steps)):
        if steps[place].at < _due(line, steps[:place]) - _EARLY:
            faults.append(f"step {place}: {steps[place].who} before its time")
    return faults


def _due(line: Sequence[tuple[str, ...]], steps: Sequence[Step]) -> datetime:
    """When the step after these is."""
    return steps[-1].at + PATIENCE * (1 << ((len(steps) - 1) // len(line)))
