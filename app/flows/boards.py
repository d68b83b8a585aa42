"""A post-mortem on the squad's Project: put there when it begins, and moved when its stage becomes another.

| the squad's file, and the Project               | what is done                                                      |
|-------------------------------------------------|-------------------------------------------------------------------|
| it names none                                   | nothing                                                           |
| the board agrees with the stage already         | nothing: no call                                                  |
| else                                            | the card is added, which tells where it is; then it is moved      |
|                                                 | where `decisions/boards.py` says                                  |
| an id that was looked up is refused             | the board is looked up anew, and it is tried once more            |
| GitHub fails at it without saying why           | tried again, five times; then the post-mortem goes on, and the    |
|                                                 | next change of it tries again                                     |
| no such Project, field or column; no permission | the post-mortem goes on without it; that is said on it, once,     |
|                                                 | with what to do; the next stage tries again                       |

Rules: a board's ids are kept for a week, across restarts: a move is two calls. All but the comment may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.boards import column_for, is_asked, lacking
from app.domain.boards import Board, Card, Column, Lacks, NoBoard
from app.domain.errors import InDoubtError, InvalidError, UnavailableError
from app.domain.issues import IssueRef
from app.domain.mailboxes import Claim
from app.domain.post_mortems import PostMortem
from app.domain.squad import Squad
from app.domain.squad_board import Project
from app.flows.notices import Notices
from app.flows.settle_post_mortem import Followed
from app.texts import boards as texts

FRESH: Final = timedelta(days=7)
"""So long a board's ids are good without asking."""
PATIENCE: Final = 5
"""Settles that may fail because of the board alone."""
_log: Final = structlog.get_logger("boards")


class Boards(Protocol):
    """Projects at GitHub. Any call may raise what `flows/systems.py` names."""

    async def look_up(self, project: Project, installation: int) -> Board | NoBoard:
        """The board as it is now, or what it lacks."""

    async def add(self, board: Board, field: str, issue: IssueRef) -> Card:
        """The issue's card, made if there is none, and the column it is in."""

    async def move(self, board: Board, card: Card, column: Column, installation: int) -> None:
        """The card is in this column from now on."""


class Memory(Protocol):
    """What stays across restarts."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class OnBoard:
    """See the module's table."""

    def __init__(self, boards: Boards, notices: Notices, memory: Memory, *, now: Callable[[], datetime]) -> None:
        self._boards = boards
        self._notices = notices
        self._memory = memory
        self._now = now

    async def advanced(
        self, claim: Claim, before: PostMortem | None, after: PostMortem, squad: Squad, fell: tuple[str, ...]
    ) -> Followed:
        """The record with what the board shows now. Raises what GitHub raises where it may be better later."""
        del before, fell  # what the board shows counts, not what was known a moment ago
        project, shared = squad.post_mortem.project, after.board
        if project is None or not is_asked(after.stage, shared.stage):
            return Followed(record=after)
        try:
            missing = await self._shown(after, project)
        except InDoubtError as error:
            if claim.attempt <= PATIENCE:
                raise
            _log.warning("GitHub does not say what ails the board", issue=after.issue.url, error=str(error))
            return Followed(record=after)
        if missing is None:
            shared = msgspec.structs.replace(shared, stage=after.stage)
        elif not shared.faulty:
            operation = f"post-mortem.{after.issue.repository.id}.{after.issue.number}.board"
            await self._notices.say(claim, after.issue, operation, texts.missing(project, missing, operation))
            shared = msgspec.structs.replace(shared, faulty=True)
        return Followed(record=msgspec.structs.replace(after, board=shared))

    async def _shown(self, post_mortem: PostMortem, project: Project) -> NoBoard | None:
        known = await self._known(project)
        if known is not None and lacking(known, project) is None:
            try:
                await self._put(post_mortem, known, project)
            except (InvalidError, UnavailableError) as error:
                _log.info("a board's ids are refused, so it is looked up anew", error=str(error))
            else:
                return None
        board = await self._boards.look_up(project, post_mortem.issue.repository.installation)
        if isinstance(board, NoBoard):
            return board
        await self._memory.remember(_name(project), msgspec.json.encode(board), self._now())
        missing = lacking(board, project)
        if missing is not None:
            return missing
        try:
            await self._put(post_mortem, board, project)
        except UnavailableError as error:
            if error.reason not in ("gone", "forbidden"):
                raise
            return NoBoard(lacks=Lacks.RIGHT)
        except InvalidError as error:
            _log.warning("GitHub takes a post-mortem on no board", issue=post_mortem.issue.url, error=str(error))
            return NoBoard(lacks=Lacks.PLACE)
        return None

    async def _put(self, post_mortem: PostMortem, board: Board, project: Project) -> None:
        card = await self._boards.add(board, project.field, post_mortem.issue)
        column = column_for(post_mortem.stage, post_mortem.board.stage, card, board, project)
        if column is not None:
            await self._boards.move(board, card, column, post_mortem.issue.repository.installation)

    async def _known(self, project: Project) -> Board | None:
        remembered = await self._memory.recall(_name(project))
        if remembered is None:
            return None
        board = msgspec.json.decode(remembered, type=Board)
        fresh = board.looked_up_at is not None and self._now() - board.looked_up_at < FRESH
        return board if fresh else None


def _name(project: Project) -> str:
    return f"board:{project.owner}/{project.number}:{project.field}".casefold()
