"""The table of `decisions/settling.py`: alerts, and what is done about an error at its sender."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.decisions.settling import EVENT_FOLLOWS, Rules
from app.domain.actions import (
    Action,
    CloseIssue,
    OfferPostMortem,
    RefreshBody,
)
from app.domain.alerts import Alert, Impact
from app.domain.mail import (
    AlertArrived,
    Mail,
    SenderVerb,
)
from app.domain.tickets import Beginning, EarlierIssue, Ticket
from tests.unit.decisions.cases import (
    ADD,
    ANNOUNCED,
    BURST,
    CLOSED,
    DAY,
    DONE,
    EDIT,
    ERROR,
    HOUR,
    ISSUE,
    LONG_CLOSED,
    NEW,
    NOT_PLANNED,
    NOW,
    OPEN,
    OPEN_FIRST,
    OPEN_SECOND,
    REOPEN,
    REPORT,
    RESOLVED,
    TELL,
    alerts,
    report,
    said,
    settled,
    with_,
)


@pytest.mark.parametrize(
    ("ticket", "mail", "expected"),
    [
        pytest.param(NEW, alerts(), (OPEN_FIRST,), id="the first alert opens the ticket"),
        pytest.param(NEW, alerts(10_000), (OPEN_FIRST,), id="ten thousand at once are one call"),
        pytest.param(NEW, alerts(alert=ANNOUNCED) + alerts(), (OPEN_FIRST,), id="an announcement with its event"),
        pytest.param(OPEN, alerts(), (EDIT,), id="a burst edits its comment"),
        pytest.param(OPEN, alerts(7), (ADD,), id="the burst's tenth is a new comment"),
        pytest.param(OPEN, alerts(997), (ADD,), id="its tenth, hundredth and thousandth at once are one"),
        pytest.param(with_(OPEN, burst=with_(BURST, count=10)), alerts(), (EDIT,), id="its eleventh is not"),
        pytest.param(with_(OPEN, burst=with_(BURST, comment=None)), alerts(), (ADD,), id="a burst's first comment"),
        pytest.param(
            with_(OPEN, burst=with_(BURST, last_at=NOW - 2 * HOUR)), alerts(), (ADD,), id="a new one after a quiet hour"
        ),
        pytest.param(with_(OPEN, comments=50, burst=None), alerts(), (RefreshBody(),), id="fifty: the body alone"),
        pytest.param(with_(OPEN, comments=50), alerts(7), (EDIT,), id="fifty: the last one is edited on"),
        pytest.param(with_(OPEN, locked=True), alerts(), (RefreshBody(),), id="locked: the body alone"),
        pytest.param(OPEN, [], (), id="nothing arrived"),
        pytest.param(CLOSED, alerts(), (REOPEN,), id="closed as completed: reopened"),
        pytest.param(LONG_CLOSED, alerts(), (OPEN_SECOND,), id="closed thirty days ago: a new one"),
        pytest.param(NOT_PLANNED, alerts(), (), id="closed as not planned: counted"),
        pytest.param(CLOSED, alerts(at=NOW - 2 * DAY), (), id="it happened before the closing: counted"),
        pytest.param(
            CLOSED, alerts(at=DONE.at + timedelta(milliseconds=900)), (), id="in the closing's second: counted"
        ),
        pytest.param(CLOSED, alerts(at=DONE.at + timedelta(seconds=1)), (REOPEN,), id="a second later: reopened"),
    ],
)
def test_what_an_alert_does(ticket: Ticket, mail: list[Mail], expected: tuple[Action, ...]) -> None:
    plan = settled(ticket, mail)
    assert plan.actions == expected
    announcements = any(isinstance(item, AlertArrived) and item.alert.first_of_error for item in mail)
    assert plan.ticket.counters.occurrences == ticket.counters.occurrences + len(mail) - announcements


def test_a_new_issue_after_thirty_days_remembers_the_old() -> None:
    plan = settled(LONG_CLOSED, alerts())
    assert plan.ticket.earlier == (EarlierIssue(ref=ISSUE, closed_at=NOW - 31 * DAY),)
    assert (plan.ticket.issue, plan.ticket.closing) == (None, None)


@pytest.mark.parametrize(
    ("ticket", "mail", "now", "waits"),
    [
        pytest.param(NEW, alerts(alert=ANNOUNCED), NOW, NOW + EVENT_FOLLOWS, id="an announcement alone waits"),
        pytest.param(NEW, alerts(alert=ANNOUNCED), NOW + EVENT_FOLLOWS, None, id="not for ever"),
        pytest.param(NEW, alerts(), NOW, None, id="an event does not wait"),
        pytest.param(NEW, [*alerts(alert=ANNOUNCED), *alerts(at=NOW + DAY)], NOW, None, id="nor with another event"),
        pytest.param(NEW, [*alerts(alert=ANNOUNCED), report()], NOW, None, id="a person does not wait"),
        pytest.param(with_(OPEN, issue=None), alerts(alert=ANNOUNCED), NOW, None, id="an error known before"),
        pytest.param(with_(NEW, first=ANNOUNCED), alerts(alert=ANNOUNCED), NOW, None, id="or that waited before"),
        pytest.param(with_(OPEN, first=ANNOUNCED), alerts(), NOW, None, id="a ticket that is open"),
    ],
)
def test_an_announcement_waits_for_its_event(
    ticket: Ticket, mail: list[Mail], now: datetime, waits: datetime | None
) -> None:
    plan = settled(ticket, mail, now=now)
    assert plan.wait_until == waits
    if waits is not None:
        assert (plan.ticket, plan.actions) == (ticket, ()), "nothing is settled before"


@pytest.mark.parametrize(
    ("ticket", "alert", "expected"),
    [
        pytest.param(with_(OPEN, first=ANNOUNCED, latest=ANNOUNCED), ERROR, (RefreshBody(reroute=True),), id="more"),
        pytest.param(with_(OPEN, first=REPORT, latest=REPORT), ERROR, (RefreshBody(),), id="a person was first"),
        pytest.param(OPEN, ANNOUNCED, (), id="an announcement tells nothing more"),
    ],
)
def test_an_event_that_was_announced_only_tells_more(
    ticket: Ticket, alert: Alert, expected: tuple[Action, ...]
) -> None:
    began = Beginning(sender_ref="4711", at=NOW, announced=not alert.first_of_error, happened=alert.first_of_error)
    plan = settled(with_(ticket, began=(began,)), alerts(alert=alert))
    assert plan.actions == expected
    assert plan.ticket.counters.occurrences == 3


@pytest.mark.parametrize(
    ("ticket", "mail", "rules", "expected"),
    [
        pytest.param(OPEN, [RESOLVED], Rules(), (TELL,), id="resolved there: said"),
        pytest.param(
            OPEN, [RESOLVED], Rules(close_when_resolved=True), (TELL, CloseIssue(at=NOW)), id="closed where configured"
        ),
        pytest.param(
            with_(OPEN, impact=Impact.SEVERE),
            [RESOLVED],
            Rules(close_when_resolved=True),
            (TELL, CloseIssue(at=NOW), OfferPostMortem(op="3.offer.1")),
            id="closed, and it was severe: a post-mortem is offered",
        ),
        pytest.param(OPEN, [*alerts(), RESOLVED], Rules(), (EDIT, TELL), id="after what happened before it"),
        pytest.param(CLOSED, [RESOLVED], Rules(), (), id="resolved there, closed here"),
        pytest.param(NEW, [RESOLVED], Rules(), (), id="resolved there, and no ticket"),
        pytest.param(OPEN, [said(SenderVerb.ASSIGNED, "Kim")], Rules(), (), id="who works on it there is shown there"),
        pytest.param(OPEN, [RESOLVED, said(SenderVerb.REGRESSED)], Rules(), (RefreshBody(),), id="resolved, and back"),
        pytest.param(CLOSED, [said(SenderVerb.REGRESSED)], Rules(), (REOPEN,), id="regressed there: reopened"),
        pytest.param(CLOSED, [said(SenderVerb.UNRESOLVED)], Rules(), (REOPEN,), id="unresolved there: reopened"),
        pytest.param(NOT_PLANNED, [said(SenderVerb.ESCALATING)], Rules(), (), id="not planned: stays closed"),
        pytest.param(OPEN, [said(SenderVerb.ARCHIVED)], Rules(), (RefreshBody(),), id="archived there: shown"),
        pytest.param(
            OPEN, [*alerts(), said(SenderVerb.ARCHIVED)], Rules(), (EDIT, RefreshBody()), id="and by its label"
        ),
        pytest.param(
            with_(OPEN, silenced="archived"), [said(SenderVerb.ESCALATING)], Rules(), (RefreshBody(),), id="no longer"
        ),
        pytest.param(
            with_(OPEN, silenced="archived"), [RESOLVED], Rules(), (TELL, RefreshBody()), id="resolved, so not silenced"
        ),
        pytest.param(CLOSED, [said(SenderVerb.ARCHIVED)], Rules(), (), id="archived there, closed here"),
    ],
)
def test_what_is_done_about_it_at_the_sender(
    ticket: Ticket, mail: list[Mail], rules: Rules, expected: tuple[Action, ...]
) -> None:
    plan = settled(ticket, mail, rules)
    assert plan.actions == expected
    assert plan.ticket.counters.users == 5, "the sender's totals are taken over"


@pytest.mark.parametrize(
    ("verb", "detail", "silenced", "resolved"),
    [
        (SenderVerb.ARCHIVED, "archived_forever", "archived_forever", False),
        (SenderVerb.ARCHIVED, "", "archived", False),
        (SenderVerb.ESCALATING, "", "", False),
        (SenderVerb.RESOLVED, "", "", True),
    ],
)
def test_the_ticket_knows_how_it_stands_at_the_sender(
    verb: SenderVerb, detail: str, silenced: str, resolved: bool
) -> None:
    plan = settled(with_(OPEN, silenced="before"), [said(verb, detail)])
    assert (plan.ticket.silenced, plan.ticket.resolved_by_sender is not None) == (silenced, resolved)
