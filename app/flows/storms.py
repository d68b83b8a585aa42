"""Storms, looked up and recorded: which errors a storm takes, what its ticket shows, what is told to whom.

Rule: a member's settle calls nobody at GitHub. What is decided stands in `decisions/storming.py`, what is said in
`decisions/storm_news.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from app.decisions import storm_news
from app.decisions.routing import route
from app.decisions.storm_news import News
from app.decisions.storming import is_ended, is_member, may_wait
from app.domain.actions import Action, OpenIssue
from app.domain.alerts import Alert, Sender
from app.domain.identity import fingerprint
from app.domain.mailboxes import Claim
from app.domain.squad import Squad
from app.domain.storms import Beside, InStorm, Member, Storm, Wave
from app.domain.tickets import Routing, Ticket
from app.flows.opening import Opening
from app.flows.squad_files import InForce, SquadFiles
from app.flows.triage import Triage
from app.texts.ticket import headline, page_of


class Desk(Protocol):
    """The mailroom, as storms need it."""

    async def newcomer(self, claim: Claim, *, at: datetime, within: timedelta, most: int) -> Wave | None: ...
    async def end_wave(self, wave: int, now: datetime) -> None: ...
    async def look(self, ticket_id: int) -> Ticket | None: ...


class Storms:
    """See the module's rule."""

    def __init__(
        self, desk: Desk, opening: Opening, triage: Triage, squad_files: SquadFiles, *, now: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._opening = opening
        self._triage = triage
        self._squad_files = squad_files
        self._now = now

    async def caught(
        self, claim: Claim, ticket: Ticket, actions: tuple[Action, ...], squad: Squad
    ) -> tuple[Ticket, tuple[Action, ...]]:
        """The ticket and what is to be done; without the opening of an issue where a storm takes the error."""
        if not may_wait(ticket, actions):
            return ticket, actions
        if not is_member(ticket):
            joined = await self._joined(claim, ticket, squad)
            if joined is None:
                return ticket, actions
            ticket = await self._opening.routed_where_it_goes(ticket)
            ticket = msgspec.structs.replace(ticket, in_storm=joined)
        return ticket, tuple(action for action in actions if not isinstance(action, OpenIssue))

    async def _joined(self, claim: Claim, ticket: Ticket, squad: Squad) -> InStorm | None:
        rules, arrived = squad.storm, ticket.burst.first_at if ticket.burst is not None else None
        if rules is None or arrived is None:
            return None
        wave = await self._desk.newcomer(claim, at=arrived, within=rules.within, most=rules.errors)
        if wave is None:
            return None
        home = await self._squad_files.home()
        return InStorm(
            storm=fingerprint("storm", str(home.id), str(wave.id)),
            wave=wave,
            at=arrived,
            within=rules.within,
            most=rules.errors,
        )

    async def shown(self, ticket: Ticket, in_force: InForce) -> Ticket:
        """The storm's ticket with what its body shows of others: the tickets from before, and who answers."""
        storm = ticket.storm
        if storm is None:
            return ticket
        before = tuple([await self._looked_up(beside) for beside in storm.before])
        ticket = msgspec.structs.replace(ticket, storm=msgspec.structs.replace(storm, before=before))
        return ticket if ticket.issue is not None else await self._routed(ticket, storm, in_force)

    async def news(self, before: Ticket, ticket: Ticket, through: int) -> News:
        """What the settle has to say to other tickets. A storm that people ended is ended in the store, too."""
        storm = ticket.storm
        if storm is not None and is_ended(before, ticket):
            await self._desk.end_wave(storm.wave, self._now())
        return storm_news.news(before, ticket, through, self._now(), member_of)

    async def _looked_up(self, beside: Beside) -> Beside:
        if beside.issue is not None:
            return beside
        other = await self._desk.look(beside.ticket)
        return beside if other is None else msgspec.structs.replace(beside, issue=other.issue)

    async def _routed(self, ticket: Ticket, storm: Storm, in_force: InForce) -> Ticket:
        """A whole storm goes to the primary, else to who answers for what nobody owns; a part to its owner."""
        nobodys = Alert(sender=Sender.PERSON, title="", occurred_at=storm.began_at)
        fallback = route(nobodys, in_force.owners, in_force.squad)
        if storm.origin is not None:
            first = (storm.origin.owner, *(owner for member in storm.members[:1] for owner in member.owners))
        else:
            duty = await self._triage.on_duty(in_force)
            first = (duty.primary,) if duty is not None else ()
        owners = tuple(dict.fromkeys(login for login in (*first, *fallback.owners) if login))
        routing = Routing(
            owners=owners,
            app=_common({member.app for member in storm.members}),
            team=_common({member.team for member in storm.members}),
            notes=fallback.notes if not owners else (),
        )
        return msgspec.structs.replace(ticket, routing=routing, unassignable=())


def member_of(ticket: Ticket) -> Member:
    """The ticket as a storm lists it."""
    joined, counters = ticket.in_storm, ticket.counters
    if joined is None:
        raise ValueError("The ticket is in no storm.")
    return Member(
        ticket=ticket.id,
        headline=headline(ticket),
        at=joined.at,
        occurrences=counters.occurrences,
        users=counters.users,
        last_seen=counters.last_seen,
        owners=ticket.routing.owners,
        app=ticket.app,
        team=ticket.routing.team,
        link=page_of(ticket),
        impact=ticket.impact if ticket.suggestion is None else ticket.suggestion.impact,
        resolved=ticket.resolved_by_sender is not None,
        days=counters.days,
    )


def _common(names: set[str]) -> str:
    """The one that all have."""
    return next(iter(names)) if len(names) == 1 else ""
