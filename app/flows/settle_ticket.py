"""Settling a ticket: read everything pending, decide once, act, record. The way every alert and every click takes.

Rule: mail is settled in the commit that saves the ticket with it counted. Whatever fails before that is done again as
a whole; the acts are such that this does no harm.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from app.decisions.pinging import Pinging
from app.decisions.remembering import Cause, cause_of, cause_of_act, remembered
from app.decisions.settling import Rules, Settling
from app.decisions.showing import shown
from app.decisions.silencing import wakes_at
from app.decisions.suggesting import Hearing
from app.domain.actions import (
    Action,
    AddOccurrence,
    AdoptIssue,
    ArchiveAtSender,
    AssignPeople,
    EditOccurrence,
    OpenIssue,
    PingPeople,
    Post,
    React,
    RefreshBody,
    Refuse,
    ResolveAtSender,
    Tell,
    UnarchiveAtSender,
)
from app.domain.alerts import Impact
from app.domain.errors import SystemRefusedError
from app.domain.issues import Repository
from app.domain.mail import AlertArrived, Commented, IssueChanged, IssueVerb, Letter, Mail, Pressed
from app.domain.mailboxes import URGENT, Claim, Pending, Receipt, Timer
from app.domain.post_mortems import LABEL as POST_MORTEM
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.flows import logged
from app.flows.acts import Acts
from app.flows.announcing import Announcing
from app.flows.bodies import Bodies
from app.flows.look_ups import LookUps
from app.flows.paging import Paging
from app.flows.passing import Passing
from app.flows.post_mortems import news_of
from app.flows.squad_files import InForce, SquadFiles
from app.flows.storms import Storms
from app.flows.triage import Triage

_PAGE: Final = 200
"""Letters folded between two turns of the event loop, so that no door waits for a storm to be counted."""
_MOST: Final = 20_000
_MOST_PINGS: Final = 5
_LOOK_AGAIN: Final = "look again"
_AT_THE_SENDER: Final = (ArchiveAtSender, UnarchiveAtSender, ResolveAtSender)
_CAN_WAIT: Final = (
    *_AT_THE_SENDER,
    AddOccurrence,
    AssignPeople,
    EditOccurrence,
    Post,
    React,
    RefreshBody,
    Refuse,
    Tell,
)
"""No one of these changes who is to be called, but for a refresh that routes anew."""


class Desk(Protocol):
    """The mailroom, as settling a ticket needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...
    async def ticket(self, claim: Claim) -> Ticket | None: ...
    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]: ...
    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        gap: timedelta = ...,
        ticket: Ticket | None = None,
        timers: tuple[Timer, ...] = (),
        letters: tuple[Letter, ...] = (),
    ) -> None: ...
    async def retry(
        self, claim: Claim, *, not_before: datetime, error: str, lane: int | None = None, counts: bool = True
    ) -> None: ...


