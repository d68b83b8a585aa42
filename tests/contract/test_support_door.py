"""The support desk's door, over real HTTP: the table of `app/web/support.py`, row by row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.web.support import SUPPORT_LIMIT
from tests.contract.app_side import Answer, App, app

TOKEN, OLDER = "a-token-of-the-support-desk", "an-older-token-of-the-desk"
TICKET = {"id": "4711", "title": "I can't log in", "text": "It says 500."}


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[App]:
    async with app(tmp_path, support_tokens=f"{TOKEN},{OLDER}") as opened:
        yield opened


async def sent(doors: App, body: bytes | None = None, *, bearer: str | None = f"Bearer {TOKEN}", **more: Any) -> Answer:
    """One POST."""
    told = json.dumps(TICKET | more).encode() if body is None else body
    return await doors.post("/support", told, {"Authorization": bearer, "Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("bearer", "status"),
    [
        pytest.param(f"Bearer {TOKEN}", 202, id="the newer token"),
        pytest.param(f"bearer  {OLDER} ", 202, id="the older token, in another spelling"),
        pytest.param("Bearer a-token-of-nobodys-at-all", 401, id="a stranger's token"),
        pytest.param(f"Bearer {TOKEN[:-1]}", 401, id="one character too short"),
        pytest.param(f"Basic {TOKEN}", 401, id="another scheme"),
        pytest.param(TOKEN, 401, id="no scheme"),
        pytest.param("Bearer ", 401, id="no token"),
        pytest.param("Bearer é", 401, id="a token that is no ASCII"),
        pytest.param(None, 401, id="no header"),
    ],
)
async def test_the_desk_is_let_in_by_a_token(doors: App, bearer: str | None, status: int) -> None:
    assert (await sent(doors, bearer=bearer)).status == status


async def test_a_stranger_is_told_nothing_of_what_is_wrong_with_the_body(doors: App) -> None:
    answer = await sent(doors, b"{", bearer=None)
    assert answer.status == 401
    assert "SUPPORT_TOKENS" in answer.said["error"]


async def test_a_door_without_a_token_is_shut_and_says_how_to_open_it(tmp_path: Path) -> None:
    async with app(tmp_path) as doors:
        answer = await sent(doors)
        assert answer.status == 503
        assert "SUPPORT_TOKENS" in answer.said["error"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"{", "not JSON", id="JSON that breaks off"),
        pytest.param(b"[]", "no object", id="no object"),
        pytest.param(b"{}", "`id` is missing. `title` is missing. `text` is missing.", id="all is missing"),
        pytest.param(json.dumps(TICKET | {"titel": 1}).encode(), "Did you mean `title`?", id="a slip of the hand"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_kept(doors: App, body: bytes, error: str) -> None:
    answer = await sent(doors, body)
    assert answer.status == 400
    assert error in answer.said["error"]
    standing = await doors.house.mailroom.standing()
    assert (standing.pending, standing.dead) == (0, 0)


async def test_a_body_over_the_limit_is_refused(doors: App) -> None:
    assert (await sent(doors, b" " * (SUPPORT_LIMIT + 1))).status == 413


async def test_it_is_saved_before_the_answer_and_once(doors: App) -> None:
    assert (await sent(doors)).fate == (202, "saved")
    assert (await sent(doors)).fate == (202, "repeated")
    assert (await sent(doors, text="It says 502.")).fate == (202, "saved")
    standing = await doors.house.mailroom.standing()
    assert (standing.pending, standing.tickets) == (2, 1)


async def test_what_is_saved_is_redacted(doors: App) -> None:
    await sent(doors, text="I am jo@example.org, 123-45-6789", **{"from": "jo@example.org"})
    claim = await doors.house.mailroom.claim(doors.clock(), {})
    assert claim is not None
    (letter,) = await doors.house.mailroom.pending(claim, after=0, limit=9)
    assert "jo@example.org" not in repr(letter)
    assert "123-45-6789" not in repr(letter)


async def test_a_store_that_can_not_save_asks_for_it_again(doors: App) -> None:
    await doors.house.mailroom._database.close()  # type: ignore[attr-defined]  # as when the disk is gone
    answer = await sent(doors)
    assert answer.status == 503
    assert "Send it again" in answer.said["error"]


async def test_another_way_in_is_told(doors: App) -> None:
    async with doors.client.get("/support") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
