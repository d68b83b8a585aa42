"""What is said on a post-mortem that can't be shown on the squad's Project: why, and what to do about it.

Rule: nothing waits for the Project, and the comment says so. Names come from the squad's file and from GitHub: they
stand there as code.
"""

from __future__ import annotations

from typing import Final, assert_never

from app.domain.boards import Lacks, NoBoard
from app.domain.squad_board import Project
from app.texts.markdown import BLANK, BLANK_LINE, COMMA, NOTHING, Markdown, code, fill, joined, literal, marker

_GOES_ON: Final = literal(
    "The post-mortem goes on without it. It is tried again when something here changes; until then, move it by hand."
)
_FILE: Final = literal("In the squad's file it stands below `post_mortem: project:`.")
_MOST_NAMED: Final = 20


def missing(project: Project, what: NoBoard, operation: str) -> Markdown:
    """The comment."""
    said = joined([literal("📋"), _why(project, what), _GOES_ON, _FILE], BLANK)
    return joined([said, marker(operation)], BLANK_LINE)


def _why(project: Project, what: NoBoard) -> Markdown:
    board = fill("Project {number} of {owner}", number=code(str(project.number)), owner=code(project.owner))
    field = code(project.field)
    match what.lacks:
        case Lacks.PROJECT:
            return fill(
                "This is not on the squad's board: GitHub shows the App no {board}. Is its number right, and has "
                "an owner of the organisation accepted the App's permission “Projects: read and write”?",
                board=board,
            )
        case Lacks.RIGHT:
            return fill(
                "This is not on the squad's board: the App may not write to {board}. Let an owner of the "
                "organisation accept the App's permission “Projects: read and write”.",
                board=board,
            )
        case Lacks.FIELD:
            return fill(
                "This is not on the squad's board: {board} has no field {field}. Name the one whose options are "
                "its columns.",
                board=board,
                field=field,
            )
        case Lacks.CHOICE:
            return fill(
                "This is not on the squad's board: the field {field} of {board} is no single select, so it has "
                "no columns. Name one that is.",
                board=board,
                field=field,
            )
        case Lacks.COLUMN:
            return fill(
                "This is not on the squad's board: the field {field} of {board} has no option {names}. {there}",
                board=board,
                field=field,
                names=joined([code(name) for name in what.names], COMMA),
                there=_there(what),
            )
        case Lacks.PLACE:
            return fill(
                "This is not on the squad's board: GitHub does not take it in {board}. Is the Project closed or "
                "full, or is this issue archived there?",
                board=board,
            )
        case _:  # pragma: no cover
            assert_never(what.lacks)


def _there(what: NoBoard) -> Markdown:
    if not what.there:
        return literal("It has none at all: add them there.")
    names = joined([code(name) for name in what.there[:_MOST_NAMED]], COMMA)
    more = literal("and more") if len(what.there) > _MOST_NAMED else NOTHING
    return fill("It has {names}: name those, or add what is missing there.", names=joined([names, more], BLANK))
