"""Who is on duty: the procedure's "Backup", as a table.

> The secondary person takes over whenever the primary is not available.

| the line | away                  | handed over | primary           | secondary |
|----------|-----------------------|-------------|-------------------|-----------|
| a b c    | nobody                |             | a                 | b         |
| a b c    | a                     |             | b                 | c         |
| a b c    | b                     |             | a                 | c         |
| a b c    | a, b                  |             | c                 | nobody    |
| a b      | a, b                  |             | the project's lead| nobody    |
| a b      | a, b, and the lead    |             | nobody            | nobody    |
| a b      | nobody                | a to b      | b                 | a         |
| a b      | nobody                | a to x      | x                 | b         |
| a b c    | nobody                | b to a      | a                 | c         |
| a b      | x                     | a to x      | b                 | nobody    |
| a b      | nobody                | a to x to y | y                 | b         |

Rules: the line is PagerDuty's levels in order, or the members from the one whose turn it is. An override holds from
its moment up to its end. Those who hand over swap places where both are in line, unless that would put the giver
ahead. Who is back has their own place again, and what others made of it is over, too. Every step off the line is told
in a note, and so is a lack.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, tzinfo
from itertools import groupby
from typing import Final

from app.domain.duty import Duty, Line, OnCall, Override, Source
from app.domain.squad import Person
from app.domain.squad_duty import Turns

_PAIR: Final = 2


def line_of_members(turns: Turns, zone: tzinfo, now: datetime) -> Line:
    """The members from the one whose turn it is. Turns change at midnight on the squad's clock.

    Before the rotation's first day its first turn stands: better somebody than nobody.
    """
    today = now.astimezone(zone).date()
    turn = max((today - turns.starts) // turns.cadence, 0)
    ends = datetime.combine(turns.starts + (turn + 1) * turns.cadence, time.min, zone)
    first = turn % len(turns.members)
    soon = f"The rotation begins on {turns.starts}; until then its first turn stands."
    return Line(
        people=turns.members[first:] + turns.members[:first],
        source=Source.MEMBERS,
        as_of=now,
        until=ends.astimezone(UTC),
        notes=(soon,) if today < turns.starts else (),
    )


def line_of_calls(calls: Iterable[OnCall], people: Iterable[Person], as_of: datetime) -> Line:
    """Those whom PagerDuty has on call, by their e-mail addresses: the first of each level, then the others.

    Whom the squad's file does not know is left out, and a note says which line it needs.
    """
    by_level = sorted(calls, key=lambda call: call.level)
    logins = {person.email.casefold(): person.login for person in people if person.email}
    known = [call for call in by_level if call.email.casefold() in logins]
    levels = [tuple(level) for _, level in groupby(known, key=lambda call: call.level)]
    in_order = (*(level[0] for level in levels), *(call for level in levels for call in level[1:]))
    notes = [_stranger(call) for call in by_level if call not in known]
    return Line(
        people=_once_each(logins[call.email.casefold()] for call in in_order),
        source=Source.PAGERDUTY,
        as_of=as_of,
        until=min((call.until for call in by_level if call.until is not None), default=None),
        notes=_once_each(notes) if by_level else ("PagerDuty has nobody on call in this escalation policy.",),
    )


def duty_at(line: Line, overrides: Iterable[Override], now: datetime, *, lead: str = "", zone: tzinfo = UTC) -> Duty:
    """Who is on duty. `lead` is the project's tech lead, who stands in where nobody else is left; empty: there is none.

    `zone` is the one in which the notes tell times.
    """
    in_force = sorted((it for it in overrides if it.at <= now and not _over(it, now)), key=lambda it: it.at)
    notes = list(line.notes)
    people = line.people
    for given in in_force:
        if given.to and _in(given.who, people):
            people = _handed_over(people, given)
            notes.append(f"{given.who} handed over to {given.to}{_told(given, zone)}.")
    away = {it.who.casefold(): it for it in in_force if not it.to}
    there = [login for login in people if login.casefold() not in away]
    pair = there[:_PAIR]
    asked = people[: people.index(pair[-1])] if len(pair) == _PAIR else people
    notes += [f"{login} is away{_told(away[login.casefold()], zone)}." for login in asked if login not in pair]
    if not pair and lead and lead.casefold() not in away:
        pair = [lead]
        notes.append(f"Nobody of the squad is there; {lead}, the project's tech lead, stands in.")
    elif not pair:
        notes.append("Nobody is on duty.")
    elif len(pair) < _PAIR:
        notes.append("Nobody is there as secondary.")
    primary, secondary, *_ = (*pair, "", "")
    return Duty(primary=primary, secondary=secondary, source=line.source, as_of=line.as_of, notes=_once_each(notes))


def to_know(duty: Duty, pinged: Iterable[str]) -> tuple[str, ...]:
    """What a ping says of the duty: all that is to know of it where it reaches somebody on duty, or nobody is."""
    on_duty = {login.casefold() for login in duty.people}
    return duty.notes if not on_duty or any(who.casefold() in on_duty for who in pinged) else ()


def with_override(overrides: Iterable[Override], new: Override, now: datetime) -> tuple[Override, ...]:
    """What holds from now on: what is over is dropped, and of one person's absences the latest holds."""
    kept = (it for it in overrides if not _over(it, now))
    return (*(it for it in kept if new.to or it.to or not _same(it.who, new.who)), new)


def without(overrides: Iterable[Override], who: str, now: datetime) -> tuple[Override, ...]:
    """What holds when this person is back: their absences and handovers are over, and so is what was handed on."""
    kept: list[Override] = []
    holders: tuple[str, ...] = ()
    for it in sorted(overrides, key=lambda it: it.at):
        if _same(it.who, who) or (it.to and _in(it.who, holders)):
            holders = (*holders, it.to) if it.to else holders
        elif not _over(it, now):
            kept.append(it)
    return tuple(kept)


def absence_of(who: str, overrides: Iterable[Override], now: datetime) -> Override | None:
    """The person's absence in force."""
    found = (it for it in overrides if not it.to and _same(it.who, who) and it.at <= now and not _over(it, now))
    return next(found, None)


def _handed_over(people: tuple[str, ...], given: Override) -> tuple[str, ...]:
    """The one has the other's place; where both are in line, they swap, but nobody gets ahead by handing over."""
    ahead = people[: next(place for place, login in enumerate(people) if _same(login, given.who))]
    if _in(given.to, ahead):
        return tuple(login for login in people if not _same(login, given.who))
    swapped = {given.who.casefold(): given.to, given.to.casefold(): given.who}
    return tuple(swapped.get(login.casefold(), login) for login in people)


def _told(override: Override, zone: tzinfo) -> str:
    """` until 2026-11-24 14:00 EST (dentist)`, as far as it is known."""
    until = f" until {clock(override.until, zone)}" if override.until else ""
    return f"{until} ({override.reason})" if override.reason else until


def clock(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-24 14:00 EST`."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _stranger(call: OnCall) -> str:
    """Who it is stands at PagerDuty; a ticket may be public."""
    if not call.email:
        return f"PagerDuty does not tell the e-mail address of who is on call at level {call.level}."
    return (
        f"Nobody below “people” in the squad's file has the e-mail address of who PagerDuty has on call at level "
        f"{call.level}; add it there, with their GitHub login."
    )


def _over(override: Override, now: datetime) -> bool:
    return override.until is not None and override.until <= now


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _in(login: str, people: Iterable[str]) -> bool:
    return any(_same(login, other) for other in people)


def _once_each(texts: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(text.casefold(), text)
    return tuple(first.values())