class SettleTicket:
    """See the module's rule. `announcing` is None where nothing is said in Slack."""

    def __init__(  # noqa: PLR0913 - all that a settle can bring about
        self,
        desk: Desk,
        acts: Acts,
        bodies: Bodies,
        squad_files: SquadFiles,
        triage: Triage,
        paging: Paging,
        storms: Storms,
        look_ups: LookUps,
        *,
        announcing: Announcing | None,
        now: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._look_ups = look_ups
        self._announcing = announcing
        self._acts = acts
        self._bodies = bodies
        self._triage = triage
        self._paging = paging
        self._storms = storms
        self._squad_files = squad_files
        self._now = now

    async def settle(self, claim: Claim, ticket: Ticket, most: int | None) -> datetime | None:
        """Settle all that is pending, or so many letters of it; until when it waits, where it has to.

        Raises what the systems raise; then nothing of it is recorded but what was made.
        """
        repository = await self._squad_files.home() if ticket.issue is None else ticket.issue.repository
        in_force = await self._squad_files.of(repository)
        squad, before = in_force.squad, ticket
        settling, hearing = Settling(ticket, rules_of(squad), self._bodies.around_of), Hearing(squad)
        passing = Passing(claim)
        through, asked = await self._take(claim, settling, hearing, passing, in_force, _MOST if most is None else most)
        if settling.ticket.silence is not None:
            settling.ticket = await self._look_ups.counted_at_sender(settling.ticket)
        known = settling.ticket
        plan = settling.plan(self._now())
        if plan.wait_until is not None:
            await self._desk.retry(claim, not_before=plan.wait_until, error="", counts=False)
            return plan.wait_until
        actions = _once_each((*asked[:1], *await self._look_ups.with_near_misses(plan), *asked[1:]))
        opened_at = ticket.opened_at
        planned = await self._look_ups.with_totals(before=ticket, after=plan.ticket) if actions else plan.ticket
        letters = (*(action.letter for action in actions if isinstance(action, Post)), *passing.letters)
        if planned.issue is None and not any(isinstance(action, OpenIssue | AdoptIssue) for action in actions):
            actions = ()  # it is gone, and nobody waits for a sign on it
        ticket = hearing.judged(ticket, planned, actions, self._now())
        ticket, actions = await self._storms.caught(claim, ticket, actions, squad)
        ticket = await self._look_ups.with_kin(ticket, actions)
        if ticket.impact is Impact.SEVERE:
            claim = msgspec.structs.replace(claim, priority=max(claim.priority, URGENT))
        ticket = await self._paging.told(ticket, in_force, actions)  # first of all: it goes out though GitHub is down
        ticket = remembered(known, ticket, Cause(at=self._now()))
        actions = _once_each(shown(planned, ticket, actions))
        # The sender comes last: while it is down, nobody's call may wait for it.
        last = tuple(action for action in actions if isinstance(action, _AT_THE_SENDER))
        try:
            if ticket.storm is not None and actions:
                ticket = await self._storms.shown(ticket, in_force)
            ticket = await self._called_first(claim, ticket, actions, in_force)
            for action in (action for action in actions if action not in last):
                ticket = await self._act(claim, ticket, action)
            told = await self._paging.told(ticket, in_force)  # that it was closed in this settle, say
            ticket = remembered(ticket, told, Cause(at=self._now()))
            ticket = await self._with_the_pair(ticket, opened_at, in_force)
            ticket, timers = await self._pinged(claim, ticket, in_force)
            for action in last:
                ticket = await self._act(claim, ticket, action)
        except SystemRefusedError:
            await self._announced_all_the_same(ticket, squad, repository)
            raise
        if self._announcing is not None:
            ticket, announced = self._announcing.at_the_end(ticket, actions, squad, repository)
            letters += announced
        letters = (*letters, *news_of(before, ticket, actions, self._now()))
        news = await self._storms.news(before, ticket, through)
        await self._desk.finish(
            claim,
            through=through,
            now=self._now(),
            gap=timedelta(0) if passing.is_full else squad.tickets.gather,
            ticket=news.ticket,
            timers=(*timers, *news.timers),
            letters=(*letters, *news.letters),
        )
        logged.settled(news.ticket)
        return None

    async def _announced_all_the_same(self, ticket: Ticket, squad: Squad, repository: Repository) -> None:
        """What is severe is said in Slack, whatever ails GitHub."""
        letter = None if self._announcing is None else self._announcing.all_the_same(ticket, squad, repository)
        if letter is not None:
            await self._desk.receive(letter)

    async def _act(self, claim: Claim, ticket: Ticket, action: Action) -> Ticket:
        return remembered(ticket, await self._acts.perform(claim, ticket, action), cause_of_act(action, self._now()))

    async def _take(
        self, claim: Claim, settling: Settling, hearing: Hearing, passing: Passing, in_force: InForce, most: int
    ) -> tuple[int, list[Action]]:
        """Fold what is pending; through which letter, and what commands in it asked for."""
        through = taken = 0
        asked: list[Action] = []
        known = settling.ticket
        while taken < most:
            page = await self._desk.pending(claim, after=through, limit=min(_PAGE, most - taken))
            logged.took(page)
            for letter in page:
                if _comes_too_early(letter.mail, settling.ticket) and through:
                    return through, asked  # it is settled next, when the ticket has its issue
                if passing.is_full:
                    return through, asked
                through, taken = letter.seq, taken + 1
                if passing.takes(settling.ticket, letter):
                    continue
                settling.take(letter.received_at, letter.mail)
                hearing.hear(letter.mail, settling.ticket, letter.received_at)
                asked += await self._commanded(settling, letter.mail, in_force)
                if not isinstance(letter.mail, AlertArrived) or known.counters.first_seen is None:
                    cause = cause_of(letter.mail, letter.received_at)
                    known = settling.ticket = remembered(known, settling.ticket, cause)
            if not page:
                break
            await asyncio.sleep(0)
        return through, asked

    async def _commanded(self, settling: Settling, mail: Mail, in_force: InForce) -> list[Action]:
        """Carry out what the mail commands, in a comment or by a button; what of it is left to be done."""
        said = _commands(mail, settling.ticket)
        if said is not None:
            if any(line.name == "silence" for line in said.commands):
                settling.ticket = await self._look_ups.counted_at_sender(settling.ticket)
            heard = await self._triage.heard(settling.ticket, said, in_force)
        elif isinstance(mail, IssueChanged) and _asks_for_post_mortem(mail, settling.ticket):
            heard = await self._triage.labelled(settling.ticket, mail, in_force)
        elif isinstance(mail, Pressed) and self._announcing is not None:
            heard = await self._announcing.pressed(settling.ticket, mail, in_force)
        else:
            return []
        settling.ticket = heard.ticket
        return heard.actions

    async def _called_first(
        self, claim: Claim, ticket: Ticket, actions: tuple[Action, ...], in_force: InForce
    ) -> Ticket:
        """What is severe, and has its issue, calls people before signs, labels and counts are written."""
        reroutes = any(isinstance(action, RefreshBody) and action.reroute for action in actions)
        all_can_wait = not reroutes and all(isinstance(action, _CAN_WAIT) for action in actions)
        if ticket.impact is Impact.SEVERE and ticket.issue is not None and all_can_wait:
            ticket, _ = await self._pinged(claim, ticket, in_force)
        return ticket

    async def _pinged(self, claim: Claim, ticket: Ticket, in_force: InForce) -> tuple[Ticket, tuple[Timer, ...]]:
        """Ping who must hear of it, and when to look again. A ping that reached nobody is followed by the next."""
        pinging = await self._triage.pinging(ticket, in_force)
        for _ in range(_MOST_PINGS):
            if not pinging.pings:
                break
            operation = f"{ticket.id}.ping.{ticket.pinged + 1}.{_digest(pinging, ticket)}"
            call = PingPeople(op=operation, pings=pinging.pings, notes=pinging.notes)
            ticket = await self._act(claim, ticket, call)
            pinging = await self._triage.pinging(ticket, in_force)
        ends = None if ticket.silence is None else wakes_at(ticket.silence)
        tells = None if ticket.unpaged is None else ticket.unpaged.again_at
        wakes = [moment for moment in (pinging.next_at, ends, tells) if moment is not None]
        urgent = ticket.impact is Impact.SEVERE
        return ticket, (Timer(name=_LOOK_AGAIN, due=min(wakes), urgent=urgent),) if wakes else ()

    async def _with_the_pair(self, ticket: Ticket, opened_before: datetime | None, in_force: InForce) -> Ticket:
        """A ticket that was opened or reopened knows who was on duty then."""
        if ticket.opened_at == opened_before:
            return ticket
        return msgspec.structs.replace(ticket, on_duty=await self._triage.pair(in_force))


def _commands(mail: Mail, ticket: Ticket) -> Commented | None:
    """The comment, where it commands something on the ticket's own issue, or on one that led to this ticket."""
    if not isinstance(mail, Commented) or mail.actor_is_bot or not mail.commands or ticket.issue is None:
        return None
    if mail.promoted:
        return msgspec.structs.replace(mail, issue=ticket.issue)
    return mail if mail.issue.id == ticket.issue.id else None


def _asks_for_post_mortem(mail: IssueChanged, ticket: Ticket) -> bool:
    """A person put the label on the ticket's issue: it is the command."""
    if mail.verb is not IssueVerb.LABELED or mail.actor_is_bot or ticket.issue is None:
        return False
    return mail.label.casefold() == POST_MORTEM and mail.issue.ref.id == ticket.issue.id


def _comes_too_early(mail: Mail, ticket: Ticket) -> bool:
    """A command on a report that is yet to become the ticket's issue."""
    if isinstance(mail, IssueChanged):
        return ticket.issue is None and mail.verb is IssueVerb.LABELED and mail.label.casefold() == POST_MORTEM
    return isinstance(mail, Commented) and bool(mail.commands) and ticket.issue is None


def _digest(pinging: Pinging, ticket: Ticket) -> str:
    """Of what is pinged: should a retry decide on something else, that is another comment."""
    text = " ".join([str(ticket.impact), *(f"{it.who}:{it.why}:{it.stage}" for it in pinging.pings)])
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _once_each(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The body is refreshed once, when all else is done."""
    refreshes = [action for action in actions if isinstance(action, RefreshBody)]
    rest = tuple(action for action in actions if not isinstance(action, RefreshBody))
    if not refreshes:
        return rest
    return (*rest, RefreshBody(reroute=any(refresh.reroute for refresh in refreshes)))


def rules_of(squad: Squad) -> Rules:
    """The numbers of the procedure, from the squad's file."""
    tickets = squad.tickets
    return Rules(
        quiet=tickets.quiet,
        regression=tickets.regression,
        most_comments=tickets.most_comments,
        close_when_resolved=tickets.close_when_resolved,
        resolve_at_sender=tickets.resolve_at_sender,
    )
