"""Who hears of what a post-mortem waits for, and when: the module's tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.decisions.business_time import Calendar
from app.decisions.following_up import Rules, decide
from app.domain.following_up import ActionItem, FollowUp, Memory, Paper, Post, Section, Stage
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.links import Ending
from app.domain.squad import Squad
from app.domain.squad_duty import BusinessHours

ISSUE = IssueRef(repository=Repository(id=7, name="acme/shop", installation=0), number=9, id=9, node_id="I_9", url="")
COMMENT = CommentRef(id=5, node_id="IC_5")
HOURS = BusinessHours(start=timedelta(hours=9), end=timedelta(hours=17))
WORKS = Squad(time_zone="America/New_York", business_hours=HOURS)
RULES = Rules(remind_after=1, feedback=3, audience=("acme/ops",))
THURSDAY, FRIDAY, MONDAY = date(2026, 11, 5), date(2026, 11, 6), date(2026, 11, 9)
QUIET = Memory(feedback_by=date(2026, 10, 1))
"""Feedback was asked for long ago."""


def item(**more: Any) -> ActionItem:
    return ActionItem(**({"key": "a", "text": "say when", "done": False, "owners": ("alex",), "due": FRIDAY} | more))


def post(*items: ActionItem, **more: Any) -> Post:
    usual: dict[str, Any] = {
        "issue": ISSUE,
        "opened_at": datetime(2026, 10, 1, tzinfo=UTC),
        "paper": Paper(items=items),
        "keepers": ("mark",),
        "lead": "nick",
        "comment": COMMENT,
        "memory": QUIET,
    }
    return Post(**(usual | more))


def on(day: str, what: Post, *, squad: Squad = WORKS) -> FollowUp | None:
    """What is said on this day, in the morning."""
    now = datetime.fromisoformat(f"{day}T15:00").replace(tzinfo=UTC)
    return decide(what, RULES, calendar=Calendar(squad), zone=ZoneInfo(squad.time_zone), now=now)


def over(what: Post, since: str, days: int, *, squad: Squad = WORKS) -> list[tuple[str, Stage, tuple[str, ...], int]]:
    """What is told of its item, run by run, once a day."""
    told = []
    for n in range(days):
        day = f"{date.fromisoformat(since) + timedelta(days=n)}"
        said = on(day, what, squad=squad)
        if said is not None:
            told += [(day[5:], each.stage, each.who, each.times) for each in said.told if each.who]
            what = msgspec.structs.replace(what, memory=said.memory)
    return told


def test_an_items_days() -> None:
    assert over(post(item()), "2026-10-26", 30) == [
        ("11-04", Stage.SOON, ("alex",), 0),
        ("11-06", Stage.TODAY, ("alex",), 0),
        ("11-09", Stage.OVERDUE, ("alex",), 1),
        ("11-16", Stage.OVERDUE, ("alex", "nick"), 2),
        ("11-23", Stage.OVERDUE, ("alex", "nick"), 3),
    ]


def test_two_days_before_a_monday_is_a_thursday() -> None:
    assert over(post(item(due=date(2026, 11, 9))), "2026-11-02", 7)[0][0] == "11-05"


def test_without_business_hours_every_day_counts() -> None:
    assert [day for day, *_ in over(post(item()), "2026-10-26", 20, squad=Squad())] == [
        "11-04", "11-06", "11-07", "11-14",
    ]  # fmt: skip


def test_runs_that_did_not_take_place_skip_a_stage_and_no_more() -> None:
    said = on("2026-11-12", post(item()))
    assert said is not None
    assert [(each.stage, each.times) for each in said.told] == [(Stage.OVERDUE, 1)]
    assert said.replaces == COMMENT


@pytest.mark.parametrize(
    ("what", "who"),
    [
        pytest.param(item(owners=()), ("mark",), id="nobody's: its keepers hear"),
        pytest.param(item(owners=("nick", "alex")), ("nick", "alex"), id="several"),
    ],
)
def test_whose_it_is(what: ActionItem, who: tuple[str, ...]) -> None:
    said = on("2026-11-06", post(what))
    assert said is not None
    assert said.told[0].who == who


def test_a_lead_who_owns_it_hears_once() -> None:
    told = over(post(item(owners=("nick",))), "2026-11-09", 15)
    assert [who for _, _, who, _ in told] == [("nick",)] * 3


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(post(item(done=True)), id="done"),
        pytest.param(post(item(due=date(2026, 12, 24))), id="far away"),
        pytest.param(post(item(), locked=True), id="locked"),
        pytest.param(post(), id="nothing to do"),
    ],
)
def test_when_nothing_is_said(what: Post) -> None:
    assert on("2026-11-06", what) is None


def test_a_weekday_stands_for_the_day_it_was_first_read_for() -> None:
    what = post(item(due=None, weekday=4))
    said = on("2026-11-03", what)
    assert said is not None
    assert said.read[0][1] == FRIDAY
    again = on("2026-11-10", msgspec.structs.replace(what, memory=said.memory))
    assert again is not None
    assert (again.told[0].due, again.told[0].stage, again.read) == (FRIDAY, Stage.OVERDUE, ())


def test_empty_sections_and_unclear_items_are_told_as_often_as_the_squad_wants() -> None:
    paper = Paper(empty=(Section.DETECTION,), items=(item(due=None),))
    what = post(paper=paper, memory=Memory())
    said = on("2026-11-06", what)
    assert said is not None
    assert (said.keepers, said.empty, said.unclear, said.feedback_by) == (
        ("mark",), (Section.DETECTION,), paper.items, None,
    )  # fmt: skip
    what = msgspec.structs.replace(what, memory=said.memory)
    assert [on(day, what) is not None for day in ("2026-11-06", "2026-11-08", "2026-11-09")] == [False, False, True]


def test_who_has_heard_is_not_told_with_what_is_new() -> None:
    paper = Paper(empty=(Section.DETECTION,), items=(item(),))
    what = post(paper=paper, memory=Memory(empty_on=date(2026, 11, 6)))
    said = on("2026-11-06", what)
    assert said is not None
    assert (said.keepers, said.empty) == ((), (Section.DETECTION,))


def test_feedback_is_asked_for_once_and_shown_until_its_day() -> None:
    what = post(item(), memory=Memory())
    said = on("2026-10-30", what)
    assert said is not None
    assert (said.audience, said.feedback_by) == (("acme/ops",), date(2026, 11, 4))
    what = msgspec.structs.replace(what, memory=said.memory)
    shown = []
    for day in ("2026-11-04", "2026-11-06"):
        said = on(day, what)
        assert said is not None
        assert said.audience is None
        shown.append(said.feedback_by)
    assert shown == [date(2026, 11, 4), None]


CLOSED = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
DONE, GIVEN_UP = (Ending(key="a", done=done, urls=("u",)) for done in (True, False))


def at(minutes: int) -> datetime:
    """So long before the closing."""
    return CLOSED - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("more", "opens"),
    [
        pytest.param({}, True, id="without a word"),
        pytest.param({"said_at": CLOSED - timedelta(minutes=61)}, True, id="a word long before"),
        pytest.param({"said_at": CLOSED - timedelta(minutes=60)}, False, id="a word in the hour before"),
        pytest.param({"said_at": CLOSED + timedelta(hours=9)}, False, id="a word after"),
        pytest.param({"reason": "not_planned"}, False, id="as not planned"),
        pytest.param({"paper": Paper(items=(item(done=True),))}, False, id="all is done"),
        pytest.param({"memory": Memory(reopened=True)}, False, id="once more"),
        pytest.param({"closed_at": CLOSED - timedelta(days=7)}, False, id="long ago"),
        pytest.param({"closed_at": None}, False, id="nobody knows when"),
        pytest.param({"said_at": at(30), "edited_at": at(20)}, True, id="the text was edited after the word"),
        pytest.param({"said_at": at(30), "edited_at": at(30)}, False, id="with the word"),
        pytest.param({"said_at": at(30), "edited_at": at(40)}, False, id="before it"),
        pytest.param({"said_at": at(30), "edited_at": at(-5)}, False, id="after the closing"),
        pytest.param({"said_at": at(-5), "edited_at": at(20)}, False, id="a word after both"),
        pytest.param({"edited_at": at(20)}, True, id="an edit is no word"),
        pytest.param({"endings": (DONE,)}, False, id="what the item links is done"),
        pytest.param({"endings": (GIVEN_UP,)}, True, id="what it links was given up"),
    ],
)
def test_what_was_closed_too_early(more: dict[str, Any], opens: bool) -> None:
    said = on("2026-11-06", closed(**more))
    assert (said is not None and said.reopens > 0) is opens
    if said is not None and opens:
        assert (said.reopens, said.memory.reopened, said.keepers) == (1, True, ("mark",))


ASKED = Rules(remind_after=1, feedback=3, audience=("mark", "Alex", "jo", "acme/ops"))
OPEN = Memory(feedback_by=FRIDAY, owing_on=date(2026, 11, 3))
"""Feedback was called for on Tuesday, until Friday."""


def owing(day: str, **more: Any) -> tuple[str, ...]:
    """Whose feedback is missed on this day; who keeps it is mark."""
    what, now = post(**({"memory": OPEN} | more)), datetime.fromisoformat(f"{day}T15:00").replace(tzinfo=UTC)
    said = decide(what, ASKED, calendar=Calendar(WORKS), zone=ZoneInfo(WORKS.time_zone), now=now)
    return () if said is None else said.owing


@pytest.mark.parametrize(
    ("day", "more", "who"),
    [
        pytest.param("2026-11-04", {}, (), id="two days before"),
        pytest.param("2026-11-05", {}, ("Alex", "jo"), id="the day before: no team, and not who keeps it"),
        pytest.param("2026-11-06", {}, ("Alex", "jo"), id="on the day"),
        pytest.param("2026-11-09", {}, (), id="after it"),
        pytest.param("2026-11-06", {"commenters": ("alex", "sam")}, ("jo",), id="who commented gave theirs"),
        pytest.param("2026-11-06", {"commenters": ("Alex", "JO")}, (), id="all of them did"),
        pytest.param("2026-11-06", {"paper": Paper(empty=(Section.LUCKY,))}, (), id="a section is empty again"),
        pytest.param("2026-11-06", {"memory": Memory(feedback_by=FRIDAY, owing_on=FRIDAY)}, (), id="they have heard"),
        pytest.param("2026-11-05", {"memory": Memory(feedback_by=FRIDAY, owing_on=THURSDAY)}, (), id="called today"),
        pytest.param("2026-11-06", {"memory": Memory(feedback_by=MONDAY)}, ("Alex", "jo"), id="before a Monday"),
        pytest.param("2026-11-06", {"open": False}, (), id="it is closed"),
    ],
)  # fmt: skip
def test_who_owes_feedback(day: str, more: dict[str, Any], who: tuple[str, ...]) -> None:
    assert owing(day, **more) == who


def test_each_is_named_once_the_day_before_and_once_on_the_day() -> None:
    what, told = post(memory=OPEN), []
    for hour in range(72):
        now = datetime(2026, 11, 4, 15, tzinfo=UTC) + timedelta(hours=hour)
        said = decide(what, ASKED, calendar=Calendar(WORKS), zone=ZoneInfo(WORKS.time_zone), now=now)
        if said is not None:
            told.append((f"{now:%d}", said.owing, said.feedback_by))
            what = msgspec.structs.replace(what, memory=said.memory)
    assert told == [("05", ("Alex", "jo"), FRIDAY), ("06", ("Alex", "jo"), FRIDAY)]


def test_whoever_is_asked_today_is_not_reminded_today() -> None:
    soon = msgspec.structs.replace(ASKED, feedback=1)
    now = datetime(2026, 11, 4, 15, tzinfo=UTC)
    what = post(memory=Memory())
    said = decide(what, soon, calendar=Calendar(WORKS), zone=ZoneInfo(WORKS.time_zone), now=now)
    assert said is not None
    assert (said.feedback_by, said.owing) == (date(2026, 11, 5), ())
    what = msgspec.structs.replace(what, memory=said.memory)
    assert decide(what, soon, calendar=Calendar(WORKS), zone=ZoneInfo(WORKS.time_zone), now=now) is None


def closed(**more: Any) -> Post:
    usual = {"paper": Paper(items=(item(),)), "open": False, "closed_at": CLOSED, "reason": "completed"}
    return post(**(usual | more))


def test_an_item_whose_link_is_done_is_ticked_and_not_reminded_of() -> None:
    said = on("2026-11-06", post(item(), item(key="b"), endings=(DONE,)))
    assert said is not None
    assert [(each.key, ending.urls) for each, ending in said.finished] == [("a", ("u",))]
    assert [each.item.key for each in said.told] == ["b"]
    assert [each.key for each in said.memory.items] == ["b"]


def test_a_tick_alone_is_said_and_mentions_nobody() -> None:
    said = on("2026-11-06", post(item(due=date(2026, 12, 24)), endings=(DONE,)))
    assert said is not None
    assert (said.keepers, said.told, said.audience, len(said.finished)) == ((), (), None, 1)


def test_what_was_given_up_is_said_once() -> None:
    what = post(item(due=date(2026, 12, 24)), endings=(GIVEN_UP,))
    said = on("2026-11-06", what)
    assert said is not None
    assert (len(said.given_up), said.finished, said.memory.given_up) == (1, (), ("a",))
    assert on("2026-11-09", msgspec.structs.replace(what, memory=said.memory)) is None


@pytest.mark.parametrize(
    ("more", "ticks"),
    [
        pytest.param({}, 1, id="within a week"),
        pytest.param({"reason": "not_planned"}, 1, id="as not planned"),
        pytest.param({"closed_at": CLOSED - timedelta(days=7)}, 0, id="long ago"),
        pytest.param({"endings": (GIVEN_UP,), "said_at": CLOSED}, 0, id="nothing is said of what was given up"),
    ],
)
def test_a_closed_ones_items_are_ticked_too(more: dict[str, Any], ticks: int) -> None:
    said = on("2026-11-06", closed(**({"endings": (DONE,)} | more)))
    assert (0 if said is None else len(said.finished)) == ticks
    assert said is None or (said.reopens, said.keepers) == (0, ())


def test_when_feedback_was_asked_for_is_remembered() -> None:
    said = on("2026-10-30", post(memory=Memory()))
    assert said is not None
    assert said.memory.feedback_on == date(2026, 10, 30)
    again = on("2026-11-06", post(item(), memory=said.memory))
    assert again is not None
    assert again.memory.feedback_on == date(2026, 10, 30)
