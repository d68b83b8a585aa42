"""Board: a Project on GitHub as far as post-mortems move on it, and what keeps one from moving.

Rule: a board is known by GitHub's ids, which are looked up by the names in the squad's file. Names are told apart
whatever their case.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.facts import Fact


class Column(Fact, frozen=True, kw_only=True):
    """An option of the field."""

    id: str
    name: str


class Board(Fact, frozen=True, kw_only=True):
    """A Project and the field that makes its columns."""

    id: str
    field_id: str
    columns: tuple[Column, ...]
    """All of them, in their order."""
    url: str = ""
    looked_up_at: datetime | None = None

    def column(self, name: str) -> Column | None:
        """The one of this name."""
        return next((it for it in self.columns if it.name.casefold() == name.casefold()), None)


class Lacks(StrEnum):
    """What is missing for a post-mortem to move. The values are saved: never rename one."""

    PROJECT = "project"
    """There is no such Project, or the App may not see it: GitHub does not tell which."""
    RIGHT = "right"
    """The App may not write to it."""
    FIELD = "field"
    """It has no such field."""
    CHOICE = "choice"
    """The field is no single select."""
    COLUMN = "column"
    """The field has no such option."""
    PLACE = "place"
    """GitHub refuses the issue there: the Project is full, or closed."""


class NoBoard(Fact, frozen=True, kw_only=True):
    """Why a post-mortem is not moved."""

    lacks: Lacks
    names: tuple[str, ...] = ()
    """The columns that are missing."""
    there: tuple[str, ...] = ()
    """The columns that there are."""


class Card(Fact, frozen=True, kw_only=True):
    """A post-mortem's item on a board. `column` is the id of the one it is in; empty where it is in none."""

    id: str
    column: str = ""


class Shared(Fact, frozen=True, kw_only=True):
    """What a post-mortem's record remembers of the board. Saved: fields are only added."""

    stage: str = ""
    """The stage with which the board agreed last; empty: with none yet."""
    faulty: bool = False
    """It was said that the board lacks something."""
