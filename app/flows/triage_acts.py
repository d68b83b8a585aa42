"""Acting on what triage decided: signs, answers, pings, assignments, silences at the sender.

| what may happen                              | what is done                                                         |
|----------------------------------------------|----------------------------------------------------------------------|
| the sender does not know the error any more, | the silence stands here; the answer says so                          |
| or has no token here                         |                                                                      |
| a ping's mention is not in GitHub's rendering| it is kept as not proved; the next decision passes the person over   |
| a comment to react to is gone                | nothing: whoever deleted it waits for no sign                        |
| a severe ticket takes no comment             | it goes on in a new issue, and people are called there               |

Rule: each method returns the ticket as it is after the act; comments go through `say`, which makes each once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol, assert_never

import msgspec
import structlog

from app.decisions import routing
from app.decisions.commands import COMMANDS, Spec
from app.domain.actions import (
    AddActionItem,
    ArchiveAtSender,
    AssignPeople,
    EndSilence,
    OfferPostMortem,
    PingPeople,
    React,
    Refuse,
    SilencedHereOnly,
    TakeOffLabel,
    Tell,
    TriageAction,
    UnarchiveAtSender,
    WritePostMortem,
)
from app.domain.alerts import Impact
from app.domain.duty import Handover
from app.domain.errors import InvalidError, UnavailableError
from app.domain.issues import CommentRef, Repository
from app.domain.mailboxes import Claim
from app.domain.tickets import Ticket
from app.domain.wishes import ExplainRouting, Help
from app.flows.opening import holds, seen_in
from app.flows.post_mortems import PostMortems
from app.flows.systems import Errors, Issues
from app.texts import impacts, labels, pings, post_mortem, replies
from app.texts.drafts import Change
from app.texts.markdown import Markdown

Say = Callable[[Claim, Ticket, str, Markdown], Awaitable[tuple[Ticket, CommentRef | None, frozenset[str] | None]]]
"""A comment, once: the ticket after it, the comment, and whom it mentions, where GitHub has just told."""
MUTE: Final = "mute"
"""Why a ticket goes on in a new issue: a severe one that nobody can be called on."""
_MOST_KEPT: Final = 100
"""Pings that a ticket remembers."""
_log: Final = structlog.get_logger("triage")


class Reactions(Protocol):
    """Signs on comments."""

    async def react(self, repository: Repository, comment_id: int, content: str) -> None: ...


class Counts(Protocol):
    """Who counts pings."""

    def pinged(self, *, proved: bool) -> None:
        """A ping was posted, and GitHub's rendering of it does, or does not, mention the person."""


