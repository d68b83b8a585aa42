"""The table of `decisions/reckoning.py`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.decisions.reckoning import FAILED, MOST_ATTEMPTS, NOT_YET, REFUSED, TOO_OLD, concluded, reckoned
from app.domain.deliveries import Attempt, Lost, Reckoning

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def record(*webhooks: str) -> list[Attempt]:
    """Each webhook's attempts, the oldest first: `x` failed, `v` arrived, `X` and `V` the same, sent again.

    GitHub shows the newest first; attempts of one webhook are interleaved with those of others.
    """
    found: list[Attempt] = []
    for n, outcomes in enumerate(webhooks):
        for nth, it in enumerate(outcomes):
            at = NOW + timedelta(minutes=n, hours=nth)
            found.append(
                Attempt(
                    id=100 * (n + 1) + nth, guid=f"w{n}", at=at, arrived=it in "vV", again=it in "XV", event="issues"
                )
            )
    return sorted(found, key=lambda attempt: attempt.at, reverse=True)


def counts(it: Reckoning) -> tuple[int, int, int, list[str], list[str]]:
    return it.sent, it.missed, it.recovered, [a.guid for a in it.again], [lost.first.guid for lost in it.lost]


@pytest.mark.parametrize(
    ("webhooks", "expected"),
    [
        pytest.param((), (0, 0, 0, [], []), id="no webhooks at all"),
        pytest.param(("v", "v"), (2, 0, 0, [], []), id="all arrived"),
        pytest.param(("xV", "xXV"), (2, 2, 2, [], []), id="arrived later"),
        pytest.param(("V",), (1, 1, 1, [], []), id="the first attempt is older than the record"),
        pytest.param(("vX",), (1, 0, 0, [], []), id="sent again though it had arrived"),
        pytest.param(("x", "v", "xX"), (3, 2, 0, ["w0", "w2"], []), id="to be sent again, the oldest first"),
        pytest.param(("xXXX",), (1, 1, 0, ["w0"], []), id="one attempt is left"),
        pytest.param(("x" + "X" * (MOST_ATTEMPTS - 1),), (1, 1, 0, [], ["w0"]), id="given up"),
    ],
)
def test_what_became_of_webhooks(webhooks: tuple[str, ...], expected: object) -> None:
    assert counts(reckoned(record(*webhooks))) == expected


def test_the_last_attempt_is_sent_again_and_the_first_one_is_told() -> None:
    assert [attempt.id for attempt in reckoned(record("xX")).again] == [101]
    (lost,) = reckoned(record("xXXXX")).lost
    assert (lost.first.id, lost.why) == (100, REFUSED)


def test_what_it_came_to() -> None:
    before = reckoned(record("x", "x", "x", "x", "x", "v", "xXXXX"))
    since = [
        Attempt(id=900, guid="w0", at=NOW, arrived=False, again=True),
        Attempt(id=901, guid="w0", at=NOW, arrived=True, again=True),
        Attempt(id=902, guid="w1", at=NOW, arrived=False, again=True),
        Attempt(id=903, guid="other", at=NOW, arrived=False),
    ]
    left = [Lost(first=before.again[4], why="no time")]
    after = concluded(before, since, {before.again[3].id}, left)
    assert (after.sent, after.missed, after.recovered) == (7, 6, 1)
    assert [(it.first.guid, it.why) for it in after.lost] == [("w6", REFUSED), ("w1", FAILED), ("w3", TOO_OLD)]
    assert [(it.first.guid, it.why) for it in after.left] == [("w4", "no time"), ("w2", NOT_YET)]


def test_what_was_refused_and_arrived_all_the_same_is_recovered() -> None:
    before = reckoned(record("x"))
    arrived = Attempt(id=900, guid="w0", at=NOW, arrived=True, again=True)
    after = concluded(before, [arrived], {before.again[0].id}, [])
    assert (after.recovered, after.lost) == (1, ())
