"""Drafting: the App's part of a post-mortem's text, from the tickets that it is about.

Rule: the first ticket is the one that it was drafted from, and gives it its shape; the others, and what
`flows/outages.py` finds around them, are told of beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from app.domain.history import Happened
from app.domain.issues import Repository
from app.domain.tickets import Ticket
from app.flows.outages import Outages
from app.flows.squad_files import SquadFiles
from app.texts.post_mortem import View


class Desk(Protocol):
    """The mailroom, as drafting needs it."""

    async def look(self, ticket_id: int) -> Ticket | None: ...


class Drafting:
    """See the module's rule."""

    def __init__(self, desk: Desk, squad_files: SquadFiles, outages: Outages, *, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._outages = outages
        self._squad_files = squad_files
        self._now = now

    async def tickets(self, ids: Sequence[int]) -> tuple[Ticket, ...]:
        """Those of them that there are, in their order."""
        looked = [await self._desk.look(number) for number in dict.fromkeys(ids)]
        return tuple(ticket for ticket in looked if ticket is not None)

    async def view(
        self, ticket: Ticket, named: tuple[Ticket, ...], repository: Repository, notes: tuple[Happened, ...] = ()
    ) -> View:
        """What the text needs besides the ticket, in a post-mortem of this repository. Raises what GitHub raises.

        `notes` are what people put on the timeline on the post-mortem itself.
        """
        squad = (await self._squad_files.of(repository)).squad
        others, around = await self._outages.around(ticket, named, squad)
        return View(
            operation=f"{ticket.id}.post-mortem.{ticket.opened + 1}",
            zone=ZoneInfo(squad.time_zone),
            zone_name=squad.time_zone,
            now=self._now(),
            others=others,
            around=around,
            notes=notes,
        )
