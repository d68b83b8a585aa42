"""When it is said that action items are to be discussed: the table of `decisions/standup.py`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.decisions.business_time import Calendar
from app.decisions.standup import is_waiting, line_for, next_one
from app.domain.issues import IssueRef, Repository
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.squad_duty import BusinessHours, Holidays

ISSUE = IssueRef(repository=Repository(id=7, name="acme/shop", installation=0), number=9, id=9, node_id="I_9", url="")
HOURS = BusinessHours(start=timedelta(hours=9), end=timedelta(hours=17))
NEW_YORK = Squad(time_zone="America/New_York", business_hours=HOURS, holidays=Holidays(extra=(date(2026, 11, 26),)))
CALENDAR = Calendar(NEW_YORK)
AT = timedelta(hours=9, minutes=30)
WEDNESDAY = date(2026, 11, 25)


def at(text: str) -> datetime:
    """A moment on New York's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "said_on", "day"),
    [
        pytest.param("2026-11-25T09:29", None, None, id="before standup"),
        pytest.param("2026-11-25T09:30", None, WEDNESDAY, id="at standup"),
        pytest.param("2026-11-25T09:30", date(2026, 11, 24), WEDNESDAY, id="it was said yesterday"),
        pytest.param("2026-11-25T23:00", None, WEDNESDAY, id="late on that day"),
        pytest.param("2026-11-25T15:00", WEDNESDAY, None, id="it was said today"),
        pytest.param("2026-11-26T09:30", WEDNESDAY, None, id="a holiday"),
        pytest.param("2026-11-28T09:30", None, None, id="a weekend"),
    ],
)
def test_whether_it_is_said_now(now: str, said_on: date | None, day: date | None) -> None:
    assert line_for(CALENDAR, AT, said_on, at(now)) == day


@pytest.mark.parametrize(
    ("now", "coming"),
    [
        pytest.param("2026-11-25T09:29", "2026-11-25T09:30", id="today's"),
        pytest.param("2026-11-25T09:30", "2026-11-27T09:30", id="a holiday is left out"),
        pytest.param("2026-11-27T12:00", "2026-11-30T09:30", id="so is the weekend"),
        pytest.param("2026-10-30T12:00", "2026-11-02T09:30", id="by the clock on the wall: it changed on the Sunday"),
    ],
)
def test_when_the_next_one_is(now: str, coming: str) -> None:
    assert next_one(CALENDAR, AT, at(now)) == at(coming)


def test_a_year_without_a_business_day_has_none() -> None:
    days = tuple(date(2026, 11, 25) + timedelta(days=nth) for nth in range(400))
    never = Calendar(NEW_YORK.model_copy(update={"holidays": Holidays(extra=days)}))
    assert next_one(never, AT, at("2026-11-25T08:00")) is None


@pytest.mark.parametrize(
    ("stage", "discussed", "waits"),
    [
        (Stage.FEEDBACK, False, True),
        (Stage.FEEDBACK, True, False),
        (Stage.IN_PROGRESS, False, False),
        (Stage.DONE, False, False),
        (Stage.DROPPED, False, False),
    ],
)
def test_what_waits(stage: Stage, discussed: bool, waits: bool) -> None:
    record = PostMortem(issue=ISSUE, stage=stage, began_at=at("2026-11-25T08:00"), discussed=discussed)
    assert is_waiting(record) is waits
