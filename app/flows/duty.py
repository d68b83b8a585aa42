"""Who is on duty now, and what people change about it.

| the squad's file says | PagerDuty                         | the line is                                         |
|-----------------------|-----------------------------------|-----------------------------------------------------|
| members take turns    |                                   | the turn's                                          |
| an escalation policy  | answers                           | who is on call, kept for five minutes, or up to the |
|                       |                                   | first end of a shift if that is sooner              |
| an escalation policy  | does not answer, and did before   | the last one known, across restarts too, and a note |
|                       |                                   | says since when                                     |
| an escalation policy  | never answered, or can't be asked | nobody, and a note says why                         |
| nothing               |                                   | nobody, and a note says what to add                 |

Rules: asking who is on duty never fails for PagerDuty's sake. Overrides belong to the squad, so they are remembered for
the repository in which its file is at home; a change is decided anew where another process recorded one meanwhile. What
a person asks for a second time (a delivery is settled again after a crash) is recorded once, and answered in the same
way. On the line `decisions/on_duty.py` decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.decisions.on_duty import (
    absence_of,
    clock,
    duty_at,
    line_of_calls,
    line_of_members,
    with_override,
    without,
)
from app.domain.duty import Duty, Handover, Line, OnCall, Override, Source
from app.domain.errors import LaterError, SystemRefusedError, UserError
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.domain.squad import Squad

FRESH: Final = timedelta(minutes=5)
"""So long PagerDuty's answer is taken for the present one."""
AGAIN: Final = timedelta(minutes=1)
"""So long PagerDuty is left alone after it did not answer."""
_log: Final = structlog.get_logger("duty")


class OnCalls(Protocol):
    """Who keeps the schedule."""

    async def on_call(self, escalation_policy: str) -> tuple[OnCall, ...]:
        """Those on call now. Raises a SystemRefusedError where it can't be told."""


class Memory(Protocol):
    """What stays across restarts."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...
    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool: ...


class SquadAt(Fact, frozen=True, kw_only=True):
    """The squad in question."""

    home: Repository
    """Where its file is at home."""
    squad: Squad
    lead: str = ""
    """The project's tech lead, who stands in where nobody of the squad is there; empty: there is none."""

    @property
    def zone(self) -> ZoneInfo:
        """The one whose clock the squad goes by."""
        return ZoneInfo(self.squad.time_zone)


class _Told(Fact, frozen=True, kw_only=True):
    """What PagerDuty said last."""

    calls: tuple[OnCall, ...]
    at: datetime


@dataclass(slots=True)
class _Policy:
    """What is known of an escalation policy."""

    told: _Told | None
    ask_at: datetime
    silent_since: datetime | None = None
    error: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_Change = tuple[tuple[Override, ...], Handover]
"""What is recorded from now on, and what it comes to."""


