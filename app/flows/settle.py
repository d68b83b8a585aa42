"""Settling a mailbox, whichever it is: a ticket's, or one of the office's."""

from __future__ import annotations

from typing import Protocol

from app.domain.mailboxes import Claim
from app.domain.tickets import Ticket
from app.flows.settle_office import SettleOffice
from app.flows.settle_ticket import SettleTicket


class Desk(Protocol):
    """The mailroom, as this choice needs it."""

    async def ticket(self, claim: Claim) -> Ticket | None: ...


class Settle:
    """What the worker calls for each claim."""

    def __init__(self, desk: Desk, ticket: SettleTicket, office: SettleOffice) -> None:
        self._desk = desk
        self._ticket = ticket
        self._office = office

    async def __call__(self, claim: Claim, most: int | None) -> None:
        """Settle the mailbox, or so many letters of it. Raises what the systems raise."""
        ticket = await self._desk.ticket(claim)
        if ticket is None:
            await self._office.settle(claim)
        else:
            await self._ticket.settle(claim, ticket, most)
