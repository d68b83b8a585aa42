"""The tables of `decisions/report_items.py`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.decisions.report_items import batch, handover, review
from app.domain.alerts import Impact
from app.domain.duty import Duty, Source
from app.domain.issues import IssueRef, Repository
from app.domain.report_items import Why
from app.domain.reporting import Kind, Mark, Past, Row

NOW = datetime(2026, 11, 3, 9, 20, tzinfo=UTC)
SINCE = datetime(2026, 11, 2, 17, tzinfo=UTC)
NIGHT = datetime(2026, 11, 3, 3, tzinfo=UTC)
EARLIER = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
REPOSITORY = Repository(id=1, name="acme/shop", installation=0)
DUTY = Duty(primary="mark", secondary="alex", source=Source.MEMBERS, as_of=NOW)
NONE: frozenset[int] = frozenset()


def mark(kind: Kind = Kind.MORNING) -> Mark:
    return Mark(kind=kind, key="2026-11-03", since=SINCE, until=NOW)


def row(number: int = 7, **more: Any) -> Row:
    usual: dict[str, Any] = {"title": "KeyError", "made_at": EARLIER, "opened_at": EARLIER, "lead": "mark"}
    made = more.get("opened_at", EARLIER) if "made_at" not in more else more["made_at"]
    ref = IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}")
    return Row(issue=ref, **(usual | {"made_at": made} | more))


SEVERE, ANNOYING, UNSURE = Impact.SEVERE, Impact.ANNOYING, Impact.UNSURE


@pytest.mark.parametrize(
    ("ticket", "shown", "left", "why"),
    [
        pytest.param(row(opened_at=NIGHT), NONE, NONE, Why.NEW, id="opened since"),
        pytest.param(row(opened_at=SINCE), NONE, NONE, Why.NEW, id="at the very close"),
        pytest.param(row(made_at=EARLIER, opened_at=NIGHT), NONE, NONE, Why.NEW, id="taken over since"),
        pytest.param(row(made_at=EARLIER, opened_at=NIGHT, regressions=1), NONE, NONE, Why.REOPENED, id="came back"),
        pytest.param(row(opened_at=NIGHT, regressions=1), NONE, NONE, Why.NEW, id="a new issue of an old error"),
        pytest.param(row(last_seen=NIGHT), NONE, NONE, Why.AGAIN, id="occurred since"),
        pytest.param(row(last_seen=EARLIER), NONE, NONE, None, id="occurred before"),
        pytest.param(row(), NONE, NONE, None, id="nothing happened"),
        pytest.param(row(), NONE, frozenset({7}), Why.LEFT, id="nobody ticked it last time"),
        pytest.param(row(last_seen=NIGHT), NONE, frozenset({7}), Why.AGAIN, id="nor this time, and it occurred"),
        pytest.param(row(), frozenset({7}), NONE, Why.LEFT, id="it is in the report already"),
        pytest.param(row(last_seen=LATER), frozenset({7}), NONE, Why.AGAIN, id="there already, and occurred once more"),
        pytest.param(row(last_seen=LATER), NONE, NONE, None, id="after the report was made: the next one's"),
        pytest.param(row(opened_at=LATER), NONE, NONE, None, id="opened after it was made"),
    ],
)
def test_what_a_morning_lists(ticket: Row, shown: frozenset[int], left: frozenset[int], why: Why | None) -> None:
    found = review([ticket], [], mark(), DUTY, shown=shown, left=left)
    assert [item.why for item in found.undecided] == ([why] if why else [])


def test_a_morning_has_what_is_undecided_first_then_the_teams_and_the_worst_of_each() -> None:
    tickets = [
        row(1, opened_at=NIGHT, impact=ANNOYING, team="Whiskey", occurrences=99),
        row(2, opened_at=NIGHT, impact=SEVERE, team="Whiskey"),
        row(3, opened_at=NIGHT, impact=UNSURE, team="foxtrot"),
        row(4, opened_at=NIGHT, impact=UNSURE),
        row(5, opened_at=NIGHT, team="Whiskey", occurrences=1),
        row(6, opened_at=NIGHT, team="Tango", occurrences=5),
    ]
    found = review(tickets, [], mark(), DUTY, shown=NONE, left=NONE)
    assert [item.row.number for item in found.undecided] == [6, 5]
    assert [(team, [item.row.number for item in items]) for team, items in found.teams] == [
        ("foxtrot", [3]),
        ("Whiskey", [2, 1]),
        ("", [4]),
    ]


def test_a_morning_counts_what_is_silenced_and_tells_what_is_closed() -> None:
    tickets = [
        row(1, opened_at=NIGHT, open=False),
        row(2, last_seen=NIGHT, silenced=True),
        row(3, silenced=True),
        row(4, open=False),
    ]
    found = review(tickets, [], mark(), DUTY, shown=NONE, left=NONE)
    assert (found.undecided, found.teams) == ((), ())
    assert ([it.number for it in found.closed], found.silenced) == ([1], 1)


def test_support_tickets_are_glanced_at_the_newest_first() -> None:
    support = [row(1), row(2, made_at=NIGHT), row(3, made_at=NIGHT, open=False)]
    found = review([], support, mark(), DUTY, shown=NONE, left=NONE)
    assert [(glance.row.number, glance.new) for glance in found.support] == [(2, True), (1, False)]


@pytest.mark.parametrize(
    ("ticket", "why"),
    [
        pytest.param(row(impact=ANNOYING, opened_at=NIGHT), Why.NEW, id="opened since"),
        pytest.param(row(impact=ANNOYING, decided_at=NIGHT), Why.NEW, id="decided since"),
        pytest.param(
            row(impact=ANNOYING, opened_at=NIGHT, made_at=EARLIER, regressions=1), Why.REOPENED, id="came back"
        ),
        pytest.param(row(impact=ANNOYING, last_seen=NIGHT), Why.AGAIN, id="occurred since"),
        pytest.param(row(impact=ANNOYING), None, id="nothing new"),
        pytest.param(row(impact=SEVERE, opened_at=NIGHT), None, id="severe: no matter for a batch"),
        pytest.param(row(opened_at=NIGHT), None, id="undecided"),
        pytest.param(row(impact=ANNOYING, opened_at=NIGHT, silenced=True), None, id="silenced"),
        pytest.param(row(impact=ANNOYING, opened_at=NIGHT, planned=True), None, id="planned"),
        pytest.param(row(impact=ANNOYING, opened_at=NIGHT, open=False), None, id="closed"),
    ],
)
def test_what_a_digest_lists(ticket: Row, why: Why | None) -> None:
    found = batch([ticket], mark(Kind.DIGEST), shown=NONE, left=NONE)
    assert (found.apps[0][1][0].why if found is not None else None) == why


def test_left_over_tickets_alone_make_no_digest() -> None:
    old, new = row(1, impact=ANNOYING), row(2, impact=ANNOYING, opened_at=NIGHT)
    assert batch([old], mark(Kind.DIGEST), shown=NONE, left=frozenset({1})) is None
    found = batch([old, new, row(3, impact=ANNOYING)], mark(Kind.DIGEST), shown=NONE, left=frozenset({1}))
    assert found is not None
    assert [(item.row.number, item.why) for item in found.apps[0][1]] == [(1, Why.LEFT), (2, Why.NEW)]
    assert found.others == 1


def test_a_digest_that_is_there_stays_when_all_is_settled() -> None:
    found = batch([row(1, impact=ANNOYING, open=False)], mark(Kind.DIGEST), shown=frozenset({1}), left=NONE)
    assert found is not None
    assert found.apps == ()


def test_a_digest_is_by_app_the_loudest_first() -> None:
    tickets = [
        row(1, impact=ANNOYING, opened_at=NIGHT, app="Reader"),
        row(2, impact=ANNOYING, opened_at=NIGHT, app="eFolder", occurrences=2),
        row(3, impact=ANNOYING, opened_at=NIGHT, app="eFolder", occurrences=5),
        row(4, impact=ANNOYING, opened_at=NIGHT),
    ]
    found = batch(tickets, mark(Kind.DIGEST), shown=NONE, left=NONE)
    assert found is not None
    assert [(app, [it.row.number for it in its]) for app, its in found.apps] == [
        ("eFolder", [3, 2]),
        ("Reader", [1]),
        ("", [4]),
    ]


def test_a_handoff_tells_what_somebody_has_to_look_after() -> None:
    tickets = [
        row(1, impact=ANNOYING),
        row(2, impact=UNSURE),
        row(3),
        row(4, impact=SEVERE),
        row(5, impact=ANNOYING, asked=("nick",)),
        row(6, silenced=True, silenced_until=NOW + timedelta(days=7)),
        row(7, silenced=True, silenced_until=NOW + timedelta(days=7, seconds=1)),
        row(8, silenced=True),
        row(9, opened_at=NIGHT, open=False, closed_at=NIGHT),
        row(10, open=False, closed_at=EARLIER),
    ]
    last = Past(issue=row(40).issue, mark=mark(Kind.HANDOFF), made_at=EARLIER, open=True, body="")
    found = handover(tickets, mark(Kind.HANDOFF), DUTY, ("jo",), last)
    assert [it.number for it in found.tickets] == [5, 4, 3, 2]
    assert (found.annoying, found.silenced, [it.number for it in found.ending]) == (1, 3, [6])
    assert (found.opened, found.closed) == (1, 1)
    assert (found.before, found.duty, found.last) == (("jo",), DUTY, last)
