"""Pinging: who must hear of a ticket now, and when to look again.

| the ticket is                       | pinged                                                  | next in line      |
|-------------------------------------|---------------------------------------------------------|-------------------|
| undecided                           | after 30 minutes the primary, after 60 the secondary,   | when it is their  |
|                                     | after 90 the tech lead, then the map's next owners      | time              |
| undecided, a storm's                | at once the primary, then the secondary, the tech lead, | as above          |
|                                     | the map's next owners; of an owner's part the owner is  |                   |
|                                     | the first                                               |                   |
| undecided, from just before a storm | nobody while the storm is on: the storm pings for it    |                   |
| unsure                              | at once the tech lead, then the map's next owners, the  | after 60 minutes  |
|                                     | primary, the secondary                                  |                   |
| unsure, and has come back           | the same, from when business hours begin                | after 60 minutes  |
| severe                              | at once, together, the tech lead and the squad's list,  | after 15 minutes  |
|                                     | then the primary, the secondary, the map's next owners; | of any day        |
|                                     | the first of these at once, too, where nobody else but  |                   |
|                                     | who declared it would be called                         |                   |
| annoying                            | nobody: it goes to the lead's batch                     |                   |
| acknowledged since it was decided   | nobody until that expires; of a severe one those who    |                   |
|                                     | are to know at once are told all the same               |                   |
| that has expired, and nothing since | at once the one who acknowledged it, then as above      | as above          |
| silenced here or at the sender      | nobody; the silence has its own end. What is severe is  |                   |
|                                     | not silent at the sender's word alone                   |                   |
| closed                              | nobody                                                  |                   |

| a person …                          | is                                                                          |
|-------------------------------------|-----------------------------------------------------------------------------|
| who is in a line twice, or nobody   | pinged once, or left out: the next one's turn comes earlier                 |
| whose ping was not proved           | passed over from then on, and the next in line is pinged at once            |
| who was pinged a short while ago    | pinged when that while is over; at once when it is severe                   |
| who is the last of the line         | followed by the line again, with twice the time to answer, in the end four  |
|                                     | hours                                                                       |

Rules: times are business time, those of a severe ticket are not. A ping names what its time counts from and its stage,
so one that is kept in the ticket is never decided again. A stage follows the deadline that the one before was given:
after an outage people are pinged one after another, not all at once. What fell due while nobody could be pinged (a
silence, an outage), and what a rule finds unsure, waits for business hours, unless it is severe. What is due at one
moment is one comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from app.decisions.silencing import is_over
from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.tickets import Ticket
from app.domain.triage import Acknowledgement, Ping, Why

Later = Callable[[datetime, timedelta], datetime]
"""The moment when so much business time has passed since another moment."""


class Hours(Protocol):
    """The squad's business time."""

    def later(self, moment: datetime, business: timedelta) -> datetime:
        """The moment when so much of it has passed since another one."""

    def opens(self, moment: datetime) -> datetime:
        """The moment itself where it counts; else the next one that does."""


Line = tuple[tuple[str, ...], ...]
"""Who is pinged, stage by stage; those of one stage together."""

_PATIENCE: Final = timedelta(hours=4)
"""However often the line was gone through: so long at most until the next ping."""
_MOST_DOUBLINGS: Final = 16
_MISSED: Final = timedelta(minutes=15)
"""A deadline at the closing is met by a timer that goes off a little later; one that is so old has been missed."""
_FOLLOWED_BY: Final = {Why.STORM: Why.UNDECIDED}
"""Why the line's next people are pinged, where it is not that nobody has answered."""


class Rules(Fact, frozen=True, kw_only=True):
    """How patient the squad is. Durations are positive, in business time but for `severe` and `throttle`."""

    undecided: tuple[timedelta, ...] = (timedelta(minutes=30), timedelta(minutes=60), timedelta(minutes=90))
    """The turns of a line's first people, since the ticket was opened; ascending, those of the same time together."""
    answer: timedelta = timedelta(minutes=60)
    """The line's next is pinged after so long without an answer."""
    severe: timedelta = timedelta(minutes=15)
    """The same when it is severe."""
    acknowledged: timedelta = timedelta(hours=4)
    """An acknowledgement holds for so long after a person did something. Plain time when it is severe."""
    throttle: timedelta = timedelta(minutes=15)
    """Nobody is pinged for one ticket twice within so long, unless it is severe."""
    everybody: tuple[str, ...] = ()
    """Who is pinged together with the tech lead when it is severe."""


class Pinging(Fact, frozen=True, kw_only=True):
    """What is due now, for one comment, and when to look again; None: not before something happens."""

    pings: tuple[Ping, ...] = ()
    next_at: datetime | None = None
    notes: tuple[str, ...] = ()
    """What those who are pinged should know of the duty; see `on_duty.to_know`."""


