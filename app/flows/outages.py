"""Outages: all that a post-mortem tells besides the tickets it was asked for: which others are part of it, what was
changed around the beginning, which tickets came at that time.

| a ticket that is told of                         | brings with it                                                   |
|--------------------------------------------------|------------------------------------------------------------------|
| any                                              | those that are duplicates of it                                  |
| a storm's                                        | the storm's errors, those with tickets of their own, too         |
| one that came with a storm                       | the storm's ticket, and with it the others                       |
| the one that it was asked for                    | those whose error reads the same and that came at that time      |

| read                                             | calls of GitHub                                                  |
|--------------------------------------------------|------------------------------------------------------------------|
| tickets, and which came on the first day of it   | none: the ledger knows                                           |
| deployments, merges, releases                    | one for each repository of the apps, at most three               |

Rule: whatever can't be read here hinders no post-mortem: it is said in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.changing import told
from app.domain.errors import SystemRefusedError
from app.domain.issues import Repository
from app.domain.squad import Squad
from app.domain.surroundings import Change, ChangesSeen, Gap, Surroundings, span_of
from app.domain.tickets import Ticket
from app.flows.squad_files import SquadFiles, redactor_of

MOST_TICKETS: Final = 40
"""Tickets that are looked up as part of one outage."""
MOST_ALSO: Final = 10
_ASKED_ALSO: Final = 200
_A_DAY: Final = timedelta(days=1)
_KIN: Final = 20
_MOST_REPOSITORIES: Final = 3
_LONGEST_TITLE: Final = 300
_log: Final = structlog.get_logger("outages")


class Tickets(Protocol):
    """The ledger's tickets."""

    async def look(self, ticket_id: int) -> Ticket | None: ...
    async def ticket_at(self, repository_id: int, number: int) -> int | None: ...
    async def kin(self, ticket_id: int, limit: int) -> tuple[int, ...]: ...
    async def opened_between(self, since: datetime, until: datetime, limit: int) -> tuple[int, ...]: ...


class Changes(Protocol):
    """How repositories were changed."""

    async def around(
        self,
        repository: Repository,
        began: datetime,
        ended: datetime,
        look_back: timedelta,
        environments: Sequence[str],
    ) -> ChangesSeen:
        """One call, which raises nothing: what can't be read is said."""


class Outages:
    """See the module's tables."""

    def __init__(
        self, tickets: Tickets, changes: Changes, squad_files: SquadFiles, *, now: Callable[[], datetime]
    ) -> None:
        self._tickets = tickets
        self._changes = changes
        self._squad_files = squad_files
        self._now = now

    async def around(
        self, asked: Ticket, named: Sequence[Ticket], squad: Squad
    ) -> tuple[tuple[Ticket, ...], Surroundings]:
        """The other tickets that are part of it, those that were named first; and what was going on around it."""
        began, ended = span_of((asked, *named), self._now())
        kin = await self._kin(asked, began - squad.post_mortem.look_back, ended)
        others, left_out = await self._involved(asked, (*named, *kin))
        repositories = await self._repositories((asked, *others), squad)
        read = repositories[:_MOST_REPOSITORIES]
        changes, last, gaps = await self._changed(read, squad, began, ended)
        also, more = await self._also((asked, *others), began, ended)
        return others, Surroundings(
            changes=changes,
            last_before=last,
            gaps=gaps,
            unasked=len(repositories) - len(read),
            also=also,
            more=more,
            left_out=left_out,
        )

    async def _involved(self, asked: Ticket, named: Sequence[Ticket]) -> tuple[tuple[Ticket, ...], int]:
        found = {ticket.id: ticket for ticket in (asked, *named)}
        waiting = [number for ticket in found.values() for number in await self._brought_by(ticket)]
        left_out: set[int] = set()
        while waiting:
            number = waiting.pop(0)
            if number in found or number in left_out:
                continue
            if len(found) >= MOST_TICKETS:
                left_out.add(number)
                continue
            ticket = await self._tickets.look(number)
            if ticket is not None:
                found[number] = ticket
                waiting += await self._brought_by(ticket)
        del found[asked.id]
        return tuple(found.values()), len(left_out)

    async def _kin(self, asked: Ticket, since: datetime, until: datetime) -> list[Ticket]:
        """What has gone wrong for the same reason, as far as words can tell: one database away fails many apps."""
        looked = [await self._tickets.look(number) for number in await self._tickets.kin(asked.id, _KIN)]
        return [
            ticket
            for ticket in reversed(looked)
            if ticket is not None and ticket.opened_at is not None and since <= ticket.opened_at <= until
        ]

    async def _brought_by(self, ticket: Ticket) -> list[int]:
        brought = [duplicate.ticket for duplicate in ticket.duplicates]
        if ticket.storm is not None:
            storm = ticket.storm
            brought += [beside.ticket for beside in (*storm.before, *storm.own)]
            brought += [member.ticket for member in storm.members]
        parent = ticket.in_storm.parent if ticket.in_storm is not None else None
        if parent is not None:
            storms = await self._tickets.ticket_at(parent.repository.id, parent.number)
            brought += [storms] if storms is not None else []
        return brought

    async def _changed(
        self, repositories: Sequence[Repository], squad: Squad, began: datetime, ended: datetime
    ) -> tuple[tuple[Change, ...], Change | None, tuple[Gap, ...]]:
        rules, found, gaps = squad.post_mortem, list[Change](), list[Gap]()
        for repository in repositories:
            seen = await self._changes.around(repository, began, ended, rules.look_back, rules.environments)
            if seen.unread or seen.cut:
                gaps.append(Gap(repository=repository.name, unread=seen.unread, cut=seen.cut))
            found += seen.changes
        changes, last = told(found, began, ended, rules.look_back)
        titles = redactor_of(squad).redact_all([change.title[:_LONGEST_TITLE] for change in changes])
        named = tuple(
            msgspec.structs.replace(change, title=title) for change, title in zip(changes, titles, strict=True)
        )
        return named, last, tuple(gaps)

    async def _repositories(self, tickets: Sequence[Ticket], squad: Squad) -> list[Repository]:
        """Of each ticket the app's repository by the squad's file, else the ticket's own."""
        found: dict[int, Repository] = {}
        by_name: dict[str, Repository | None] = {"": None}
        for ticket in tickets:
            project = next((alert.project for alert in ticket.alerts if alert.project), "")
            app = squad.app_of(project) or squad.app_called(ticket.app)
            name = app.repository if app is not None else ""
            if name not in by_name:
                by_name[name] = await self._named(name)
            repository = by_name[name]
            if repository is None and ticket.issue is not None:
                repository = ticket.issue.repository
            if repository is not None:
                found.setdefault(repository.id, repository)
        return list(found.values())

    async def _named(self, name: str) -> Repository | None:
        try:
            return await self._squad_files.find(name)
        except SystemRefusedError as error:
            _log.warning("an app's repository could not be looked up", name=name, error=str(error))
            return None

    async def _also(
        self, tickets: Sequence[Ticket], began: datetime, ended: datetime
    ) -> tuple[tuple[Ticket, ...], int]:
        known = {ticket.id for ticket in tickets}
        until = min(ended, began + _A_DAY)  # what comes later has nothing to do with how it began
        ids = await self._tickets.opened_between(began, until, _ASKED_ALSO + len(known))
        looked = [await self._tickets.look(number) for number in ids if number not in known]
        also = [ticket for ticket in looked if ticket is not None and ticket.issue is not None and not ticket.quiet]
        return tuple(also[:MOST_ALSO]), len(also[MOST_ALSO:])
