"""Triage: what people command on a ticket, and who must hear of it.

| what a comment's line is                          | what is done                                                   |
|---------------------------------------------------|----------------------------------------------------------------|
| no command of ours                                | nothing                                                        |
| a command, by somebody who may                    | 👀, carried out in order, 👍 where all of it was done          |
| a command that can't be carried out, or may not   | 👀, and an answer that says what to do                         |

Rules: what is asked twice, because the letter is settled again, is carried out once. Who may is asked of GitHub only
when somebody commands. Whom to ping is decided with each settle, and a timer wakes the ticket for the next decision.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from app.decisions import marking, pinging
from app.decisions.business_time import Calendar
from app.decisions.commands import (
    Moment,
    Spec,
    Who,
    decided,
    discussed,
    duplicate_of,
    may,
    post_mortem,
    spec_of,
    timeline,
    wish_of,
)
from app.decisions.on_duty import to_know
from app.decisions.remembering import cause_of
from app.decisions.routing import tech_lead
from app.decisions.triaging import consequences
from app.domain.actions import (
    Action,
    AddActionItem,
    AssignPeople,
    PingPeople,
    React,
    Refuse,
    SilencedHereOnly,
    TakeOffLabel,
    Tell,
    UnarchiveAtSender,
    WritePostMortem,
)
from app.domain.duty import Duty, Handover
from app.domain.errors import UserError
from app.domain.issues import Repository
from app.domain.mail import Commented, IssueChanged
from app.domain.squad import Squad
from app.domain.tickets import Pair, Ticket
from app.domain.triage import Ping, Why
from app.domain.wishes import (
    Acknowledge,
    AddAction,
    Away,
    Back,
    CommandLine,
    Discussed,
    DuplicateOf,
    DutyWish,
    ExplainRouting,
    Handoff,
    Help,
    MarkMoment,
    TicketWish,
    Unsilence,
    WantPostMortem,
    Wish,
)
from app.flows.duty import Memory, OnDuty, SquadAt
from app.flows.merging import Merging
from app.flows.naming import Naming
from app.flows.squad_files import InForce, SquadFiles


class People(Protocol):
    """What GitHub knows of people."""

    async def permission(self, repository: Repository, login: str) -> str: ...


class NotAllowedError(UserError):
    """The one who asks may not command here."""


class Heard:
    """What a comment's commands came to."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.actions: list[Action] = []


