"""Acting on a ticket: each action of a plan, carried out on GitHub and at the sender. The only place where they are.

| what GitHub says of the ticket's issue          | what is done                                                     |
|-------------------------------------------------|------------------------------------------------------------------|
| it was transferred                              | the ticket follows it, and the action is done there              |
| it is gone                                      | the ticket goes on in a new issue; a duplicate needs none        |
| it is locked, or takes no more comments         | its body alone tells from now on                                 |
| a comment that is to be edited was deleted      | a new one takes its place                                        |
| not what fixed it                               | the closing stands without it                                    |
| it takes no comment, and is severe              | the ticket goes on in a new issue, where people can be called    |
| its repository is archived, has no issues, or   | the ticket goes on in the App's own repository, which says why   |
| does not let the App in                         | and whom it concerns                                             |
| … and that is the App's own repository          | UnavailableError: the mail waits until somebody mends it         |

Rule: each method returns the ticket as it is after the act. What creates goes through `Once`; all else carries the
full state and may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, assert_never

import msgspec
import structlog

from app.decisions import placing
from app.decisions.moving import moved_on, without_issue
from app.domain.actions import (
    Action,
    AddOccurrence,
    AdoptIssue,
    CloseIssue,
    DuplicateAction,
    EditOccurrence,
    NoteFix,
    OpenIssue,
    Post,
    RefreshBody,
    Reopen,
    ResolveAtSender,
    TellSenderSaid,
    TriageAction,
)
from app.domain.errors import InvalidError, SystemRefusedError, UnavailableError
from app.domain.issues import CommentRef, IssueRef, IssueSeen
from app.domain.mailboxes import Claim
from app.domain.tickets import Closing, Ticket
from app.flows.bodies import Bodies, Written
from app.flows.duplicate_acts import DuplicateActs
from app.flows.once import Once
from app.flows.opening import UNWRITABLE, Opening, holds, issue_of, seen_in, unwritable
from app.flows.squad_files import SquadFiles
from app.flows.systems import Errors, Issues
from app.flows.triage_acts import MUTE, TriageActs
from app.intake.rendered import mentioned_in
from app.texts import comments
from app.texts.drafts import Change, Said
from app.texts.markdown import Markdown
from app.texts.storms import retitled

Spoken = tuple[Ticket, CommentRef | None, frozenset[str] | None]
"""The ticket after a comment; the comment, None where it was refused; whom it mentions, where GitHub has just told."""
_log: Final = structlog.get_logger("acts")


class Acts:
    """See the module's rule. `errors` is None where nothing can be said to the sender: no token is configured."""

    def __init__(
        self,
        issues: Issues,
        squad_files: SquadFiles,
        bodies: Bodies,
        opening: Opening,
        once: Once,
        triage: TriageActs,
        *,
        errors: Errors | None,
        now: Callable[[], datetime],
    ) -> None:
        self._issues = issues
        self._squad_files = squad_files
        self._bodies = bodies
        self._opening = opening
        self._once = once
        self._duplicates = DuplicateActs(issues, once)
        self._triage = triage
        self._errors = errors
        self._now = now

    async def perform(self, claim: Claim, ticket: Ticket, action: Action) -> Ticket:
        """The ticket after the act. Raises what the systems raise, where the table names nothing to do about it."""
        try:
            return await self._do(claim, ticket, action)
        except UnavailableError as error:
            if ticket.merged_into and ticket.issue is None:
                return ticket
            if ticket.issue is None or isinstance(action, OpenIssue | AdoptIssue):
                raise
            return await self._elsewhere(claim, ticket, action, error)

    async def _do(  # noqa: C901 - one arm for each action
        self, claim: Claim, ticket: Ticket, action: Action
    ) -> Ticket:
        if isinstance(action, DuplicateAction):
            return await self._duplicates.perform(claim, ticket, action, self._notice)
        if isinstance(action, TriageAction):
            return await self._triage.perform(claim, ticket, action, self._speak)
        match action:
            case OpenIssue():
                return await self._opening.open(claim, ticket, action.op)
            case AdoptIssue():
                return await self._adopt(claim, ticket, action)
            case AddOccurrence():
                return await self._add_occurrence(claim, ticket, action)
            case EditOccurrence():
                return await self._edit_occurrence(claim, ticket, action)
            case RefreshBody():
                return await self._refresh(claim, ticket, reroute=action.reroute)
            case Reopen():
                return await self._reopen(claim, ticket, action)
            case TellSenderSaid():
                text = comments.sender_said(action.said, action.op)
                return await self._notice(claim, ticket, action.op, text)
            case CloseIssue():
                return await self._close(claim, ticket, action)
            case ResolveAtSender():
                return await self._resolve(ticket, action)
            case NoteFix():
                return await self._note_fix(ticket)
            case Post():
                return ticket  # no act: the mailroom receives it in the commit that ends the settle
            case _:  # pragma: no cover
                assert_never(action)

    # Occurrences

    async def _add_occurrence(self, claim: Claim, ticket: Ticket, action: AddOccurrence) -> Ticket:
        ticket, comment, _ = await self._say(claim, ticket, action.op, _occurrence(ticket, action.op), edit=True)
        if comment is None:
            return ticket
        burst = None if ticket.burst is None else msgspec.structs.replace(ticket.burst, comment=comment)
        return msgspec.structs.replace(ticket, burst=burst, comments=ticket.comments + 1)

    async def _edit_occurrence(self, claim: Claim, ticket: Ticket, action: EditOccurrence) -> Ticket:
        try:
            return await self._edit(claim, ticket, action.comment, _occurrence(ticket, _last_occurrence(ticket)))
        except UnavailableError as error:
            if error.reason == "locked":
                return await self._locked(claim, ticket)
            if error.reason != "gone" or not await self._is_there(ticket):
                raise
        again = AddOccurrence(op=f"{ticket.id}.occurrence.{ticket.comments + 1}")
        return await self._add_occurrence(claim, ticket, again)

    async def _is_there(self, ticket: Ticket) -> bool:
        """Whether the issue is where it was; then it is the comment that is gone."""
        issue = issue_of(ticket)
        return (await self._issues.read(issue)).ref.id == issue.id

    async def _locked(self, claim: Claim, ticket: Ticket) -> Ticket:
        """GitHub does not call an issue locked that has too many comments, so that is remembered here."""
        return msgspec.structs.replace(await self._refresh(claim, ticket), locked=True)

    async def _refresh(self, claim: Claim, ticket: Ticket, *, reroute: bool = False) -> Ticket:
        # Nobody tells what the body was before, so it is read: people may be writing in it at this moment.
        known, before = await self._issues.read(issue_of(ticket)), ticket
        ticket = self._bodies.read_in(seen_in(ticket, known), known)
        issue, assignees = issue_of(ticket), None
        if reroute:
            ticket = await self._opening.routed(ticket, issue.repository, ())
            assignees = placing.assignees(before, ticket)
        written = await self._bodies.render(ticket)
        labels = self._opening.all_labels(ticket)
        change = Change(
            title=retitled(ticket, known.title),
            body=written.body,
            labels=labels if {label.name for label in labels} != set(ticket.labels) else None,
            assignees=assignees,
        )
        if assignees is not None:
            placed = placing.newly_placed(before, ticket.routing.owners[:1])
            ticket = msgspec.structs.replace(ticket, placed=placed)
        seen = await self._issues.change(issue, change, urgent=claim.urgent)
        ticket = self._bodies.kept(seen_in(ticket, seen), written.around)
        return ticket if assignees is None else await self._given_to_the_lead(claim, ticket)

    async def _given_to_the_lead(self, claim: Claim, ticket: Ticket) -> Ticket:
        """Whoever can't be assigned is told by a mention, where a person found that it is theirs."""
        lead = ticket.routing.owners[:1]
        if holds(ticket.assigned, *lead):
            return ticket
        ticket = await self._opening.next_in_line(claim, ticket, lead[0])
        if not ticket.app_named:
            return ticket
        operation = f"{ticket.id}.routed.{ticket.notices + 1}"
        return await self._notice(claim, ticket, operation, comments.routed(ticket, lead[0], operation))

    # What happened to it

    async def _reopen(self, claim: Claim, ticket: Ticket, action: Reopen) -> Ticket:
        ticket = await self._read(ticket)
        issue = issue_of(ticket)
        fix = action.closing.fix or await self._issues.fixed_by(issue)
        ticket = msgspec.structs.replace(
            ticket, closing=None, regressions=ticket.regressions + 1, opened_at=self._now()
        )
        change = Change(open=True, labels=self._opening.all_labels(ticket))
        seen = await self._issues.change(issue, change, urgent=claim.urgent)
        text = comments.regression(ticket, action.closing, fix, action.op)
        return await self._notice(claim, seen_in(ticket, seen), action.op, text)

    async def _adopt(self, claim: Claim, ticket: Ticket, action: AdoptIssue) -> Ticket:
        ticket = await self._opening.adopt(claim, ticket, action.issue.ref)
        if not action.near:
            return ticket
        operation = f"{ticket.id}.near.{ticket.notices + 1}"
        return await self._notice(claim, ticket, operation, comments.near_miss(action.near, operation))

    async def _close(self, claim: Claim, ticket: Ticket, action: CloseIssue) -> Ticket:
        await self._issues.change(issue_of(ticket), Change(open=False, reason="completed"), urgent=claim.urgent)
        return msgspec.structs.replace(ticket, closing=Closing(at=action.at, reason="completed"), burst=None)

    async def _resolve(self, ticket: Ticket, action: ResolveAtSender) -> Ticket:
        if self._errors is None:
            return ticket
        try:
            await self._errors.resolve(action.sender_ref)
        except (UnavailableError, InvalidError) as error:
            # Nothing is lost by it, and asking again is of no use; the operator must see it.
            _log.error("the error could not be resolved at its sender", ticket=ticket.id, error=str(error))
            return ticket
        return msgspec.structs.replace(ticket, resolved_by_sender=self._now())

    async def _note_fix(self, ticket: Ticket) -> Ticket:
        """No closing waits for it: where GitHub does not tell now, it is asked again should the error come back."""
        if ticket.issue is None or ticket.closing is None:
            return ticket
        try:
            fix = await self._issues.fixed_by(ticket.issue)
        except SystemRefusedError as error:
            _log.warning("GitHub does not tell what fixed it", ticket=ticket.id, error=str(error))
            return ticket
        return msgspec.structs.replace(ticket, closing=msgspec.structs.replace(ticket.closing, fix=fix))

    # Where an issue can't be written to

    async def _elsewhere(self, claim: Claim, ticket: Ticket, action: Action, error: UnavailableError) -> Ticket:
        issue = ticket.issue
        if issue is None:
            raise error
        if error.reason == "gone":
            moved = await self._found(issue)
            if moved is not None and moved.ref.id != issue.id:
                return await self._do(claim, seen_in(ticket, moved), action)
            if moved is not None:
                raise error
            return without_issue(ticket) if ticket.merged_into else await self._open_again(claim, ticket)
        if error.reason == MUTE:
            # Who is to be called is decided anew, from when the new issue was opened on.
            return await self._open_again(claim, ticket, "Its ticket takes no comment any more, and it is severe.")
        home, said = await self._squad_files.home(), unwritable(issue.repository, error)
        if error.reason not in UNWRITABLE or issue.repository.id == home.id:
            raise error
        return await self._cry_out(claim, ticket, await self._open_again(claim, ticket, said), error.reason)

    async def _cry_out(self, claim: Claim, before: Ticket, ticket: Ticket, reason: str) -> Ticket:
        """The last in line answers for what nobody owns: somebody must hear of it who can mend it."""
        if not ticket.routing.owners:
            return ticket
        operation = f"{ticket.id}.unwritable.{ticket.opened}"
        text = comments.unwritable(before, reason, ticket.routing.owners[-1], operation)
        return await self._notice(claim, ticket, operation, text)

    async def _found(self, issue: IssueRef) -> IssueSeen | None:
        try:
            return await self._issues.read(issue)
        except UnavailableError as error:
            if error.reason == "gone":
                return None
            raise

    async def _open_again(self, claim: Claim, ticket: Ticket, *notes: str) -> Ticket:
        home = await self._squad_files.home()
        ticket = moved_on(ticket)
        operation = f"{ticket.id}.open.{ticket.opened + 1}"
        return await self._opening.open_in(claim, ticket, operation, home, notes)

    # Comments

    async def _notice(self, claim: Claim, ticket: Ticket, operation: str, text: Markdown) -> Ticket:
        ticket, _, _ = await self._say(claim, ticket, operation, text, edit=False)
        return msgspec.structs.replace(ticket, notices=ticket.notices + 1)

    async def _speak(self, claim: Claim, ticket: Ticket, operation: str, text: Markdown) -> Spoken:
        return await self._say(claim, ticket, operation, text, edit=False)

    async def _say(self, claim: Claim, ticket: Ticket, operation: str, text: Markdown, *, edit: bool) -> Spoken:
        """A comment, once, and the body with it; the body alone, and None, where comments are refused.

        A comment made by an earlier try is brought up to date where `edit`.
        """
        if ticket.locked:
            return await self._locked(claim, ticket), None, None
        try:
            return await self._comment(claim, ticket, operation, text, edit=edit)
        except UnavailableError as error:
            if error.reason != "locked":
                raise
            return await self._locked(claim, ticket), None, None

    async def _comment(self, claim: Claim, ticket: Ticket, operation: str, text: Markdown, *, edit: bool) -> Spoken:
        issue = issue_of(ticket)
        written = await self._bodies.render(ticket)
        said: list[Said] = []

        async def call() -> CommentRef:
            answer = await self._issues.comment(issue, text, body=written.body, urgent=claim.urgent)
            said.append(answer)
            return answer.comment

        comment, fresh = await self._once.make(
            claim,
            operation,
            CommentRef,
            call=call,
            find=lambda since: self._issues.commented_by(issue, operation, since),
        )
        if fresh:
            return await self._mended(claim, ticket, written, said[0]), comment, mentioned_in(said[0].html)
        if edit:
            try:
                return await self._edit(claim, ticket, comment, text), comment, None
            except UnavailableError as error:
                if error.reason != "gone" or not await self._is_there(ticket):
                    raise
        return await self._refresh(claim, ticket), comment, None

    async def _edit(self, claim: Claim, ticket: Ticket, comment: CommentRef, text: Markdown) -> Ticket:
        issue = issue_of(ticket)
        written = await self._bodies.render(ticket)
        said = await self._issues.edit(issue, comment, text, body=written.body, urgent=claim.urgent)
        return await self._mended(claim, ticket, written, said)

    async def _mended(self, claim: Claim, ticket: Ticket, written: Written, said: Said) -> Ticket:
        """What people wrote in the body in the meantime is put back; GitHub told what the body was before."""
        around, mended = self._bodies.mended(ticket, written, said.body_before)
        if mended is not None:
            await self._issues.change(issue_of(ticket), Change(body=mended), urgent=claim.urgent)
        return self._bodies.kept(ticket, around)

    async def _read(self, ticket: Ticket) -> Ticket:
        """The ticket as GitHub has it now: labels and text that people put on, and where it is."""
        seen = await self._issues.read(issue_of(ticket))
        return self._bodies.read_in(seen_in(ticket, seen), seen)


def _occurrence(ticket: Ticket, operation: str) -> Markdown:
    if ticket.burst is None:
        raise ValueError("A ticket without a burst has no occurrence to tell.")
    return comments.occurrence(ticket, ticket.burst, operation)


def _last_occurrence(ticket: Ticket) -> str:
    """The operation of the comment that is edited: it keeps its marker."""
    return f"{ticket.id}.occurrence.{ticket.comments}"
