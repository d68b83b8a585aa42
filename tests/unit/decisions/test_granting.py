"""The tables of `decisions/granting.py`, row by row. Business days are Monday to Friday, nine to five, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.decisions.business_time import Calendar
from app.decisions.granting import Case, decide, person_of
from app.domain.access import (
    AccessStep,
    Box,
    Checklist,
    Finish,
    Item,
    RemindOfAccess,
    Rolling,
    Sight,
    Tell,
)
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.listed import Listed
from app.domain.squad import Squad

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUE = IssueRef(repository=Repository(id=1, name="acme/shop", installation=0), number=7, id=70, node_id="I_7")
COMMENT = CommentRef(id=9, node_id="IC_9")
CALENDAR = Calendar(Squad.model_validate({"business_hours": {"start": "09:00", "end": "17:00"}}))
LISTED = Listed(ref=ISSUE, title="Access", body="", author="jo", author_is_bot=False, opened_at=MONDAY)
CANT = dict.fromkeys(Item, Sight.PEOPLE)
NEEDED = tuple(item for item in Item if item is not Item.PRODUCTION)


def boxes(*ticked: Item, without: tuple[Item, ...] = ()) -> Checklist:
    there = [item for item in Item if item not in without]
    return Checklist(boxes=tuple(Box(item=item, ticked=item in ticked, at=n) for n, item in enumerate(there)))


def case(checklist: Checklist = boxes(), rolling: Rolling | None = None, **more: Any) -> Case:  # noqa: B008 - a constant
    sights = more.pop("sights", {})
    usual = {"person": "jo", "lead": "nick", "days": 2}
    return Case(checklist=checklist, rolling=rolling, sights=CANT | sights, **(usual | more))


def step(now: datetime, it: Case, **listed: Any) -> AccessStep | None:
    return decide(msgspec.structs.replace(LISTED, **listed), it, calendar=CALENDAR, now=now)


def said(at: datetime, it: Case, number: int = 0) -> Rolling:
    """The comment that the job made of this case."""
    made = step(MONDAY, msgspec.structs.replace(it, rolling=None))
    assert made is not None
    return Rolling(comment=COMMENT, at=at, number=number, report=made.report)


def test_a_first_look_is_told_and_nobody_is_reminded() -> None:
    told = step(MONDAY, case())
    assert isinstance(told, Tell)
    assert (told.comment, told.number, told.ticks) == (None, 0, ())
    assert [line.item for line in told.report.open] == list(NEEDED)


@pytest.mark.parametrize(
    ("ticked", "sight", "ticks", "is_open"),
    [
        pytest.param(True, Sight.SEEN, False, False, id="ticked and seen"),
        pytest.param(True, Sight.ABSENT, False, False, id="ticked and not there: no tick is taken away"),
        pytest.param(True, Sight.REFUSED, False, False, id="ticked, and can't be asked"),
        pytest.param(False, Sight.SEEN, True, False, id="seen: the job ticks it"),
        pytest.param(False, Sight.ABSENT, False, True, id="not there"),
        pytest.param(False, Sight.NO_ADDRESS, False, True, id="can't be seen"),
        pytest.param(False, Sight.REFUSED, False, True, id="can't be asked"),
    ],
)
def test_what_becomes_of_a_line(ticked: bool, sight: Sight, ticks: bool, is_open: bool) -> None:
    checklist = boxes(*((Item.SENTRY,) if ticked else ()))
    told = step(MONDAY, case(checklist, sights={Item.SENTRY: sight}))
    assert isinstance(told, Tell)
    assert (Item.SENTRY in told.ticks) is ticks
    (line,) = [line for line in told.report.lines if line.item is Item.SENTRY]
    assert (line.open, line.sight) == (is_open, sight)


def test_a_line_that_was_taken_out_is_open_whatever_is_seen() -> None:
    told = step(MONDAY, case(boxes(*Item, without=(Item.SSH,)), sights={Item.SSH: Sight.SEEN}))
    assert isinstance(told, Tell)
    assert [(line.item, line.missing) for line in told.report.open] == [(Item.SSH, True)]


def test_an_issue_without_a_line_is_left_alone() -> None:
    assert step(MONDAY + 30 * DAY, case(Checklist())) is None


@pytest.mark.parametrize(
    ("checklist", "sights", "ticks"),
    [
        pytest.param(boxes(*Item), {}, (), id="all ticked"),
        pytest.param(boxes(*NEEDED), {}, (), id="production may come later"),
        pytest.param(boxes(*NEEDED, without=(Item.PRODUCTION,)), {}, (), id="… and its line may be gone"),
        pytest.param(
            boxes(*NEEDED[1:]), {Item.EMAIL: Sight.SEEN}, (Item.EMAIL,), id="the job ticks the last one itself"
        ),
    ],
)
def test_it_is_closed_when_nothing_is_open(
    checklist: Checklist, sights: dict[Item, Sight], ticks: tuple[Item, ...]
) -> None:
    old = Rolling(comment=COMMENT, at=MONDAY, number=3, report=said(MONDAY, case()).report)
    done = step(MONDAY + 30 * DAY, case(checklist, old, sights=sights))
    assert isinstance(done, Finish)
    assert (done.ticks, done.comment) == (ticks, COMMENT)


def test_nothing_new_is_nothing_to_say() -> None:
    it = case()
    assert step(MONDAY + DAY, case(rolling=said(MONDAY, it))) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(case(boxes(Item.AWS)), id="a person ticked"),
        pytest.param(case(sights={Item.SENTRY: Sight.ABSENT}), id="the job sees more"),
        pytest.param(case(boxes(without=(Item.AWS,))), id="a line is gone"),
        pytest.param(case(person="mark"), id="it is another person's"),
    ],
)
def test_a_change_is_told_by_an_edit(change: Case) -> None:
    it = msgspec.structs.replace(change, rolling=said(MONDAY, case(), number=2))
    told = step(MONDAY + timedelta(hours=1), it)
    assert isinstance(told, Tell)
    assert (told.comment, told.number) == (COMMENT, 2), "and the reminders' count stays"


def test_a_tick_that_was_lost_is_made_again() -> None:
    it = case(sights={Item.AWS: Sight.SEEN})
    told = step(MONDAY + timedelta(hours=1), msgspec.structs.replace(it, rolling=said(MONDAY, it)))
    assert isinstance(told, Tell)
    assert told.ticks == (Item.AWS,)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        pytest.param(MONDAY, MONDAY + 2 * DAY, id="two days"),
        pytest.param(MONDAY + 4 * DAY, MONDAY + 8 * DAY, id="over a weekend"),
    ],
)
def test_the_person_is_reminded_after_so_many_business_days(opened: datetime, due: datetime) -> None:
    it = case(rolling=said(opened, case()))
    assert step(due - timedelta(seconds=1), it, opened_at=opened) is None
    reminded = step(due, it, opened_at=opened)
    assert isinstance(reminded, RemindOfAccess)
    assert (reminded.number, reminded.who, reminded.since) == (1, ("jo",), opened)
    assert reminded.comment == COMMENT, "the new comment takes the old one's place"


def test_a_first_look_that_comes_late_reminds_at_once() -> None:
    assert isinstance(step(MONDAY + 9 * DAY, case()), RemindOfAccess)


@pytest.mark.parametrize(
    ("assignees", "lead", "person", "who"),
    [
        pytest.param(("alex",), "nick", "jo", ("jo", "alex"), id="who is assigned"),
        pytest.param(("Jo", "alex"), "nick", "jo", ("jo", "alex"), id="… besides the person"),
        pytest.param((), "nick", "jo", ("jo", "nick"), id="else the map's lead"),
        pytest.param((), "", "jo", ("jo",), id="nobody is known"),
        pytest.param(("nick",), "nick", "nick", ("nick",), id="the lead is new on the squad"),
    ],
)
def test_the_lead_hears_of_the_second_one(
    assignees: tuple[str, ...], lead: str, person: str, who: tuple[str, ...]
) -> None:
    it = case(lead=lead, person=person)
    it = msgspec.structs.replace(it, rolling=said(MONDAY + 2 * DAY, it, number=1))
    assert step(MONDAY + 4 * DAY - timedelta(seconds=1), it, assignees=assignees) is None, "as long again"
    second = step(MONDAY + 4 * DAY, it, assignees=assignees)
    assert isinstance(second, RemindOfAccess)
    assert (second.number, second.who) == (2, who)


def test_a_sign_after_a_reminder_begins_anew() -> None:
    it = case(rolling=said(MONDAY + 2 * DAY, case(), number=3))
    signed = MONDAY + 2 * DAY + timedelta(hours=1)
    assert step(signed + 2 * DAY - timedelta(seconds=1), it, people_at=signed) is None
    first = step(signed + 2 * DAY, it, people_at=signed)
    assert isinstance(first, RemindOfAccess)
    assert (first.number, first.who) == (1, ("jo",))


def test_a_sign_that_the_jobs_own_edit_covers_still_counts() -> None:
    signed = MONDAY + DAY
    told = step(signed + timedelta(hours=1), case(boxes(Item.AWS), said(MONDAY, case())), people_at=signed)
    assert isinstance(told, Tell)
    assert told.since == signed
    rolling = Rolling(comment=COMMENT, at=MONDAY, number=0, report=told.report, since=told.since)
    it = case(boxes(Item.AWS), rolling)
    assert step(signed + 2 * DAY - timedelta(seconds=1), it) is None, "the list shows the job's edit alone"
    assert isinstance(step(signed + 2 * DAY, it), RemindOfAccess)


@pytest.mark.parametrize(
    ("login", "person"),
    [
        pytest.param("", "jo", id="nobody is named: the author"),
        pytest.param("Mark", "Mark", id="whom the squad's file names, too"),
        pytest.param("stranger", "jo", id="whom only the form names: nobody is reminded for being named"),
    ],
)
def test_whose_access_it_is(login: str, person: str) -> None:
    assert person_of(LISTED, Checklist(login=login), frozenset({"mark"})) == person
