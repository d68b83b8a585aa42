"""Boards: the column to which a post-mortem's card is moved, when its stage is not the one the board agreed with last.

| the stage            | the card is                                     | what is done                              |
|----------------------|-------------------------------------------------|-------------------------------------------|
| went on, or is first | in an earlier column, in one of the squad's own | moved to the stage's column               |
|                      | or in none                                      |                                           |
| went on, or is first | there, or in a later column                     | left: a person may be ahead of the stage  |
| went back            | in the column of the stage that it had          | moved back                                |
| went back            | in a column before the stage's                  | moved on: a rule of the Project's own may |
|                      |                                                 | have moved it                             |
| went back            | anywhere else                                   | left: a person put it there               |
| is the same          | anywhere                                        | left, and GitHub is not asked             |
| is dropped           | anywhere                                        | left, and GitHub is not asked             |

Rule: what is dropped stays where it is. Its card holds what people wrote into the Project's other fields, and to take
it away would lose that; the Project's own rules archive what is closed.
"""

from __future__ import annotations

from typing import Final

from app.domain.boards import Board, Card, Column, Lacks, NoBoard
from app.domain.post_mortems import Stage
from app.domain.squad_board import Project

ORDER: Final = (Stage.IN_PROGRESS, Stage.FEEDBACK, Stage.DONE)
"""As `Project.columns` has them."""


def is_asked(stage: Stage, agreed: str) -> bool:
    """Whether the board may have to change; `agreed` is the stage that it agreed with last, empty for none."""
    return stage in ORDER and stage != agreed


def lacking(board: Board, project: Project) -> NoBoard | None:
    """The columns of the squad's file that the board does not have."""
    missing = tuple(name for name in project.columns if board.column(name) is None)
    if not missing:
        return None
    return NoBoard(lacks=Lacks.COLUMN, names=missing, there=tuple(column.name for column in board.columns))


def column_for(stage: Stage, agreed: str, card: Card, board: Board, project: Project) -> Column | None:
    """Where the card is moved; None: it is left. See the module's table.

    Raises ValueError for a stage that is not asked about.
    """
    place = ORDER.index(stage)
    columns = [board.column(name) for name in project.columns]
    wanted = columns[place]
    if wanted is None:
        return None
    here = next((nth for nth, column in enumerate(columns) if column is not None and column.id == card.column), None)
    was = ORDER.index(Stage(agreed)) if agreed else -1
    if place > was:
        return wanted if here is None or here < place else None
    return wanted if here == was or (here is not None and here < place) else None
