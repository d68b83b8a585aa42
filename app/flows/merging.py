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

from app.decisions import merging
from app.decisions.commands import duplicate_of
from app.domain.actions import Action, CloseAsDuplicate
from app.domain.mail import Commented
from app.domain.tickets import Ticket
from app.domain.wishes import DuplicateOf, IssueNamed
from app.flows.naming import Naming


class Merging:
    """See the module's rule."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    async def merge(
        self, ticket: Ticket, wish: DuplicateOf, said: Commented, operation: str
    ) -> tuple[Ticket, tuple[Action, ...]]:
        """The ticket as a duplicate, and what is to be done about it. Raises UserError where that can't be."""
        named = IssueNamed(number=wish.number, repository=wish.repository)
        other = await self._naming.ticket(named, said, duplicate_of.SPEC, "changes the ticket")
        merged = duplicate_of.decide(ticket, other, said.actor, said.at)
        if merged.duplicate_of is None:
            raise ValueError("A duplicate names the issue that it is one of.")
        news = merging.post(ticket.id, other.id, operation, merging.news_of(ticket), said.at)
        return merged, (CloseAsDuplicate(op=operation, by=said.actor, of=merged.duplicate_of), news)
