"""The table of `decisions/sub_issues.py`."""

from __future__ import annotations

import pytest

from app.decisions.sub_issues import Look, Plan, plan, unnumbered
from app.domain.following_up import ActionItem, Spot
from app.domain.post_mortems import SubIssue
from tests.unit.decisions.cases import ISSUE, OTHER, with_

SUB = SubIssue(key="a", issue=ISSUE)
DONE = with_(SUB, done=True)
NUMBER = ISSUE.number


def spot(key: str = "a", *, done: bool = False, number: int = 0, whole: bool = True, end: int = 9) -> Spot:
    item = ActionItem(key=key, text=key, done=done, sub_issue=number)
    return Spot(item=item, box=3, end=end, whole=whole)


@pytest.mark.parametrize(
    ("line", "sub", "look", "expected"),
    [
        pytest.param(spot(), None, None, Plan(known=(), opens=(spot().item,)), id="has none"),
        pytest.param(spot(done=True), None, None, Plan(known=()), id="has none, and is ticked"),
        pytest.param(spot(number=99), None, None, Plan(known=()), id="has a number that people wrote"),
        pytest.param(spot(whole=False), None, None, Plan(known=()), id="too long to be read to its end"),
        pytest.param(spot(), SUB, None, Plan(known=(SUB,)), id="both are open"),
        pytest.param(spot(), SUB, Look.DONE, Plan(known=(DONE,), ticks=("a",)), id="its issue was completed"),
        pytest.param(spot(done=True), SUB, Look.DONE, Plan(known=(DONE,)), id="both at once"),
        pytest.param(spot(done=True), DONE, Look.OPEN, Plan(known=(SUB,), unticks=("a",)), id="it was opened again"),
        pytest.param(spot(), DONE, Look.OPEN, Plan(known=(SUB,)), id="both were, at once"),
        pytest.param(spot(), SUB, Look.ENDED, Plan(known=(SUB,)), id="closed otherwise"),
        pytest.param(spot(done=True), SUB, None, Plan(known=(DONE,), closes=(SUB,)), id="ticked by hand"),
        pytest.param(spot(), DONE, None, Plan(known=(SUB,), reopens=(DONE,)), id="unticked by hand"),
        pytest.param(spot(done=True), DONE, None, Plan(known=(DONE,)), id="both are done"),
        pytest.param(
            spot("b", number=NUMBER), SUB, Look.DONE, Plan(known=(with_(DONE, key="b"),), ticks=("b",)), id="new words"
        ),
    ],
)
def test_a_line_and_its_issue(line: Spot, sub: SubIssue | None, look: Look | None, expected: Plan) -> None:
    known = () if sub is None else (sub,)
    assert plan([line], known, {} if look is None else {NUMBER: look}) == expected


def test_a_line_that_is_gone_leaves_its_issue() -> None:
    assert plan([], (SUB,), {NUMBER: Look.DONE}) == Plan(known=(SUB,))


def test_the_same_line_twice_is_one_item() -> None:
    assert plan([spot(), spot()], (), {}) == Plan(known=(), opens=(spot().item,))
    assert plan([spot(number=NUMBER), spot()], (SUB,), {}) == Plan(known=(SUB,))


def test_where_numbers_are_missing() -> None:
    other = SubIssue(key="b", issue=OTHER)
    spots = [spot(number=NUMBER), spot("b", end=20), spot("b", end=30), spot("c", end=40), spot("b", whole=False)]
    assert unnumbered(spots, (SUB, other)) == {20: OTHER.number}
