"""The table of `decisions/settling.py`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.decisions.settling import Rules, settle
from app.domain.actions import Action, AddOccurrence, EditOccurrence, OpenIssue, RefreshBody, Reopen
from app.domain.alerts import Alert, Sender
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.mail import AlertArrived
from app.domain.tickets import Burst, Closing, Counters, EarlierIssue, Ticket

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ISSUE = IssueRef(repository=Repository(id=1, name="acme/shop", installation=9), number=7, id=70, node_id="I_7")
COMMENT = CommentRef(id=5, node_id="C_5")
NEW = Ticket(id=3)
BURST = Burst(count=3, first_at=NOW - timedelta(minutes=5), last_at=NOW - timedelta(minutes=1), comment=COMMENT)
OPEN = Ticket(id=3, issue=ISSUE, counters=Counters(occurrences=3), burst=BURST, comments=1)
CLOSED = Closing(at=NOW - timedelta(days=1), by="jo")
LONG_AGO = Closing(at=NOW - timedelta(days=31), by="jo")


def alerts(count: int, at: datetime = NOW) -> list[tuple[datetime, AlertArrived]]:
    alert = Alert(sender=Sender.SENTRY, title="KeyError: 'x'", occurred_at=at, fingerprint="v1:a")
    return [(NOW, AlertArrived(alert=alert))] * count


@pytest.mark.parametrize(
    ("ticket", "mail", "expected"),
    [
        pytest.param(NEW, alerts(1), (OpenIssue(op="3.open.1"),), id="the first alert opens the ticket"),
        pytest.param(NEW, alerts(10_000), (OpenIssue(op="3.open.1"),), id="ten thousand at once are one call"),
        pytest.param(OPEN, alerts(1), (EditOccurrence(comment=COMMENT),), id="a burst edits its comment"),
        pytest.param(OPEN, alerts(7), (AddOccurrence(op="3.occurrence.2"),), id="the burst's tenth is a new comment"),
        pytest.param(
            msgspec.structs.replace(OPEN, burst=msgspec.structs.replace(BURST, last_at=NOW - timedelta(hours=2))),
            alerts(1),
            (AddOccurrence(op="3.occurrence.2"),),
            id="after a quiet hour a new comment",
        ),
        pytest.param(
            msgspec.structs.replace(OPEN, comments=50, burst=None),
            alerts(1),
            (RefreshBody(),),
            id="after fifty comments the body alone",
        ),
        pytest.param(
            msgspec.structs.replace(OPEN, locked=True), alerts(1), (RefreshBody(),), id="locked: the body alone"
        ),
        pytest.param(
            msgspec.structs.replace(OPEN, closing=CLOSED),
            alerts(1),
            (Reopen(op="3.notice.1", closing=CLOSED),),
            id="an error that comes back is reopened",
        ),
        pytest.param(
            msgspec.structs.replace(OPEN, closing=CLOSED),
            alerts(1, NOW - timedelta(days=2)),
            (),
            id="an alert from before the closing is no regression",
        ),
        pytest.param(
            msgspec.structs.replace(OPEN, closing=msgspec.structs.replace(CLOSED, reason="not_planned")),
            alerts(1),
            (),
            id="closed as not planned is counted, not reopened",
        ),
        pytest.param(
            msgspec.structs.replace(OPEN, closing=LONG_AGO),
            alerts(1),
            (OpenIssue(op="3.open.2"),),
            id="after thirty days a new issue",
        ),
    ],
)
def test_what_an_alert_does(
    ticket: Ticket, mail: list[tuple[datetime, AlertArrived]], expected: tuple[Action, ...]
) -> None:
    plan = settle(ticket, mail, Rules(), NOW)
    assert plan.actions == expected
    assert plan.ticket.counters.occurrences == ticket.counters.occurrences + len(mail)


def test_a_new_issue_after_thirty_days_remembers_the_old() -> None:
    plan = settle(msgspec.structs.replace(OPEN, closing=LONG_AGO), alerts(1), Rules(), NOW)
    assert plan.ticket.earlier == (EarlierIssue(ref=ISSUE, closed_at=LONG_AGO.at),)
