"""Post-mortems: an issue of its own for what a ticket is about, opened once and then brought up to date.

| the ticket's post-mortem                     | what is done                                                        |
|----------------------------------------------|---------------------------------------------------------------------|
| there is none, or it was deleted             | it is opened in the ticket's repository, labelled `post-mortem`     |
| an earlier try opened it                     | that one is taken                                                   |
| there is one                                 | the App's part of it is written anew, around what people wrote      |
| it can't be written to                       | it stays as it is, and that is said                                 |
| `/action` on the ticket                      | the action item is added to what people wrote, once                 |

Rule: it is no ticket. What happens to it wakes its ticket's mailbox and comes to nothing there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.domain.errors import InvalidError, UnavailableError
from app.domain.issues import IssueRef, Repository
from app.domain.mailboxes import Claim
from app.domain.tickets import Ticket
from app.flows.once import Once
from app.flows.opening import issue_of
from app.flows.outages import Outages
from app.flows.squad_files import SquadFiles
from app.flows.systems import Issues
from app.texts import labels, post_mortem
from app.texts.action_items import with_item
from app.texts.body import merged, split
from app.texts.drafts import Change, Draft
from app.texts.markdown import Markdown
from app.texts.post_mortem import View, Written

_log: Final = structlog.get_logger("post-mortems")


class PostMortems:
    """See the module's table."""

    def __init__(
        self, issues: Issues, squad_files: SquadFiles, once: Once, outages: Outages, *, now: Callable[[], datetime]
    ) -> None:
        self._issues = issues
        self._outages = outages
        self._squad_files = squad_files
        self._once = once
        self._now = now

    async def write(self, claim: Claim, ticket: Ticket, title: str) -> tuple[Ticket, Written]:
        """The ticket with its post-mortem, and what became of that. Raises what GitHub raises."""
        if ticket.post_mortem is not None:
            written = await self._refreshed(claim, ticket, ticket.post_mortem)
            if written is not None:
                return written
        return await self._opened(claim, ticket, title), Written.OPENED

    async def add(self, claim: Claim, ticket: Ticket, item: Markdown) -> IssueRef | None:
        """Where the action item stands now; None where it can't. Raises what GitHub raises."""
        if ticket.post_mortem is None:
            return None
        try:
            seen = await self._issues.read(ticket.post_mortem)
            body = with_item(seen.body, item)
            if body is not None:
                await self._issues.change(seen.ref, Change(body=body), urgent=claim.urgent)
        except (UnavailableError, InvalidError) as error:  # it is gone, or full
            _log.warning("a post-mortem takes no action item", ticket=ticket.id, error=str(error))
            return None
        return seen.ref

    async def _opened(self, claim: Claim, ticket: Ticket, title: str) -> Ticket:
        repository = issue_of(ticket).repository
        view = await self._view(ticket, repository)
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

    async def _refreshed(self, claim: Claim, ticket: Ticket, known: IssueRef) -> tuple[Ticket, Written] | None:
        """None where it was deleted."""
        try:
            seen = await self._issues.read(known)
            view = await self._view(ticket, seen.ref.repository)
            written = merged(split(seen.body), post_mortem.part(ticket, view))
            seen = await self._issues.change(seen.ref, Change(body=written), urgent=claim.urgent)
        except UnavailableError as error:
            if error.reason == "gone":
                return None
            _log.warning("a post-mortem can't be brought up to date", ticket=ticket.id, error=str(error))
            return ticket, Written.UNCHANGED
        return msgspec.structs.replace(ticket, post_mortem=seen.ref), Written.REFRESHED

    async def _view(self, ticket: Ticket, repository: Repository) -> View:
        squad = (await self._squad_files.of(repository)).squad
        others, around = await self._outages.around(ticket, (), squad)
        return View(
            operation=f"{ticket.id}.post-mortem.{ticket.opened + 1}",
            zone=ZoneInfo(squad.time_zone),
            zone_name=squad.time_zone,
            now=self._now(),
            others=others,
            around=around,
        )