class _Climb(Fact, frozen=True, kw_only=True):
    """A line of people that is gone up for one reason, from one moment on."""

    why: Why
    since: datetime
    due: datetime | None
    """When the first stage is; None: at once."""
    line: Line


def decide(
    ticket: Ticket,
    rules: Rules,
    *,
    primary: str,
    secondary: str,
    opened_at: datetime,
    hours: Hours,
    now: datetime,
) -> Pinging:
    """The pings that are due now, as they are to be kept in the ticket, and the next moment to decide again.

    `primary` and `secondary` are on duty; logins, empty for nobody. `opened_at` is when the ticket was opened or
    reopened last. Pings are known by it and by `ticket.impact_since`, so both must stay what they are while nothing
    happens.
    """
    if _rests(ticket, now):
        return Pinging()
    climb = _climb(ticket, rules, (primary, secondary), opened_at, hours)
    acknowledged = ticket.acknowledged
    if acknowledged is None or not acknowledged.is_of(climb.since):
        return _climbed(ticket, climb, rules, hours, now)
    expires = expiry(ticket, acknowledged, rules, hours.later)
    told = _kept(ticket, climb)
    if ticket.impact is Impact.SEVERE and not told:
        tell = _climbed(ticket, climb, rules, hours, now)
        if tell.pings:
            return tell if expires <= now else Pinging(pings=_unanswerable(tell.pings), next_at=expires)
    if now < expires:
        return Pinging(next_at=expires)
    due = max((expires, *(ping.answer_by for ping in told if ping.answer_by is not None)))
    line = _without_repeats(((acknowledged.by,), *climb.line))
    return _climbed(ticket, _Climb(why=Why.EXPIRED, since=expires, due=due, line=line), rules, hours, now)


def acknowledgement(
    ticket: Ticket, by: str, rules: Rules, *, later: Later, at: datetime, lasts: timedelta | None = None
) -> Acknowledgement:
    """Somebody is on it from then on; `lasts` is what they asked for, None for as long as usual."""
    return Acknowledgement(by=by, at=at, expires=_after(ticket, at, lasts or rules.acknowledged, later))


def expiry(ticket: Ticket, acknowledged: Acknowledgement, rules: Rules, later: Later) -> datetime:
    """When an acknowledgement expires: what people do on the ticket prolongs it, until somebody was pinged again."""
    expired = [
        ping.since
        for ping in ticket.pings
        if ping.why is Why.EXPIRED and ping.since is not None and ping.since >= acknowledged.at
    ]
    if expired:
        return expired[-1]
    did = ticket.people_at
    if did is None or did <= acknowledged.at:
        return acknowledged.expires
    return max(acknowledged.expires, _after(ticket, did, rules.acknowledged, later))


def is_acknowledged(ticket: Ticket, rules: Rules, *, opened_at: datetime, later: Later, now: datetime) -> bool:
    """Whether somebody is on it, since it was opened and decided upon."""
    acknowledged = ticket.acknowledged
    if acknowledged is None or not acknowledged.is_of(ticket.waits_since(opened_at)):
        return False
    return now < expiry(ticket, acknowledged, rules, later)


def _rests(ticket: Ticket, now: datetime) -> bool:
    """Whether nobody is to be pinged whatever the time: it is closed, goes to the batch, or is silenced."""
    if ticket.closing is not None or ticket.impact is Impact.ANNOYING:
        return True
    if ticket.resting is not None and ticket.impact is None:
        return True
    silence = ticket.silence
    if silence is not None:
        return is_over(silence, ticket, now) is None
    return ticket.silenced != "" and ticket.impact is not Impact.SEVERE


def _after(ticket: Ticket, moment: datetime, pause: timedelta, later: Later) -> datetime:
    """What is severe is not bound by business hours."""
    return moment + pause if ticket.impact is Impact.SEVERE else later(moment, pause)


def _climb(ticket: Ticket, rules: Rules, duty: tuple[str, str], opened_at: datetime, hours: Hours) -> _Climb:
    lead, others = ticket.routing.owners[:1], ticket.routing.owners[1:]
    since = ticket.waits_since(opened_at)
    if ticket.impact is Impact.SEVERE:
        line = _without_repeats(((*lead, *rules.everybody), *_each(*duty, *others)))
        return _Climb(why=Why.SEVERE, since=since, due=None, line=_beyond(_declarer(ticket), line))
    if ticket.impact is Impact.UNSURE:
        line = _without_repeats(_each(*lead, *others, *duty))
        is_back = ticket.decided_at is not None and ticket.decided_at < opened_at
        by_rule = ticket.set_by is not None and not ticket.decided_by  # so nobody is at work on it
        due = hours.opens(since) if is_back or by_rule else None
        return _Climb(why=Why.UNSURE, since=since, due=due, line=line)
    if ticket.storm is not None:
        first, then = (lead, duty) if ticket.storm.origin is not None else (duty, lead)
        return _Climb(why=Why.STORM, since=since, due=None, line=_without_repeats(_each(*first, *then, *others)))
    line = _by_turns(_without_repeats(_each(*duty, *lead, *others)), rules.undecided)
    return _Climb(why=Why.UNDECIDED, since=since, due=hours.later(since, rules.undecided[0]), line=line)


