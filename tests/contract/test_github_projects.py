"""A post-mortem on a Project: the flow and GitHub's room against the lookalike, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pytest

from app.domain.boards import Lacks, NoBoard
from app.domain.errors import InDoubtError, LaterError
from app.domain.mailboxes import Claim, Operation
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.squad_board import Project
from app.domain.squad_jobs import PostMortem as Section
from app.flows.boards import PATIENCE, Boards, OnBoard
from app.flows.notices import Notices
from app.flows.once import Once
from app.github.people import People
from app.github.projects import Projects
from sandbox.github.projects import column_of
from sandbox.github.state import Board
from tests.contract.github_side import Side, github_side

PROJECT = Project(owner="acme", number=7)
CLAIM = Claim(key="post-mortem:1:1", generation=1, attempt=1)
QUERY, COMMENT = "POST /graphql", "POST /repos/{owner}/{repo}/issues/{number}/comments"


@dataclass
class Store:
    """The mailroom's memory, and its operations."""

    values: dict[str, bytes] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)

    async def recall(self, name: str) -> bytes | None:
        return self.values.get(name)

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        self.values[name] = value

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None:
        known = self.operations.get(operation)
        self.operations.setdefault(operation, Operation(id=operation, sent_at=now))
        return known

    async def done(self, claim: Claim, operation: str, result: bytes) -> None:
        self.operations[operation] = msgspec.structs.replace(self.operations[operation], result=result)

    async def undo(self, claim: Claim, operation: str) -> None:
        del self.operations[operation]


@dataclass
class Desk:
    """A post-mortem, the flow that moves it, and the board."""

    side: Side
    store: Store
    record: PostMortem
    squad: Squad = field(default_factory=lambda: Squad(post_mortem=Section(project=PROJECT)))

    @property
    def board(self) -> Board:
        return next(iter(self.side.sandbox.state.boards.values()))

    @property
    def column(self) -> str | None:
        return column_of(self.board, self.side.held().id)

    @property
    def said(self) -> list[str]:
        return [comment.body for comment in self.side.held().comments.values()]

    async def becomes(self, stage: Stage, *, attempt: int = 1) -> int:
        """It advances to this stage; how many calls that cost."""
        before = len(self.side.routes)
        flow = OnBoard(
            Projects(self.side.client),
            Notices(self.side.issues, People(self.side.client), Once(self.store, self.side.clock)),
            self.store,
            now=self.side.clock,
        )
        after = msgspec.structs.replace(self.record, stage=stage)
        self.record = (
            await flow.advanced(msgspec.structs.replace(CLAIM, attempt=attempt), self.record, after, self.squad, ())
        ).record
        return len(self.side.routes) - before

    def act(self, act: str, **more: Any) -> None:
        self.side.act(act, owner="acme", project=7, number=1, **more)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with github_side() as side:
        side.act("add_project", owner="acme", number=7, title="Squad")
        issue = await side.opened()
        side.budget.taken.clear()
        record = PostMortem(issue=issue.ref, stage=Stage.IN_PROGRESS, began_at=side.clock())
        yield Desk(side, Store(), record)


async def test_it_moves_as_it_advances(desk: Desk) -> None:
    moves = [
        (await desk.becomes(stage), desk.column)
        for stage in (
            Stage.IN_PROGRESS,
            Stage.IN_PROGRESS,
            Stage.FEEDBACK,
            Stage.DONE,
            Stage.FEEDBACK,
            Stage.DROPPED,
            Stage.FEEDBACK,
        )
    ]
    assert moves == [
        (3, "In Progress"),
        (0, "In Progress"),
        (2, "Feedback"),
        (2, "Done"),
        (2, "Feedback"),
        (0, "Feedback"),
        (0, "Feedback"),
    ], "the first one looks the board up; a move is two calls, nothing new none"
    assert desk.said == []


async def test_whoever_moved_it_on_by_hand_is_not_gainsaid(desk: Desk) -> None:
    await desk.becomes(Stage.IN_PROGRESS)
    desk.act("move_card", column="Done")
    assert (await desk.becomes(Stage.FEEDBACK), desk.column) == (1, "Done")


async def test_the_boards_ids_are_asked_for_once_a_week(desk: Desk) -> None:
    await desk.becomes(Stage.IN_PROGRESS)
    desk.side.clock.pass_by(days=6)
    assert await desk.becomes(Stage.FEEDBACK) == 2
    desk.side.clock.pass_by(days=2)
    assert await desk.becomes(Stage.DONE) == 3


async def test_a_column_that_was_made_anew_is_looked_up(desk: Desk) -> None:
    await desk.becomes(Stage.IN_PROGRESS)
    desk.act("change_project", columns=["Todo", "In Progress", "Done"])
    desk.act("change_project", columns=["Todo", "In Progress", "Done", "Feedback"])
    assert (await desk.becomes(Stage.FEEDBACK), desk.column) == (5, "Feedback"), "refused, looked up, moved"


