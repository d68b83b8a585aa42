"""The calls of `make chaos`, at a tenth of its size; and that its judge sees what it is there for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chaos.ladder import LEADS, Step, severe, unsure
from tests.chaos.pings import Pings

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALL, JO, KIM, SHARON = LEADS, ("jo",), ("kim",), ("sharon",)


def steps(*told: tuple[float, tuple[str, ...]], expired: float | None = None) -> list[Step]:
    """Who was pinged so many minutes after noon; `expired` is the minute of the one about an acknowledgement."""
    return [Step(who=who, at=NOON + timedelta(minutes=at), expired=at == expired) for at, who in told]


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_people_are_called_through_ten_kills_with_no_ping_lost_and_none_sent_twice(tmp_path: Path) -> None:
    outcome = await Pings(tmp_path, tickets=16, kills=10, seed=1).run()
    assert not outcome.faults, "\n".join(outcome.faults)
    assert outcome.kills == 10
    assert outcome.pings >= 16, "each ticket's first call; how far the ladders get is how long ten kills take"


@pytest.mark.parametrize(
    ("found", "acknowledged", "minutes", "fault"),
    [
        pytest.param([(0, ALL), (1, JO), (2, KIM), (3, ALL), (5, JO)], None, 6, "", id="two rounds, each in its time"),
        pytest.param([], None, 0, "nobody was called", id="lost: the first call"),
        pytest.param([(0, ALL), (1, JO)], None, 2.5, "a step is missing", id="lost: the last step"),
        pytest.param([(0, ALL), (1, KIM)], None, 1.5, "instead of ('jo',)", id="lost: a step between"),
        pytest.param([(0, ALL), (0.1, ALL)], None, 1, "instead of ('jo',)", id="twice: the first call"),
        pytest.param([(0, ALL), (1, JO), (1, JO)], None, 1.5, "instead of ('kim',)", id="twice: a step"),
        pytest.param([(0, ALL), (0.5, JO)], None, 1, "before its time", id="too early"),
        pytest.param([(0, ALL)], 0.5, 1.6, "", id="acknowledged, and that holds"),
        pytest.param([(0, ALL)], 0.5, 2, "a step is missing", id="lost: the question when that expired"),
    ],
)
def test_the_judge_of_what_is_severe(
    found: list[tuple[float, tuple[str, ...]]], acknowledged: float | None, minutes: float, fault: str
) -> None:
    said = None if acknowledged is None else NOON + timedelta(minutes=acknowledged)
    faults = severe(steps(*found), acknowledged=said, now=NOON + timedelta(minutes=minutes))
    assert fault in "; ".join(faults) if fault else faults == []


@pytest.mark.parametrize(
    ("found", "acknowledged", "fault"),
    [
        pytest.param([(0, ALL), (2, JO), (3, ALL)], 1, "", id="expired, and then the others"),
        pytest.param([(0, ALL), (2, JO)], None, "that nobody had made", id="expired, though nobody was on it"),
        pytest.param([(2, JO)], 1, "the first to be pinged", id="lost: the first call"),
        pytest.param([(0, ALL), (2, JO), (2, JO)], 1, "expired twice", id="twice: the question"),
    ],
)
def test_the_judge_of_what_was_acknowledged(
    found: list[tuple[float, tuple[str, ...]]], acknowledged: float | None, fault: str
) -> None:
    said = None if acknowledged is None else NOON + timedelta(minutes=acknowledged)
    faults = severe(steps(*found, expired=2), acknowledged=said, now=NOON + timedelta(minutes=3))
    assert fault in "; ".join(faults) if fault else faults == []


def test_the_judge_of_what_is_unsure() -> None:
    assert unsure(steps((0, SHARON))) == []
    assert unsure([]) != []
    assert unsure(steps((0, SHARON), (1, SHARON))) != []
