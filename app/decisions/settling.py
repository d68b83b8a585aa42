"""Settling: what is done with everything that is pending for one ticket.

| the ticket                        | what arrived                            | what is done                        |
|-----------------------------------|-----------------------------------------|-------------------------------------|
| has no issue yet                  | only the announcement of an error       | wait two seconds for its event      |
| has no issue yet                  | an alert                                | open it                             |
| has no issue yet                  | a person's report, and no alert before  | adopt the person's issue            |
| open                              | an alert after a quiet hour, or the     | a new comment                       |
|                                   | burst's 10th, 100th, 1,000th …          |                                     |
| open                              | another alert of the burst              | edit the burst's comment            |
| open, 50 comments or locked       | an alert                                | the body alone                      |
| closed as completed               | an alert of a time after the closing    | reopen as a regression; not while   |
|                                   |                                         | the squad has silenced it           |
| closed as completed 30 days ago   | an alert                                | a new issue that links the old      |
| closed, however, 30 days ago      | a person's report in another issue, and | adopt that one; it links the old    |
|                                   | no alert before                         |                                     |
| closed as not planned, duplicate  | an alert                                | it is counted, nothing else         |
| closed                            | an alert of a time before the closing   | it is counted, nothing else         |
|                                   | or of its second                        |                                     |
| closed, however                   | a person's report in another issue      | reopen as a regression, and as below |
| any                               | a person's report in another issue      | counted; pointer, closed as duplicate |
| its issue was deleted             | an alert from before that               | it is counted, nothing else         |
|                                   | an alert                                | open it anew                        |
| open                              | resolved at the sender                  | said; closed where configured       |
| closed as completed               | regressed or unresolved at the sender   | reopen as a regression              |
| open                              | archived or unarchived at the sender    | shown in the body and by a label    |
| silenced by the squad             | an alert                                | it is counted, nothing else         |
| its silence is over               |                                         | said where the error is alive       |
| open                              | a person puts on a label of an impact   | that is their decision              |
| closed by a person as completed   |                                         | resolved there where configured;    |
|                                   |                                         | what fixed it is asked              |
| closed, and severe                |                                         | a post-mortem is offered, once      |
| a support ticket, a duplicate     | what concerns these                     | see `decisions/relating.py`         |
| a storm's, or a storm's member    |                                         | see `decisions/storming.py`         |

Rules: everything pending is folded first, then decided upon once. So ten thousand alerts are one action. GitHub's
webhooks may come late and in any order: by GitHub's own time, the latest that was seen of an issue is believed. A call
that opens an issue follows from the mail that came first: while it is in doubt, whatever arrives asks for it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

import msgspec

from app.decisions.closing import after_closing
from app.decisions.counting import count_alert, note_sender_counts
from app.decisions.marking import followed
from app.decisions.moving import (
    adopting,
    is_post_mortem,
    moved_on,
    opening,
    same_issue,
    with_post_mortem,
    without_issue,
)
from app.decisions.recurring import told_again
from app.decisions.relating import Relating
from app.decisions.silencing import ending, is_over
from app.decisions.storming import goes_alone, is_member, on_storm, told
from app.decisions.triaging import labelled, promoted
from app.domain.actions import (
    Action,
    AdoptIssue,
    CloseIssue,
    EndSilence,
    PointAtTicket,
    RefreshBody,
    Reopen,
    ResolveAtSender,
    TellSenderSaid,
    UnarchiveAtSender,
)
from app.domain.alerts import Alert, Sender
from app.domain.facts import Fact
from app.domain.issues import IssueSeen
from app.domain.mail import (
    AfterStandup,
    AlertArrived,
    AnswerPress,
    Commented,
    HandedOver,
    InstallationChanged,
    IssueChanged,
    IssueVerb,
    ItemWanted,
    LabelChanged,
    Mail,
    PostMortemMoved,
    PostMortemNamed,
    PostMortemWritten,
    Pressed,
    RepositoryChanged,
    SenderSaid,
    SenderVerb,
    ShowInSlack,
    ShowPostMortem,
    SquadFilesAged,
    SquadFilesPushed,
    TicketMerged,
    TicketParted,
    TimerFell,
)
from app.domain.storms import JoinedStorm, StormPart, StormSaid
from app.domain.tickets import Around, Closing, Ticket, with_assigned
from app.domain.triage import Over

EVENT_FOLLOWS: Final = timedelta(seconds=2)
"""How long the announcement of an error waits for the alert about its event."""
_WHOLE_SECOND: Final = timedelta(seconds=1)
"""GitHub tells when an issue was closed in whole seconds."""


class Rules(Fact, frozen=True, kw_only=True):
    """The numbers of the procedure, from the squad's file."""

    quiet: timedelta = timedelta(hours=1)
    regression: timedelta = timedelta(days=30)
    most_comments: int = 50
    close_when_resolved: bool = False
    resolve_at_sender: bool = False


