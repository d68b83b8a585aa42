"""A post-mortem on its Project: the rows of `flows/boards.py` that a journey does not come by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.errors import InDoubtError
from app.domain.issues import IssueRef, Repository
from app.domain.mailboxes import Claim
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.squad_board import Project
from app.domain.squad_jobs import PostMortem as Section
from app.flows.boards import PATIENCE, OnBoard

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ISSUE = IssueRef(repository=Repository(id=1, name="acme/shop", installation=9), number=7, id=70, node_id="I_7")
RECORD = PostMortem(issue=ISSUE, stage=Stage.IN_PROGRESS, began_at=NOW)
SQUAD = Squad(post_mortem=Section(project=Project(owner="acme", number=7)))


class Ails:
    """A GitHub whose Projects fail without a word, and a memory that knows of none."""

    async def look_up(self, *_: Any) -> Any:
        raise InDoubtError("GitHub answers 502.")

    async def recall(self, _: str) -> None:
        return None


@pytest.mark.parametrize(
    ("attempt", "goes_on"),
    [
        pytest.param(1, False, id="tried again"),
        pytest.param(PATIENCE, False, id="for the last time"),
        pytest.param(PATIENCE + 1, True, id="the post-mortem goes on without it"),
    ],
)
async def test_a_board_that_fails_without_a_word_holds_a_post_mortem_up_for_so_long(
    attempt: int, goes_on: bool
) -> None:
    ails: Any = Ails()
    board = OnBoard(ails, ails, ails, now=lambda: NOW)
    claim = Claim(key="post-mortem:1:7", generation=1, attempt=attempt)
    if not goes_on:
        with pytest.raises(InDoubtError):
            await board.advanced(claim, None, RECORD, SQUAD, ())
        return
    followed = await board.advanced(claim, None, RECORD, SQUAD, ())
    assert (followed.record, followed.timers, followed.letters) == (RECORD, (), ()), "the next change tries again"