async def test_a_project_that_was_made_anew_is_looked_up(desk: Desk) -> None:
    await desk.becomes(Stage.IN_PROGRESS)
    desk.side.sandbox.state.boards.clear()
    desk.side.act("add_project", owner="acme", number=7)
    assert (await desk.becomes(Stage.FEEDBACK), desk.column) == (4, "Feedback")


@pytest.mark.parametrize(
    ("wanted", "lacks", "says"),
    [
        pytest.param({"number": 8}, Lacks.PROJECT, "GitHub shows the App no Project `8`", id="no such Project"),
        pytest.param({"owner": "nobody"}, Lacks.PROJECT, "no Project `7` of `nobody`", id="no such owner"),
        pytest.param({"field": "Stage"}, Lacks.FIELD, "has no field `Stage`", id="no such field"),
        pytest.param({"field": "Notes"}, Lacks.CHOICE, "is no single select", id="a field without options"),
        pytest.param(
            {"feedback": "Review", "done": "Over"},
            Lacks.COLUMN,
            "no option `Review`, `Over`. It has `Todo`, `In Progress`, `Feedback`, `Done`:",
            id="no such columns",
        ),
    ],
)
async def test_what_is_missing_is_said_once_and_it_goes_on(
    desk: Desk, wanted: dict[str, Any], lacks: Lacks, says: str
) -> None:
    desk.side.sandbox.state.boards.clear()
    desk.side.act(
        "add_project",
        owner="acme",
        number=7,
        fields={"Status": ["Todo", "In Progress", "Feedback", "Done"], "Notes": []},
    )
    project = PROJECT.model_copy(update=wanted)
    found = await Projects(desk.side.client).look_up(project, 1)
    assert lacks is Lacks.COLUMN or found == NoBoard(lacks=lacks)
    desk.squad = Squad(post_mortem=Section(project=project))
    for stage in (Stage.IN_PROGRESS, Stage.FEEDBACK):
        await desk.becomes(stage)
    (said,) = desk.said
    assert says in said
    assert desk.record.board.faulty
    desk.squad = Squad(post_mortem=Section(project=PROJECT))
    await desk.becomes(Stage.FEEDBACK)
    assert desk.column == "Feedback", "whoever mends the file has it moved by the next news"


@pytest.mark.parametrize(
    ("access", "says"),
    [("read", "the App may not write to Project `7`"), ("none", "GitHub shows the App no Project `7`")],
)
async def test_without_the_permission_it_goes_on(desk: Desk, access: str, says: str) -> None:
    desk.act("change_project", access=access)
    await desk.becomes(Stage.IN_PROGRESS)
    (said,) = desk.said
    assert says in said
    assert "Projects: read and write" in said
    desk.act("change_project", access="write")
    await desk.becomes(Stage.FEEDBACK)
    assert desk.column == "Feedback"


async def test_a_permission_that_is_taken_away_later_is_said_then(desk: Desk) -> None:
    await desk.becomes(Stage.IN_PROGRESS)
    desk.act("change_project", access="none")
    await desk.becomes(Stage.FEEDBACK)
    assert len(desk.said) == 1


async def test_a_locked_post_mortem_goes_on_without_a_word(desk: Desk) -> None:
    desk.act("change_project", access="read")
    desk.act("lock")
    await desk.becomes(Stage.IN_PROGRESS)
    assert desk.said == []
    assert desk.record.board.faulty


async def test_what_github_fails_at_is_tried_again_as_a_whole(desk: Desk) -> None:
    desk.side.sandbox.faults.change({"errors_next": 1, "route": "graphql"})
    with pytest.raises(LaterError):
        await desk.becomes(Stage.IN_PROGRESS)
    await desk.becomes(Stage.IN_PROGRESS)
    assert desk.column == "In Progress"


async def test_what_github_fails_at_for_ever_holds_up_nothing(desk: Desk) -> None:
    await desk.becomes(Stage.IN_PROGRESS)
    desk.side.sandbox.faults.change({"server_errors": 1.0, "route": "graphql"})
    with pytest.raises(InDoubtError):
        await desk.becomes(Stage.FEEDBACK, attempt=PATIENCE)
    await desk.becomes(Stage.FEEDBACK, attempt=PATIENCE + 1)
    desk.side.sandbox.faults.change({"server_errors": 0.0})
    await desk.becomes(Stage.FEEDBACK)
    assert (desk.column, desk.said) == ("Feedback", [])


async def test_the_file_names_no_project_and_nothing_is_asked(desk: Desk) -> None:
    desk.squad = Squad()
    assert await desk.becomes(Stage.IN_PROGRESS) == 0


def test_it_fulfils_what_the_flow_asks_for() -> None:
    fulfils: type[Boards] = Projects
    assert fulfils is Projects
