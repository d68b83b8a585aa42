"""Settling a ticket: read everything pending, decide once, act, record. The way every alert and every click takes.

Rule: mail is settled in the commit that saves the ticket with it counted. Whatever fails before that is done again as
a whole; the acts are such that this does no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.counting import note_totals
from app.decisions.settling import Plan, Rules, Settling
from app.domain.actions import Action, AdoptIssue
from app.domain.errors import SystemRefusedError
from app.domain.identity import NEAR, similarity
from app.domain.issues import IssueRef
from app.domain.mailboxes import Claim, Pending
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.flows.acts import Acts
from app.flows.bodies import Bodies
from app.flows.squad_files import SquadFiles
from app.flows.systems import Errors

_PAGE: Final = 200
"""Letters folded between two turns of the event loop, so that no door waits for a storm to be counted."""
_MOST: Final = 20_000
_COMPARED: Final = 2_000
_SUGGESTED: Final = 3
_TOTALS_WITHIN: Final = 3.0
"""Seconds."""
_log: Final = structlog.get_logger("settle")


class Desk(Protocol):
    """The mailroom, as settling a ticket needs it."""

    async def ticket(self, claim: Claim) -> Ticket | None: ...
    async def look(self, ticket_id: int) -> Ticket | None: ...
    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]: ...
    async def open_words(self, limit: int) -> tuple[tuple[int, str], ...]: ...
    async def finish(
        self, claim: Claim, *, through: int, now: datetime, gap: timedelta = ..., ticket: Ticket | None = None
    ) -> None: ...
    async def retry(
        self, claim: Claim, *, not_before: datetime, error: str, lane: int | None = None, counts: bool = True
    ) -> None: ...


class SettleTicket:
    """See the module's rule."""

    def __init__(
        self,
        desk: Desk,
        acts: Acts,
        bodies: Bodies,
        squad_files: SquadFiles,
        *,
        errors: Errors | None,
        now: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._errors = errors
        self._acts = acts
        self._bodies = bodies
        self._squad_files = squad_files
        self._now = now

    async def settle(self, claim: Claim, ticket: Ticket, most: int | None) -> None:
        """Settle all that is pending, or so many letters of it.

        Raises what the systems raise; then nothing of it is recorded but what was made.
        """
        repository = await self._squad_files.home() if ticket.issue is None else ticket.issue.repository
        squad = (await self._squad_files.of(repository)).squad
        settling = Settling(ticket, rules_of(squad), self._bodies.around_of)
        through = await self._take(claim, settling, _MOST if most is None else most)
        plan = settling.plan(self._now())
        if plan.wait_until is not None:
            await self._desk.retry(claim, not_before=plan.wait_until, error="", counts=False)
            return
        ticket = await self._with_totals(before=ticket, after=plan.ticket) if plan.actions else plan.ticket
        for action in await self._with_near_misses(plan):
            ticket = await self._acts.perform(claim, ticket, action)
        await self._desk.finish(claim, through=through, now=self._now(), gap=squad.tickets.gather, ticket=ticket)

    async def _take(self, claim: Claim, settling: Settling, most: int) -> int:
        through = taken = 0
        while taken < most:
            page = await self._desk.pending(claim, after=through, limit=min(_PAGE, most - taken))
            for letter in page:
                settling.take(letter.received_at, letter.mail)
            if not page:
                break
            through, taken = page[-1].seq, taken + len(page)
            await asyncio.sleep(0)
        return through

    async def _with_totals(self, *, before: Ticket, after: Ticket) -> Ticket:
        """An alert rule need not tell of every event, so the sender is asked for its totals, once a settle.

        They are worth a moment, and no more: without them the ticket tells what was counted here.
        """
        alert = after.latest
        new = before.counters.occurrences != after.counters.occurrences
        if self._errors is None or not new or alert is None or not alert.sender_ref:
            return after
        try:
            async with asyncio.timeout(_TOTALS_WITHIN):
                totals = await self._errors.totals(alert.sender_ref)
        except (SystemRefusedError, TimeoutError) as error:
            _log.warning("the sender does not tell its totals", ticket=after.id, error=str(error) or "too slow")
            return after
        counters = note_totals(after.counters, events=totals.events, users=totals.users)
        return msgspec.structs.replace(after, counters=counters)

    async def _with_near_misses(self, plan: Plan) -> tuple[Action, ...]:
        """A person's report that opens a ticket is told which open tickets look alike."""
        adopting = next((action for action in plan.actions if isinstance(action, AdoptIssue)), None)
        alert = plan.ticket.first
        if adopting is None or alert is None or not alert.words:
            return plan.actions
        near: list[tuple[float, int]] = []
        for ticket_id, words in await self._desk.open_words(_COMPARED):
            likeness = similarity(alert.words, words)
            if ticket_id != plan.ticket.id and likeness >= NEAR:
                near.append((likeness, ticket_id))
        found: list[IssueRef] = []
        for _, ticket_id in sorted(near, reverse=True)[:_SUGGESTED]:
            other = await self._desk.look(ticket_id)
            if other is not None and other.issue is not None:
                found.append(other.issue)
        told = msgspec.structs.replace(adopting, near=tuple(found))
        return tuple(told if action is adopting else action for action in plan.actions)


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
