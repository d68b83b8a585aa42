"""Settling: what is done with everything that is pending for one ticket.

| the ticket                        | what arrived                            | what is done                        |
|-----------------------------------|-----------------------------------------|-------------------------------------|
| has no issue yet                  | an alert                                | open it                             |
| has no issue yet                  | a person's report                       | adopt the person's issue            |
| open                              | an alert after a quiet hour, or the     | a new comment                       |
|                                   | burst's 10th, 100th, 1,000th …          |                                     |
| open                              | another alert of the burst              | edit the burst's comment            |
| open, 50 comments or locked       | an alert                                | the body alone                      |
| closed as completed               | an alert of a time after the closing    | reopen as a regression              |
| closed as completed 30 days ago   | an alert                                | a new issue that links the old      |
| closed as not planned, duplicate  | an alert                                | it is counted, nothing else         |
| closed                            | an alert of a time before the closing   | it is counted, nothing else         |
| any                               | a person's report in another issue      | counted; pointer, closed as duplicate |
| open                              | resolved at the sender                  | said; closed where configured       |
| closed as completed               | regressed or unresolved at the sender   | reopen as a regression              |
| open                              | archived or unarchived at the sender    | shown in the body                   |
| closed by a person as completed   |                                         | resolved there where configured     |

Rule: everything pending is folded first, then decided upon once. So ten thousand alerts are one action.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from app.decisions.counting import count_alert, milestone, note_sender_counts
from app.domain.actions import (
    Action,
    AddOccurrence,
    AdoptIssue,
    CloseIssue,
    EditOccurrence,
    OpenIssue,
    PointAtTicket,
    RefreshBody,
    Reopen,
    ResolveAtSender,
    TellSenderSaid,
)
from app.domain.alerts import Alert, Impact
from app.domain.facts import Fact
from app.domain.issues import IssueRef, IssueSeen
from app.domain.mail import (
    AlertArrived,
    Commented,
    InstallationChanged,
    IssueChanged,
    IssueVerb,
    LabelChanged,
    Mail,
    RepositoryChanged,
    SenderSaid,
    SenderVerb,
    SquadFilesPushed,
    TimerFell,
)
from app.domain.tickets import Closing, EarlierIssue, Ticket


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


class _Gathered:
    """What the pending mail amounts to, while it is folded."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.counted = 0
        self.returned = False
        self.adopt: IssueChanged | None = None
        self.duplicates: list[IssueSeen] = []
        self.said: SenderSaid | None = None
        self.body_stale = False
        self.resolve = False


def settle(ticket: Ticket, mail: Sequence[tuple[datetime, Mail]], rules: Rules, now: datetime) -> Plan:
    """Fold the pending (received at, mail) in order, then decide; see the module's table."""
    gathered = _Gathered(ticket)
    for received_at, item in mail:
        _fold(gathered, item, received_at, rules)
    return _decide(ticket, gathered, rules, now)


def _fold(g: _Gathered, item: Mail, received_at: datetime, rules: Rules) -> None:
    match item:
        case AlertArrived(alert=alert):
            _fold_alert(g, alert, received_at, rules)
        case SenderSaid():
            _fold_sender(g, item)
        case IssueChanged():
            _fold_issue(g, item, received_at, rules)
        case Commented(actor_is_bot=False, at=at):
            g.ticket = _touched(g.ticket, at)
        case Commented():
            pass  # another bot's words are no command, and do not move people's clock
        case RepositoryChanged() | SquadFilesPushed() | LabelChanged() | InstallationChanged() | TimerFell():
            pass  # of other mailboxes, or only to wake this one
        case _:  # pragma: no cover
            assert_never(item)


def _fold_alert(g: _Gathered, alert: Alert, received_at: datetime, rules: Rules) -> None:
    g.ticket = count_alert(g.ticket, alert, received_at, rules.quiet)
    g.counted += 1
    closing = g.ticket.closing
    if closing is not None and closing.reason == "completed" and alert.occurred_at > closing.at:
        g.returned = True


def _fold_sender(g: _Gathered, item: SenderSaid) -> None:
    g.ticket = msgspec.structs.replace(
        g.ticket,
        first=g.ticket.first or item.alert,
        latest=g.ticket.latest or item.alert,
        counters=note_sender_counts(g.ticket.counters, item.alert),
    )
    match item.verb:
        case SenderVerb.RESOLVED:
            g.ticket = msgspec.structs.replace(g.ticket, resolved_by_sender=item.alert.occurred_at, silenced="")
            g.said = item
        case SenderVerb.ARCHIVED:
            g.ticket = msgspec.structs.replace(g.ticket, silenced=item.detail or "archived")
            g.body_stale = True
        case SenderVerb.REGRESSED | SenderVerb.ESCALATING | SenderVerb.UNRESOLVED:
            g.ticket = msgspec.structs.replace(g.ticket, silenced="", resolved_by_sender=None)
            g.body_stale = True
            closing = g.ticket.closing
            g.returned = g.returned or (closing is not None and closing.reason == "completed")
        case SenderVerb.ASSIGNED:
            pass  # who works on it there is shown there
        case _:  # pragma: no cover
            assert_never(item.verb)


