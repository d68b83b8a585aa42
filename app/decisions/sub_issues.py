"""Sub-issues: how the lines of a post-mortem's action items and their issues keep in step.

| the line         | its issue, as it was just looked at | they agreed last | what is done                          |
|------------------|-------------------------------------|------------------|---------------------------------------|
| open, with words | it has none                         |                  | one is opened; its number goes behind |
| ticked           | it has none                         |                  | nothing                               |
| open             | closed as completed                 | whatever         | the line is ticked                    |
| ticked           | open                                | whatever         | the line is opened again              |
| either           | closed otherwise                    | whatever         | nothing: people say in the line what  |
|                  |                                     |                  | becomes of it                         |
| ticked           | was not looked at                   | open             | it is closed as completed             |
| open             | was not looked at                   | done             | it is opened again                    |
| without a number | it has one                          | whatever         | its number goes behind again          |
| is gone          | it has one                          | whatever         | nothing                               |
| not read to its  |                                     |                  | nothing: its number would stand where |
| end              |                                     |                  | nobody reads it                       |

Rules: an issue is looked at when GitHub tells that it was closed or opened again; else the line is what people moved. A
line is known by its issue's number, else by its words: the same words twice are one item. A number that people wrote
behind a line is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import assert_never

import msgspec

from app.domain.facts import Fact
from app.domain.following_up import ActionItem, Spot
from app.domain.post_mortems import SubIssue


class Look(Enum):
    """How a sub-issue was found when it was looked at."""

    OPEN = auto()
    DONE = auto()
    ENDED = auto()
    """Closed, but not as completed."""


class Plan(Fact, frozen=True, kw_only=True):
    """What is to be done, and what is known then."""

    known: tuple[SubIssue, ...]
    opens: tuple[ActionItem, ...] = ()
    closes: tuple[SubIssue, ...] = ()
    reopens: tuple[SubIssue, ...] = ()
    ticks: tuple[str, ...] = ()
    """Keys of lines."""
    unticks: tuple[str, ...] = ()


def plan(spots: Sequence[Spot], known: tuple[SubIssue, ...], looked: Mapping[int, Look]) -> Plan:
    """See the module's table; `looked` is by the sub-issue's number."""
    left = {sub.issue.number: sub for sub in known}
    taken = {sub.key for sub in known}
    found = Plan(known=())
    for spot in spots:
        item = spot.item
        sub = left.pop(_of(item, left), None)
        if sub is not None:
            found = _in_step(found, msgspec.structs.replace(sub, key=item.key), item, looked.get(sub.issue.number))
        elif spot.whole and not item.sub_issue and not item.done and item.key not in taken:
            taken.add(item.key)
            found = msgspec.structs.replace(found, opens=(*found.opens, item))
    return msgspec.structs.replace(found, known=(*found.known, *left.values()))


def unnumbered(spots: Sequence[Spot], known: tuple[SubIssue, ...]) -> dict[int, int]:
    """The places behind lines whose issue's number does not stand there, each with the number."""
    by_key = {sub.key: sub.issue.number for sub in known}
    lines = [spot for spot in spots if spot.whole and not spot.item.sub_issue and spot.item.key in by_key]
    return {spot.end: by_key.pop(spot.item.key) for spot in lines if spot.item.key in by_key}


def _of(item: ActionItem, left: Mapping[int, SubIssue]) -> int:
    if item.sub_issue:
        return item.sub_issue
    return next((number for number, sub in left.items() if sub.key == item.key), 0)


def _in_step(found: Plan, sub: SubIssue, item: ActionItem, look: Look | None) -> Plan:
    """The plan with what these two need."""
    done = sub.done
    match look:
        case Look.DONE:
            done = True
            if not item.done:
                found = msgspec.structs.replace(found, ticks=(*found.ticks, item.key))
        case Look.OPEN:
            done = False
            if item.done:
                found = msgspec.structs.replace(found, unticks=(*found.unticks, item.key))
        case None if item.done and not sub.done:
            done, found = True, msgspec.structs.replace(found, closes=(*found.closes, sub))
        case None if sub.done and not item.done:
            done, found = False, msgspec.structs.replace(found, reopens=(*found.reopens, sub))
        case Look.ENDED | None:
            pass
        case _:  # pragma: no cover
            assert_never(look)
    return msgspec.structs.replace(found, known=(*found.known, msgspec.structs.replace(sub, done=done)))
