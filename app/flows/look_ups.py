"""What a settle looks up besides its mail: what the sender has counted, and which tickets read the same.

Rules: the sender is asked for a moment only, for without it the ticket tells what was counted here. What reads the same
is known from the ledger: nobody is asked, and it is only told to people, never acted on.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.counting import note_totals
from app.decisions.remembering import earlier_of
from app.decisions.settling import Plan
from app.domain.actions import Action, AdoptIssue, OpenIssue
from app.domain.errors import SystemRefusedError
from app.domain.identity import NEAR, similarity
from app.domain.issues import IssueRef
from app.domain.tickets import Ticket
from app.flows.systems import Errors

_COMPARED: Final = 2_000
_SUGGESTED: Final = 3
_KIN: Final = 5
_KIN_ASKED: Final = 20
"""Of so many of the newest that read the same, those that are closed are named."""
_TOTALS_WITHIN: Final = 3.0
"""Seconds."""
_log: Final = structlog.get_logger("settle")


class Tickets(Protocol):
    """The ledger's tickets."""

    async def look(self, ticket_id: int) -> Ticket | None: ...
    async def kin(self, ticket_id: int, limit: int) -> tuple[int, ...]: ...
    async def open_words(self, limit: int) -> tuple[tuple[int, str], ...]: ...


class LookUps:
    """See the module's rules. `errors` is None where nothing can be asked of the sender."""

    def __init__(self, tickets: Tickets, *, errors: Errors | None) -> None:
        self._tickets = tickets
        self._errors = errors

    async def with_totals(self, *, before: Ticket, after: Ticket) -> Ticket:
        """An alert rule need not tell of every event, so the sender is asked for its totals, once a settle.

        They are worth a moment, and no more: without them the ticket tells what was counted here.
        """
        new = before.counters.occurrences != after.counters.occurrences
        return await self.counted_at_sender(after) if new else after

    async def counted_at_sender(self, ticket: Ticket) -> Ticket:
        """The ticket with what its sender has counted: while it is silent there, nothing else tells."""
        alert = ticket.latest
        if self._errors is None or alert is None or not alert.sender_ref:
            return ticket
        try:
            async with asyncio.timeout(_TOTALS_WITHIN):
                totals = await self._errors.totals(alert.sender_ref)
        except (SystemRefusedError, TimeoutError) as error:
            _log.warning("the sender does not tell its totals", ticket=ticket.id, error=str(error) or "too slow")
            return ticket
        counters = note_totals(ticket.counters, events=totals.events, users=totals.users, last_seen=totals.last_seen)
        return msgspec.structs.replace(ticket, counters=counters)

    async def with_kin(self, ticket: Ticket, actions: tuple[Action, ...]) -> Ticket:
        """A ticket that gets an issue knows which closed tickets read the same: the ledger tells, nobody is asked."""
        if not any(isinstance(action, OpenIssue | AdoptIssue) for action in actions):
            return ticket
        others = [await self._tickets.look(other) for other in await self._tickets.kin(ticket.id, _KIN_ASKED)]
        closed = [earlier for other in others if other is not None and (earlier := earlier_of(other)) is not None]
        return msgspec.structs.replace(ticket, kin=tuple(closed[:_KIN]))

    async def with_near_misses(self, plan: Plan) -> tuple[Action, ...]:
        """A person's report that opens a ticket is told which open tickets look alike."""
        adopting = next((action for action in plan.actions if isinstance(action, AdoptIssue)), None)
        alert = plan.ticket.first
        if adopting is None or alert is None or not alert.words:
            return plan.actions
        near: list[tuple[float, int]] = []
        for ticket_id, words in await self._tickets.open_words(_COMPARED):
            likeness = similarity(alert.words, words)
            if ticket_id != plan.ticket.id and likeness >= NEAR:
                near.append((likeness, ticket_id))
        found: list[IssueRef] = []
        for _, ticket_id in sorted(near, reverse=True)[:_SUGGESTED]:
            other = await self._tickets.look(ticket_id)
            if other is not None and other.issue is not None:
                found.append(other.issue)
        told = msgspec.structs.replace(adopting, near=tuple(found))
        return tuple(told if action is adopting else action for action in plan.actions)
