"""The fleet of `make chaos`, with two kills; and that its judges see what they are there for."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.github.server import Logged
from tests.chaos.fleet import Fleet
from tests.chaos.members import trespasses
from tests.chaos.witness import Absence, Entry, judge

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_two_processes_are_killed_in_turn_with_nothing_lost_twice_or_at_the_same_time(tmp_path: Path) -> None:
    """What GitHub leaves in doubt is waited for for 45 seconds, so here it only loses answers of what it did."""
    faults = {"lost_answers": 0.03, "limited": 0.01, "retry_after": 1}
    fleet = Fleet(tmp_path, kills=2, pauses=0, rests=1, rate=60, errors=48, seed=1, faults=faults)
    outcome = await fleet.run()
    assert not outcome.faults, "\n".join(outcome.faults)
    assert outcome.alerts > 100
    assert outcome.seen.claims > 48


def entries(*told: str) -> list[Entry]:
    """Of one mailbox, a second apart: who did what, with which number, and in which transaction if not its own."""
    made = []
    for nth, line in enumerate(told):
        who, what, number, *deal = line.split()
        at = NOON + timedelta(seconds=nth)
        made.append(
            Entry(id=nth, at=at, who=who, deal=(deal or [str(nth)])[0], key="box", what=what, number=int(number))
        )
    return made


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        pytest.param(["a claimed 1", "a began 0", "a made 0", "a settled 5", "a freed 1"], "", id="one settle"),
        pytest.param(["a claimed 1", "a settled 5", "a freed 1", "b claimed 2", "b settled 6"], "", id="in turn"),
        pytest.param(["a claimed 1", "b claimed 2"], "claimed by b, held by a", id="claimed twice"),
        pytest.param(["a claimed 1", "a freed 1", "b claimed 1"], "generation 1 after 1", id="an old generation"),
        pytest.param(
            ["a claimed 1", "b freed 1", "b claimed 2", "a settled 5"], "settled by a, held by b", id="a stale commit"
        ),
        pytest.param(
            ["a claimed 1", "b freed 1", "b claimed 2", "a began 0"], "began by a, held by b", id="a stale call"
        ),
        pytest.param(["a settled 5"], "settled by a, held by nobody", id="without a claim"),
    ],
)
def test_the_judge_of_overlaps(told: list[str], fault: str) -> None:
    seen = judge(entries(*told), {"a": [Absence(since=NOON)]})
    assert fault in "; ".join(seen.overlaps) if fault else not seen.overlaps


def test_the_judge_of_order() -> None:
    """Within one transaction rows are noted in any order."""
    settle = ["a claimed 1", "a settled 6 x", "a settled 5 x", "a freed 1 x"]
    assert not judge(entries(*settle), {}).inversions
    late = judge(entries(*settle, "a claimed 2", "a settled 4"), {})
    assert late.inversions == ["box: letter 4 was settled after 6"]


@pytest.mark.parametrize(
    ("absences", "rests", "taken_over", "hasty"),
    [
        pytest.param([Absence(since=NOON)], [], [2.0], 0, id="killed"),
        pytest.param([Absence(since=NOON)], [NOON + timedelta(seconds=0.5)], [1.5], 0, id="killed, and no database"),
        pytest.param([Absence(since=NOON, until=NOON + timedelta(seconds=1))], [], [], 0, id="paused"),
        pytest.param([Absence(since=NOON + timedelta(seconds=2))], [], [], 1, id="alive"),
    ],
)
def test_the_judge_of_takeovers(
    absences: list[Absence], rests: list[datetime], taken_over: list[float], hasty: int
) -> None:
    seen = judge(entries("a claimed 1", "b freed 1", "b claimed 2"), {"a": absences}, rests)
    assert (seen.taken_over, len(seen.hasty), seen.overlaps) == (taken_over, hasty, [])


@pytest.mark.parametrize(
    ("host", "seconds", "fault"),
    [
        pytest.param("127.0.0.1:80", 1.5, "", id="who holds it"),
        pytest.param("localhost:80", 1.5, "written by b", id="the other one"),
        pytest.param("127.0.0.1:80", 3, "held by nobody", id="after its claim"),
        pytest.param("127.0.0.1:80", 0, "held by nobody", id="before its claim"),
    ],
)
def test_the_judge_of_what_is_written_on_github(host: str, seconds: float, fault: str) -> None:
    state = '<!-- prod-squad:v1:state={"ticket":4,"occurrences":2} -->'
    body = f"<!-- prod-squad:v1:begin -->\n\n{state}\n\n<!-- prod-squad:v1:end -->"
    at = NOON + timedelta(seconds=seconds)
    call = Logged(at=at, method="POST", path="/", route="", json={"variables": {"body": body}}, host=host)
    told = entries("z claimed 1", "a_1 claimed 1", "a_1 freed 1")
    seen = judge([dataclasses.replace(entry, key="ticket:4") for entry in told[1:]], {})
    found = "; ".join(it.what for it in trespasses([call], seen, {"127.0.0.1": "a", "localhost": "b"}))
    assert fault in found if fault else not found
