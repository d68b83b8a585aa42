"""Beginning: a post-mortem that people opened by the form, or by its label, gets the App's part.

| the text                                     | what is added, below what people wrote                                |
|----------------------------------------------|-----------------------------------------------------------------------|
| has the App's part already                   | nothing; its ticket is known by the part's state, if that names it,   |
|                                              | too                                                                   |
| names tickets                                | the draft of the first, which tells of the others                     |
| names none                                   | who is on duty now, and how tickets are added                         |
| lacks headings of sections                   | these, empty, below that; only now: taken out, they stay out          |

Rule: it is one call that writes, and no comment. What a text names in another repository counts only where whoever
opened the issue may triage there: a link must not tell them more than they may read.
"""

from __future__ import annotations

from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.decisions.moving import is_post_mortem
from app.domain.post_mortems import PostMortem
from app.domain.tickets import Pair, Ticket
from app.flows.drafting import Drafting
from app.flows.naming import Naming
from app.flows.settle_post_mortem import Work
from app.flows.squad_files import InForce
from app.intake.links import issues_in
from app.intake.post_mortem import missing_in
from app.texts import post_mortem, post_mortem_begun
from app.texts.body import Part, merged, part_in, split, state_in

_log: Final = structlog.get_logger("post-mortems")


class OnDuty(Protocol):
    """Who is on duty."""

    async def pair(self, in_force: InForce) -> Pair: ...


class Beginning:
    """See the module's table."""

    def __init__(self, drafting: Drafting, naming: Naming, on_duty: OnDuty) -> None:
        self._drafting = drafting
        self._naming = naming
        self._on_duty = on_duty

    async def begin(self, work: Work, record: PostMortem) -> PostMortem:
        """The record of what was begun. Raises what GitHub raises."""
        seen = await work.sheet.seen()
        if part_in(seen.body):
            state = state_in(seen.body)
            (ticket,) = await self._drafting.tickets((state.ticket,) if state is not None else ()) or (None,)
            known = (ticket,) if ticket is not None and is_post_mortem(ticket, seen.ref) else ()
            return about(msgspec.structs.replace(record, begun=True), known)
        people = split(seen.body)
        named = issues_in(f"{seen.title}\n{people.before}\n{people.after}")
        tickets = await self._naming.linked(named, seen.ref.repository, seen.author)
        record = about(msgspec.structs.replace(record, begun=True), tickets)
        if not record.tickets:
            record = msgspec.structs.replace(record, on_duty=await self._on_duty.pair(work.in_force))
        part = await self.part(work, record)
        await work.sheet.write(lambda body: post_mortem_begun.body(body, part, missing_in(body)))
        return record

    async def refresh(self, work: Work, record: PostMortem) -> None:
        """The App's part as it is now, around what people wrote. Raises what GitHub raises."""
        await work.sheet.seen()  # first, for its part is drawn up for where it is now
        part = await self.part(work, record)
        await work.sheet.write(lambda body: merged(split(body), part))

    async def part(self, work: Work, record: PostMortem) -> Part:
        """What the App says in it."""
        tickets = await self._drafting.tickets(record.tickets)
        if not tickets:
            zone = ZoneInfo(work.in_force.squad.time_zone)
            begun = post_mortem_begun.Begun(
                at=record.began_at,
                on_duty=record.on_duty,
                lead=record.lead,
                notes=record.notes,
                zone=zone,
                zone_name=work.in_force.squad.time_zone,
            )
            return post_mortem_begun.part(begun)
        view = await self._drafting.view(tickets[0], tickets[1:], work.sheet.issue.repository, record.notes)
        return post_mortem.part(tickets[0], view)


def about(record: PostMortem, tickets: tuple[Ticket, ...]) -> PostMortem:
    """The record with these tickets as part of it, too; the first one of all says who was on duty."""
    if not tickets:
        return record
    if not record.tickets:
        first = tickets[0]
        lead = first.routing.owners[0] if first.routing.owners else ""
        record = msgspec.structs.replace(record, on_duty=first.on_duty, lead=lead)
    return msgspec.structs.replace(
        record,
        tickets=tuple(dict.fromkeys((*record.tickets, *(ticket.id for ticket in tickets)))),
        apps=tuple(dict.fromkeys((*record.apps, *(ticket.app for ticket in tickets if ticket.app)))),
    )
