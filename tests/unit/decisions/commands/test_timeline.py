"""`/timeline`: which moment is marked, and what can't be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.decisions.commands import Moment, timeline
from app.domain.errors import UserError
from app.domain.tickets import Closing, Counters, Ticket
from app.domain.wishes import MarkMoment
from tests.unit.decisions.commands.cases import NOW, TICKET, ZONE, wish

TODAY = "2026-11-24"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticket(began: str, closed: str = "") -> Ticket:
    closing = Closing(at=utc(closed)) if closed else None
    return Ticket(id=3, counters=Counters(first_seen=utc(began)), closing=closing)


def marks(text: str, about: Ticket, now: datetime = NOW) -> datetime:
    wished = wish(f"/timeline {text}", Moment(now=now, zone=ZONE))
    assert isinstance(wished, MarkMoment)
    began = about.counters.first_seen or about.opened_at or now
    ended = about.closing.at if about.closing is not None else None
    return timeline.moment_of(wished, began=began, ended=ended, now=now, zone=ZONE)


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        pytest.param("", "", id="nothing: the comment"),
        pytest.param("we rolled back to 1.4.2", "we rolled back to 1.4.2", id="words"),
        pytest.param("9 servers went away", "9 servers went away", id="a number is no time"),
        pytest.param("9 ambulances were called", "9 ambulances were called", id="nor is one before am…"),
        pytest.param("100 more alerts", "100 more alerts", id="nor a greater one"),
        pytest.param("today was bad", "today was bad", id="a day in a sentence is none"),
        pytest.param("at 09:41 we rolled back", "at 09:41 we rolled back", id="a time within the words is one of them"),
        pytest.param("09:41 we rolled back", "we rolled back", id="a time first"),
        pytest.param("09:41: we rolled back", "we rolled back", id="with a colon"),
        pytest.param("09:41 – we rolled back", "we rolled back", id="with a dash"),
        pytest.param("9:41 PM we rolled back", "we rolled back", id="of twelve hours"),
        pytest.param("9pm we rolled back", "we rolled back", id="a whole hour"),
        pytest.param("09:41 UTC we rolled back", "we rolled back", id="by another clock"),
        pytest.param("09:41 z-index was wrong", "z-index was wrong", id="which a word is not"),
        pytest.param("yesterday 09:41 we rolled back", "we rolled back", id="a day and a time"),
        pytest.param("2026-11-23T09:41-05:00 we rolled back", "we rolled back", id="a stamp"),
    ],
)
def test_what_it_says(rest: str, says: str) -> None:
    wished = wish(f"/timeline {rest}".strip())
    assert isinstance(wished, MarkMoment)
    assert wished.text == says


@pytest.mark.parametrize(
    ("rest", "about", "at"),
    [
        pytest.param("x", ticket("2026-11-24 13:00"), "2026-11-24 15:00:00", id="no time: now"),
        pytest.param("09:41 x", ticket("2026-11-24 13:00"), "2026-11-24 14:41:00", id="today, by the squad's clock"),
        pytest.param("09:41:07 x", ticket("2026-11-24 13:00"), "2026-11-24 14:41:07", id="to the second"),
        pytest.param("9:41am x", ticket("2026-11-24 13:00"), "2026-11-24 14:41:00", id="before noon"),
        pytest.param("12am x", ticket("2026-11-24 13:00"), "2026-11-24 05:00:00", id="midnight"),
        pytest.param("13:30 utc x", ticket("2026-11-24 13:00"), "2026-11-24 13:30:00", id="UTC"),
        pytest.param("13:30z x", ticket("2026-11-24 13:00"), "2026-11-24 13:30:00", id="Z"),
        pytest.param("08:00 x", ticket("2026-11-24 14:00"), "2026-11-24 13:00:00", id="before the beginning"),
        pytest.param("23:50 x", ticket("2026-11-23 20:00"), "2026-11-24 04:50:00", id="to come: the day before"),
        pytest.param(
            "09:41 x",
            ticket("2026-11-20 13:00", "2026-11-20 16:00"),
            "2026-11-20 14:41:00",
            id="closed on an earlier day: that day",
        ),
        pytest.param(
            "23:00 x",
            ticket("2026-11-19 13:00", "2026-11-24 16:00"),
            "2026-11-24 04:00:00",
            id="closed after now, by another's clock: no later than now",
        ),
        pytest.param("09:41 x", ticket("2026-11-20 13:00"), "2026-11-24 14:41:00", id="open still: today"),
        pytest.param("today 09:41 x", ticket("2026-11-20 13:00"), "2026-11-24 14:41:00", id="today, as is said"),
        pytest.param("yesterday 09:41 x", ticket("2026-11-20 13:00"), "2026-11-23 14:41:00", id="yesterday"),
        pytest.param("2026-11-21 09:41 x", ticket("2026-11-20 13:00"), "2026-11-21 14:41:00", id="a day"),
        pytest.param("2026-11-21T09:41 x", ticket("2026-11-20 13:00"), "2026-11-21 14:41:00", id="a stamp"),
        pytest.param("2026-11-21T09:41:05Z: x", ticket("2026-11-20 13:00"), "2026-11-21 09:41:05", id="a stamp in UTC"),
        pytest.param("09:41 x", Ticket(id=1), "2026-11-24 14:41:00", id="nothing known of the beginning"),
    ],
)
def test_which_moment(rest: str, about: Ticket, at: str) -> None:
    assert marks(rest, about) == utc(at)


@pytest.mark.parametrize(
    ("rest", "began", "now", "at"),
    [
        pytest.param(
            "01:30 x", "2026-11-01 05:10", "2026-11-01 08:00", "2026-11-01 05:30", id="comes twice: the first"
        ),
        pytest.param("01:15 x", "2026-11-01 05:40", "2026-11-01 08:00", "2026-11-01 06:15", id="… within the trouble"),
        pytest.param(
            "01:30 x", "2026-11-01 07:00", "2026-11-01 08:00", "2026-11-01 05:30", id="… of neither the first"
        ),
        pytest.param("02:30 x", "2027-03-14 06:00", "2027-03-14 09:00", "2027-03-14 07:30", id="left out: later"),
        pytest.param("03:10 x", "2027-03-14 06:00", "2027-03-14 09:00", "2027-03-14 07:10", id="just after the change"),
        pytest.param("01:59:59 x", "2027-03-14 06:00", "2027-03-14 09:00", "2027-03-14 06:59:59", id="just before it"),
    ],
)
def test_when_clocks_change(rest: str, began: str, now: str, at: str) -> None:
    assert marks(rest, ticket(began), utc(now)) == utc(at)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        pytest.param("10:01 x", "2026-11-24 10:01:00 EST is still to come", id="to come"),
        pytest.param("23:50 x", "still to come. If you mean another day, write it, too", id="before the first day"),
        pytest.param("2026-11-25 09:00 x", "still to come", id="a day to come"),
        pytest.param("2026-09-24 09:00 x", "is long before the trouble began", id="long before"),
    ],
)
def test_what_is_not_marked(rest: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        marks(rest, ticket("2026-11-24 13:00"))


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        pytest.param("25:00 x", "`25:00` is no time of day", id="no hour"),
        pytest.param("09:61 x", "`09:61` is no time of day", id="no minute"),
        pytest.param("09:41:61 x", "`09:41:61` is no time of day", id="no second"),
        pytest.param("13pm x", "`13pm` is no time of day", id="no half of a day"),
        pytest.param("10:305 x", "begins with no time that can be read", id="none at all"),
        pytest.param("09:41-09:50 x", "begins with no time that can be read", id="two of them"),
        pytest.param("2026-11-24 we rolled back", "begins with no time that can be read", id="a day without a time"),
        pytest.param("2026-11-24", "begins with no time that can be read", id="a day alone"),
        pytest.param("today 10:305 x", "begins with no time that can be read", id="a day, and no time"),
        pytest.param("2026-02-30 09:00 x", "`2026-02-30` is no day of the calendar", id="no day"),
        pytest.param("2026-13-01T09:00 x", "`2026-13-01T09:00` is no time", id="no stamp"),
        pytest.param("0001-01-01T00:00+23:59 x", "is out of reach", id="the calendar's beginning"),
        pytest.param("9999-12-31 23:59 x", "is out of reach", id="and its end"),
    ],
)
def test_what_cannot_be_read(rest: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        wish(f"/timeline {rest}")


def test_the_time_of_a_ticket_counts_from_its_opening_where_no_occurrence_is_known() -> None:
    about = Ticket(id=1, opened_at=NOW - timedelta(hours=1))
    with pytest.raises(UserError, match="still to come"):
        marks("23:50 x", about)
    assert TICKET.counters.first_seen is None
