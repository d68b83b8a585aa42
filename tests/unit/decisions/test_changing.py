"""The table of `decisions/changing.py`, and when an outage began and ended."""

from __future__ import annotations

import pytest

from app.decisions.changing import told
from app.domain.history import Happened, Kind
from app.domain.surroundings import Change, ChangeKind, span_of
from app.domain.tickets import Closing, Counters, Ticket
from tests.unit.decisions.cases import HOUR, NOW


def change(hours: float, kind: ChangeKind = ChangeKind.DEPLOYED) -> Change:
    return Change(at=NOW + hours * HOUR, kind=kind, repository="acme/shop")


EARLY, NEAR, DURING, LATE = change(-30), change(-1), change(0.5), change(2)


@pytest.mark.parametrize(
    ("changes", "shown", "last"),
    [
        pytest.param((DURING, NEAR), (NEAR, DURING), NEAR, id="in the order of time"),
        pytest.param((EARLY, DURING), (DURING,), EARLY, id="the last one is known, however long before it was"),
        pytest.param((LATE,), (), None, id="nothing from after the end"),
        pytest.param((change(-2), change(1)), (change(-2), change(1)), change(-2), id="both ends belong to it"),
        pytest.param((change(0),), (change(0),), change(0), id="of the very moment: before"),
        pytest.param(
            (NEAR, change(-0.5, ChangeKind.BROKEN), change(-0.2, ChangeKind.MERGED)),
            (NEAR, change(-0.5, ChangeKind.BROKEN), change(-0.2, ChangeKind.MERGED)),
            NEAR,
            id="one that failed is none",
        ),
        pytest.param((), (), None, id="none at all"),
    ],
)
def test_what_is_told(changes: tuple[Change, ...], shown: tuple[Change, ...], last: Change | None) -> None:
    assert told(changes, NOW, NOW + HOUR, 2 * HOUR) == (shown, last)


def ticket(began: float, closed: float | None = None, *, back: float | None = None) -> Ticket:
    history = () if back is None else (Happened(at=NOW + back * HOUR, kind=Kind.REGRESSED),)
    closing = None if closed is None else Closing(at=NOW + closed * HOUR)
    return Ticket(id=1, counters=Counters(first_seen=NOW + began * HOUR), closing=closing, history=history)


@pytest.mark.parametrize(
    ("tickets", "began", "ended"),
    [
        pytest.param((ticket(-3, -1),), -3, -1, id="one"),
        pytest.param((ticket(-3),), -3, 0, id="that is open: until now"),
        pytest.param((ticket(-3, -1), ticket(-4, -2)), -4, -1, id="the first beginning, the last end"),
        pytest.param((ticket(-3, -1), ticket(-2)), -3, 0, id="one of them is open"),
        pytest.param((ticket(-300, -1, back=-2),), -2, -1, id="it came back: from then on"),
        pytest.param((Ticket(id=1),), 0, 0, id="nothing is known"),
        pytest.param((), 0, 0, id="none"),
        pytest.param((ticket(-1, -2),), -1, -1, id="clocks that differ"),
    ],
)
def test_when_it_was(tickets: tuple[Ticket, ...], began: float, ended: float) -> None:
    assert span_of(tickets, NOW) == (NOW + began * HOUR, NOW + ended * HOUR)
