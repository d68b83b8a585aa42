"""What is said where a post-mortem can't be shown on a board."""

from __future__ import annotations

import re

import pytest

from app.domain.boards import Lacks, NoBoard
from app.domain.squad_board import Project
from app.texts.boards import missing
from tests.unit.texts import golden

PROJECT = Project(owner="octo-org", number=7, field="Sta`tus", feedback="Feed@back")
WHAT = [
    *(NoBoard(lacks=lacks) for lacks in Lacks if lacks is not Lacks.COLUMN),
    NoBoard(lacks=Lacks.COLUMN, names=("Feed@back",), there=("Todo", "#1", "Done")),
    NoBoard(lacks=Lacks.COLUMN, names=("Feed@back", "Done")),
    NoBoard(lacks=Lacks.COLUMN, names=("Done",), there=tuple(f"Column {n}" for n in range(25))),
]


def test_each_says_what_to_do() -> None:
    golden.holds("board-missing.md", "\n\n".join(str(missing(PROJECT, what, "post-mortem.7.9.board")) for what in WHAT))


@pytest.mark.parametrize("what", WHAT)
def test_it_mentions_nobody(what: NoBoard) -> None:
    said = str(missing(PROJECT, what, "post-mortem.7.9.board"))
    assert "the post-mortem goes on without it" in said.casefold()
    assert "@" not in re.sub(r"(`+).*?\1", "", said), "names stand there as code"
