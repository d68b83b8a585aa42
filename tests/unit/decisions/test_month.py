"""A month's post-mortems in figures: the module's tables. In November 2026 summer time ends on the first day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.decisions.month import MONTHS, seen, team_of
from app.decisions.report_times import month_before
from app.domain.following_up import Cause, Memory, Paper, Post
from app.domain.issues import IssueRef, Repository
from app.domain.links import Ending
from app.domain.month import MonthSeen
from app.domain.reporting import Kind, Mark, Row
from app.domain.squad import Squad
from app.domain.standup import Case
from app.intake.post_mortem import read

SQUAD = Squad.model_validate(
    {
        "time_zone": "America/New_York",
        "business_hours": {"start": "09:00", "end": "17:00"},
        "teams": [
            {"name": "Whiskey", "lead": "mark", "github": "acme/whiskey"},
            {"name": "Foxtrot", "lead": "alex"},
        ],
    }
)
FIRST, END = month_before(SQUAD, date(2026, 12, 1))
MARK = Mark(kind=Kind.MONTHLY, key="2026-12-01", since=FIRST, until=END)
DAY = timedelta(days=1)
REPOSITORY = Repository(id=7, name="acme/shop", installation=0)


def at(text: str) -> datetime:
    """On the clock of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def issue(number: int) -> IssueRef:
    return IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}")


def case(
    number: int, opened: str, *items: str, closed: str = "", app: str = "Reader", team: str = "Tango", **more: Any
) -> Case:
    paper = Paper(items=read("## Action items\n\n" + "\n".join(f"- {item}" for item in items)).items)
    usual: dict[str, Any] = {
        "issue": issue(number),
        "paper": paper,
        "opened_at": at(opened),
        "open": not closed,
        "closed_at": at(closed) if closed else None,
        "reason": "completed" if closed else "",
    }
    return Case(title=f"Post-mortem {number}", app=app, team=team, post=Post(**(usual | more)))


def month(*cases: Case, rows: tuple[Row, ...] = (), squad: Squad = SQUAD) -> MonthSeen:
    return seen(cases, rows, MARK, squad)


def test_the_month_is_the_squads() -> None:
    assert (at("2026-11-01T04:00"), at("2026-12-01T05:00")) == (FIRST, END)
    assert [it.since for it in month().months] == [date(2026, nth, 1) for nth in range(6, 12)]
    assert len(month().months) == MONTHS
    assert month_before(Squad(), date(2027, 1, 31)) == (at("2026-12-01T00:00"), at("2027-01-01T00:00"))


@pytest.mark.parametrize(
    ("what", "begun", "done", "stood"),
    [
        pytest.param(case(1, "2026-11-01T04:00"), 1, 0, 1, id="in its first moment"),
        pytest.param(case(1, "2026-11-01T03:59"), 0, 0, 1, id="a minute before"),
        pytest.param(case(1, "2026-12-01T05:00"), 0, 0, 0, id="after it"),
        pytest.param(case(1, "2026-10-10T12:00", closed="2026-11-30T12:00"), 0, 1, 0, id="done in it"),
        pytest.param(case(1, "2026-11-10T12:00", closed="2026-12-01T05:00"), 1, 0, 1, id="done after it"),
        pytest.param(case(1, "2026-11-10T12:00", closed="2026-11-11T12:00"), 1, 1, 0, id="begun and done in it"),
        pytest.param(
            case(1, "2026-11-10T12:00", closed="2026-11-11T12:00", reason="not_planned"), 0, 0, 0, id="dropped"
        ),
    ],
)
def test_begun_done_and_open(what: Case, begun: int, done: int, stood: int) -> None:
    found = month(what)
    assert (found.months[-1].begun, found.months[-1].done, found.open) == (begun, done, stood)
    assert [it.issue.number for it in found.stories] == ([1] if begun or done or stood else [])


def test_items_by_links_count_for_the_month_of_their_post_mortem() -> None:
    found = month(
        case(1, "2026-11-03T12:00", "[x] one", "[ ] two", "[ ] by 2026-11-30: three", "[ ] by 2026-12-01: four"),
        case(2, "2026-11-04T12:00", "[x] one", "[ ] by 2026-11-10: two", closed="2026-11-20T12:00"),
        case(3, "2026-10-04T12:00", "[ ] by 2026-11-10: one"),
    )
    this, before = found.months[-1], found.months[-2]
    assert (this.items, this.ticked, this.open, this.overdue, this.left) == (6, 2, 3, 1, 1)
    assert (before.items, before.ticked, before.open, before.overdue, before.left) == (1, 0, 1, 1, 0)


def test_what_an_item_links_makes_it_done() -> None:
    what = case(1, "2026-11-03T12:00", "[ ] merge #7")
    key = what.post.paper.items[0].key
    what = case(1, "2026-11-03T12:00", "[ ] merge #7", endings=(Ending(key=key, done=True, urls=()),))
    assert (month(what).months[-1].ticked, month(what).months[-1].open) == (1, 0)