class Plan(Fact, frozen=True, kw_only=True):
    """The ticket with everything folded in, and what is to be done, in this order."""

    ticket: Ticket
    actions: tuple[Action, ...]
    wait_until: datetime | None = None
    """Nothing is done and nothing settled before then."""


class Settling:
    """One settle: `take` everything pending in order, then `plan` once; see the module's table.

    `around_of` finds what people wrote around the App's part of an issue's body; None where that is not known to
    the letter.
    """

    def __init__(self, ticket: Ticket, rules: Rules, around_of: Callable[[IssueSeen], Around | None]) -> None:
        self._before = ticket
        self._rules = rules
        self._around_of = around_of
        self.ticket = ticket
        self._counted = 0
        self._returned = False
        self._returned_by: IssueChanged | None = None
        self._adopt: IssueChanged | None = None
        self._duplicates: list[IssueChanged] = []
        self._said: SenderSaid | None = None
        self._verb: SenderVerb | None = None
        self._body_stale = False
        self._resolve = False
        self._closed = False
        self._relating = Relating(ticket)

    def take(  # noqa: C901 - one arm for each kind of mail
        self, received_at: datetime, item: Mail
    ) -> None:
        """Fold one piece of mail."""
        match item:
            case AlertArrived(alert=alert):
                self._alert(alert, received_at)
            case SenderSaid():
                self._sender(item)
            case IssueChanged(verb=IssueVerb.REPORTED):
                self._report(item, received_at)
            case IssueChanged():
                self._issue(item)
            case Commented() | Pressed():
                self._touch(item)
            case TicketMerged() | TicketParted():
                self.ticket = self._relating.take(self.ticket, item, received_at)
            case RepositoryChanged() | SquadFilesPushed() | LabelChanged() | InstallationChanged() | TimerFell():
                pass  # of other mailboxes, or only to wake this one
            case ShowInSlack() | HandedOver() | AnswerPress() | ShowPostMortem() | AfterStandup() | SquadFilesAged():
                pass  # of other mailboxes
            case PostMortemNamed(issue=issue):
                self.ticket = with_post_mortem(self.ticket, issue)
            case PostMortemWritten() | ItemWanted() | PostMortemMoved():
                pass  # of other mailboxes
            case JoinedStorm() | StormSaid() | StormPart():
                self.ticket = told(self.ticket, item, received_at)
            case _:  # pragma: no cover
                assert_never(item)

    def plan(self, now: datetime) -> Plan:
        """What is to be done about all of it."""
        wait = self._awaits_its_event(now)
        if wait is not None:
            return Plan(ticket=self._before, actions=(), wait_until=wait)
        ended = self._end_of_silence(now)
        ticket, actions = self._on_the_issue(now)
        actions.extend(ended)
        actions.extend(
            PointAtTicket(op=f"{ticket.id}.pointer.{ref.repository.id}.{ref.number}", issue=ref)
            for ref in (report.issue.ref for report in self._duplicates)
            if not any(isinstance(action, AdoptIssue) and action.issue.ref == ref for action in actions)
        )
        actions.extend(self._relating.actions(ticket))
        resolves = self._resolve and self._rules.resolve_at_sender and not ticket.merged_into
        if resolves and ticket.latest is not None and ticket.latest.sender_ref:
            actions.append(ResolveAtSender(sender_ref=ticket.latest.sender_ref))
        return Plan(ticket=ticket, actions=tuple(actions))

    def _end_of_silence(self, now: datetime) -> list[Action]:
        """A silence that is over is taken off; see `decisions/silencing.py`."""
        silence = self.ticket.silence
        over = None if silence is None else is_over(silence, self.ticket, now, self._verb)
        if silence is None or over is None:
            return []
        alive = ending(silence, self.ticket, over, now).alive
        # What was set at the sender was this silence: it ends there by itself, but for what only the App has counted.
        silenced = "" if silence.at_sender else self.ticket.silenced
        self.ticket = msgspec.structs.replace(self.ticket, silence=None, silenced=silenced)
        operation = f"{self.ticket.id}.unsilenced.{int(silence.at.timestamp())}"
        actions: list[Action] = [EndSilence(op=operation, silence=silence, over=over, alive=alive), RefreshBody()]
        latest = self.ticket.latest
        if silence.at_sender and over in {Over.OCCURRENCES, Over.USERS} and latest is not None and latest.sender_ref:
            actions.append(UnarchiveAtSender(sender_ref=latest.sender_ref))
        return actions

    def _touch(self, item: Commented | Pressed) -> None:
        """Another bot's words move no clock of people's; what is written on a post-mortem is no work on the error."""
        if isinstance(item, Commented):
            history = followed(self.ticket.history, item, self.ticket.issue)
            self.ticket = msgspec.structs.replace(self.ticket, history=history)
        if isinstance(item, Commented) and (item.actor_is_bot or is_post_mortem(self.ticket, item.issue)):
            return
        self.ticket = _touched(self.ticket, item.at)

    def _alert(self, alert: Alert, received_at: datetime) -> None:
        if alert.sender is Sender.SUPPORT:
            if self.ticket.first is not None:
                self.ticket = self._relating.support_again(self.ticket, alert)
                return
            self.ticket = msgspec.structs.replace(self.ticket, quiet=True)
        self.ticket = count_alert(self.ticket, alert, received_at, self._rules.quiet)
        self._counted += 1
        closing = self.ticket.closing
        if closing is not None and closing.reason == "completed" and alert.occurred_at >= closing.at + _WHOLE_SECOND:
            self._returned = True

    def _sender(self, item: SenderSaid) -> None:
        self.ticket = msgspec.structs.replace(
            self.ticket,
            first=self.ticket.first or item.alert,
            latest=self.ticket.latest or item.alert,
            counters=note_sender_counts(self.ticket.counters, item.alert),
        )
        if item.verb is not SenderVerb.ASSIGNED:
            self._verb = item.verb
        match item.verb:
            case SenderVerb.RESOLVED:
                at = item.alert.occurred_at
                silence = self.ticket.silence
                if silence is not None:  # archived no more: to unarchive what is resolved would be a regression there
                    silence = msgspec.structs.replace(silence, at_sender=False)
                self.ticket = msgspec.structs.replace(self.ticket, resolved_by_sender=at, silenced="", silence=silence)
                self._said = item
            case SenderVerb.ARCHIVED:
                self.ticket = msgspec.structs.replace(self.ticket, silenced=item.detail or "archived")
                self._body_stale = True
            case SenderVerb.REGRESSED | SenderVerb.ESCALATING | SenderVerb.UNRESOLVED:
                self.ticket = msgspec.structs.replace(self.ticket, silenced="", resolved_by_sender=None)
                self._body_stale, self._said = True, None
                closing = self.ticket.closing
                self._returned = self._returned or (closing is not None and closing.reason == "completed")
            case SenderVerb.ASSIGNED:
                pass  # who works on it there is shown there
            case _:  # pragma: no cover
                assert_never(item.verb)

    def _report(self, item: IssueChanged, received_at: datetime) -> None:
        ref, known = item.issue.ref, self.ticket.issue
        self.ticket = _touched(self.ticket, item.at)
        if known is not None and same_issue(known, ref):
            self._see(item.issue)
            return
        reported = self._duplicates if self._adopt is None else (self._adopt, *self._duplicates)
        taken = (*(old.ref for old in self.ticket.earlier), *self.ticket.pointed, *(it.issue.ref for it in reported))
        if any(same_issue(ref, other) for other in taken):
            return  # `opened` and `labeled` about one report, or a former issue of the ticket's
        if known is None and self._adopt is None and (not self._counted or is_member(self._before)):
            self._adopt = item
        else:
            self._duplicates.append(item)
            if self.ticket.closing is not None and not self._returned:
                self._returned, self._returned_by = True, item
        if item.alert is not None:
            self._alert(item.alert, received_at)

    def _issue(self, item: IssueChanged) -> None:
        issue = self.ticket.issue
        if self._adopt is not None and same_issue(self._adopt.issue.ref, item.issue.ref):
            self._label(item)
            if item.verb is IssueVerb.DELETED:  # they took their report back; all else is seen when it is adopted
                self._adopt, self._counted = None, 0
            return
        if issue is None or not same_issue(issue, item.issue.ref):
            return  # about an issue that was closed as a duplicate, or is no longer the ticket's
        self._see(item.issue)
        if not item.actor_is_bot:
            self.ticket = _touched(self.ticket, item.at)
        if item.verb in {IssueVerb.CLOSED, IssueVerb.REOPENED}:
            self._closed_or_reopened(item)
        elif item.verb is IssueVerb.LABELED:
            self._label(item)
        elif item.verb is IssueVerb.TRANSFERRED and item.moved_to is not None:
            self.ticket = msgspec.structs.replace(self.ticket, issue=item.moved_to.ref)
        elif item.verb in {IssueVerb.DELETED, IssueVerb.TRANSFERRED}:
            self.ticket = without_issue(self.ticket)
            if item.verb is IssueVerb.DELETED:
                self._counted = 0

    def _closed_or_reopened(self, item: IssueChanged) -> None:
        if self.ticket.state_at is not None and item.at < self.ticket.state_at:
            return
        closing: Closing | None = None
        if item.verb is IssueVerb.REOPENED:
            self.ticket = self._relating.part(self.ticket, item.at)
        if item.verb is IssueVerb.CLOSED:
            closing = Closing(at=item.at, by=item.actor, reason=item.issue.state_reason or "completed")
        self._returned, self._returned_by, self._closed = False, None, closing is not None
        self._resolve = closing is not None and closing.reason == "completed" and self.ticket.resolved_by_sender is None
        burst = None if closing is not None else self.ticket.burst
        opened_at = item.at if closing is None else self.ticket.opened_at
        self.ticket = msgspec.structs.replace(
            self.ticket, closing=closing, burst=burst, state_at=item.at, opened_at=opened_at
        )

    def _label(self, item: IssueChanged) -> None:
        """A person's label may be a decision; another bot's is none."""
        if item.verb is not IssueVerb.LABELED or item.actor_is_bot:
            return
        if item.makes_ticket:
            self.ticket = promoted(self.ticket, item.at)
        after = labelled(self.ticket, item.label, item.actor, item.at)
        self._body_stale = self._body_stale or after is not self.ticket
        self.ticket = after

    def _see(self, seen: IssueSeen) -> None:
        known, at = self.ticket.seen_at, seen.updated_at
        if known is not None and at is not None and at < known:
            return
        self.ticket = msgspec.structs.replace(
            with_assigned(self.ticket, seen.assignees),
            seen_at=at or known,
            labels=seen.labels,
            locked=seen.locked,
            around=self._around_of(seen),
        )

    def _awaits_its_event(self, now: datetime) -> datetime | None:
        """Until when an announcement alone waits; it has no stack trace to route by, and its event follows it."""
        first, ticket = self.ticket.first, self.ticket
        if first is None or not first.first_of_error or ticket.issue is not None or self._adopt is not None:
            return None
        if self._before.first is not None or ticket.counters.occurrences > 1 or ticket.burst is None:
            return None
        until = ticket.burst.first_at + EVENT_FOLLOWS
        return until if now < until else None

    def _on_the_issue(self, now: datetime) -> tuple[Ticket, list[Action]]:
        ticket = self.ticket
        if ticket.storm is not None:
            ticket, actions = on_storm(self._before, ticket, now, stale=self._body_stale)
            return ticket, [*actions, *(after_closing(ticket, ticket.closing) if self._closed else [])]
        if ticket.issue is None:
            if self._adopt is not None:
                return adopting(ticket, self._adopt)
            return ticket, [opening(ticket)] if self._counted or goes_alone(ticket) else []
        closing = ticket.closing
        if closing is not None:
            silenced = ticket.silence is not None and self._returned_by is None
            if not self._returned or silenced or ticket.merged_into:
                return ticket, after_closing(ticket, closing) if self._closed else []
            if now - closing.at > self._rules.regression:
                ticket = moved_on(ticket)
                return adopting(ticket, self._returned_by) if self._returned_by else (ticket, [opening(ticket)])
            return ticket, [Reopen(op=f"{ticket.id}.reopen.{ticket.notices + 1}", closing=closing)]
        stale, most = self._body_stale, self._rules.most_comments
        actions = told_again(self._before, ticket, counted=bool(self._counted), stale=stale, most_comments=most)
        if self._said is not None:
            operation = f"{ticket.id}.said.{self._said.verb}.{ticket.notices + 1}"
            actions.append(TellSenderSaid(op=operation, said=self._said))
            if self._rules.close_when_resolved:
                actions += [CloseIssue(at=now), *after_closing(ticket, None)]
        if bool(ticket.silenced) != bool(self._before.silenced) and RefreshBody() not in actions:
            actions.append(RefreshBody())  # the label
        return ticket, actions


def _touched(ticket: Ticket, at: datetime) -> Ticket:
    return msgspec.structs.replace(ticket, people_at=max(ticket.people_at or at, at))