class TriageActs:
    """See the module's rule. `counts` is None where nobody counts."""

    def __init__(
        self,
        issues: Issues,
        reactions: Reactions,
        post_mortems: PostMortems,
        *,
        errors: Errors | None,
        now: Callable[[], datetime],
        counts: Counts | None = None,
    ) -> None:
        self._issues = issues
        self._reactions = reactions
        self._post_mortems = post_mortems
        self._errors = errors
        self._now = now
        self._counts = counts

    async def perform(  # noqa: C901 - one arm for each action
        self, claim: Claim, ticket: Ticket, action: TriageAction, say: Say
    ) -> Ticket:
        """The ticket after the act. Raises what the systems raise."""
        match action:
            case React():
                return await self._react(ticket, action)
            case Refuse():
                return await _said(say, claim, ticket, action.op, replies.refusal(action.why, action.op))
            case Tell():
                return await _said(say, claim, ticket, action.op, _answer(ticket, action))
            case PingPeople():
                return await self._ping(claim, ticket, action, say)
            case AssignPeople():
                return await self._assign(claim, ticket, action, say)
            case ArchiveAtSender():
                return await self._archive(claim, ticket, action, say)
            case UnarchiveAtSender():
                return await self._unarchive(ticket, action)
            case EndSilence():
                return await self._end_silence(claim, ticket, action, say)
            case WritePostMortem():
                ticket, how = await self._post_mortems.write(claim, ticket, action.title, action.named)
                return await _said(say, claim, ticket, action.op, post_mortem.written(ticket, how, action.op))
            case TakeOffLabel():
                return await self._take_off(claim, ticket, action)
            case AddActionItem():
                return await self._add_item(claim, ticket, action, say)
            case OfferPostMortem():
                ticket = await _said(say, claim, ticket, action.op, post_mortem.offer(action.op))
                return msgspec.structs.replace(ticket, post_mortem_offered=True)
            case _:  # pragma: no cover
                assert_never(action)

    async def _add_item(self, claim: Claim, ticket: Ticket, action: AddActionItem, say: Say) -> Ticket:
        if ticket.post_mortem is not None:
            return ticket  # its mailbox adds it, and says so; see `flows/post_mortems.py`
        why = "There is no post-mortem of this ticket. `/post-mortem` drafts one."
        return await _said(say, claim, ticket, action.op, replies.refusal(why, action.op))

    async def _react(self, ticket: Ticket, action: React) -> Ticket:
        undone = not holds(ticket.assigned, *action.assigned) or (action.with_post_mortem and not ticket.post_mortem)
        if ticket.issue is None or undone:
            return ticket
        try:
            await self._reactions.react(ticket.issue.repository, action.comment_id, action.content)
        except (UnavailableError, InvalidError) as error:
            _log.info("no sign on a comment", ticket=ticket.id, error=str(error))
        return ticket

    async def _ping(self, claim: Claim, ticket: Ticket, action: PingPeople, say: Say) -> Ticket:
        if action.duty is not None:
            text = pings.handed_over(ticket, action.pings, action.relieved, action.duty, action.op)
        else:
            text = pings.ping(ticket, action.pings, action.op, action.notes)
        ticket, comment, mentioned = await say(claim, ticket, action.op, text)
        if comment is None and ticket.impact is Impact.SEVERE:
            raise UnavailableError("Comments on the ticket are refused, and it is severe.", reason=MUTE)
        if comment is None:
            _log.error("a ping could not be posted: comments are refused", ticket=ticket.id)
        posted = tuple(
            msgspec.structs.replace(
                ping,
                comment=comment,
                proved=comment is not None and (mentioned is None or ping.who.lower() in mentioned),
            )
            for ping in action.pings
        )
        if self._counts is not None and mentioned is not None:  # else an earlier try posted it, and counted it
            for ping in posted:
                self._counts.pinged(proved=ping.proved)
        return msgspec.structs.replace(ticket, pings=(*ticket.pings, *posted)[-_MOST_KEPT:], pinged=ticket.pinged + 1)

    async def _assign(self, claim: Claim, ticket: Ticket, action: AssignPeople, say: Say) -> Ticket:
        if ticket.issue is None:
            return ticket
        known = (await self._issues.read(ticket.issue)).assignees
        wanted = tuple(dict.fromkeys((*known, *action.logins)))
        seen = await self._issues.change(ticket.issue, Change(assignees=wanted), urgent=claim.urgent)
        ticket = seen_in(ticket, seen)
        missing = [login for login in action.logins if not holds(seen.assignees, login)]
        if not missing:
            return ticket
        why = f"{', '.join(missing)} can't be assigned in this repository. Name somebody who has access to it."
        return await _said(say, claim, ticket, action.op, replies.refusal(why, action.op))

    async def _take_off(self, claim: Claim, ticket: Ticket, action: TakeOffLabel) -> Ticket:
        if ticket.issue is None:
            return ticket
        known = await self._issues.read(ticket.issue)
        left = labels.as_they_are(name for name in known.labels if name.casefold() != action.label.casefold())
        if len(left) == len(known.labels):
            return ticket
        return seen_in(ticket, await self._issues.change(known.ref, Change(labels=left), urgent=claim.urgent))

    async def _archive(self, claim: Claim, ticket: Ticket, action: ArchiveAtSender, say: Say) -> Ticket:
        if self._errors is None or ticket.silence is None:
            return ticket
        try:
            await self._errors.archive(action.sender_ref, action.silence)
        except (UnavailableError, InvalidError) as error:
            _log.warning("silenced here only", ticket=ticket.id, error=str(error))
            operation = f"{ticket.id}.silence.{action.silence.counted_from}.{int(action.silence.at.timestamp())}"
            return await _said(say, claim, ticket, operation, replies.silenced_here_only(operation))
        return msgspec.structs.replace(ticket, silence=msgspec.structs.replace(ticket.silence, at_sender=True))

    async def _unarchive(self, ticket: Ticket, action: UnarchiveAtSender) -> Ticket:
        if self._errors is None:
            return ticket
        try:
            await self._errors.unarchive(action.sender_ref)
        except (UnavailableError, InvalidError) as error:
            _log.warning("the sender stays silent", ticket=ticket.id, error=str(error))
            return ticket
        return msgspec.structs.replace(ticket, silenced="")

    async def _end_silence(self, claim: Claim, ticket: Ticket, action: EndSilence, say: Say) -> Ticket:
        if not action.alive or ticket.issue is None:
            return ticket
        if ticket.closing is not None and ticket.closing.reason == "completed":
            seen = await self._issues.change(ticket.issue, Change(open=True), urgent=claim.urgent)
            ticket = seen_in(msgspec.structs.replace(ticket, closing=None, opened_at=self._now()), seen)
        text = replies.silence_over(action.silence, action.over, action.op)
        return await _said(say, claim, ticket, action.op, text)


async def _said(say: Say, claim: Claim, ticket: Ticket, operation: str, text: Markdown) -> Ticket:
    ticket, _, _ = await say(claim, ticket, operation, text)
    return msgspec.structs.replace(ticket, notices=ticket.notices + 1)


def _answer(ticket: Ticket, action: Tell) -> Markdown:
    match action.what:
        case Help(name=name):
            shown = [COMMANDS[name]] if name in COMMANDS else list(COMMANDS.values())
            return replies.help_of([_help(spec) for spec in shown], action.op)
        case ExplainRouting():
            why = routing.explained(ticket.routing)
            return replies.explained(ticket.routing, why, action.op, impacts.explained(ticket))
        case Handover() as handover:
            return replies.handed_over(handover, action.op)
        case SilencedHereOnly():
            return replies.silenced_here_only(action.op)
        case _:  # pragma: no cover
            assert_never(action.what)


def _help(spec: Spec) -> replies.Shown:
    return replies.Shown(usage=spec.usage, help=spec.help, examples=spec.examples)