def _declarer(ticket: Ticket) -> str:
    """Who of the squad decided the impact; who confirms what a rule has set found the line as it is."""
    return ticket.decided_by if ticket.set_by is None or not ticket.set_by.stands else ""


def _beyond(declarer: str, line: Line) -> Line:
    """Who knows already can't be all who are called at once: then those who are next are, too."""
    if len(line) > 1 and [who.lower() for who in line[0]] == [declarer.lower()]:
        return (line[0] + line[1], *line[2:])
    return line


def _by_turns(line: Line, turns: tuple[timedelta, ...]) -> Line:
    """The line's first people are pinged together where their turns come at the same time."""
    first = dict(zip(line, turns, strict=False))
    together = [tuple(who for stage, at in first.items() if at == turn for who in stage) for turn in _distinct(turns)]
    return tuple(stage for stage in (*together, *line[len(turns) :]) if stage)


def _distinct(turns: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    return tuple(dict.fromkeys(turns))


def _each(*people: str) -> tuple[tuple[str, ...], ...]:
    return tuple((who,) for who in people)


def _without_repeats(stages: Iterable[tuple[str, ...]]) -> Line:
    """Nobody twice, whichever way the login is written, and no stage without anybody."""
    known = {""}
    line: list[tuple[str, ...]] = []
    for stage in stages:
        new = []
        for who in stage:
            if who.lower() not in known:
                known.add(who.lower())
                new.append(who)
        if new:
            line.append(tuple(new))
    return tuple(line)


def _kept(ticket: Ticket, climb: _Climb) -> tuple[Ping, ...]:
    """The pings of this climb's latest stage."""
    mine = [ping for ping in ticket.pings if ping.since == climb.since and ping.impact is ticket.impact]
    latest = max((ping.stage for ping in mine), default=0)
    return tuple(ping for ping in mine if ping.stage == latest)


def _climbed(ticket: Ticket, climb: _Climb, rules: Rules, hours: Hours, now: datetime) -> Pinging:
    severe = ticket.impact is Impact.SEVERE
    last = {ping.who.lower(): ping for ping in ticket.pings}
    lost = {who for who, ping in last.items() if _is_lost(ping)}
    latest = _kept(ticket, climb)
    stage = latest[0].stage + 1 if latest else 0
    due = max(ping.answer_by or ping.at for ping in latest) if latest else climb.due or min(climb.since, now)
    if not any(_is_lost(ping) for ping in latest):
        missed = now - due >= _MISSED and not severe
        due = max(due, hours.opens(now)) if missed else due
        if due > now:
            return Pinging(next_at=due)
    for here in range(stage, stage + len(climb.line)):
        people = [who for who in climb.line[here % len(climb.line)] if who.lower() not in lost]
        if not people:
            continue
        free = [last[who.lower()].at + rules.throttle for who in people if who.lower() in last and not severe]
        if free and max(free) > now:
            return Pinging(next_at=max(free))
        answer_by = _after(ticket, now, _time_to_answer(ticket, climb, rules, here), hours.later)
        why = climb.why if here == 0 or climb.why is Why.UNDECIDED else _FOLLOWED_BY.get(climb.why, Why.UNANSWERED)
        pings = tuple(
            Ping(who=who, why=why, at=now, since=climb.since, impact=ticket.impact, stage=here, answer_by=answer_by)
            for who in people
        )
        return Pinging(pings=pings, next_at=answer_by)
    return Pinging(next_at=now + _PATIENCE if severe else None)


def _is_lost(ping: Ping) -> bool:
    """It was posted, and GitHub's rendering held no mention."""
    return ping.comment is not None and not ping.proved


def _unanswerable(pings: tuple[Ping, ...]) -> tuple[Ping, ...]:
    return tuple(msgspec.structs.replace(ping, answer_by=None) for ping in pings)


def _time_to_answer(ticket: Ticket, climb: _Climb, rules: Rules, stage: int) -> timedelta:
    """Each time that the line begins anew, twice as long, but at most `_PATIENCE` where the rules are not longer."""
    turns = _distinct(rules.undecided)
    once = rules.severe if ticket.impact is Impact.SEVERE else rules.answer
    if climb.why in {Why.UNDECIDED, Why.STORM} and stage + 1 < len(turns):
        once = turns[stage + 1] - turns[stage]
    doubled = once * (1 << min(stage // len(climb.line), _MOST_DOUBLINGS))
    return max(once, min(doubled, _PATIENCE))
