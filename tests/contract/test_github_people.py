"""People's permissions and signs on their comments, against the lookalike over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.domain.errors import UnavailableError
from app.github.people import People
from tests.contract.github_side import Side, github_side

PERMISSION = "GET /repos/{owner}/{repo}/collaborators/{username}/permission"


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with github_side() as side:
        yield side


@pytest.mark.parametrize(
    ("login", "role"),
    [
        pytest.param("nick", "admin", id="an administrator"),
        pytest.param("mark", "write", id="who may push"),
        pytest.param("jo", "triage", id="who may triage, which the older permission does not know"),
        pytest.param("sam", "read", id="who may read"),
        pytest.param("stranger", "none", id="nobody GitHub knows"),
    ],
)
async def test_what_a_person_may_do(side: Side, login: str, role: str) -> None:
    assert await People(side.client).permission(side.shop, login) == role


async def test_a_permission_is_asked_for_once_in_ten_minutes(side: Side) -> None:
    people = People(side.client)
    for _ in range(3):
        await people.permission(side.shop, "mark")
        await people.permission(side.shop, "Mark")
    assert side.routes == [PERMISSION]
    side.clock.pass_by(minutes=11)
    await people.permission(side.shop, "mark")
    assert side.routes == [PERMISSION] * 2


async def test_a_comment_shows_that_it_was_seen(side: Side) -> None:
    await side.opened()
    comment = side.act("comment", number=1, actor="jo", body="/ack")
    people = People(side.client)
    await people.react(side.shop, comment["id"], "eyes")
    assert side.held().comments[comment["id"]].reactions["eyes"] == 1
    with pytest.raises(UnavailableError):
        await people.react(side.shop, 4711, "eyes")
