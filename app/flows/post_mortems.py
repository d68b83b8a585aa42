"""Post-mortems: an issue of its own for what a ticket is about, opened once and then brought up to date.

| the ticket's post-mortem                     | what is done                                                        |
|----------------------------------------------|---------------------------------------------------------------------|
| there is none, or it was deleted             | it is opened in the ticket's repository, labelled `post-mortem`     |
| an earlier try opened it                     | that one is taken                                                   |
| there is one                                 | the App's part of it is written anew, around what people wrote; the |
|                                              | ticket that it began with stays the first one                       |
| it can't be written to                       | it stays as it is, and that is said                                 |
| `/post-mortem … #12 #15`                     | those tickets are told of in it, too, from then on                  |
| `/action` on the ticket                      | the post-mortem's mailbox adds the item, and answers on the ticket  |

Rule: it is no ticket, and has a mailbox of its own (`flows/settle_post_mortem.py`), which is told by letters in the
commit of the ticket's settle.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
import structlog

from app.domain.actions import Action, AddActionItem, WritePostMortem
from app.domain.errors import UnavailableError
from app.domain.issues import IssueRef, Repository
from app.domain.mail import ByKey, ItemWanted, Letter, PostMortemWritten
from app.domain.mailboxes import Claim, post_mortem_key
from app.domain.post_mortems import PostMortem
from app.domain.tickets import Ticket
from app.flows.drafting import Drafting
from app.flows.once import Once
from app.flows.opening import issue_of
from app.flows.rewriting import rewritten
from app.flows.settle_post_mortem import Memory, record_of
from app.flows.systems import Issues
from app.texts import labels, post_mortem
from app.texts.body import merged, split
from app.texts.drafts import Draft
from app.texts.post_mortem import Written

_log: Final = structlog.get_logger("post-mortems")


def news_of(before: Ticket, ticket: Ticket, actions: tuple[Action, ...], now: datetime) -> Iterator[Letter]:
    """What a post-mortem's mailbox shall know of this settle of its ticket."""
    if ticket.post_mortem is None or ticket.issue is None:
        return
    for action in actions:
        if isinstance(action, WritePostMortem):
            mail: PostMortemWritten | ItemWanted = _written(before.post_mortem, ticket.post_mortem, ticket, action)
        elif isinstance(action, AddActionItem):
            mail = ItemWanted(issue=ticket.post_mortem, item=action.item, op=action.op, on=ticket.issue)
        else:
            continue
        yield Letter(
            sender="ticket",
            delivery_id=action.op,
            address=ByKey(key=post_mortem_key(ticket.post_mortem.repository.id, ticket.post_mortem.number)),
            mail=mail,
            received_at=now,
            prompt=True,
        )


def _written(before: IssueRef | None, issue: IssueRef, ticket: Ticket, action: WritePostMortem) -> PostMortemWritten:
    opened = before is None or (before.id != issue.id and before.repository.id == issue.repository.id)
    return PostMortemWritten(
        issue=issue,
        ticket=ticket.id,
        title=post_mortem.title(ticket, action.title),
        opened=opened,
        named=action.named,
        on_duty=ticket.on_duty,
        lead=ticket.routing.owners[0] if ticket.routing.owners else "",
        apps=(ticket.app,) if ticket.app else (),
    )


class PostMortems:
    """See the module's table."""

    def __init__(self, issues: Issues, drafting: Drafting, memory: Memory, once: Once) -> None:
        self._issues = issues
        self._drafting = drafting
        self._memory = memory
        self._once = once

    async def write(
        self, claim: Claim, ticket: Ticket, title: str, named: tuple[int, ...] = ()
    ) -> tuple[Ticket, Written]:
        """The ticket with its post-mortem, and what became of that. Raises what GitHub raises."""
        if ticket.post_mortem is not None:
            written = await self._refreshed(claim, ticket, ticket.post_mortem, named)
            if written is not None:
                return written
        return await self._opened(claim, ticket, title, named), Written.OPENED

    async def _opened(self, claim: Claim, ticket: Ticket, title: str, named: tuple[int, ...]) -> Ticket:
        repository = issue_of(ticket).repository
        _, *others = await self._involved(ticket, None, named)
        view = await self._drafting.view(ticket, tuple(others), repository)
        draft = Draft(
            title=post_mortem.title(ticket, title),
            body=post_mortem.body(ticket, view),
            labels=(labels.POST_MORTEM,),
        )
        made, _ = await self._once.make(
            claim,
            view.operation,
            IssueRef,
            call=lambda: self._open(claim, repository, draft),
            find=lambda since: self._found(repository, view.operation, since),
        )
        return msgspec.structs.replace(ticket, post_mortem=made)

    async def _open(self, claim: Claim, repository: Repository, draft: Draft) -> IssueRef:
        return (await self._issues.open(repository, draft, urgent=claim.urgent)).ref

    async def _found(self, repository: Repository, operation: str, since: datetime) -> IssueRef | None:
        found = await self._issues.opened_by(repository, operation, since)
        return found.ref if found is not None else None

    async def _refreshed(
        self, claim: Claim, ticket: Ticket, known: IssueRef, named: tuple[int, ...]
    ) -> tuple[Ticket, Written] | None:
        """None where it was deleted."""
        record = await record_of(self._memory, post_mortem_key(known.repository.id, known.number))
        first, *others = await self._involved(ticket, record, named)
        notes = record.notes if record is not None else ()
        try:
            seen = await self._issues.read(known)
            view = await self._drafting.view(first, tuple(others), seen.ref.repository, notes)
            part = post_mortem.part(first, view)
            await rewritten(
                self._issues, seen.ref, seen.body, lambda body: merged(split(body), part), urgent=claim.urgent
            )
        except UnavailableError as error:
            if error.reason == "gone":
                return None
            _log.warning("a post-mortem can't be brought up to date", ticket=ticket.id, error=str(error))
            return ticket, Written.UNCHANGED
        return msgspec.structs.replace(ticket, post_mortem=seen.ref), Written.REFRESHED

    async def _involved(self, ticket: Ticket, record: PostMortem | None, named: tuple[int, ...]) -> tuple[Ticket, ...]:
        """The post-mortem's tickets, first the one that it began with, whoever asks; the asking one as it is now."""
        numbers = (*(record.tickets if record is not None else ()), ticket.id, *named)
        found = {it.id: it for it in await self._drafting.tickets(numbers)} | {ticket.id: ticket}
        return tuple(found[number] for number in dict.fromkeys(numbers) if number in found)
