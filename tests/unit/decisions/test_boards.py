"""Where a post-mortem's card is moved: the table of `decisions/boards.py`."""

from __future__ import annotations

import pytest

from app.decisions.boards import column_for, is_asked, lacking
from app.domain.boards import Board, Card, Column, Lacks, NoBoard
from app.domain.post_mortems import Stage
from app.domain.squad_board import Project

PROJECT = Project(owner="acme", number=7)
NAMES = ("Todo", "In progress", "FEEDBACK", "Done")
BOARD = Board(id="PVT_1", field_id="F_1", columns=tuple(Column(id=name[:2], name=name) for name in NAMES))
WRITING, FEEDBACK, DONE, DROPPED = Stage.IN_PROGRESS, Stage.FEEDBACK, Stage.DONE, Stage.DROPPED


@pytest.mark.parametrize(
    ("stage", "agreed", "card", "moved"),
    [
        pytest.param(WRITING, "", "", "In progress", id="it begins, in no column"),
        pytest.param(WRITING, "", "To", "In progress", id="it begins, in one of the squad's own"),
        pytest.param(WRITING, "", "In", None, id="it begins, and is there: a rule of the Project's own"),
        pytest.param(WRITING, "", "Do", None, id="it begins, and a person was ahead"),
        pytest.param(FEEDBACK, WRITING, "In", "FEEDBACK", id="it goes on"),
        pytest.param(DONE, WRITING, "In", "Done", id="it goes on by two"),
        pytest.param(FEEDBACK, WRITING, "To", "FEEDBACK", id="it goes on from where a person put it"),
        pytest.param(FEEDBACK, WRITING, "Do", None, id="it goes on, and a person was ahead"),
        pytest.param(FEEDBACK, WRITING, "a column that is gone", "FEEDBACK", id="it goes on from nowhere"),
        pytest.param(FEEDBACK, DONE, "Do", "FEEDBACK", id="it was opened again"),
        pytest.param(WRITING, DONE, "FE", None, id="it was opened again, and a person put it elsewhere"),
        pytest.param(FEEDBACK, DONE, "In", "FEEDBACK", id="it was opened again, and the Project's rule went too far"),
        pytest.param(FEEDBACK, DONE, "To", None, id="it was opened again, and is in the squad's own column"),
        pytest.param(WRITING, FEEDBACK, "Do", None, id="it went back, and a person was ahead"),
    ],
)
def test_where_it_is_moved(stage: Stage, agreed: str, card: str, moved: str | None) -> None:
    column = column_for(stage, agreed, Card(id="C_1", column=card), BOARD, PROJECT)
    assert (None if column is None else column.name) == moved


def test_a_column_that_is_not_there_moves_nothing() -> None:
    assert column_for(DONE, "", Card(id="C_1"), Board(id="", field_id="", columns=()), PROJECT) is None


@pytest.mark.parametrize(
    ("stage", "agreed", "asked"),
    [
        (WRITING, "", True),
        (FEEDBACK, WRITING, True),
        (FEEDBACK, FEEDBACK, False),
        (DROPPED, "", False),
        (DROPPED, FEEDBACK, False),
    ],
)
def test_when_the_board_is_asked(stage: Stage, agreed: str, asked: bool) -> None:
    assert is_asked(stage, agreed) is asked


def test_what_a_board_lacks_is_named_with_what_there_is() -> None:
    wants = Project(owner="acme", number=7, in_progress="Doing", done="Over")
    assert lacking(BOARD, wants) == NoBoard(lacks=Lacks.COLUMN, names=("Doing", "Over"), there=NAMES)
    assert lacking(BOARD, PROJECT) is None
