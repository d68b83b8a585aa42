"""Who is on duty, over time: PagerDuty comes and goes, and people hand over."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.duty import Duty, OnCall, Override, Source
from app.domain.errors import LaterError, SystemRefusedError, UnavailableError, UserError
from app.domain.issues import Repository
from app.domain.squad import Person, Squad
from app.domain.squad_duty import PagerDuty, Rotation
from app.flows.duty import AGAIN, FRESH, OnDuty, SquadAt

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in New York."""
HOME = Repository(id=7, name="octo-org/alerts", installation=1)
PEOPLE = tuple(Person(login=login, email=f"{login}@va.gov") for login in ("mark", "jo", "alex"))
ASKED = Squad(
    people=PEOPLE,
    time_zone="America/New_York",
    rotation=Rotation(pagerduty=PagerDuty(escalation_policy="PABC123")),
)
TURNS = Squad(
    time_zone="America/New_York",
    rotation=Rotation(members=("mark", "jo", "alex"), starts=date(2026, 11, 23)),
)
NO_SECONDARY = "Nobody is there as secondary."


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class Memory:
    """Outlives a restart."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def recall(self, name: str) -> bytes | None:
        found = self.kept.get(name)
        await asyncio.sleep(0)
        return found

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        await asyncio.sleep(0)
        self.kept[name] = value

    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        await asyncio.sleep(0)
        if self.kept.get(name) != known:
            return False
        self.kept[name] = value
        return True


class Schedule:
    """PagerDuty: who is on call, or how it refuses."""

    def __init__(self, *logins: str) -> None:
        self.asked: list[str] = []
        self.refuses: SystemRefusedError | None = None
        self.until: datetime | None = None
        self.put(*logins)

    def put(self, *logins: str) -> None:
        self.calls = tuple(
            OnCall(level=level, name=login, email=f"{login}@va.gov", until=self.until)
            for level, login in enumerate(logins, start=1)
        )

    async def on_call(self, escalation_policy: str) -> tuple[OnCall, ...]:
        self.asked.append(escalation_policy)
        await asyncio.sleep(0)
        if self.refuses is not None:
            raise self.refuses
        return self.calls


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def schedule() -> Schedule:
    return Schedule("mark", "jo")


@pytest.fixture
def on_duty(schedule: Schedule, memory: Memory, clock: Clock) -> OnDuty:
    return OnDuty(schedule, memory, now=clock)


def at(squad: Squad, lead: str = "nick") -> SquadAt:
    return SquadAt(home=HOME, squad=squad, lead=lead)


def pair(duty: Duty) -> tuple[str, str]:
    return duty.primary, duty.secondary


async def test_pagerduty_is_asked_and_its_answer_kept_for_five_minutes(
    on_duty: OnDuty, schedule: Schedule, clock: Clock
) -> None:
    first = await on_duty.current(at(ASKED))
    assert first == Duty(primary="mark", secondary="jo", source=Source.PAGERDUTY, as_of=START)
    schedule.put("jo", "alex")
    clock.pass_by(seconds=FRESH.total_seconds() - 1)
    assert await on_duty.current(at(ASKED)) == first
    clock.pass_by(seconds=1)
    assert pair(await on_duty.current(at(ASKED))) == ("jo", "alex")
    assert schedule.asked == ["PABC123"] * 2


async def test_a_shifts_end_is_seen_at_once(on_duty: OnDuty, schedule: Schedule, clock: Clock) -> None:
    schedule.until = START + timedelta(minutes=2)
    schedule.put("mark", "jo")
    await on_duty.current(at(ASKED))
    schedule.until = None
    schedule.put("jo", "alex")
    clock.pass_by(minutes=2)
    assert pair(await on_duty.current(at(ASKED))) == ("jo", "alex")


async def test_many_who_ask_at_once_are_one_call(on_duty: OnDuty, schedule: Schedule) -> None:
    found = await asyncio.gather(*(on_duty.current(at(ASKED)) for _ in range(50)))
    assert {pair(duty) for duty in found} == {("mark", "jo")}
    assert len(schedule.asked) == 1


async def test_the_squads_file_is_read_anew_with_each_question(on_duty: OnDuty, schedule: Schedule) -> None:
    stranger = await on_duty.current(at(ASKED.model_copy(update={"people": PEOPLE[:1]})))
    assert pair(stranger) == ("mark", "")
    assert "on call at level 2; add it there" in stranger.notes[0]
    assert "jo@va.gov" not in stranger.notes[0]
    assert pair(await on_duty.current(at(ASKED))) == ("mark", "jo")
    assert len(schedule.asked) == 1


async def test_while_pagerduty_is_down_the_last_known_stands_and_says_since_when(
    on_duty: OnDuty, schedule: Schedule, memory: Memory, clock: Clock
) -> None:
    await on_duty.current(at(ASKED))
    schedule.refuses = LaterError("PagerDuty would not list who is on call (503); it is tried again.")
    clock.pass_by(minutes=10)
    down = await on_duty.current(at(ASKED))
    assert pair(down) == ("mark", "jo")
    assert (down.source, down.as_of) == (Source.PAGERDUTY, START)
    note = (
        "PagerDuty has not told who is on call since 2026-11-24 10:10 EST; these were on call at 2026-11-24 10:00 EST. "
        "PagerDuty would not list who is on call (503); it is tried again."
    )
    assert down.notes == (note,)

    clock.pass_by(hours=3)
    assert (await on_duty.current(at(ASKED))).notes == (note,)
    restarted = OnDuty(schedule, memory, now=clock)
    found = await restarted.current(at(ASKED))
    assert pair(found) == ("mark", "jo")
    assert found.notes[0].startswith("PagerDuty has not told who is on call since 2026-11-24 13:10 EST; these were on")

    schedule.refuses = None
    clock.pass_by(minutes=1)
    assert (await on_duty.current(at(ASKED))).notes == ()


@pytest.mark.parametrize(
    ("refuses", "wait"),
    [
        pytest.param(LaterError("down"), AGAIN, id="a minute after no answer"),
        pytest.param(UnavailableError("no", reason="forbidden"), AGAIN, id="a minute after a refusal: a key is mended"),
        pytest.param(
            LaterError("slow", not_before=START + timedelta(seconds=90)), timedelta(seconds=90), id="as long as it says"
        ),
        pytest.param(LaterError("slow", not_before=START), AGAIN, id="but a minute at least"),
    ],
)
async def test_when_it_is_asked_again(
    on_duty: OnDuty, schedule: Schedule, clock: Clock, refuses: SystemRefusedError, wait: timedelta
) -> None:
    schedule.refuses = refuses
    await on_duty.current(at(ASKED))
    clock.now = START + wait - timedelta(seconds=1)
    await on_duty.current(at(ASKED))
    assert len(schedule.asked) == 1
    clock.pass_by(seconds=1)
    await on_duty.current(at(ASKED))
    assert len(schedule.asked) == 2


async def test_where_pagerduty_never_answered_the_lead_stands_in(on_duty: OnDuty, schedule: Schedule) -> None:
    schedule.refuses = UnavailableError("Set PAGERDUTY_TOKEN.", reason="forbidden")
    found = await on_duty.current(at(ASKED))
    assert (pair(found), found.source) == (("nick", ""), Source.NOTHING)
    assert found.notes == (
        "PagerDuty has not told who is on call since 2026-11-24 10:00 EST, and nothing is known from before. "
        "Set PAGERDUTY_TOKEN.",
        "Nobody of the squad is there; nick, the project's tech lead, stands in.",
    )


@pytest.mark.parametrize(
    ("squad", "note"),
    [
        pytest.param(Squad(), "add the section rotation", id="no rotation"),
        pytest.param(ASKED, "set PAGERDUTY_TOKEN", id="no key for PagerDuty"),
    ],
)
async def test_what_has_to_be_switched_on_is_told(memory: Memory, clock: Clock, squad: Squad, note: str) -> None:
    found = await OnDuty(None, memory, now=clock).current(at(squad, lead=""))
    assert (pair(found), found.source) == (("", ""), Source.NOTHING)
    assert note in found.notes[0]


async def test_members_take_turns(memory: Memory, clock: Clock) -> None:
    on_duty = OnDuty(None, memory, now=clock)
    assert pair(await on_duty.current(at(TURNS))) == ("mark", "jo")
    clock.pass_by(days=7)
    assert pair(await on_duty.current(at(TURNS))) == ("jo", "alex")


async def test_a_midday_appointment(on_duty: OnDuty, memory: Memory, clock: Clock, schedule: Schedule) -> None:
    until = START + timedelta(hours=4)
    gone = await on_duty.away(at(ASKED), "mark", until, "dentist")
    assert (pair(gone.before), pair(gone.now)) == (("mark", "jo"), ("jo", ""))
    assert (gone.changed, gone.taking_over) == (True, ("jo",))
    assert gone.override == Override(who="mark", at=START, until=until, reason="dentist")
    assert gone.now.notes == ("mark is away until 2026-11-24 14:00 EST (dentist).", NO_SECONDARY)

    restarted = OnDuty(schedule, memory, now=clock)
    assert pair(await restarted.current(at(ASKED))) == ("jo", "")
    clock.now = until
    assert pair(await restarted.current(at(ASKED))) == ("mark", "jo")


async def test_back_before_the_time(on_duty: OnDuty, clock: Clock) -> None:
    await on_duty.away(at(TURNS), "mark", None)
    clock.pass_by(hours=1)
    back = await on_duty.back(at(TURNS), "Mark")
    assert (pair(back.before), pair(back.now)) == (("jo", "alex"), ("mark", "jo"))
    assert (back.taking_over, back.relieved, back.override) == (("mark",), ("jo", "alex"), None)
    again = await on_duty.back(at(TURNS), "mark")
    assert not again.changed


async def test_a_handover_lasts_for_the_turn(on_duty: OnDuty, clock: Clock) -> None:
    given = await on_duty.handoff(at(TURNS), "mark", "sharon")
    assert pair(given.now) == ("sharon", "jo")
    assert given.taking_over == ("sharon",)
    turn_ends = datetime(2026, 11, 30, 5, tzinfo=UTC)
    assert given.override == Override(who="mark", at=START, until=turn_ends, to="sharon")
    assert given.now.notes == ("mark handed over to sharon until 2026-11-30 00:00 EST.",)
    clock.now = turn_ends
    assert pair(await on_duty.current(at(TURNS))) == ("jo", "alex")
    clock.pass_by(days=14)
    assert pair(await on_duty.current(at(TURNS))) == ("mark", "jo")


async def test_a_handover_without_an_end_lasts_until_they_are_back(on_duty: OnDuty, clock: Clock) -> None:
    given = await on_duty.handoff(at(ASKED), "mark", "jo")
    assert (pair(given.now), given.override) == (("jo", "mark"), Override(who="mark", at=START, to="jo"))
    clock.pass_by(days=30)
    assert pair(await on_duty.current(at(ASKED))) == ("jo", "mark")
    assert pair((await on_duty.back(at(ASKED), "mark")).now) == ("mark", "jo")


async def test_a_shift_that_ended_while_pagerduty_is_down_can_still_be_handed_over(
    on_duty: OnDuty, schedule: Schedule, clock: Clock
) -> None:
    schedule.until = START + timedelta(hours=1)
    schedule.put("mark", "jo")
    await on_duty.current(at(ASKED))
    schedule.refuses = LaterError("down")
    clock.pass_by(hours=2)
    given = await on_duty.handoff(at(ASKED), "mark", "alex")
    assert pair(given.now) == ("alex", "jo")


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda on_duty: on_duty.away(at(TURNS), "mark", START + timedelta(hours=4), "PTO"), id="away"),
        pytest.param(lambda on_duty: on_duty.handoff(at(TURNS), "mark", "jo"), id="a handover in the squad"),
        pytest.param(lambda on_duty: on_duty.handoff(at(TURNS), "mark", "sharon"), id="a handover to another"),
    ],
)
async def test_what_is_asked_twice_is_recorded_once_and_answered_alike(
    on_duty: OnDuty, memory: Memory, clock: Clock, ask: object
) -> None:
    assert callable(ask)
    first = await ask(on_duty)
    kept = dict(memory.kept)
    clock.pass_by(minutes=1)
    again = await ask(on_duty)
    assert memory.kept == kept
    assert (pair(again.before), pair(again.now)) == (pair(first.before), pair(first.now))
    assert again.override == first.override


@pytest.mark.parametrize(
    ("by", "to", "said"),
    [
        pytest.param("mark", "Mark", "name the one who takes it over", id="to oneself"),
        pytest.param("alex", "mark", "alex is not on duty.*on duty: mark, jo", id="by one who is not on duty"),
        pytest.param("mark", "sam", "sam is away until 2026-11-24 14:00 EST", id="to one who is away"),
        pytest.param("mark", "kim", "kim is away;", id="to one who is away without an end"),
        pytest.param("jo", "mark", "mark is the primary already", id="by the secondary to the primary"),
    ],
)
async def test_what_can_t_be_handed_over(on_duty: OnDuty, by: str, to: str, said: str) -> None:
    await on_duty.away(at(TURNS), "sam", START + timedelta(hours=4))
    await on_duty.away(at(TURNS), "kim", None)
    with pytest.raises(UserError, match=said):
        await on_duty.handoff(at(TURNS), by, to)
    assert pair(await on_duty.current(at(TURNS))) == ("mark", "jo")


async def test_who_stands_in_can_t_hand_over(memory: Memory, clock: Clock) -> None:
    on_duty = OnDuty(None, memory, now=clock)
    with pytest.raises(UserError, match="nick only stands in"):
        await on_duty.handoff(at(Squad()), "nick", "mark")
    with pytest.raises(UserError, match=r"there is nothing to hand over\.$"):
        await on_duty.handoff(at(Squad(), lead=""), "nick", "mark")


async def test_an_absence_that_is_over_already_is_refused(on_duty: OnDuty) -> None:
    with pytest.raises(UserError, match="2026-11-24 10:00 EST is over already"):
        await on_duty.away(at(TURNS), "mark", START)


async def test_absences_said_at_the_same_moment_are_all_kept(on_duty: OnDuty) -> None:
    await asyncio.gather(*(on_duty.away(at(TURNS), who, None) for who in ("mark", "jo", "sam", "kim")))
    assert pair(await on_duty.current(at(TURNS))) == ("alex", "")


async def test_so_are_those_that_several_processes_hear(memory: Memory, clock: Clock) -> None:
    fleet = [OnDuty(None, memory, now=clock) for _ in range(4)]
    absent = zip(fleet, ("mark", "jo", "sam", "kim"), strict=True)
    await asyncio.gather(*(process.away(at(TURNS), who, None) for process, who in absent))
    assert pair(await fleet[0].current(at(TURNS))) == ("alex", "")
    await asyncio.gather(fleet[1].back(at(TURNS), "mark"), fleet[2].handoff(at(TURNS), "alex", "jo2"))
    assert pair(await fleet[3].current(at(TURNS))) == ("mark", "jo2")


async def test_each_squad_has_its_own_overrides(on_duty: OnDuty) -> None:
    await on_duty.away(at(TURNS), "mark", None)
    other = SquadAt(home=Repository(id=8, name="octo-org/other", installation=1), squad=TURNS)
    assert pair(await on_duty.current(other)) == ("mark", "jo")
