"""The figures of `decisions/week.py`. The week is Monday the 2nd to Sunday the 8th of November 2026, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.decisions.business_time import Calendar
from app.decisions.week import seen
from app.domain.alerts import Impact
from app.domain.issues import IssueRef, Repository
from app.domain.reporting import Kind, Mark, Row
from app.domain.squad import Squad
from app.domain.week import Noise, Share, Times, Week, WeekSeen

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
MARK = Mark(kind=Kind.WEEKLY, key="2026-11-09", since=MONDAY, until=MONDAY + timedelta(days=7))
HOURS = {"business_hours": {"start": "09:00", "end": "17:00"}}
CALENDAR = Calendar(Squad.model_validate(HOURS))
DAY = (MONDAY.date() - date(1970, 1, 1)).days
H = timedelta(hours=1)


def at(day: int, hour: int = 0) -> datetime:
    """Days of the week from 0 on; those of the weeks before are below."""
    return MONDAY + timedelta(days=day, hours=hour)


def row(number: int = 7, opened_at: datetime = MONDAY, **more: Any) -> Row:
    ref = IssueRef(repository=Repository(id=1, name="acme/shop", installation=0), number=number, id=1, node_id="I")
    return Row(issue=ref, **({"title": "t", "made_at": opened_at, "opened_at": opened_at} | more))


def week(*rows: Row, calendar: Calendar = CALENDAR, mark: Mark = MARK) -> WeekSeen:
    return seen(rows, mark, calendar)


def test_each_of_the_five_weeks_has_what_came_in_it() -> None:
    found = week(
        row(1, at(0)),
        row(2, at(6, 23), open=False, closed_at=at(6, 23)),
        row(3, at(7), closed_at=at(7), open=False),
        row(4, at(3), made_at=at(-1), regressions=1),
        row(5, at(-28)),
        row(6, at(-29)),
    )
    assert [(it.since, it.alerts, it.closed) for it in found.weeks] == [
        (date(2026, 10, 5), 1, 0),
        (date(2026, 10, 12), 0, 0),
        (date(2026, 10, 19), 0, 0),
        (date(2026, 10, 26), 1, 0),
        (date(2026, 11, 2), 3, 1),
    ]
    assert {it.business_days for it in found.weeks} == {5}


def test_occurrences_are_counted_by_day() -> None:
    found = week(row(days=((DAY - 8, 1), (DAY - 1, 2), (DAY, 4), (DAY + 6, 8), (DAY + 7, 16))))
    assert [it.occurrences for it in found.weeks] == [0, 0, 1, 2, 12]


def test_weeks_begin_at_midnight_on_the_squads_clock() -> None:
    new_york = Calendar(Squad.model_validate({"time_zone": "America/New_York"}))
    until = datetime(2026, 11, 9, 5, tzinfo=UTC)
    mark = Mark(kind=Kind.WEEKLY, key="2026-11-09", since=until - timedelta(days=7), until=until)
    inside, before = row(1, datetime(2026, 11, 2, 5, tzinfo=UTC)), row(2, datetime(2026, 11, 2, 4, 59, tzinfo=UTC))
    found = week(inside, before, calendar=new_york, mark=mark)
    assert [it.alerts for it in found.weeks] == [0, 0, 0, 1, 1]
    assert found.weeks[0] == Week(since=date(2026, 10, 5), alerts=0, closed=0, occurrences=0, business_days=7)


def test_apps_and_teams_are_told_the_most_alerts_first() -> None:
    found = week(
        row(1, at(0), app="Reader", team="Whiskey"),
        row(2, at(1), app="Reader"),
        row(3, at(-7), app="Reader"),
        row(4, at(-7), app="eFolder", days=((DAY, 5),)),
        row(5, at(-70), app="Dispatch"),
    )
    assert found.apps == (
        Share(name="Reader", alerts=2, occurrences=0, before=1),
        Share(name="eFolder", alerts=0, occurrences=5, before=1),
    )
    assert [share.name for share in found.teams] == ["", "Whiskey"]


def test_times_are_business_time_of_what_was_done_in_the_week() -> None:
    found = week(
        row(1, at(0, 9), acknowledged_at=at(0, 10), decided_at=at(0, 11)),
        row(2, at(0, 9), acknowledged_at=at(1, 10), decided_at=at(7)),
        row(3, at(0, 16), acknowledged_at=at(0, 17)),
        row(4, at(2, 9), acknowledged_at=at(1, 9)),
        row(5, at(-7, 9), closed_at=at(0, 9), open=False),
    )
    assert found.acknowledged == Times(number=3, middle=1 * H, longest=9 * H)
    assert found.decided == Times(number=1, middle=2 * H, longest=2 * H)
    assert found.closed == Times(number=1, middle=40 * H, longest=40 * H)
    assert week().acknowledged is None


def test_the_noise_bill_is_comments_of_the_week_times_participants() -> None:
    loud = row(1, said=(at(-1), at(0), at(1), at(7)), people=4, days=((DAY, 9),))
    louder = row(2, said=(at(0), at(1), at(2)), people=3)
    unheard, quiet = row(3, said=(at(0),)), row(4, people=9)
    found = week(loud, louder, unheard, quiet)
    assert found.noisiest == (
        Noise(row=louder, occurrences=0, comments=3, people=3),
        Noise(row=loud, occurrences=9, comments=2, people=4),
    )
    assert [noise.bill for noise in found.noisiest] == [9, 8]


def test_the_load_is_what_is_open_and_who_decided() -> None:
    found = week(
        row(1, decided_by="mark", decided_at=at(0), impact=Impact.SEVERE),
        row(2, decided_by="alex", decided_at=at(0), impact=Impact.ANNOYING),
        row(3, decided_by="mark", decided_at=at(1), impact=Impact.SEVERE, open=False),
        row(4, decided_by="jo", decided_at=at(-1)),
        row(5),
        row(6, at(7)),
        row(7, open=False, closed_at=at(7)),
        row(8, decided_at=at(7), impact=Impact.SEVERE),
    )
    assert found.deciders == (("mark", 2), ("alex", 1))
    assert (found.open, found.undecided, found.severe) == (6, 4, 1), "as it was when the week ended"
