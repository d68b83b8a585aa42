"""Settling a mailbox, whichever it is: a ticket's, a post-mortem's, one that speaks to Slack, one of the office's."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from app.domain.mailboxes import Claim, Kind, kind_of
from app.domain.tickets import Ticket
from app.flows.settle_office import SettleOffice
from app.flows.settle_post_mortem import SettlePostMortem
from app.flows.settle_slack import SettleSlack
from app.flows.settle_ticket import SettleTicket

_SLACKS: Final = (Kind.SLACK, Kind.TICKET)
"""Slack's own mailboxes; and what came from Slack about a ticket that is not there."""


class Desk(Protocol):
    """The mailroom, as this choice needs it."""

    async def ticket(self, claim: Claim) -> Ticket | None: ...


class Settle:
    """What the worker calls for each claim. `slack` is None where nothing is said there."""

    def __init__(
        self,
        desk: Desk,
        ticket: SettleTicket,
        post_mortem: SettlePostMortem,
        office: SettleOffice,
        slack: SettleSlack | None,
    ) -> None:
        self._desk = desk
        self._ticket = ticket
        self._post_mortem = post_mortem
        self._office = office
        self._slack = slack

    async def __call__(self, claim: Claim, most: int | None) -> datetime | None:
        """Settle the mailbox, or so many letters of it; until when it waits, where it was given back for that.

        Raises what the systems raise.
        """
        ticket = await self._desk.ticket(claim)
        if ticket is not None:
            return await self._ticket.settle(claim, ticket, most)
        kind = kind_of(claim.key)
        if kind is Kind.POST_MORTEM:
            await self._post_mortem.settle(claim, most)
            return None
        if self._slack is not None and kind in _SLACKS:
            await self._slack.settle(claim, most)
            return None
        return await self._office.settle(claim)