def _fold_issue(g: _Gathered, item: IssueChanged, received_at: datetime, rules: Rules) -> None:
    if item.verb is IssueVerb.REPORTED:
        _fold_report(g, item, received_at, rules)
        return
    issue = g.ticket.issue
    if issue is None or issue.number != item.issue.ref.number or issue.repository.id != item.issue.ref.repository.id:
        return  # about an issue that was closed as a duplicate, or is no longer the ticket's
    g.ticket = _touched(_as_seen(g.ticket, item.issue), item.at)
    if item.verb is IssueVerb.CLOSED:
        reason = item.issue.state_reason or "completed"
        g.ticket = msgspec.structs.replace(
            g.ticket, closing=Closing(at=item.at, by=item.actor, reason=reason), burst=None
        )
        g.returned = False
        g.resolve = reason == "completed" and g.ticket.resolved_by_sender is None
    elif item.verb is IssueVerb.REOPENED:
        g.ticket = msgspec.structs.replace(g.ticket, closing=None)
        g.returned = g.resolve = False
    elif item.verb is IssueVerb.TRANSFERRED and item.moved_to is not None:
        g.ticket = msgspec.structs.replace(g.ticket, issue=item.moved_to.ref)
    elif item.verb in {IssueVerb.DELETED, IssueVerb.TRANSFERRED}:
        g.ticket = msgspec.structs.replace(g.ticket, issue=None, closing=None, burst=None)


def _fold_report(g: _Gathered, item: IssueChanged, received_at: datetime, rules: Rules) -> None:
    number = item.issue.ref.number
    known = g.ticket.issue
    adopted = g.adopt.issue.ref.number if g.adopt is not None else None
    if number in g.ticket.pointed or number == adopted or any(d.ref.number == number for d in g.duplicates):
        return
    if known is not None and known.number == number:
        g.ticket = _touched(_as_seen(g.ticket, item.issue), item.at)
        return
    if known is None and g.adopt is None:
        g.adopt = item
        g.ticket = msgspec.structs.replace(g.ticket, faults=item.faults, impact=_impact(g.ticket, item))
    else:
        g.duplicates.append(item.issue)
    if item.alert is not None:
        _fold_alert(g, item.alert, received_at, rules)
    g.ticket = _touched(g.ticket, item.at)


def _impact(ticket: Ticket, item: IssueChanged) -> Impact | None:
    return ticket.impact or (item.alert.impact if item.alert is not None else None)


def _as_seen(ticket: Ticket, seen: IssueSeen) -> Ticket:
    return msgspec.structs.replace(ticket, labels=seen.labels, assigned=seen.assignees, locked=seen.locked)


def _touched(ticket: Ticket, at: datetime) -> Ticket:
    return msgspec.structs.replace(ticket, people_at=max(ticket.people_at or at, at))


def _decide(before: Ticket, g: _Gathered, rules: Rules, now: datetime) -> Plan:
    ticket, actions = _on_the_issue(before, g, rules, now)
    actions.extend(PointAtTicket(op=f"{ticket.id}.pointer.{issue.ref.number}", issue=issue) for issue in g.duplicates)
    if g.resolve and rules.resolve_at_sender and ticket.latest is not None and ticket.latest.sender_ref:
        actions.append(ResolveAtSender(sender_ref=ticket.latest.sender_ref))
    return Plan(ticket=ticket, actions=tuple(actions))


def _on_the_issue(before: Ticket, g: _Gathered, rules: Rules, now: datetime) -> tuple[Ticket, list[Action]]:
    ticket = g.ticket
    notice = f"{ticket.id}.notice.{ticket.notices + 1}"
    if ticket.issue is None:
        if g.adopt is not None:
            return ticket, [AdoptIssue(issue=g.adopt.issue, faults=g.adopt.faults)]
        return ticket, [_open(ticket)] if g.counted else []
    closing = ticket.closing
    if closing is not None:
        if not g.returned:
            return ticket, []
        if now - closing.at > rules.regression:
            ticket = _moved_on(ticket, ticket.issue)
            return ticket, [_open(ticket)]
        return ticket, [Reopen(op=notice, closing=closing)]
    actions = _occurrences(before, ticket, g, rules)
    if g.said is not None:
        actions.append(TellSenderSaid(op=notice, said=g.said))
        if rules.close_when_resolved:
            actions.append(CloseIssue(at=now))
    return ticket, actions


def _open(ticket: Ticket) -> OpenIssue:
    return OpenIssue(op=f"{ticket.id}.open.{len(ticket.earlier) + 1}")


def _occurrences(before: Ticket, ticket: Ticket, g: _Gathered, rules: Rules) -> list[Action]:
    if not g.counted or ticket.burst is None:
        return [RefreshBody()] if g.body_stale and g.said is None else []
    if ticket.counters == before.counters:
        return [RefreshBody()]  # the event behind an announcement that was counted: it only tells more
    if ticket.locked:
        return [RefreshBody()]
    earlier = before.burst.count if before.burst is not None and ticket.burst.count > g.counted else 0
    due = ticket.burst.comment is None or milestone(ticket.burst.count) > milestone(earlier)
    if due and ticket.comments < rules.most_comments:
        return [AddOccurrence(op=f"{ticket.id}.occurrence.{ticket.comments + 1}")]
    if ticket.burst.comment is not None:
        return [EditOccurrence(comment=ticket.burst.comment)]
    return [RefreshBody()]


def _moved_on(ticket: Ticket, issue: IssueRef) -> Ticket:
    """The error's old issue stays as it is; the ticket goes on in a new one."""
    old = EarlierIssue(ref=issue, closed_at=ticket.closing.at if ticket.closing is not None else None)
    return msgspec.structs.replace(
        ticket, issue=None, closing=None, earlier=(*ticket.earlier, old), comments=0, assigned=(), labels=()
    )
