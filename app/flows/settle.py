"""Settling a mailbox, whichever it is: a ticket's, a post-mortem's, one that speaks to Slack, one of the office's."""

from __future__ import annotations

from typing import Final, Protocol

from app.domain.mailboxes import POST_MORTEM, Claim
from app.domain.tickets import Ticket
from app.flows.settle_office import SettleOffice
from app.flows.settle_post_mortem import SettlePostMortem
from app.flows.settle_slack import SettleSlack
from app.flows.settle_ticket import SettleTicket

_SLACKS: Final = ("slack:", "ticket:")
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

    async def __call__(self, claim: Claim, most: int | None) -> None:
        """Settle the mailbox, or so many letters of it. Raises what the systems raise."""
        ticket = await self._desk.ticket(claim)
        if ticket is not None:
            await self._ticket.settle(claim, ticket, most)
        elif claim.key.startswith(POST_MORTEM):
            await self._post_mortem.settle(claim, most)
        elif self._slack is not None and claim.key.startswith(_SLACKS):
            await self._slack.settle(claim, most)
        else:
            await self._office.settle(claim)
