"""Paging: PagerDuty is told of what is severe, ahead of everything that is done on GitHub.

| what becomes of it                     | what is done                                                                |
|----------------------------------------|-----------------------------------------------------------------------------|
| it is taken                            | remembered at once, in a commit of its own: a settle that fails later on,   |
|                                        | and is done again, does not tell it again, and knows what to take back      |
| PagerDuty is down, slow, or has enough | the settle goes on; again after a minute, or when PagerDuty says so         |
| it calls the event or its key wrong    | the settle goes on; again after a quarter of an hour                        |

Rules: PagerDuty never makes a settle fail, and keeps it for a few seconds at most. What could not be told stands on the
ticket until it is. A step that failed waits for its time; another step does not wait for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions import paging, pinging
from app.decisions.business_time import Calendar
from app.decisions.routing import app_of
from app.domain.actions import Action, Reopen
from app.domain.errors import LaterError, SystemRefusedError
from app.domain.paging import Page, PageEvent, Step, Unpaged
from app.domain.tickets import Ticket
from app.flows.duty import Memory
from app.flows.squad_files import InForce, SquadFiles
from app.flows.triage import rules_of
from app.texts.pages import Around, page

WITHIN: Final = 5.0
"""Seconds that all steps of one settle may take together."""
_SOON: Final = timedelta(minutes=1)
_PERSON: Final = timedelta(minutes=15)
"""What a person must mend is not mended sooner."""
_MOST_STEPS: Final = 4
_log: Final = structlog.get_logger("paging")


class Pager(Protocol):
    """PagerDuty, or what takes its place."""

    async def send(self, event: PageEvent) -> None:
        """Tell it; the same event may be sent again. Raises a SystemRefusedError that is never in doubt."""


class Paging:
    """See the module's rules. `pager` is None where none is configured; `pages` is where GitHub's pages are."""

    def __init__(
        self,
        pager: Pager | None,
        memory: Memory,
        squad_files: SquadFiles,
        *,
        pages: str,
        now: Callable[[], datetime],
    ) -> None:
        self._pager = pager
        self._memory = memory
        self._squad_files = squad_files
        self._pages = pages
        self._now = now

    async def told(self, ticket: Ticket, in_force: InForce, actions: tuple[Action, ...] = ()) -> Ticket:
        """The ticket once PagerDuty was told all that there is to tell, as it will be after these actions."""
        if self._pager is None:
            return msgspec.structs.replace(ticket, unpaged=None)  # there may have been one before
        known = await self._memory.recall(_name(ticket))
        if known is not None:
            ticket = msgspec.structs.replace(ticket, paged=msgspec.json.decode(known, type=Page))
        heard = in_force.squad.severe.pagerduty and paging.is_heard(ticket, actions)
        returns = any(isinstance(action, Reopen) for action in actions)
        acknowledged = not returns and self._is_acknowledged(ticket, in_force)
        deadline = asyncio.get_running_loop().time() + WITHIN
        for _ in range(_MOST_STEPS):
            step = paging.next_step(ticket.paged, heard=heard, acknowledged=acknowledged)
            if step is None:
                return msgspec.structs.replace(ticket, unpaged=None)
            if self._waits(ticket, step):
                break
            ticket = await self._take(self._pager, ticket, step, in_force, deadline)
        return ticket

    def _is_acknowledged(self, ticket: Ticket, in_force: InForce) -> bool:
        opened_at = ticket.opened_at or ticket.counters.first_seen
        later = Calendar(in_force.squad).later
        return opened_at is not None and pinging.is_acknowledged(
            ticket, rules_of(in_force.squad), opened_at=opened_at, later=later, now=self._now()
        )

    def _waits(self, ticket: Ticket, step: Step) -> bool:
        unpaged = ticket.unpaged
        return unpaged is not None and unpaged.step == step and self._now() < unpaged.again_at

    async def _take(self, pager: Pager, ticket: Ticket, step: Step, in_force: InForce, deadline: float) -> Ticket:
        home = await self._squad_files.home()
        repository = home if ticket.issue is None else ticket.issue.repository
        around = Around(
            home=home.id,
            repository=repository.name,
            app=_app(ticket, in_force),
            tickets_url=f"{self._pages}/{repository.name}/labels/impact:severe",
            now=self._now(),
        )
        try:
            async with asyncio.timeout_at(deadline):
                await pager.send(page(ticket, step, around))
        except SystemRefusedError as error:
            return self._failed(ticket, step, error)
        except TimeoutError:
            return self._failed(ticket, step, LaterError("PagerDuty is too slow; it is tried again."))
        told = Page(number=step.number, told=step.told, at=self._now())
        await self._memory.remember(_name(ticket), msgspec.json.encode(told), self._now())
        _log.info("PagerDuty was told", ticket=ticket.id, page=step.number, told=step.told.value)
        return msgspec.structs.replace(ticket, paged=told, unpaged=None)

    def _failed(self, ticket: Ticket, step: Step, error: SystemRefusedError) -> Ticket:
        pause = _SOON if isinstance(error, LaterError) else _PERSON
        at = (error.not_before if isinstance(error, LaterError) else None) or self._now() + pause
        _log.error("PagerDuty was not told", ticket=ticket.id, told=step.told.value, error=str(error), again=str(at))
        return msgspec.structs.replace(ticket, unpaged=Unpaged(step=step, why=str(error), again_at=at))


def _app(ticket: Ticket, in_force: InForce) -> str:
    alert = ticket.latest or ticket.first
    if alert is None:
        return ticket.app_named
    return app_of(msgspec.structs.replace(alert, app=ticket.app_named or alert.app), in_force.squad)


def _name(ticket: Ticket) -> str:
    return f"page:{ticket.id}"
