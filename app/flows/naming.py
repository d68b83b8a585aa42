"""Naming: which tickets a command means by the issues that it names.

| the issue named                                  | is                                                            |
|--------------------------------------------------|---------------------------------------------------------------|
| in a repository that the App does not know       | refused                                                       |
| … where the one who asks may not triage          | refused: they might not even read it, or must not change it   |
| no ticket's                                      | refused: with how to make it one                              |
| a ticket's, or one that it once had              | that ticket                                                   |
"""

from __future__ import annotations

from typing import Protocol

from app.decisions.commands import Spec, may, post_mortem
from app.domain.errors import UserError
from app.domain.issues import Repository
from app.domain.mail import Commented
from app.domain.tickets import Ticket
from app.domain.wishes import IssueNamed
from app.flows.squad_files import SquadFiles


class Desk(Protocol):
    """The mailroom, as naming needs it."""

    async def ticket_at(self, repository_id: int, number: int) -> int | None: ...
    async def look(self, ticket_id: int) -> Ticket | None: ...


class People(Protocol):
    """What GitHub knows of people."""

    async def permission(self, repository: Repository, login: str) -> str: ...


class Naming:
    """See the module's table."""

    def __init__(self, desk: Desk, squad_files: SquadFiles, people: People, *, ticket_label: str) -> None:
        self._desk = desk
        self._squad_files = squad_files
        self._people = people
        self._ticket_label = ticket_label

    async def ticket(self, named: IssueNamed, said: Commented, spec: Spec, does: str) -> Ticket:
        """The ticket that a command names. Raises UserError where it can't be; and what GitHub raises.

        `does` is what the command does there: why the right to it is needed there, too.
        """
        repository = await self._repository(named, said, spec, does)
        ticket = await self._at(repository, named.number)
        if ticket is None:
            name = f"{repository.name}#{named.number}"
            raise UserError(
                f"`{name}` is no ticket. Label it `{self._ticket_label}`, or write `/prod-alert` there, first."
            )
        return ticket

    async def tickets(self, named: tuple[IssueNamed, ...], said: Commented) -> tuple[Ticket, ...]:
        """The tickets of a post-mortem, each once. Raises as `ticket` does, for the first that can't be."""
        found = [await self.ticket(issue, said, post_mortem.SPEC, "tells of the ticket") for issue in named]
        return tuple({ticket.id: ticket for ticket in found}.values())

    async def linked(self, named: tuple[IssueNamed, ...], here: Repository, author: str) -> tuple[Ticket, ...]:
        """The tickets among issues that a text links; what is none, or may not be read by its author, is left out."""
        found: dict[int, Ticket] = {}
        for issue in named:
            ticket = await self._linked(issue, here, author)
            if ticket is not None:
                found[ticket.id] = ticket
        return tuple(found.values())

    async def _linked(self, issue: IssueNamed, here: Repository, author: str) -> Ticket | None:
        if not issue.repository or issue.repository.casefold() == here.name.casefold():
            return await self._at(here, issue.number)
        repository = await self._squad_files.find(issue.repository)
        if repository is None or not author:
            return None
        if not may(post_mortem.SPEC, await self._people.permission(repository, author), on_duty=False):
            return None
        return await self._at(repository, issue.number)

    async def _at(self, repository: Repository, number: int) -> Ticket | None:
        known = await self._desk.ticket_at(repository.id, number)
        return await self._desk.look(known) if known is not None else None

    async def _repository(self, issue: IssueNamed, said: Commented, spec: Spec, does: str) -> Repository:
        here = said.issue.repository
        if not issue.repository or issue.repository.casefold() == here.name.casefold():
            return here
        found = await self._squad_files.find(issue.repository)
        if found is None:
            raise UserError(
                f"The App is not installed on `{issue.repository}`, so it keeps no tickets there. Name a ticket "
                "that is where it is installed."
            )
        permission = await self._people.permission(found, said.actor)
        if not may(spec, permission, on_duty=False):
            raise UserError(
                f"`/{spec.name}` {does} in `{found.name}`, too, and {said.actor} has `{permission}` there. Ask "
                "somebody who may triage in both repositories."
            )
        return found
