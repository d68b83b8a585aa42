"""Acting on duplicates: a report is pointed to its ticket, a ticket is closed as another one's, or taken apart.

| GitHub refuses …                                | what is done                                                     |
|-------------------------------------------------|------------------------------------------------------------------|
| that a report is written to                     | it stays as it is: no ticket waits for it                        |
| to link a duplicate to its ticket               | it is closed as a duplicate, without the link                    |

Rule: each act returns the ticket as it is after it; a ticket's own comments go through `notice`, which makes each once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, assert_never

import msgspec
import structlog

from app.domain.actions import CloseAsDuplicate, DuplicateAction, PointAtTicket, TellParted, TellWorse
from app.domain.errors import InvalidError, UnavailableError
from app.domain.issues import CommentRef, IssueRef
from app.domain.mailboxes import Claim
from app.domain.tickets import Ticket
from app.flows.once import Once
from app.flows.opening import issue_of, seen_in
from app.flows.systems import Issues
from app.texts import comments, merged
from app.texts.drafts import Change
from app.texts.markdown import Markdown

Notice = Callable[[Claim, Ticket, str, Markdown], Awaitable[Ticket]]
"""A comment on the ticket, once: the ticket after it."""
_log: Final = structlog.get_logger("acts")


class DuplicateActs:
    """See the module's rule."""

    def __init__(self, issues: Issues, once: Once) -> None:
        self._issues = issues
        self._once = once

    async def perform(self, claim: Claim, ticket: Ticket, action: DuplicateAction, notice: Notice) -> Ticket:
        """The ticket after the act. Raises what GitHub raises."""
        match action:
            case PointAtTicket():
                return await self._point(claim, ticket, action)
            case CloseAsDuplicate():
                return await self._close(claim, ticket, action, notice)
            case TellWorse():
                return await notice(claim, ticket, action.op, merged.worse(ticket, action.merged, action.op))
            case TellParted():
                return await self._part(claim, ticket, action, notice)
            case _:  # pragma: no cover
                assert_never(action)

    async def _point(self, claim: Claim, ticket: Ticket, action: PointAtTicket) -> Ticket:
        duplicate, target = action.issue, issue_of(ticket)
        text = comments.pointer(target, action.op)
        pointed = msgspec.structs.replace(ticket, pointed=(*ticket.pointed, duplicate), notices=ticket.notices + 1)
        try:
            await self._once.make(
                claim,
                action.op,
                CommentRef,
                call=lambda: self._told(duplicate, text),
                find=lambda since: self._issues.commented_by(duplicate, action.op, since),
            )
        except UnavailableError as error:
            _log.warning("a report could not be told of its ticket", report=duplicate.url, error=str(error))
            if error.reason != "locked":
                return pointed
        change = Change(open=False, reason="duplicate", duplicate_of=target)
        try:
            await self._issues.change(duplicate, change, urgent=False)
        except UnavailableError as error:
            _log.warning("a report could not be closed", report=duplicate.url, error=str(error))
        return pointed

    async def _told(self, report: IssueRef, text: Markdown) -> CommentRef:
        return (await self._issues.comment(report, text, body=None, urgent=False)).comment

    async def _close(self, claim: Claim, ticket: Ticket, action: CloseAsDuplicate, notice: Notice) -> Ticket:
        ticket = await notice(claim, ticket, action.op, merged.duplicate(action.of, action.by, action.op))
        change = Change(open=False, reason="duplicate", duplicate_of=action.of)
        try:
            seen = await self._issues.change(issue_of(ticket), change, urgent=claim.urgent)
        except InvalidError as error:
            # The link between the two is GitHub's to allow; that this one is closed matters more.
            _log.warning("closed, but not linked to the ticket it is a duplicate of", error=str(error))
            seen = await self._issues.change(
                issue_of(ticket), msgspec.structs.replace(change, duplicate_of=None), urgent=claim.urgent
            )
        return seen_in(ticket, seen)

    async def _part(self, claim: Claim, ticket: Ticket, action: TellParted, notice: Notice) -> Ticket:
        if action.in_circle:
            ticket = seen_in(
                ticket, await self._issues.change(issue_of(ticket), Change(open=True), urgent=claim.urgent)
            )
        text = merged.parted(action.was, action.op, in_circle=action.in_circle)
        return await notice(claim, ticket, action.op, text)
