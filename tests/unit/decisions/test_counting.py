"""The rules of `decisions/counting.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.counting import HOURS_SHOWN, count_alert, milestone, note_sender_counts
from app.domain.alerts import Alert, Sender
from app.domain.tickets import Counters, Ticket

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
QUIET = timedelta(hours=1)
EVENT = Alert(sender=Sender.SENTRY, title="KeyError", occurred_at=NOW, sender_ref="7", rule="All")
ANNOUNCED = msgspec.structs.replace(EVENT, first_of_error=True, rule="")
REPORT = Alert(sender=Sender.PERSON, title="It is white", occurred_at=NOW, sender_ref="7")
METRIC = Alert(sender=Sender.SENTRY, title="Error rate", occurred_at=NOW)


def _later(alert: Alert, **much: float) -> Alert:
    return msgspec.structs.replace(alert, occurred_at=alert.occurred_at + timedelta(**much))


def _counted(*alerts: Alert) -> Ticket:
    ticket = Ticket(id=1)
    for alert in alerts:
        ticket = count_alert(ticket, alert, alert.occurred_at, QUIET)
    return ticket


@pytest.mark.parametrize(
    ("alerts", "occurrences"),
    [
        pytest.param([EVENT], 1, id="one"),
        pytest.param([EVENT, EVENT], 2, id="two of one time are two"),
        pytest.param([ANNOUNCED, EVENT], 1, id="the announcement and its event"),
        pytest.param([EVENT, ANNOUNCED], 1, id="the event and its announcement"),
        pytest.param([ANNOUNCED, EVENT, EVENT], 2, id="only one event is the announced one"),
        pytest.param([EVENT, ANNOUNCED, ANNOUNCED], 2, id="only one announcement is the event's"),
        pytest.param([ANNOUNCED, _later(EVENT, seconds=1)], 2, id="an event of another time is another one"),
        pytest.param([_later(EVENT, hours=1), ANNOUNCED], 2, id="an announcement of another time, too"),
        pytest.param([REPORT, ANNOUNCED, EVENT], 2, id="after a person's report of the same second"),
        pytest.param([ANNOUNCED, REPORT, EVENT], 2, id="with a report between"),
        pytest.param(
            [ANNOUNCED, msgspec.structs.replace(EVENT, sender_ref="8")], 2, id="another error's event on one ticket"
        ),
        pytest.param([METRIC, METRIC], 2, id="what has no error of its own at the sender"),
    ],
)
def test_every_alert_counts_once(alerts: list[Alert], occurrences: int) -> None:
    ticket = _counted(*alerts)
    assert ticket.counters.occurrences == occurrences
    assert ticket.burst is not None
    assert ticket.burst.count == occurrences


@pytest.mark.parametrize(
    ("alerts", "first", "latest"),
    [
        pytest.param([ANNOUNCED, EVENT], EVENT, EVENT, id="the event tells more than its announcement"),
        pytest.param([EVENT, ANNOUNCED], EVENT, EVENT, id="and is not replaced by it"),
        pytest.param([REPORT, ANNOUNCED, EVENT], REPORT, EVENT, id="a person's report stays the first"),
        pytest.param([EVENT, _later(EVENT, hours=-1)], EVENT, EVENT, id="what comes late is not the latest"),
        pytest.param([EVENT, _later(EVENT, hours=1)], EVENT, _later(EVENT, hours=1), id="the latest by its own time"),
    ],
)
def test_the_first_and_the_latest(alerts: list[Alert], first: Alert, latest: Alert) -> None:
    ticket = _counted(*alerts)
    assert (ticket.first, ticket.latest) == (first, latest)


@pytest.mark.parametrize(
    ("pauses", "burst"),
    [
        pytest.param([0, 30, 30], 3, id="no quiet hour between them"),
        pytest.param([0, 60], 2, id="an hour to the second is not over"),
        pytest.param([0, 61], 1, id="a quiet hour ends it"),
        pytest.param([0, 61, 5], 2, id="and a new one begins"),
    ],
)
def test_a_burst(pauses: list[int], burst: int) -> None:
    alerts = [EVENT]
    for pause in pauses[1:]:
        alerts.append(_later(alerts[-1], minutes=pause))
    ticket = _counted(*alerts)
    assert ticket.burst is not None
    assert (ticket.burst.count, ticket.burst.last_at) == (burst, alerts[-1].occurred_at)


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [(None, None, None), (None, 3, 3), (3, None, 3), (3, 5, 5), (5, 3, 5)],
)
def test_the_senders_totals_only_grow(known: int | None, told: int | None, kept: int | None) -> None:
    counters = Counters(users=known, sender_count=known)
    alert = msgspec.structs.replace(EVENT, users=told, sender_count=told)
    assert note_sender_counts(counters, alert) == Counters(users=kept, sender_count=kept)


@pytest.mark.parametrize(
    ("count", "passed"), [(0, 0), (1, 0), (9, 0), (10, 10), (99, 10), (100, 100), (12_345, 10_000)]
)
def test_milestones(count: int, passed: int) -> None:
    assert milestone(count) == passed


@given(st.lists(st.integers(min_value=-60 * 24 * 3, max_value=60 * 24 * 3), min_size=1, max_size=60))
def test_the_last_day_by_the_hour(minutes: list[int]) -> None:
    alerts = [_later(EVENT, minutes=minute) for minute in minutes]
    counters = _counted(*alerts).counters
    hours = dict(counters.hours)
    newest = max(int(alert.occurred_at.timestamp()) // 3600 for alert in alerts)
    assert counters.occurrences == len(alerts)
    assert (counters.first_seen, counters.last_seen) == (
        min(alert.occurred_at for alert in alerts),
        max(alert.occurred_at for alert in alerts),
    )
    assert max(hours) == newest
    assert all(newest - HOURS_SHOWN < hour <= newest for hour in hours)
    assert list(counters.hours) == sorted(counters.hours)
    newest_alerts = [alert for alert in alerts if int(alert.occurred_at.timestamp()) // 3600 == newest]
    assert hours[newest] == len(newest_alerts)
