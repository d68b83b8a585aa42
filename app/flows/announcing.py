"""Announcing: what a ticket's settle has to say to the squad's channel, as letters to the mailbox that speaks to Slack.

| when                                              | what is said                                               |
|---------------------------------------------------|------------------------------------------------------------|
| a settle ends, and its ticket's message would     | the ticket's message shall show it                         |
| show something else (`decisions/announcing.py`)   |                                                            |
| a settle ends in which the duty was handed over   | who is on duty now                                         |
| a severe ticket's settle fails: GitHub is down,   | the ticket's message shall show it, all the same: people   |
| slow, or refuses                                  | can be called there, though not on GitHub                  |

Rules: nothing is said to Slack here. The letters are saved in the commit that ends the settle, and are settled by
themselves (`settle_slack.py`): so Slack can hold up no ticket, and each thing is said once. A squad's file without the
section `slack` says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from app.decisions import announcing
from app.domain.actions import Action, Tell
from app.domain.alerts import Impact
from app.domain.announcements import Shown, Standing
from app.domain.duty import Handover
from app.domain.issues import Repository
from app.domain.mail import ByKey, HandedOver, Letter, Pressed, ShowInSlack
from app.domain.mailboxes import URGENT, announcement_key
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.flows.pressing import Pressing
from app.flows.squad_files import InForce
from app.flows.triage import Heard
from app.texts.ticket import title

_SENDER: Final = "announcing"


class Announcing:
    """See the module's table."""

    def __init__(self, pressing: Pressing, *, now: Callable[[], datetime]) -> None:
        self._pressing = pressing
        self._now = now

    async def pressed(self, ticket: Ticket, press: Pressed, in_force: InForce) -> Heard:
        """See `pressing.py`."""
        return await self._pressing.pressed(ticket, press, in_force)

    def at_the_end(
        self, ticket: Ticket, actions: Sequence[Action], squad: Squad, repository: Repository
    ) -> tuple[Ticket, tuple[Letter, ...]]:
        """The ticket, and the letters to be saved with it."""
        if squad.slack is None:
            return ticket, ()
        now = self._now()
        letters = list(_handovers(ticket, actions, repository, now))
        shown = _shown(ticket, squad, repository)
        if shown is not None and (digest := announcing.digest(shown)) != ticket.announced:
            letters.append(_letter(shown, f"{ticket.id}:{now.isoformat()}", now))
            ticket = msgspec.structs.replace(ticket, announced=digest)
        return ticket, tuple(letters)

    def all_the_same(self, ticket: Ticket, squad: Squad, repository: Repository) -> Letter | None:
        """What of a severe ticket is said though its settle fails; the same while nothing of it changes."""
        if squad.slack is None or ticket.impact is not Impact.SEVERE:
            return None
        shown = _shown(ticket, squad, repository)
        if shown is None or (digest := announcing.digest(shown)) == ticket.announced:
            return None
        return _letter(shown, f"{ticket.id}:{digest}", self._now())


def _shown(ticket: Ticket, squad: Squad, repository: Repository) -> Shown | None:
    return announcing.shown(ticket, title=title(ticket), repository=repository, everybody=squad.severe.ping)


def _letter(shown: Shown, delivery_id: str, now: datetime) -> Letter:
    return Letter(
        sender=_SENDER,
        delivery_id=delivery_id,
        address=ByKey(key=announcement_key(shown.ticket)),
        mail=ShowInSlack(shown=shown),
        received_at=now,
        prompt=True,
        priority=URGENT if shown.standing is Standing.SEVERE else 0,
    )


def _handovers(ticket: Ticket, actions: Sequence[Action], repository: Repository, now: datetime) -> tuple[Letter, ...]:
    return tuple(
        Letter(
            sender=_SENDER,
            delivery_id=action.op,
            address=ByKey(key=announcement_key(ticket.id)),
            mail=HandedOver(
                handover=action.what,
                by=action.to,
                repository=repository,
                url=ticket.issue.url if ticket.issue is not None else "",
            ),
            received_at=now,
            prompt=True,
        )
        for action in actions
        if isinstance(action, Tell) and isinstance(action.what, Handover) and action.what.changed
    )
