"""Nagging: whom a ticket that nobody touches is waiting for, and whether they are reminded now.

| the ticket                            | the next step                        | is owed by                          |
|---------------------------------------|--------------------------------------|-------------------------------------|
| has pings nobody answered             | acknowledge it                       | those who were pinged               |
| undecided                             | decide its impact                    | the primary, else its lead          |
| unsure                                | say how bad it is                    | its lead, else who is assigned      |
| severe                                | mend it                              | who is assigned, else its lead      |
| annoying                              | fix, rescue or silence it            | who is assigned, else its lead      |

| nothing of a person's for …           | what is done                                                                |
|---------------------------------------|-----------------------------------------------------------------------------|
| its patience (by impact)              | a first reminder to whoever owes the step, and the label `stale`            |
| as long again                         | a second one, to the secondary, too                                         |
| as long again, and so on              | a third one, to the lead, too, and so on                                    |
| since a reminder that named a day for | closed as not planned, on that day                                          |
| closing it                            |                                                                             |

| it rests while                        |                                                                             |
|---------------------------------------|-----------------------------------------------------------------------------|
| silenced, here or at the sender       | a silence has its own end                                                   |
| acknowledged                          | up to the acknowledgement's end                                             |
| it has a label of `keep`, a milestone | somebody planned it                                                         |
| locked                                | nobody could answer                                                         |

Rules: only what people do moves the clock. Spans are business time. A person's act after a reminder answers it: the
reminder and its label go; a label without a reminder goes, too. Only an annoying ticket is ever closed, only where the
squad's file says so, and only when a reminder had announced it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, assert_never

from app.decisions.business_time import Calendar
from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.listed import Listed
from app.domain.nagging import STALE, Answered, CloseStale, Nagging, Remind, Reminder, Step

_SILENCED: Final = "silenced"
_SECONDARY_HEARS: Final = 2
_LEAD_HEARS: Final = 3


class Rules(Fact, frozen=True, kw_only=True):
    """How patient the squad is, in whole business days."""

    severe: int
    undecided: int
    unsure: int
    annoying: int
    close_annoying: int | None = None
    keep: tuple[str, ...] = ()


class Known(Fact, frozen=True, kw_only=True):
    """What the App wrote into the ticket's body for jobs to read; empty where it wrote nothing."""

    impact: Impact | None = None
    owners: tuple[str, ...] = ()
    silenced: bool = False
    acknowledged_until: datetime | None = None
    asked: tuple[str, ...] = ()
    people_at: datetime | None = None
    opened_at: datetime | None = None


def decide(
    listed: Listed,
    known: Known,
    reminder: Reminder | None,
    rules: Rules,
    *,
    duty: tuple[str, str],
    calendar: Calendar,
    now: datetime,
) -> Nagging | None:
    """What is done about the ticket now; see the module's tables. `duty` is the primary and the secondary."""
    since = _since(listed, known)
    if reminder is not None and since > reminder.at:
        return Answered(issue=listed.ref, comment=reminder.comment)
    if _rests(listed, known, rules, now):
        return None
    impact = impact_of(listed, known)
    if reminder is not None and reminder.closes_at is not None and impact is Impact.ANNOYING:
        over = reminder.closes_at <= now and rules.close_annoying is not None
        return CloseStale(issue=listed.ref, announced_at=reminder.at, since=since) if over else None
    patience = _days(calendar, _patience(impact, rules))
    if calendar.later(since if reminder is None else reminder.at, patience) > now:
        mislaid = reminder is None and listed.has(STALE)
        return Answered(issue=listed.ref, comment=None) if mislaid else None
    number = 1 if reminder is None else reminder.number + 1
    step, owing = _owed(listed, known, impact, duty)
    closes_at = None
    if impact is Impact.ANNOYING and rules.close_annoying is not None:
        closes_at = calendar.later(now, _days(calendar, rules.close_annoying))
    return Remind(
        issue=listed.ref,
        number=number,
        step=step,
        impact=impact,
        who=_who(owing, number, duty, _leads(listed, known)),
        since=since,
        closes_at=closes_at,
        replaces=reminder.comment if reminder is not None else None,
    )


def impact_of(listed: Listed, known: Known) -> Impact | None:
    """By its label, which people see and may have set last; else as the App wrote it."""
    labels = {name.casefold() for name in listed.labels}
    return next((impact for impact in Impact if f"impact:{impact}" in labels), known.impact)


def _since(listed: Listed, known: Known) -> datetime:
    moments = (listed.people_at, known.people_at, known.opened_at)
    return max((at for at in moments if at is not None), default=listed.opened_at)


def _rests(listed: Listed, known: Known, rules: Rules, now: datetime) -> bool:
    acknowledged = known.acknowledged_until is not None and known.acknowledged_until > now
    planned = bool(listed.milestone) or listed.has(*rules.keep)
    return known.silenced or listed.has(_SILENCED) or acknowledged or planned or listed.locked


def _patience(impact: Impact | None, rules: Rules) -> int:
    match impact:
        case None:
            return rules.undecided
        case Impact.SEVERE:
            return rules.severe
        case Impact.UNSURE:
            return rules.unsure
        case Impact.ANNOYING:
            return rules.annoying
        case _:  # pragma: no cover
            assert_never(impact)


def _days(calendar: Calendar, number: int) -> timedelta:
    return number * calendar.day


def _leads(listed: Listed, known: Known) -> tuple[str, ...]:
    return known.owners[:1] or listed.assignees[:1]


def _owed(listed: Listed, known: Known, impact: Impact | None, duty: tuple[str, str]) -> tuple[Step, tuple[str, ...]]:
    if known.asked:
        return Step.ACKNOWLEDGE, known.asked
    leads = _leads(listed, known)
    match impact:
        case None:
            return Step.DECIDE, duty[:1] if duty[0] else leads
        case Impact.UNSURE:
            return Step.JUDGE, leads
        case Impact.SEVERE:
            return Step.MEND, listed.assignees or leads
        case Impact.ANNOYING:
            return Step.TIDY, listed.assignees or leads
        case _:  # pragma: no cover
            assert_never(impact)


def _who(owing: tuple[str, ...], number: int, duty: tuple[str, str], leads: tuple[str, ...]) -> tuple[str, ...]:
    """Whoever owes it, then those who hear of it, too; nobody twice."""
    people = [*owing]
    if number >= _SECONDARY_HEARS:
        people.append(duty[1])
    if number >= _LEAD_HEARS:
        people += leads
    first: dict[str, str] = {}
    for who in people:
        if who:
            first.setdefault(who.casefold(), who)
    return tuple(first.values())