def test_apps_and_causes_with_the_month_before() -> None:
    said = Paper(cause=Cause.DEPLOY)
    found = month(
        case(1, "2026-11-03T12:00", paper=said),
        case(2, "2026-11-04T12:00", app="eFolder"),
        case(3, "2026-10-04T12:00", paper=said),
        case(4, "2026-07-04T12:00", paper=said, app=""),
        case(5, "2026-05-04T12:00", app="Dispatch"),
    )
    assert [(it.name, it.begun, it.before, it.half_year) for it in found.apps] == [
        ("Reader", 1, 1, 2), ("eFolder", 1, 0, 1), ("", 0, 0, 1),
    ]  # fmt: skip
    assert [(it.name, it.begun, it.before, it.half_year) for it in found.causes] == [("deploy", 1, 1, 3), ("", 1, 0, 1)]


@pytest.mark.parametrize(
    ("words", "team"),
    [
        ("@jo: a", "Tango"),
        ("@Mark: a", "Whiskey"),
        ("@acme/Whiskey: a", "Whiskey"),
        ("@jo @alex @mark: a", "Foxtrot"),
        ("a", "Tango"),
    ],
)
def test_an_items_team(words: str, team: str) -> None:
    (item,) = read(f"## Action items\n\n- [ ] {words}").items
    assert team_of(item, "Tango", SQUAD) == team


def test_open_items_by_team() -> None:
    found = month(
        case(1, "2026-02-03T12:00", "[ ] @mark by 2026-11-03: a", "[ ] @alex: b", "[x] @alex: c", "[ ] d"),
        case(2, "2026-11-03T12:00", "[ ] @mark: b", team=""),
        case(3, "2026-11-03T12:00", "[ ] @mark: b", closed="2026-11-04T12:00"),
    )
    assert [(it.name, it.open, it.overdue) for it in found.teams] == [
        ("Whiskey", 2, 1), ("Foxtrot", 1, 0), ("Tango", 1, 0),
    ]  # fmt: skip


def test_times_are_in_business_days() -> None:
    """From Friday at noon in New York to Monday at noon is one of them; clocks change in between."""
    found = month(
        case(1, "2026-10-30T16:00", closed="2026-11-02T17:00", memory=Memory(feedback_on=date(2026, 11, 2))),
        case(2, "2026-11-02T14:00", closed="2026-11-04T18:00", memory=Memory(feedback_on=date(2026, 11, 2))),
        case(3, "2026-10-01T14:00", closed="2026-10-02T14:00", memory=Memory(feedback_on=date(2026, 10, 5))),
        case(4, "2026-11-02T14:00"),
    )
    this, before = found.done
    assert this is not None
    assert (this.number, this.middle, this.longest) == (2, DAY, 2.5 * DAY)
    assert before is not None
    assert before.number == 1
    this, before = found.feedback
    assert this is not None
    assert (this.number, this.middle, this.longest) == (2, 0 * DAY, DAY)
    assert before is not None
    assert (before.number, before.middle) == (1, 2 * DAY)
    assert month().done == month().feedback == (None, None)


def row(number: int, made: str, *post_mortems: int, **more: Any) -> Row:
    usual: dict[str, Any] = {"made_at": at(made), "opened_at": at(made), "post_mortems": post_mortems}
    return Row(issue=issue(number), title="KeyError", **(usual | more))


CAME_BACK = {"regressions": 1, "opened_at": at("2026-11-20T12:00")}
LEFT = case(9, "2026-10-04T12:00", "[ ] @jo by 2026-10-20: one", "[x] two", "[ ] three", closed="2026-10-20T12:00")


@pytest.mark.parametrize(
    ("what", "ticket", "repeats"),
    [
        pytest.param(LEFT, row(1, "2026-09-01T12:00", 9, **CAME_BACK), True, id="reopened"),
        pytest.param(LEFT, row(1, "2026-11-20T12:00", 9), True, id="a new ticket of an old error"),
        pytest.param(LEFT, row(1, "2026-11-20T12:00"), False, id="no post-mortem"),
        pytest.param(LEFT, row(1, "2026-11-20T12:00", 8), False, id="a post-mortem that is none any more"),
        pytest.param(LEFT, row(1, "2026-10-20T12:00", 9), False, id="in another month"),
        pytest.param(
            case(9, "2026-10-04T12:00", "[ ] a"), row(1, "2026-11-20T12:00", 9), True, id="the post-mortem is open"
        ),
        pytest.param(case(9, "2026-10-04T12:00", "[x] a"), row(1, "2026-11-20T12:00", 9), False, id="all was done"),
        pytest.param(
            case(9, "2026-11-20T12:01", "[ ] a"), row(1, "2026-11-20T12:00", 9), False, id="begun after it came"
        ),
    ],
)
def test_what_came_back(what: Case, ticket: Row, repeats: bool) -> None:
    found = month(what, rows=(ticket,)).repeats
    assert [(it.row.number, it.post_mortem.number) for it in found] == ([(1, 9)] if repeats else [])


def test_what_came_back_tells_what_is_left_the_latest_first() -> None:
    found = month(LEFT, rows=(row(1, "2026-11-20T12:00", 9), row(2, "2026-11-21T12:00", 9))).repeats
    assert [it.row.number for it in found] == [2, 1]
    assert [(item.what, due) for item, due in found[0].left] == [("one", date(2026, 10, 20)), ("three", None)]
    assert found[0].began == date(2026, 10, 4)
