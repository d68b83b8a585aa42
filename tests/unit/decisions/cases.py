"""Tickets, mail and the settling of it, for the tables of what settling decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from app.decisions.settling import Plan, Rules, Settling
from app.domain.actions import (
    AddOccurrence,
    EditOccurrence,
    OpenIssue,
    PointAtTicket,
    Reopen,
    TellSenderSaid,
)
from app.domain.alerts import Alert, Impact, Sender
from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.domain.mail import (
    AlertArrived,
    IssueChanged,
    IssueVerb,
    Mail,
    SenderSaid,
    SenderVerb,
)
from app.domain.tickets import Around, Beginning, Burst, Closing, Counters, Ticket

F = TypeVar("F", bound=Fact)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = Repository(id=1, name="acme/shop", installation=9)
ISSUE = IssueRef(repository=HOME, number=7, id=70, node_id="I_7")
OTHER = IssueRef(repository=HOME, number=8, id=80, node_id="I_8")
THIRD = IssueRef(repository=HOME, number=9, id=90, node_id="I_9")
COMMENT = CommentRef(id=5, node_id="C_5")
ERROR = Alert(sender=Sender.SENTRY, title="KeyError: 'x'", occurred_at=NOW, fingerprint="v1:a", sender_ref="4711")
ANNOUNCED = msgspec.structs.replace(ERROR, first_of_error=True)
REPORT = Alert(sender=Sender.PERSON, title="It is white", occurred_at=NOW, impact=Impact.SEVERE)
NEW = Ticket(id=3)
BURST = Burst(count=3, first_at=NOW - timedelta(minutes=5), last_at=NOW - timedelta(minutes=1), comment=COMMENT)
OPEN = Ticket(
    id=3,
    issue=ISSUE,
    first=ERROR,
    latest=ERROR,
    counters=Counters(occurrences=3),
    began=(Beginning(sender_ref="4711", at=NOW - DAY, announced=True, happened=True),),
    burst=BURST,
    comments=1,
)
DONE = Closing(at=NOW - DAY, by="jo")
CLOSED = msgspec.structs.replace(OPEN, closing=DONE, burst=None)
NOT_PLANNED = msgspec.structs.replace(CLOSED, closing=msgspec.structs.replace(DONE, reason="not_planned"))
LONG_CLOSED = msgspec.structs.replace(CLOSED, closing=msgspec.structs.replace(DONE, at=NOW - 31 * DAY))
ADD, EDIT = AddOccurrence(op="3.occurrence.2"), EditOccurrence(comment=COMMENT)


def alerts(count: int = 1, at: datetime = NOW, alert: Alert = ERROR) -> list[Mail]:
    return [AlertArrived(alert=msgspec.structs.replace(alert, occurred_at=at))] * count


def seen(ref: IssueRef = ISSUE, *, at: datetime = NOW, **more: object) -> IssueSeen:
    known = IssueSeen(ref=ref, title="t", body="people's", body_exact=True, author="jo", open=True, updated_at=at)
    return msgspec.structs.replace(known, **more)


def changed(verb: IssueVerb, issue: IssueSeen | None = None, at: datetime = NOW, **more: object) -> IssueChanged:
    return msgspec.structs.replace(
        IssueChanged(verb=verb, issue=seen() if issue is None else issue, actor="jo", at=at), **more
    )


def closed(reason: str = "completed", at: datetime = NOW) -> IssueChanged:
    return changed(IssueVerb.CLOSED, seen(open=False, state_reason=reason, at=at), at)


def report(ref: IssueRef = OTHER, alert: Alert | None = REPORT, faults: tuple[str, ...] = ()) -> IssueChanged:
    return changed(IssueVerb.REPORTED, seen(ref), alert=alert, faults=faults)


def said(verb: SenderVerb, detail: str = "") -> SenderSaid:
    return SenderSaid(alert=msgspec.structs.replace(ERROR, users=5), verb=verb, detail=detail, actor="Nick")


def settled(ticket: Ticket, mail: Sequence[Mail], rules: Rules | None = None, now: datetime = NOW) -> Plan:
    settling = Settling(ticket, rules or Rules(), lambda it: Around(before=it.body) if it.body_exact else None)
    for item in mail:
        settling.take(NOW, item)
    return settling.plan(now)


def with_(fact: F, **more: object) -> F:
    return msgspec.structs.replace(fact, **more)


OPEN_FIRST, OPEN_SECOND = OpenIssue(op="3.open.1"), OpenIssue(op="3.open.2")
REOPEN = Reopen(op="3.reopen.1", closing=DONE)
POINT = PointAtTicket(op="3.pointer.1.8", issue=OTHER)
RESOLVED = said(SenderVerb.RESOLVED)
TELL = TellSenderSaid(op="3.said.resolved.1", said=RESOLVED)
