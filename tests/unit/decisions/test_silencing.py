"""When a silence is over, and what its end does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.silencing import RECENT, ending, is_over, wakes_at
from app.domain.mail import SenderVerb
from app.domain.tickets import Counters
from app.domain.triage import Over, Silence
from tests.unit.decisions.cases import DAY, HOUR, NOW, OPEN, with_

BEGAN = NOW - 7 * DAY
SILENCE = Silence(by="jo", reason="known", at=BEGAN, counted_from=100, users_from=5)
SECOND = timedelta(seconds=1)


def silence(**more: object) -> Silence:
    return with_(SILENCE, **more)


def counted(occurrences: int = 100, users: int | None = 5, last_seen: datetime | None = BEGAN - HOUR) -> Counters:
    return Counters(occurrences=occurrences, users=users, last_seen=last_seen)


@pytest.mark.parametrize(
    ("it", "counters", "said", "over"),
    [
        pytest.param(silence(until=NOW + SECOND), counted(9_999, 999), None, None, id="its time has not come"),
        pytest.param(silence(until=NOW), counted(), None, Over.TIME, id="a silence that ends now is over"),
        pytest.param(silence(until=NOW - DAY), counted(), None, Over.TIME, id="so is one that nobody looked after"),
        pytest.param(silence(occurrences=50), counted(149), None, None, id="one occurrence is missing"),
        pytest.param(silence(occurrences=50), counted(150), None, Over.OCCURRENCES, id="so many more occurrences"),
        pytest.param(silence(occurrences=50), counted(9_000), None, Over.OCCURRENCES, id="many at once"),
        pytest.param(silence(users=10), counted(900, 14), None, None, id="one user is missing"),
        pytest.param(silence(users=10), counted(100, 15), None, Over.USERS, id="so many more users"),
        pytest.param(silence(users=10), counted(900, None), None, None, id="nobody says how many users there are"),
        pytest.param(silence(escalating=True), counted(9_000), None, None, id="it does not escalate by being counted"),
        pytest.param(silence(escalating=True), counted(), SenderVerb.ESCALATING, Over.ESCALATING, id="it escalates"),
        pytest.param(
            silence(occurrences=50, at_sender=True),
            counted(),
            SenderVerb.ESCALATING,
            Over.ESCALATING,
            id="the sender's own count was reached, though little of it was heard here",
        ),
        pytest.param(
            silence(until=NOW + DAY),
            counted(),
            SenderVerb.ESCALATING,
            None,
            id="it escalates, which was not asked for, and it is silenced here alone",
        ),
        pytest.param(
            silence(until=NOW + DAY, at_sender=True),
            counted(),
            SenderVerb.UNRESOLVED,
            Over.SENDER,
            id="somebody brought it back at the sender",
        ),
        pytest.param(
            silence(until=NOW + DAY, at_sender=True),
            counted(),
            SenderVerb.REGRESSED,
            Over.SENDER,
            id="it was resolved there meanwhile, and came back",
        ),
        pytest.param(
            silence(until=NOW + DAY), counted(), SenderVerb.UNRESOLVED, None, id="which ends none that is not there"
        ),
        pytest.param(
            silence(until=NOW + DAY, at_sender=True),
            counted(),
            SenderVerb.ARCHIVED,
            None,
            id="the sender says that it was archived: that is this silence",
        ),
        pytest.param(
            silence(until=NOW, occurrences=1, users=1, escalating=True),
            counted(200, 50),
            SenderVerb.ESCALATING,
            Over.TIME,
            id="all at once: the first of the table is named",
        ),
        pytest.param(
            silence(until=NOW + DAY, occurrences=1), counted(101), None, Over.OCCURRENCES, id="any of two ends it"
        ),
        pytest.param(silence(), counted(9_000, 900), None, None, id="without a condition it holds"),
    ],
)
def test_when_a_silence_is_over(it: Silence, counters: Counters, said: SenderVerb | None, over: Over | None) -> None:
    assert is_over(it, with_(OPEN, counters=counters), NOW, said) == over


def test_only_a_time_needs_a_timer() -> None:
    assert wakes_at(silence(until=NOW)) == NOW
    assert wakes_at(silence(occurrences=3, users=3, escalating=True)) is None


@pytest.mark.parametrize(
    ("over", "counters", "alive"),
    [
        pytest.param(Over.TIME, counted(), False, id="it did not occur since: it stays quiet"),
        pytest.param(Over.TIME, counted(101, 5, NOW - HOUR), True, id="it occurred an hour ago: it is alive"),
        pytest.param(Over.TIME, counted(101, 5, NOW - RECENT), True, id="it occurred a day ago, just so"),
        pytest.param(Over.TIME, counted(101, 5, NOW - RECENT - SECOND), False, id="not within the last day"),
        pytest.param(Over.TIME, counted(101, 5, None), False, id="nobody knows when"),
        pytest.param(Over.TIME, counted(101, 5, BEGAN), False, id="a late report of a time before the silence"),
        pytest.param(Over.OCCURRENCES, counted(150, 5, NOW - 3 * DAY), True, id="it was counted"),
        pytest.param(Over.USERS, counted(), True, id="its users were counted"),
        pytest.param(Over.ESCALATING, counted(), True, id="it escalates, though nothing was heard here"),
        pytest.param(Over.SENDER, counted(), True, id="somebody wants to see it again"),
    ],
)
def test_what_the_end_of_a_silence_does(over: Over, counters: Counters, alive: bool) -> None:
    end = ending(silence(), with_(OPEN, counters=counters), over, NOW)
    assert (end.over, end.alive) == (over, alive)


def test_a_short_silence_looks_back_to_its_beginning_only() -> None:
    it = silence(at=NOW - HOUR, until=NOW)
    before = with_(OPEN, counters=counted(101, 5, NOW - 2 * HOUR))
    assert not ending(it, before, Over.TIME, NOW).alive


@given(
    until=st.none() | st.integers(-100, 100),
    occurrences=st.none() | st.integers(1, 9),
    users=st.none() | st.integers(1, 9),
    more=st.integers(0, 9),
    later=st.integers(0, 200),
)
def test_what_is_over_stays_over(
    until: int | None, occurrences: int | None, users: int | None, more: int, later: int
) -> None:
    """Time and counts only grow, so an end that is found late is the end that was there."""
    it = silence(until=None if until is None else NOW + timedelta(minutes=until), occurrences=occurrences, users=users)
    ticket = with_(OPEN, counters=counted(100 + more, 5 + more))
    if is_over(it, ticket, NOW) is not None:
        grown = with_(OPEN, counters=counted(100 + more + later, 5 + more + later))
        assert is_over(it, grown, NOW + timedelta(minutes=later)) is not None
