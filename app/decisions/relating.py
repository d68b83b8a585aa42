"""Relating: what a settle takes and does about other tickets, and about a support ticket.

| what arrived                                 | what is done                                                         |
|----------------------------------------------|----------------------------------------------------------------------|
| another ticket is a duplicate of this one    | its counts are added; said where it was found worse than this one    |
| a duplicate is one no more                   | it is named no more; what it counted here stays                      |
| this ticket's own news, all the way round    | tickets are duplicates in a circle: it is taken out, and reopened    |
| a person reopened it                         | it is a duplicate no more; the other ticket is told                  |
| a support ticket's new text                  | shown; not counted, for it is the same ticket                        |
| somebody found a support ticket relevant     | routed, assigned, shown                                              |
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.decisions import merging
from app.domain.actions import Action, RefreshBody, TellParted, TellWorse
from app.domain.alerts import Alert, Sender
from app.domain.mail import TicketMerged, TicketParted
from app.domain.tickets import Ticket


class Relating:
    """See the module's table; each method that takes something returns the ticket after it."""

    def __init__(self, before: Ticket) -> None:
        self._before = before
        self._merged: list[TicketMerged] = []
        self._was: Ticket | None = None
        self._in_circle = False
        self._shown_anew = False

    def take(self, ticket: Ticket, item: TicketMerged | TicketParted, received_at: datetime) -> Ticket:
        """Another ticket's news, or this one's own, come round."""
        if isinstance(item, TicketParted):
            return merging.without(ticket, item.ticket)
        if item.ticket != ticket.id:
            self._merged.append(item)
            return merging.folded(ticket, item)
        if not ticket.merged_into:
            return ticket
        self._in_circle = True
        return self.part(ticket, received_at)

    def part(self, ticket: Ticket, at: datetime) -> Ticket:
        """It is a duplicate no more, if it was one."""
        if not ticket.merged_into:
            return ticket
        self._was = ticket
        return merging.apart(ticket, at)

    def support_again(self, ticket: Ticket, alert: Alert) -> Ticket:
        """The same support ticket, as it reads now."""
        first, latest = (
            alert if known is not None and known.sender is Sender.SUPPORT else known
            for known in (ticket.first, ticket.latest)
        )
        after = msgspec.structs.replace(ticket, first=first, latest=latest)
        self._shown_anew = self._shown_anew or after != ticket
        return after

    def actions(self, ticket: Ticket) -> list[Action]:
        """What is to be done about all of it; `ticket` is the one with everything taken."""
        actions: list[Action] = []
        if self._before.quiet and not ticket.quiet:
            actions.append(RefreshBody(reroute=True))
        for nth, news in enumerate(self._merged, start=1):
            if merging.is_worse(news, ticket):
                actions.append(TellWorse(op=f"{ticket.id}.worse.{news.ticket}.{ticket.notices + nth}", merged=news))
        if self._shown_anew or ticket.duplicates != self._before.duplicates:
            actions.append(RefreshBody())
        if self._was is not None and ticket.opened_at is not None:
            operation = f"{ticket.id}.parted.{int(ticket.opened_at.timestamp())}"
            actions.append(TellParted(op=operation, was=self._was.duplicate_of, in_circle=self._in_circle))
            news_of_it = TicketParted(ticket=ticket.id)
            actions.append(merging.post(ticket.id, self._was.merged_into, operation, news_of_it, ticket.opened_at))
            actions.append(RefreshBody())
        return actions