class OnDuty:
    """See the module's rules. `oncalls` is None where there is no key for PagerDuty."""

    def __init__(self, oncalls: OnCalls | None, memory: Memory, *, now: Callable[[], datetime]) -> None:
        self._oncalls = oncalls
        self._memory = memory
        self._now = now
        self._policies: dict[str, _Policy] = {}

    async def current(self, at: SquadAt) -> Duty:
        """Who is on duty now."""
        return self._duty(at, await self._line(at), _read(await self._memory.recall(_overrides_of(at.home))))

    async def away(self, at: SquadAt, who: str, until: datetime | None, reason: str = "") -> Handover:
        """The person is away: the next in line has their duty. Without an end, until they are back.

        Raises UserError where the end is over already.
        """
        now = self._now()
        if until is not None and until <= now:
            raise UserError(f"{clock(until, at.zone)} is over already; say until when you will be away.")
        new = Override(who=who, at=now, until=until, reason=reason)
        line = await self._line(at)
        return await self._changed(at, lambda overrides: self._recorded(at, line, overrides, new))

    async def handoff(self, at: SquadAt, by: str, to: str) -> Handover:
        """One on duty hands over to somebody, until the source itself puts somebody else on duty, or they are back.

        Raises UserError where there is nothing to hand over, or nobody to take it.
        """
        now = self._now()
        if by.casefold() == to.casefold():
            raise UserError(f"{by} has this duty already; name the one who takes it over.")
        line = await self._line(at)
        until = line.until if line.until is not None and line.until > now else None
        new = Override(who=by, at=now, until=until, to=to)

        def handed_over(overrides: tuple[Override, ...]) -> _Change:
            self._refuse(at, line, _others(overrides, new), new)
            return self._recorded(at, line, overrides, new)

        return await self._changed(at, handed_over)

    async def back(self, at: SquadAt, who: str) -> Handover:
        """The person's absences and handovers are over. Nothing changes where there are none."""
        line = await self._line(at)

        def ended(overrides: tuple[Override, ...]) -> _Change:
            left = without(overrides, who, self._now())
            return left, Handover(before=self._duty(at, line, overrides), now=self._duty(at, line, left))

        return await self._changed(at, ended)

    async def _changed(self, at: SquadAt, change: Callable[[tuple[Override, ...]], _Change]) -> Handover:
        """What the change came to. It is decided anew where somebody else's was recorded meanwhile."""
        name = _overrides_of(at.home)
        while True:
            known = await self._memory.recall(name)
            left, handover = change(_read(known))
            if await self._memory.exchange(name, known, msgspec.json.encode(left), self._now()):
                return handover

    def _refuse(self, at: SquadAt, line: Line, others: tuple[Override, ...], new: Override) -> None:
        """Raises UserError where the handover can't be."""
        before = self._duty(at, line, others)
        on_duty = [login.casefold() for login in before.people]
        absence = absence_of(new.to, others, new.at)
        if absence is not None:
            until = f" until {clock(absence.until, at.zone)}" if absence.until else ""
            raise UserError(f"{new.to} is away{until}; hand over to somebody else.")
        if new.who.casefold() not in on_duty:
            are = f"; on duty: {', '.join(before.people)}" if before.people else ""
            raise UserError(f"{new.who} is not on duty, so there is nothing to hand over{are}.")
        if on_duty.index(new.who.casefold()) and on_duty[0] == new.to.casefold():
            raise UserError(f"{new.to} is the primary already; say /away, and the next in line is the secondary.")
        if new.to.casefold() not in (login.casefold() for login in self._duty(at, line, (*others, new)).people):
            raise UserError(f"{new.who} only stands in for the squad; who of the squad is there again says /back.")

    def _recorded(self, at: SquadAt, line: Line, overrides: tuple[Override, ...], new: Override) -> _Change:
        others = _others(overrides, new)
        again = next((it for it in overrides if it not in others), None)
        left = with_override(others, again or new, new.at)
        before, now = self._duty(at, line, others), self._duty(at, line, left)
        return left, Handover(before=before, now=now, override=again or new)

    def _duty(self, at: SquadAt, line: Line, overrides: tuple[Override, ...]) -> Duty:
        return duty_at(line, overrides, self._now(), lead=at.lead, zone=at.zone)

    async def _line(self, at: SquadAt) -> Line:
        now, rotation = self._now(), at.squad.rotation
        if rotation is None:
            return _nobody(
                now, "The squad's file has no rotation, so nobody of it is on duty; add the section rotation."
            )
        if rotation.turns is not None:
            return line_of_members(rotation.turns, at.zone, now)
        if rotation.pagerduty is None or self._oncalls is None:
            return _nobody(now, "The rotation is at PagerDuty, which can't be asked; set PAGERDUTY_TOKEN.")
        policy = await self._asked(self._oncalls, rotation.pagerduty.escalation_policy)
        return _line_of(policy, at, now)

    async def _asked(self, oncalls: OnCalls, name: str) -> _Policy:
        """What is known of the policy, and asked for again where it is time to."""
        policy = self._policies.get(name)
        if policy is None:
            remembered = await self._memory.recall(_name_of(name))
            told = None if remembered is None else msgspec.json.decode(remembered, type=_Told)
            policy = self._policies.setdefault(name, _Policy(told=told, ask_at=self._now()))
        async with policy.lock:  # whoever comes while it is asked waits for that answer, and does not ask, too
            if self._now() >= policy.ask_at:
                await self._ask(oncalls, name, policy)
        return policy

    async def _ask(self, oncalls: OnCalls, name: str, policy: _Policy) -> None:
        try:
            calls = await oncalls.on_call(name)
        except SystemRefusedError as error:
            now = self._now()
            not_before = error.not_before if isinstance(error, LaterError) else None
            policy.ask_at = max(now + AGAIN, not_before or now)
            policy.silent_since = policy.silent_since or now
            policy.error = str(error)
            _log.warning("PagerDuty did not say who is on call; the last known stands", policy=name, error=str(error))
            return
        now = self._now()
        policy.told = _Told(calls=calls, at=now)
        ends = (call.until for call in calls if call.until is not None and call.until > now)
        policy.ask_at = min((now + FRESH, *ends))
        policy.silent_since = None
        await self._memory.remember(_name_of(name), msgspec.json.encode(policy.told), now)


def _nobody(now: datetime, note: str) -> Line:
    return Line(people=(), source=Source.NOTHING, as_of=now, notes=(note,))


def _line_of(policy: _Policy, at: SquadAt, now: datetime) -> Line:
    silent = ""
    if policy.silent_since is not None:
        silent = f"PagerDuty has not told who is on call since {clock(policy.silent_since, at.zone)}"
    if policy.told is None:
        return _nobody(now, f"{silent}, and nothing is known from before. {policy.error}")
    line = line_of_calls(policy.told.calls, at.squad.people, policy.told.at)
    if not silent:
        return line
    note = f"{silent}; these were on call at {clock(policy.told.at, at.zone)}. {policy.error}"
    return msgspec.structs.replace(line, notes=(note, *line.notes))


def _others(overrides: tuple[Override, ...], new: Override) -> tuple[Override, ...]:
    """All but the one that was recorded when the same was asked for before."""
    return tuple(it for it in overrides if msgspec.structs.replace(it, at=new.at) != new)


def _read(remembered: bytes | None) -> tuple[Override, ...]:
    return () if remembered is None else msgspec.json.decode(remembered, type=tuple[Override, ...])


def _overrides_of(home: Repository) -> str:
    return f"duty:{home.id}"


def _name_of(policy: str) -> str:
    return f"on-call:{policy}"
