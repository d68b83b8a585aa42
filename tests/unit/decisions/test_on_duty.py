"""The procedure's "Backup", row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.on_duty import absence_of, duty_at, line_of_calls, line_of_members, to_know, with_override, without
from app.domain.duty import Duty, Handover, Line, OnCall, Override, Source
from app.domain.squad import Person
from app.domain.squad_duty import Turns

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=4)
NOBODY = "Nobody is there as secondary."
NOBODY_AT_ALL = "Nobody is on duty."
NICK = "Nobody of the squad is there; nick, the project's tech lead, stands in."


def line(people: str) -> Line:
    return Line(people=tuple(people.split()), source=Source.MEMBERS, as_of=NOW)


def away(who: str, *, minutes: float = -10, until: datetime | None = LATER, reason: str = "") -> Override:
    return Override(who=who, at=NOW + timedelta(minutes=minutes), until=until, reason=reason)


def handed(who: str, to: str, *, minutes: float = -10, until: datetime | None = LATER) -> Override:
    return Override(who=who, at=NOW + timedelta(minutes=minutes), until=until, to=to)


def pair(duty: Duty) -> str:
    return f"{duty.primary or '-'} {duty.secondary or '-'}"


@pytest.mark.parametrize(
    ("people", "overrides", "expected", "notes"),
    [
        pytest.param("a b c", [], "a b", [], id="as the line says"),
        pytest.param("a b c", [away("a")], "b c", ["a is away until"], id="the secondary takes over from the primary"),
        pytest.param("a b c", [away("A")], "b c", ["a is away until"], id="a login in capitals is the same person"),
        pytest.param("a b c", [away("b")], "a c", ["b is away until"], id="the next in line backs up"),
        pytest.param("a b c", [away("c")], "a b", [], id="away while it is another's turn"),
        pytest.param("a b c", [away("a"), away("b")], "c -", ["a is", "b is", NOBODY], id="both are away: the next"),
        pytest.param("a b", [away("a")], "b -", ["a is away until", NOBODY], id="nobody is left to back up"),
        pytest.param("a b", [away("a"), away("b")], "nick -", ["a is", "b is", NICK], id="both are away: the lead"),
        pytest.param(
            "a b",
            [away("a"), away("b"), away("nick")],
            "- -",
            ["a is", "b is", NOBODY_AT_ALL],
            id="and the lead is away, too",
        ),
        pytest.param("", [], "nick -", [NICK], id="there is no line at all"),
        # Handovers.
        pytest.param(
            "a b c", [handed("a", "c")], "c b", ["a handed over to c until"], id="to one who is in line: a swap"
        ),
        pytest.param("a b", [handed("a", "b")], "b a", ["a handed over to b until"], id="primary and secondary swap"),
        pytest.param("a b", [handed("a", "x")], "x b", ["a handed over to x until"], id="to somebody else"),
        pytest.param("a b", [handed("b", "x")], "a x", ["b handed over to x until"], id="the secondary hands over"),
        pytest.param(
            "a b c",
            [handed("b", "a")],
            "a c",
            ["b handed over to a"],
            id="to the primary, who has nothing more to take",
        ),
        pytest.param("a b", [handed("q", "x")], "a b", [], id="one who has no duty has none to hand over"),
        pytest.param(
            "a b",
            [handed("x", "y", minutes=-5), handed("a", "x", minutes=-10)],
            "y b",
            ["a handed", "x handed"],
            id="handed on, whatever the order in the list",
        ),
        pytest.param(
            "a b",
            [handed("a", "x"), away("x")],
            "b -",
            ["a handed", "x is away", NOBODY],
            id="to one who then went away",
        ),
        # Time.
        pytest.param("a b", [away("a", until=NOW)], "a b", [], id="an absence is over at its end"),
        pytest.param("a b", [handed("a", "x", until=NOW)], "a b", [], id="a handover is over at its end"),
        pytest.param("a b c", [away("a", minutes=1)], "a b", [], id="an absence that is to come"),
        pytest.param("a b c", [away("a", minutes=0)], "b c", ["a is away"], id="an absence from now on"),
        pytest.param("a b c", [away("a", until=None)], "b c", ["a is away."], id="until they are back"),
    ],
)
def test_who_is_on_duty(people: str, overrides: list[Override], expected: str, notes: list[str]) -> None:
    duty = duty_at(line(people), overrides, NOW, lead="nick")
    assert pair(duty) == expected
    assert len(duty.notes) == len(notes)
    assert all(said.startswith(begin) for said, begin in zip(duty.notes, notes, strict=True))
    assert (duty.source, duty.as_of) == (Source.MEMBERS, NOW)


def test_without_a_lead_nobody_stands_in() -> None:
    duty = duty_at(line("a"), [away("a")], NOW)
    assert (pair(duty), duty.people) == ("- -", ())
    assert duty.notes[-1] == NOBODY_AT_ALL


def test_a_note_tells_the_time_on_the_squads_clock_and_the_reason() -> None:
    duty = duty_at(line("a b c"), [away("a", reason="dentist")], NOW, zone=NEW_YORK)
    assert duty.notes == ("a is away until 2026-11-24 14:00 EST (dentist).",)


def test_what_the_source_noted_stays() -> None:
    noted = Line(people=("a", "b"), source=Source.PAGERDUTY, as_of=NOW, notes=("PagerDuty is down.",))
    assert duty_at(noted, [], NOW).notes == ("PagerDuty is down.",)


logins = st.sampled_from(["a", "b", "c", "x", "nick"])
hours = st.integers(-5, 5).map(lambda hours: NOW + timedelta(hours=hours))
changes = st.builds(
    Override, who=logins, at=hours, until=st.none() | hours, to=st.just("") | logins, reason=st.just("")
)


@given(st.lists(changes, max_size=8))
def test_whatever_people_do_nobody_who_is_away_has_duty_and_nobody_has_it_twice(overrides: list[Override]) -> None:
    duty = duty_at(line("a b c"), overrides, NOW, lead="nick")
    assert len(set(duty.people)) == len(duty.people)
    assert all(absence_of(login, overrides, NOW) is None for login in duty.people)
    assert duty.primary or not duty.secondary


@given(st.lists(changes, max_size=8), st.permutations(["a", "b", "c", "x", "nick"]))
def test_when_all_are_back_all_is_as_the_line_says(overrides: list[Override], order: list[str]) -> None:
    left = tuple(overrides)
    for who in order:
        left = without(left, who, NOW)
    assert left == ()


# Turns.
TURNS = Turns(members=("a", "b", "c"), cadence=timedelta(days=7), starts=date(2026, 10, 26))


@pytest.mark.parametrize(
    ("clock", "people", "until"),
    [
        pytest.param("2026-10-26 00:00", "a b c", "2026-11-02 00:00", id="the first turn, over a change of the clock"),
        pytest.param("2026-11-01 23:59:59", "a b c", "2026-11-02 00:00", id="its last second"),
        pytest.param("2026-11-02 00:00", "b c a", "2026-11-09 00:00", id="the second turn"),
        pytest.param("2026-11-15 12:00", "c a b", "2026-11-16 00:00", id="the third"),
        pytest.param("2026-11-16 00:00", "a b c", "2026-11-23 00:00", id="the first one's again"),
        pytest.param("2027-10-25 00:00", "b c a", "2027-11-01 00:00", id="a year later"),
    ],
)
def test_whose_turn_it_is(clock: str, people: str, until: str) -> None:
    now = datetime.fromisoformat(clock).replace(tzinfo=NEW_YORK)
    found = line_of_members(TURNS, NEW_YORK, now.astimezone(UTC))
    assert found.people == tuple(people.split())
    assert found.until == datetime.fromisoformat(until).replace(tzinfo=NEW_YORK).astimezone(UTC)
    assert (found.source, found.as_of, found.notes) == (Source.MEMBERS, now, ())


def test_before_the_rotation_begins_its_first_turn_stands() -> None:
    found = line_of_members(TURNS, NEW_YORK, datetime(2026, 10, 1, tzinfo=UTC))
    assert found.people == ("a", "b", "c")
    assert found.notes == ("The rotation begins on 2026-10-26; until then its first turn stands.",)


# PagerDuty.
PEOPLE = (*(Person(login=login, email=f"{login}@va.gov") for login in "abc"), Person(login="d"))


def call(who: str, level: int, until: datetime | None = None, email: str = "") -> OnCall:
    return OnCall(level=level, name=who.upper(), email=email or f"{who}@va.gov", until=until)


@pytest.mark.parametrize(
    ("calls", "people"),
    [
        pytest.param([call("a", 1), call("b", 2)], "a b", id="level 1 is the primary, level 2 the secondary"),
        pytest.param([call("c", 3), call("b", 2), call("a", 1)], "a b c", id="in whatever order they come"),
        pytest.param([call("a", 1), call("b", 1), call("c", 2)], "a c b", id="of two at one level the first"),
        pytest.param([call("a", 1), call("a", 2), call("b", 3)], "a b", id="one person at two levels"),
        pytest.param([call("a", 1, email="A@VA.gov")], "a", id="capitals in an address"),
    ],
)
def test_whom_pagerduty_has_on_call(calls: list[OnCall], people: str) -> None:
    found = line_of_calls(calls, PEOPLE, NOW)
    assert (found.people, found.notes) == (tuple(people.split()), ())
    assert (found.source, found.as_of, found.until) == (Source.PAGERDUTY, NOW, None)


def test_a_line_ends_when_the_first_of_them_goes_off_call() -> None:
    calls = [call("a", 1, LATER + timedelta(days=1)), call("b", 2, LATER), call("c", 3)]
    assert line_of_calls(calls, PEOPLE, NOW).until == LATER


STRANGER = "Nobody below “people” in the squad's file has the e-mail address of who PagerDuty has on call at level {}"


def test_whom_the_squads_file_does_not_know_is_told_by_level_for_a_ticket_may_be_public() -> None:
    found = line_of_calls([call("x", 1), call("x", 2), call("b", 1)], PEOPLE, NOW)
    assert found.people == ("b",)
    assert found.notes == tuple(f"{STRANGER.format(level)}; add it there, with their GitHub login." for level in (1, 2))


def test_who_has_no_address_is_told_by_level_too() -> None:
    found = line_of_calls([OnCall(level=1, name="X")], PEOPLE, NOW)
    assert found.people == ()
    assert found.notes == ("PagerDuty does not tell the e-mail address of who is on call at level 1.",)


def test_nobody_on_call_is_told() -> None:
    found = line_of_calls([], PEOPLE, NOW)
    assert (found.people, found.notes) == ((), ("PagerDuty has nobody on call in this escalation policy.",))


# What is recorded.
@pytest.mark.parametrize(
    ("pair", "pinged", "told"),
    [
        pytest.param(("a", "b"), ("A",), True, id="the primary, however it is written"),
        pytest.param(("a", "b"), ("x", "b"), True, id="the secondary among others"),
        pytest.param(("a", "b"), ("x",), False, id="somebody who is not on duty"),
        pytest.param(("", ""), ("x",), True, id="somebody in the stead of a squad of which nobody is there"),
    ],
)
def test_who_is_told_what_is_to_know_of_the_duty(pair: tuple[str, str], pinged: tuple[str, ...], told: bool) -> None:
    duty = Duty(primary=pair[0], secondary=pair[1], source=Source.PAGERDUTY, as_of=NOW, notes=("PagerDuty is down.",))
    assert to_know(duty, pinged) == (duty.notes if told else ())


def test_a_new_absence_takes_the_place_of_the_persons_last_one() -> None:
    old, other, given = away("a", minutes=-30), away("b"), handed("A", "x")
    new = away("A", minutes=0, until=None)
    assert with_override([old, other, given], new, NOW) == (other, given, new)


def test_a_handover_takes_the_place_of_nothing() -> None:
    assert with_override([away("a"), handed("a", "x")], handed("x", "y"), NOW) == (
        away("a"),
        handed("a", "x"),
        handed("x", "y"),
    )


def test_what_is_over_is_dropped() -> None:
    assert with_override([away("b", until=NOW)], away("a"), NOW) == (away("a"),)
    assert without([away("b", until=NOW), away("c")], "a", NOW) == (away("c"),)


@pytest.mark.parametrize(
    ("overrides", "left"),
    [
        pytest.param([away("A")], [], id="the absence"),
        pytest.param([handed("a", "x")], [], id="the handover"),
        pytest.param(
            [handed("a", "x", minutes=-9), handed("x", "y", minutes=-5)], [], id="and what was handed on from there"
        ),
        pytest.param(
            [handed("a", "x"), handed("b", "y")], [handed("b", "y")], id="but not what others handed over of their own"
        ),
        pytest.param([away("b")], [away("b")], id="nor another's absence"),
    ],
)
def test_who_is_back_has_their_own_place(overrides: list[Override], left: list[Override]) -> None:
    assert without(overrides, "a", NOW) == tuple(left)


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        pytest.param([away("A")], True, id="away"),
        pytest.param([away("b")], False, id="another is"),
        pytest.param([handed("a", "b")], False, id="a handover is no absence"),
        pytest.param([away("a", until=NOW)], False, id="back by now"),
        pytest.param([away("a", minutes=5)], False, id="not yet away"),
    ],
)
def test_an_absence(overrides: list[Override], found: bool) -> None:
    assert (absence_of("a", overrides, NOW) is not None) is found


@pytest.mark.parametrize(
    ("before", "now", "changed", "told", "relieved"),
    [
        pytest.param("a b", "a b", False, (), (), id="nothing changed"),
        pytest.param("a b", "A B", False, (), (), id="… but how they are written"),
        pytest.param("a b", "b c", True, ("b", "c"), ("a",), id="the secondary is primary now, one more is there"),
        pytest.param("b c", "a b", True, ("a",), ("b", "c"), id="the primary is back"),
        pytest.param("a b", "b -", True, ("b",), ("a",), id="nobody is there as secondary"),
        pytest.param("b -", "a b", True, ("a",), ("b",), id="the primary is back, and who stood in is secondary again"),
        pytest.param("a b", "a c", True, ("c",), ("b",), id="the secondary is another"),
        pytest.param("a b", "b a", True, ("b",), ("a",), id="they swap"),
        pytest.param("- -", "a b", True, ("a", "b"), (), id="nobody was on duty"),
    ],
)
def test_who_has_to_be_told(
    before: str, now: str, changed: bool, told: tuple[str, ...], relieved: tuple[str, ...]
) -> None:
    def duty(pair: str) -> Duty:
        primary, secondary = (login.strip("-") for login in pair.split())
        return Duty(primary=primary, secondary=secondary, source=Source.MEMBERS, as_of=NOW)

    handover = Handover(before=duty(before), now=duty(now))
    assert (handover.changed, handover.taking_over, handover.relieved) == (changed, told, relieved)
