"""Merging: `/duplicate-of` carried out; the other ticket is looked up, and asked for whether one may.

| the other issue                                  | what is done                                                  |
|--------------------------------------------------|---------------------------------------------------------------|
| is in a repository that the App does not know    | refused                                                       |
| … where the one who asks may not triage          | refused: it changes the ticket there                          |
| is no ticket's                                   | refused: with how to make it one                              |
| is a ticket's                                    | see `decisions/commands/duplicate_of.py`                      |

Rule: this ticket is a duplicate, and the other one is told what it counted, in one commit.
"""

from __future__ import annotations

from typing import Protocol

from app.decisions import merging
from app.decisions.commands import COMMANDS, duplicate_of, may
from app.domain.actions import Action, CloseAsDuplicate
from app.domain.errors import UserError
from app.domain.issues import Repository
from app.domain.mail import Commented
from app.domain.tickets import Ticket
from app.domain.wishes import DuplicateOf
from app.flows.squad_files import SquadFiles


class Desk(Protocol):
    """The mailroom, as merging needs it."""

    async def ticket_at(self, repository_id: int, number: int) -> int | None: ...
    async def look(self, ticket_id: int) -> Ticket | None: ...


class People(Protocol):
    """What GitHub knows of people."""

    async def permission(self, repository: Repository, login: str) -> str: ...


class Merging:
    """See the module's rule."""

    def __init__(self, desk: Desk, squad_files: SquadFiles, people: People) -> None:
        self._desk = desk
        self._squad_files = squad_files
        self._people = people

    async def merge(
        self, ticket: Ticket, wish: DuplicateOf, said: Commented, operation: str
    ) -> tuple[Ticket, tuple[Action, ...]]:
        """The ticket as a duplicate, and what is to be done about it. Raises UserError where that can't be."""
        other = await self._other(wish, said)
        merged = duplicate_of.decide(ticket, other, said.actor, said.at)
        if merged.duplicate_of is None:
            raise ValueError("A duplicate names the issue that it is one of.")
        news = merging.post(ticket.id, other.id, operation, merging.news_of(ticket), said.at)
        return merged, (CloseAsDuplicate(op=operation, by=said.actor, of=merged.duplicate_of), news)

    async def _other(self, wish: DuplicateOf, said: Commented) -> Ticket:
        repository = await self._repository(wish, said)
        name = f"{repository.name}#{wish.number}"
        number = await self._desk.ticket_at(repository.id, wish.number)
        other = await self._desk.look(number) if number is not None else None
        if other is None:
            raise UserError(f"`{name}` is no ticket. Label it `prod-alert`, or write `/prod-alert` there, first.")
        return other

    async def _repository(self, wish: DuplicateOf, said: Commented) -> Repository:
        here = said.issue.repository
        if not wish.repository or wish.repository.casefold() == here.name.casefold():
            return here
        found = await self._squad_files.find(wish.repository)
        if found is None:
            raise UserError(
                f"The App is not installed on `{wish.repository}`, so it keeps no tickets there. Name a ticket that is "
                "where it is installed."
            )
        permission = await self._people.permission(found, said.actor)
        if not may(COMMANDS[duplicate_of.SPEC.name], permission, on_duty=False):
            raise UserError(
                f"`/duplicate-of` changes the ticket in `{found.name}`, too, and {said.actor} has `{permission}` "
                "there. Ask somebody who may triage in both repositories."
            )
        return found
