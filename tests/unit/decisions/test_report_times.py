"""The tables of `decisions/report_times.py`, row by row. November 2026 has its first Monday on the 2nd."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.decisions.business_time import Calendar
from app.decisions.report_times import due, last_of_shift, night_since, today, week_before
from app.domain.report_items import Due, NotDue
from app.domain.reporting import Kind
from app.domain.squad import Squad

HOURS = {"start": "09:00", "end": "17:00"}
TURNS = {"members": ["mark", "alex", "sharon"], "cadence": "7d", "starts": "2026-11-02"}
THANKSGIVING = {"country": "US"}


def squad(reports: dict[str, Any], **more: Any) -> Squad:
    usual: dict[str, Any] = {"business_hours": HOURS, "rotation": TURNS}
    return Squad.model_validate(usual | more | {"reports": reports})


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


MORNING: dict[str, Any] = {"morning": {}}
DAILY: dict[str, Any] = {"digest": {}}
WEEKLY_DIGEST: dict[str, Any] = {"digest": {"every": "week"}}
HANDOFF: dict[str, Any] = {"handoff": {}}
WEEKLY: dict[str, Any] = {"weekly": {}}
MONTHLY: dict[str, Any] = {"monthly": {}}
EVERY_DAY = {"rotation": TURNS | {"cadence": "1d"}}
AT_PAGERDUTY = {"rotation": {"pagerduty": {"escalation_policy": "PABC"}}}


@pytest.mark.parametrize(
    ("kind", "reports", "more", "now", "day"),
    [
        pytest.param(Kind.MORNING, MORNING, {}, at(3, 9), 3, id="a business morning"),
        pytest.param(Kind.MORNING, MORNING, {}, at(3, 8, 59), None, id="not yet"),
        pytest.param(Kind.MORNING, MORNING, {}, at(3, 16, 59), 3, id="cron comes late"),
        pytest.param(Kind.MORNING, MORNING, {}, at(3, 17), None, id="the day is over"),
        pytest.param(Kind.MORNING, MORNING, {}, at(7, 9), None, id="a Saturday"),
        pytest.param(Kind.MORNING, MORNING, {"holidays": THANKSGIVING}, at(26, 9), None, id="a holiday"),
        pytest.param(Kind.MORNING, MORNING, {"business_hours": None}, at(7, 9), 7, id="every minute counts"),
        pytest.param(Kind.DIGEST, DAILY, {}, at(3, 16), 3, id="the end of the day"),
        pytest.param(Kind.DIGEST, DAILY, {}, at(4, 1), 3, id="made up for in the night"),
        pytest.param(Kind.DIGEST, DAILY, {}, at(4, 6), None, id="it is too late for yesterday's"),
        pytest.param(Kind.DIGEST, DAILY, {}, at(8, 16), None, id="no digest on a Sunday"),
        pytest.param(Kind.DIGEST, WEEKLY_DIGEST, {}, at(6, 16), 6, id="the end of the week"),
        pytest.param(Kind.DIGEST, WEEKLY_DIGEST, {}, at(8, 23), 6, id="made up for on Sunday"),
        pytest.param(Kind.DIGEST, WEEKLY_DIGEST, {}, at(5, 16), None, id="not on Thursday"),
        pytest.param(
            Kind.DIGEST, WEEKLY_DIGEST, {"holidays": {"extra": ["2026-11-06"]}}, at(5, 16), 5, id="Friday is free"
        ),
        pytest.param(Kind.DIGEST, {"digest": {"every": "week", "day": "wed"}}, {}, at(4, 16), 4, id="on Wednesdays"),
        pytest.param(Kind.DIGEST, {"digest": {"every": "week", "day": "wed"}}, {}, at(14, 17), None, id="not after it"),
        pytest.param(Kind.HANDOFF, HANDOFF, {}, at(9, 9), 9, id="a turn begins"),
        pytest.param(Kind.HANDOFF, HANDOFF, {}, at(2, 9), None, id="the first turn has nobody before it"),
        pytest.param(Kind.HANDOFF, HANDOFF, {}, at(10, 9), 9, id="made up for the next day"),
        pytest.param(Kind.HANDOFF, HANDOFF, {}, at(12, 9), None, id="it is too late"),
        pytest.param(
            Kind.HANDOFF,
            HANDOFF,
            {"holidays": {"extra": ["2026-11-09"]}},
            at(10, 9),
            10,
            id="the turn begins on a holiday",
        ),
        pytest.param(Kind.HANDOFF, HANDOFF, EVERY_DAY, at(5, 9), 5, id="daily turns"),
        pytest.param(Kind.HANDOFF, HANDOFF, EVERY_DAY, at(8, 9), 6, id="daily turns rest on the weekend"),
        pytest.param(Kind.HANDOFF, {"handoff": {"day": "wed"}}, AT_PAGERDUTY, at(4, 9), 4, id="PagerDuty: by its day"),
        pytest.param(Kind.HANDOFF, {"handoff": {"day": "wed"}}, AT_PAGERDUTY, at(3, 9), None, id="PagerDuty: no other"),
        pytest.param(Kind.HANDOFF, HANDOFF, {"rotation": None}, at(9, 9), 9, id="no rotation: by its day, too"),
        pytest.param(Kind.WEEKLY, WEEKLY, {}, at(9, 8), 9, id="the week is over"),
        pytest.param(Kind.WEEKLY, WEEKLY, {}, at(14, 8), 9, id="made up for on Saturday"),
        pytest.param(Kind.WEEKLY, WEEKLY, {}, at(15, 8), None, id="the next one comes soon"),
        pytest.param(Kind.WEEKLY, {"weekly": {"day": "sat"}}, {}, at(7, 8), 7, id="on a Saturday, too"),
        pytest.param(Kind.MONTHLY, MONTHLY, {}, at(1, 9), None, id="the first is a Sunday"),
        pytest.param(Kind.MONTHLY, MONTHLY, {}, at(2, 8), 2, id="the first business day"),
        pytest.param(Kind.MONTHLY, MONTHLY, {}, at(2, 7, 59), None, id="the first business day, not yet"),
        pytest.param(Kind.MONTHLY, MONTHLY, {}, at(8, 7), 2, id="made up for on a Sunday"),
        pytest.param(Kind.MONTHLY, MONTHLY, {}, at(8, 8), None, id="it is too late for the month"),
        pytest.param(Kind.MONTHLY, MONTHLY, {"business_hours": None}, at(1, 8), 1, id="every day counts"),
        pytest.param(Kind.MONTHLY, {"monthly": {"day": 10}}, {}, at(10, 8), 10, id="on its day"),
        pytest.param(
            Kind.MONTHLY, {"monthly": {"day": 6}}, {"holidays": {"extra": ["2026-11-06"]}}, at(9, 8), 9, id="after it"
        ),
    ],
)
def test_when_a_report_is_due(
    kind: Kind, reports: dict[str, Any], more: dict[str, Any], now: datetime, day: int | None
) -> None:
    given = {"business_hours": HOURS, "rotation": TURNS} | more | {"reports": reports}
    found = due(kind, Squad.model_validate({key: it for key, it in given.items() if it is not None}), now)
    assert (found.day.day if isinstance(found, Due) else None) == day


@pytest.mark.parametrize("kind", Kind)
def test_a_report_without_a_section_is_off(kind: Kind) -> None:
    assert due(kind, squad({}), at(3)) == NotDue(off=True)


@pytest.mark.parametrize(
    ("kind", "reports", "more", "now", "then"),
    [
        pytest.param(Kind.MORNING, MORNING, {}, at(6, 20), at(9, 9), id="over the weekend"),
        pytest.param(Kind.WEEKLY, WEEKLY, {}, at(9, 7), at(9, 8), id="later today"),
        pytest.param(Kind.MONTHLY, MONTHLY, {}, at(9, 7), at(1, 8) + timedelta(days=30), id="the next month"),
        pytest.param(Kind.HANDOFF, HANDOFF, {}, at(2, 9), at(9, 9), id="the next turn"),
        pytest.param(
            Kind.HANDOFF, HANDOFF, {"rotation": TURNS | {"cadence": "366d"}}, at(9, 9), None, id="none is in sight"
        ),
    ],
)
def test_when_it_is_due_next(
    kind: Kind, reports: dict[str, Any], more: dict[str, Any], now: datetime, then: datetime | None
) -> None:
    assert due(kind, squad(reports, **more), now) == NotDue(next_at=then)


def test_times_are_on_the_squads_clock() -> None:
    found = due(Kind.MORNING, squad(MORNING, time_zone="America/New_York"), at(3, 14))
    assert found == Due(day=date(2026, 11, 3), at=at(3, 14))
    assert isinstance(due(Kind.MORNING, squad(MORNING, time_zone="America/New_York"), at(3, 13, 59)), NotDue)


def test_what_is_wanted_now_is_todays() -> None:
    assert today(squad({}, time_zone="Asia/Tokyo"), at(3, 16)).key == "2026-11-04"


ALL_FREE = {"extra": [f"2026-{month}-{day:02}" for month in (10, 11) for day in range(1, 31)]}
ANY = Squad.model_validate({})


@pytest.mark.parametrize(
    ("of", "now", "last", "since"),
    [
        pytest.param(squad({}), at(3), None, at(2, 17), id="the first one: the last close"),
        pytest.param(squad({}), at(9), None, at(6, 17), id="a weekend is the night before Monday"),
        pytest.param(squad({}), at(4), at(3, 9, 20), at(3, 17), id="the close after the last review"),
        pytest.param(squad({}), at(5), at(3, 9, 20), at(3, 17), id="a day was missed"),
        pytest.param(squad({}), at(4), at(3, 18), at(3, 17), id="the last review came after its day's close"),
        pytest.param(squad({}), at(30), at(3) - timedelta(days=60), at(30, 17) - timedelta(days=31), id="a month"),
        pytest.param(ANY, at(4), at(3, 9, 20), at(3, 9, 20), id="no hours: since the last review"),
        pytest.param(ANY, at(4), None, at(3), id="no hours and no review: a day"),
        pytest.param(ANY, at(30), at(1) - timedelta(days=60), at(30) - timedelta(days=31), id="no hours: a month"),
        pytest.param(
            squad({}, holidays=ALL_FREE), at(30), None, at(30) - timedelta(days=31), id="no business day in a month",
        ),
        pytest.param(
            squad({}, holidays=ALL_FREE), at(30), at(3), at(30) - timedelta(days=31), id="nor since the last review",
        ),
    ],
)  # fmt: skip
def test_how_far_a_morning_reaches_back(of: Squad, now: datetime, last: datetime | None, since: datetime) -> None:
    assert night_since(Calendar(of), now, last) == since


def test_a_week_is_seven_days_on_the_squads_clock() -> None:
    of = squad({}, time_zone="America/New_York")
    assert week_before(of, date(2026, 11, 2)) == (
        datetime(2026, 10, 26, 4, tzinfo=UTC),
        datetime(2026, 11, 2, 5, tzinfo=UTC),
    ), "the clock went back meanwhile"


def test_the_pair_before_is_the_one_of_the_turn_that_ended() -> None:
    of = squad(HANDOFF, holidays={"extra": ["2026-11-09"]})
    assert last_of_shift(of, date(2026, 11, 10)) == at(8, 23, 59)
    assert last_of_shift(of, date(2026, 11, 12)) == at(11, 23, 59), "a handoff that is wanted in between"
