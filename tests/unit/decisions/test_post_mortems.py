"""The table of `decisions/post_mortems.py`, and what else a record says of its issue."""

from __future__ import annotations

from datetime import date

import pytest

from app.decisions.post_mortems import seen_again, stage_of
from app.domain.following_up import ActionItem, Paper, Section
from app.domain.issues import IssueSeen
from app.domain.post_mortems import PostMortem, Stage
from tests.unit.decisions.cases import ISSUE, NOW, seen, with_

PAPER, EMPTY = Paper(), Paper(empty=(Section.DETECTION,))
OPEN = seen(labels=("Post-Mortem",))


@pytest.mark.parametrize(
    ("issue", "paper", "stage"),
    [
        pytest.param(OPEN, EMPTY, Stage.IN_PROGRESS, id="a section is empty"),
        pytest.param(OPEN, PAPER, Stage.FEEDBACK, id="none is empty"),
        pytest.param(with_(OPEN, open=False, state_reason="completed"), PAPER, Stage.DONE, id="closed as completed"),
        pytest.param(with_(OPEN, open=False, state_reason=""), EMPTY, Stage.DONE, id="closed by an older GitHub"),
        pytest.param(with_(OPEN, open=False, state_reason="not_planned"), PAPER, Stage.DROPPED, id="not planned"),
        pytest.param(with_(OPEN, open=False, state_reason="duplicate"), PAPER, Stage.DROPPED, id="a duplicate"),
        pytest.param(with_(OPEN, labels=("postmortem",)), PAPER, Stage.DROPPED, id="without its label"),
        pytest.param(
            with_(OPEN, labels=(), open=False, state_reason="completed"), PAPER, Stage.DROPPED, id="and closed"
        ),
    ],
)
def test_the_stage(issue: IssueSeen, paper: Paper, stage: Stage) -> None:
    assert stage_of(issue, paper) is stage


@pytest.mark.parametrize(
    ("stage", "lives"),
    [(Stage.IN_PROGRESS, True), (Stage.FEEDBACK, True), (Stage.DONE, False), (Stage.DROPPED, False)],
)
def test_which_are_worked_on(stage: Stage, lives: bool) -> None:
    assert PostMortem(issue=ISSUE, stage=stage, began_at=NOW).lives is lives


def test_what_is_seen_of_it() -> None:
    known = PostMortem(issue=ISSUE, stage=Stage.DROPPED, began_at=NOW, tickets=(3, 5))
    items = (
        ActionItem(key="a", text="a", done=False, owners=("jo",), due=date(2026, 12, 4)),
        ActionItem(key="b", text="b", done=False, owners=("jo",), weekday=4),
        ActionItem(key="c", text="c", done=False, owners=("jo",)),
        ActionItem(key="d", text="d", done=False, weekday=4),
        ActionItem(key="e", text="e", done=True),
    )
    record = seen_again(known, OPEN, Paper(items=items, discussed=True))
    assert (record.items_open, record.items_unclear, record.discussed) == (4, 2, True)
    assert (record.stage, record.title, record.tickets, record.ticket) == (Stage.FEEDBACK, "t", (3, 5), 3)
    assert with_(record, tickets=()).ticket == 0