class Triage:
    """See the module's rules. `speaks_back` is whether the App can say something to the sender."""

    def __init__(
        self,
        people: People,
        duty: OnDuty,
        squad_files: SquadFiles,
        memory: Memory,
        merging: Merging,
        naming: Naming,
        *,
        speaks_back: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._duty = duty
        self._squad_files = squad_files
        self._memory = memory
        self._merging = merging
        self._naming = naming
        self._speaks_back = speaks_back
        self._now = now

    async def heard(self, ticket: Ticket, said: Commented, in_force: InForce) -> Heard:
        """Carry out the comment's commands on the ticket, in order. Raises what GitHub raises."""
        heard = Heard(ticket)
        done = refused = 0
        for line in said.commands:
            operation = f"{ticket.id}.answer.{said.comment_id}.{line.line}.{line.name}.{int(said.at.timestamp())}"
            try:
                carried_out = await self._carry_out(heard, line, said, in_force, operation)
            except UserError as error:
                refused += 1
                heard.actions.append(Refuse(op=operation, to=said.actor, why=str(error)))
                if isinstance(error, NotAllowedError):
                    break  # once is enough
            else:
                done += carried_out
        if done or refused:
            heard.actions.insert(0, React(comment_id=said.comment_id, content="eyes"))
        if done and not refused:
            heard.actions.append(_done(heard.actions, said))
        return heard

    async def ordered(self, ticket: Ticket, said: Commented, in_force: InForce, operation: str) -> Heard:
        """Carry out the one command of what is no comment of GitHub's: a button. Raises UserError, and as `heard`."""
        heard = Heard(ticket)
        await self._carry_out(heard, said.commands[0], said, in_force, operation)
        return heard

    async def labelled(self, ticket: Ticket, changed: IssueChanged, in_force: InForce) -> Heard:
        """The label `post-mortem`, put on the ticket, is `/post-mortem`, and goes then. Raises as `heard`."""
        line = CommandLine(name=post_mortem.SPEC.name, line=1)
        said = Commented(
            action="created",
            comment_id=0,
            issue=changed.issue.ref,
            actor=changed.actor,
            actor_is_bot=False,
            at=changed.at,
            commands=(line,),
        )
        operation = f"{ticket.id}.label.{line.name}.{int(changed.at.timestamp())}"
        try:
            heard = await self.ordered(ticket, said, in_force, operation)
        except UserError as error:
            heard = Heard(ticket)
            heard.actions.append(Refuse(op=operation, to=changed.actor, why=str(error)))
        heard.actions.append(TakeOffLabel(label=changed.label))
        return heard

    async def _carry_out(
        self, heard: Heard, line: CommandLine, said: Commented, in_force: InForce, operation: str
    ) -> bool:
        """Whether it was a command of ours. Raises UserError where it can't be carried out."""
        squad = in_force.squad
        spec = spec_of(line.name)
        if spec is not None:
            await self.refuse_who_may_not(spec, said, in_force)
        wish = wish_of(line, Moment(now=said.at, zone=ZoneInfo(squad.time_zone)))
        if wish is None:
            return False
        _refuse_on_duplicate(wish, heard.ticket)
        match wish:
            case Help() | ExplainRouting():
                heard.actions.append(Tell(op=operation, to=said.actor, what=wish))
            case WantPostMortem(title=title):
                named = tuple(ticket.id for ticket in await self._naming.tickets(wish.tickets, said))
                heard.actions.append(WritePostMortem(op=operation, title=title, named=named))
            case MarkMoment():
                heard.ticket = _marked(heard.ticket, wish, line, said, squad)
            case AddAction():
                heard.actions.append(AddActionItem(op=operation, to=said.actor, item=wish))
            case Discussed():
                raise UserError(discussed.ELSEWHERE)
            case DuplicateOf():
                before = heard.ticket
                heard.ticket, merged = await self._merging.merge(before, wish, said, operation)
                heard.actions += [*merged, *self._told(before, heard.ticket, wish, said, operation)]
            case Away() | Back() | Handoff():
                heard.actions += await self._change_duty(wish, said, in_force, operation)
            case _:
                self._change(heard, wish, said, squad, operation)
        return True

    async def _change_duty(self, wish: DutyWish, said: Commented, in_force: InForce, operation: str) -> list[Action]:
        """What is told of it, to whoever asked, to those who take over and to those who are relieved."""
        handover = await self._handed_over(wish, said, in_force, operation)
        called = _without(said.actor, handover.taking_over)
        relieved = _without(said.actor, handover.relieved)
        actions: list[Action] = [Tell(op=operation, to=said.actor, what=handover)]
        if called or relieved:
            told = tuple(Ping(who=who, why=Why.HANDOVER, at=said.at) for who in called)
            actions.append(PingPeople(op=f"{operation}.ping", pings=told, duty=handover.now, relieved=relieved))
        return actions

    def _change(self, heard: Heard, wish: TicketWish, said: Commented, squad: Squad, operation: str) -> None:
        """Raises UserError where the ticket can't be changed so."""
        apps, lasts, before = [app.name for app in squad.apps], squad.acknowledgement.lasts, heard.ticket
        heard.ticket = decided(wish, before, said.actor, said.at, apps=apps, lasts=lasts)
        if isinstance(wish, Acknowledge):
            heard.ticket = _in_business_time(heard.ticket, wish, said, squad)
        actions = self._told(before, heard.ticket, wish, said, operation)
        heard.ticket = msgspec.structs.replace(heard.ticket, assigned=before.assigned)  # GitHub says who really is
        if self._speaks_back and any(isinstance(action, UnarchiveAtSender) for action in actions):
            heard.ticket = msgspec.structs.replace(heard.ticket, silenced="")  # it is told at the end
        heard.actions += actions

    def _told(self, before: Ticket, after: Ticket, wish: Wish, said: Commented, operation: str) -> list[Action]:
        cause = cause_of(said, said.at)
        actions = list(
            consequences(before, after, operation, unsilenced=isinstance(wish, Unsilence), by=cause.by, link=cause.link)
        )
        reference = after.latest.sender_ref if after.latest is not None else ""
        if after.silence is not None and after.silence != before.silence and not (reference and self._speaks_back):
            actions.append(Tell(op=operation, to=said.actor, what=SilencedHereOnly()))
        return actions

    async def refuse_who_may_not(self, spec: Spec, said: Commented, in_force: InForce) -> None:
        """Raises NotAllowedError where the one who wrote this may not use the command there."""
        permission = await self._people.permission(said.issue.repository, said.actor)
        if may(spec, permission, on_duty=False):
            return
        if spec.who is Who.ON_DUTY:
            duty = await self._duty.current(await self._squad_at(in_force))
            if may(spec, permission, on_duty=said.actor.casefold() in {who.casefold() for who in duty.people}):
                return
        raise NotAllowedError(
            f"`/{spec.name}` is for people with triage permission in this repository, and {said.actor} has "
            f"`{permission}`. Ask one of them, or a maintainer for the permission."
        )

    async def _handed_over(self, wish: DutyWish, said: Commented, in_force: InForce, operation: str) -> Handover:
        """Once: a letter that is settled again is answered as before, whatever people changed since."""
        name = f"handover:{operation}"
        known = await self._memory.recall(name)
        if known is not None:
            return msgspec.json.decode(known, type=Handover)
        handover = await self._hand_over(wish, said, in_force)
        await self._memory.remember(name, msgspec.json.encode(handover), self._now())
        return handover

    async def _hand_over(self, wish: Wish, said: Commented, in_force: InForce) -> Handover:
        if in_force.squad.rotation is None:
            raise UserError("Nobody is on duty by the squad's file. Add the section `rotation` to it first.")
        at = await self._squad_at(in_force)
        match wish:
            case Away():
                return await self._duty.away(at, said.actor, wish.until, wish.reason)
            case Handoff():
                return await self._duty.handoff(at, said.actor, wish.to)
            case _:
                return await self._duty.back(at, said.actor)

    async def pinging(self, ticket: Ticket, in_force: InForce) -> pinging.Pinging:
        """Who is pinged now, and when to look again. Nobody about what has no issue, is quiet, or waits for nothing."""
        squad = in_force.squad
        waits = ticket.impact is not None or ticket.storm is not None or squad.rotation is not None
        opened_at = ticket.opened_at or ticket.counters.first_seen
        if not ticket.is_open or ticket.quiet or opened_at is None or not waits:
            return pinging.Pinging()
        duty = await self.on_duty(in_force)
        due = pinging.decide(
            ticket,
            rules_of(squad),
            primary=duty.primary if duty is not None else "",
            secondary=duty.secondary if duty is not None else "",
            opened_at=opened_at,
            hours=Calendar(squad),
            now=self._now(),
        )
        notes = to_know(duty, (ping.who for ping in due.pings)) if duty is not None and due.pings else ()
        return msgspec.structs.replace(due, notes=notes)

    async def pair(self, in_force: InForce) -> Pair:
        """Who is on duty now."""
        duty = await self.on_duty(in_force)
        return Pair() if duty is None else Pair(primary=duty.primary, secondary=duty.secondary)

    async def on_duty(self, in_force: InForce) -> Duty | None:
        """Who is on duty; None where the squad's file has no rotation."""
        if in_force.squad.rotation is None:
            return None
        return await self._duty.current(await self._squad_at(in_force))

    async def _squad_at(self, in_force: InForce) -> SquadAt:
        lead = tech_lead(in_force.owners, in_force.squad)
        return SquadAt(home=await self._squad_files.home(), squad=in_force.squad, lead=lead)


def _done(actions: list[Action], said: Commented) -> React:
    """The sign that all was done, of what is yet to be tried, too."""
    return React(
        comment_id=said.comment_id,
        content="+1",
        assigned=tuple(who for action in actions if isinstance(action, AssignPeople) for who in action.logins),
        with_post_mortem=any(isinstance(action, AddActionItem) for action in actions),
    )


def _in_business_time(ticket: Ticket, wish: Acknowledge, said: Commented, squad: Squad) -> Ticket:
    """An acknowledgement lasts for business time, unless it is severe."""
    acknowledged = pinging.acknowledgement(
        ticket, said.actor, rules_of(squad), later=Calendar(squad).later, at=said.at, lasts=wish.lasts
    )
    return msgspec.structs.replace(ticket, acknowledged=acknowledged)


def _without(who: str, people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in people if other.casefold() != who.casefold())


def _refuse_on_duplicate(wish: Wish, ticket: Ticket) -> None:
    """Raises UserError for what belongs on the ticket that a duplicate points at."""
    if isinstance(wish, TicketWish) and ticket.merged_into:
        target = duplicate_of.named(ticket.duplicate_of)
        raise UserError(f"This ticket is a duplicate of `{target}`. Write it there; or reopen this one first.")


def _marked(ticket: Ticket, wish: MarkMoment, line: CommandLine, said: Commented, squad: Squad) -> Ticket:
    began = ticket.counters.first_seen or ticket.opened_at or said.at
    ended = ticket.closing.at if ticket.closing is not None else None
    at = timeline.moment_of(wish, began=began, ended=ended, now=said.at, zone=ZoneInfo(squad.time_zone))
    return msgspec.structs.replace(ticket, history=marking.noted(ticket.history, wish, line, said, at))


def rules_of(squad: Squad) -> pinging.Rules:
    """How patient the squad is, from its file."""
    undecided = squad.undecided
    turns: tuple[timedelta, ...] = (undecided.primary_after, undecided.secondary_after, undecided.lead_after)
    return pinging.Rules(
        undecided=turns,
        severe=squad.severe.answer_within,
        acknowledged=squad.acknowledgement.lasts,
        everybody=squad.severe.ping,
    )
