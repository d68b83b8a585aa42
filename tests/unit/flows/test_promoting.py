"""What `/prod-alert` comes to where a lookalike has no way to play it: pull requests, issues that can't be read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

from app.domain.errors import UnavailableError
from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.domain.mail import Commented, Letter
from app.domain.mailboxes import Claim, Pending
from app.domain.squad import Squad
from app.domain.wishes import CommandLine
from app.flows.notices import Notices
from app.flows.promoting import Promoting

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOME = Repository(id=1, name="acme/shop", installation=9)
ISSUE = IssueRef(repository=HOME, number=7, id=70, node_id="PR_7")
CLAIM = Claim(key="asked:1:7", generation=1, attempt=1)


class World:
    """Everything that promoting speaks to; what it did is in `signs` and `answers`."""

    squad = Squad()

    def __init__(self, *, gone: bool = False) -> None:
        self.gone = gone
        self.signs: list[str] = []
        self.answers: list[str] = []

    async def read(self, issue: IssueRef) -> IssueSeen:
        if self.gone:
            raise UnavailableError("It is gone.", reason="gone")
        return IssueSeen(ref=issue, title="t", body="b", body_exact=True, author="jo", open=True)

    async def react(self, _repository: Repository, _comment: int, content: str) -> None:
        self.signs.append(content)

    async def comment(self, _issue: IssueRef, text: object, **_: object) -> None:
        self.answers.append(str(text))
        raise UnavailableError("It is locked.", reason="locked")

    async def make(
        self,
        _claim: Claim,
        _operation: str,
        _kind: type[CommentRef],
        *,
        call: Callable[[], Awaitable[Any]],
        **_: object,
    ) -> None:
        await call()

    async def of(self, _repository: Repository) -> World:
        return self

    async def refuse_who_may_not(self, *_: object) -> None:
        pass


async def letters(world: World, **more: Any) -> tuple[Letter, ...]:
    said = Commented(
        action="created",
        comment_id=5,
        issue=ISSUE,
        actor="nick",
        actor_is_bot=False,
        at=NOW,
        **({"commands": (CommandLine(name="prod-alert", line=1),)} | more),
    )
    it = cast("Any", world)
    promoting = Promoting(it, it, it, it, Notices(it, it, it), now=lambda: NOW)
    return await promoting.letters_for(CLAIM, (Pending(seq=1, mail=said, received_at=NOW),))


async def test_a_pull_request_is_answered_even_where_it_takes_no_comment() -> None:
    world = World()
    assert await letters(world, on_pull_request=True) == ()
    assert world.signs == ["eyes"]
    assert "A pull request is no ticket. Open an issue" in world.answers[0]


async def test_an_issue_that_is_gone_is_let_be() -> None:
    world = World(gone=True)
    assert await letters(world) == ()
    assert world.signs == []


async def test_another_command_makes_nothing() -> None:
    assert await letters(World(), commands=(CommandLine(name="ack", line=1),)) == ()
