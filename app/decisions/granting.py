"""Granting: how a new squad member's checklist stands, which lines the job ticks, and whether somebody is reminded.

| a line …                                   | ticked by somebody | the job saw it | then                              |
|--------------------------------------------|--------------------|----------------|-----------------------------------|
| needed                                     | yes                | yes, no, can't | done; no tick is ever taken away  |
| needed                                     | no                 | yes            | the job ticks it: done            |
| needed                                     | no                 | no, can't      | open                              |
| needed, but taken out of the body          |                    | whatever       | open: nobody could tick it        |
| production (“ok if you don't have it yet”) | whatever           | whatever       | never open                        |

| the checklist                                | what is done                                                       |
|----------------------------------------------|--------------------------------------------------------------------|
| has no line of ours                          | nothing: it is told                                                |
| has nothing open                             | a last word, and it is closed as completed                         |
| `remind_after` without a sign of a person    | the person is reminded                                             |
| as long again                                | the person and the lead, and so on                                 |
| stands otherwise than the comment says       | the comment is made, or edited                                     |
| stands as it says                            | nothing                                                            |

Rules: only what people do moves the clock, which runs in business time; so does a reminder. A sign after a reminder
begins the count of reminders anew. The lead is who is assigned besides the person; else the map's, for what nobody
owns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from app.decisions.business_time import Calendar
from app.domain.access import (
    AccessStep,
    Checklist,
    Finish,
    Item,
    Line,
    RemindOfAccess,
    Report,
    Rolling,
    Sight,
    Tell,
)
from app.domain.facts import Fact
from app.domain.listed import Listed

_LEAD_HEARS: Final = 2


class Case(Fact, frozen=True, kw_only=True):
    """What is known of one checklist besides the issue. `days` is how patient the squad is, in business days."""

    checklist: Checklist
    sights: Mapping[Item, Sight]
    rolling: Rolling | None
    person: str
    lead: str
    days: int


def decide(listed: Listed, case: Case, *, calendar: Calendar, now: datetime) -> AccessStep | None:
    """What is done about it now; see the module's tables."""
    checklist, rolling = case.checklist, case.rolling
    if not checklist.boxes:
        return None
    ticks = tuple(box.item for box in checklist.boxes if not box.ticked and case.sights[box.item] is Sight.SEEN)
    report = Report(person=case.person, lines=_lines(checklist, case.sights, ticks))
    comment = rolling.comment if rolling is not None else None
    if not report.open:
        return Finish(issue=listed.ref, report=report, ticks=ticks, comment=comment)
    acted = _acted(listed, rolling)
    waiting = acted if rolling is None else max(acted, rolling.at)
    if calendar.later(waiting, case.days * calendar.day) <= now:
        number = 1 if rolling is None or acted > rolling.at else rolling.number + 1
        return RemindOfAccess(
            issue=listed.ref,
            report=report,
            number=number,
            who=_who(number, case, listed.assignees),
            since=acted,
            ticks=ticks,
            comment=comment,
        )
    if rolling is not None and rolling.report == report and not ticks:
        return None
    number = 0 if rolling is None else rolling.number
    return Tell(issue=listed.ref, report=report, since=acted, number=number, ticks=ticks, comment=comment)


def person_of(listed: Listed, checklist: Checklist, known: frozenset[str]) -> str:
    """Whose access it is: whom the form names, if the squad's file names them too; else who opened the issue.

    Anybody may open an issue; whoever is named there and nowhere else is not to be reminded for it.
    """
    named = checklist.login
    return named if named.casefold() in known else listed.author


def _acted(listed: Listed, rolling: Rolling | None) -> datetime:
    """When a person did something last: by the list, or as it was known before the job edited the body."""
    moments = (listed.people_at, rolling.since if rolling is not None else None)
    return max((at for at in moments if at is not None), default=listed.opened_at)


def _lines(checklist: Checklist, sights: Mapping[Item, Sight], ticks: tuple[Item, ...]) -> tuple[Line, ...]:
    ticked = {box.item for box in checklist.boxes if box.ticked} | set(ticks)
    there = {box.item for box in checklist.boxes}
    return tuple(Line(item=item, sight=sights[item], ticked=item in ticked, missing=item not in there) for item in Item)


def _who(number: int, case: Case, assignees: tuple[str, ...]) -> tuple[str, ...]:
    if number < _LEAD_HEARS:
        return (case.person,)
    others = [who for who in (*assignees, case.lead) if who and who.casefold() != case.person.casefold()]
    return (case.person, *others[:1])
