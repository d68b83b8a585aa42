"""Slack's door, over real HTTP: the table of `app/web/slack.py`, row by row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app.domain.mail import Pressed
from app.web.slack import SLACK_LIMIT
from sandbox.slack.presses import signature
from tests.contract.app_side import OLDER_SECRET, SECRET, App, app

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[App]:
    async with app(tmp_path) as opened:
        yield opened


def press(clock: Any, *, ago: float = 0.0, **changed: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U0JO"},
        "container": {"type": "message", "message_ts": "1795521600.000100", "channel_id": "C0ALERTS"},
        "response_url": "https://hooks.slack.com/actions/T0/1/abc",
        "actions": [{"action_id": "ack", "value": "17", "action_ts": f"{clock().timestamp() - ago:.6f}"}],
    } | changed


def form(payload: object) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


async def post(
    door: App, body: bytes, *, secret: str = SECRET, late: float = 0.0, **headers: str | None
) -> tuple[int, str]:
    """The status, and the error that is said."""
    stamp = str(int((door.clock() - timedelta(seconds=late)).timestamp()))
    sent: dict[str, str | None] = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret, stamp, body),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    named = {name: value for name, value in sent.items() if value is not None}
    async with door.client.post("/slack/actions", data=BytesIO(body), headers=named) as answer:
        text = await answer.text()
        return answer.status, json.loads(text)["error"] if text else ""


async def kept(door: App) -> tuple[int, int]:
    """Letters that wait, and dead ones."""
    standing = await door.house.mailroom.standing()
    return standing.pending, standing.dead


async def test_a_press_is_saved_and_then_answered(door: App) -> None:
    assert await post(door, form(press(door.clock))) == (200, "")
    assert await kept(door) == (1, 0)
    claim = await door.house.mailroom.claim(door.clock(), {})
    assert claim is not None
    assert claim.key == "ticket:17"
    (letter,) = await door.house.mailroom.pending(claim, after=0, limit=9)
    assert isinstance(letter.mail, Pressed)


async def test_a_press_that_comes_twice_is_saved_once(door: App) -> None:
    body = form(press(door.clock))
    for _ in range(3):
        assert await post(door, body) == (200, "")
    assert await kept(door) == (1, 0)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"secret": OLDER_SECRET}, 200, id="the older secret, while it is changed"),
        pytest.param({"late": 299}, 200, id="nearly five minutes old"),
        pytest.param({"secret": "a-secret-of-nobodys"}, 401, id="a stranger's secret"),
        pytest.param({"late": 301}, 401, id="older than five minutes"),
        pytest.param({"late": -301}, 401, id="from the future"),
        pytest.param({"X_Slack_Signature": None}, 401, id="no signature"),
        pytest.param({"X_Slack_Signature": "v0="}, 401, id="a prefix only"),
        pytest.param({"X_Slack_Signature": "v1=" + "0" * 64}, 401, id="another version"),
        pytest.param({"X_Slack_Request_Timestamp": None}, 401, id="no time"),
        pytest.param({"X_Slack_Request_Timestamp": "soon"}, 401, id="no number"),
        pytest.param({"X_Slack_Request_Timestamp": "9" * 400}, 401, id="a mad number"),
        pytest.param({"X_Slack_Request_Timestamp": "٣"}, 401, id="a digit that is no ASCII"),
        pytest.param({"Content_Type": "application/json"}, 400, id="no web form"),
    ],
)
async def test_who_is_let_in(door: App, changed: dict[str, Any], status: int) -> None:
    said, error = await post(door, form(press(door.clock)), **changed)
    assert said == status
    assert bool(error) is (status != 200)
    assert await kept(door) == ((1, 0) if status == 200 else (0, 0))


async def test_another_body_than_was_signed_is_refused(door: App) -> None:
    stamp = str(int(door.clock().timestamp()))
    made = signature(SECRET, stamp, form(press(door.clock)))
    said, _ = await post(door, form(press(door.clock, ago=1)), X_Slack_Signature=made)
    assert said == 401


@pytest.mark.parametrize(
    ("body", "status", "dead"),
    [
        pytest.param(b"", 400, 0, id="nothing"),
        pytest.param(b"payload=%7B%7D&payload=%7B%7D", 400, 0, id="two payloads"),
        pytest.param(b"other=1", 400, 0, id="another field"),
        pytest.param(b"&".join(b"a=1" for _ in range(100)), 400, 0, id="many fields"),
        pytest.param(b"payload=\xff", 400, 0, id="no UTF-8"),
        pytest.param(form("{"), 400, 0, id="no JSON"),
        pytest.param(b"payload=" + b"x" * SLACK_LIMIT, 413, 0, id="too long"),
        pytest.param(form({"type": "view_submission"}), 200, 0, id="nothing to the squad"),
        pytest.param(form({"type": "block_actions"}), 200, 1, id="not as documented"),
        pytest.param(form([]), 200, 1, id="no object"),
    ],
)
async def test_what_is_no_press(door: App, body: bytes, status: int, dead: int) -> None:
    assert (await post(door, body))[0] == status
    assert await kept(door) == (0, dead)


async def test_a_link_s_press_is_nothing(door: App) -> None:
    opened = press(door.clock, actions=[{"action_id": "open", "action_ts": "1795521600.000100"}])
    assert await post(door, form(opened)) == (200, "")
    assert await kept(door) == (0, 0)


async def test_a_dead_letter_is_redacted_and_can_be_replayed(door: App) -> None:
    odd = press(door.clock, actions=[], note="jo@example.org", token="a-token-nobody-may-see")
    assert await post(door, form(odd)) == (200, "")
    (letter,) = await door.house.mailroom.dead_letters(9)
    assert b"jo@example.org" not in letter.payload
    assert b"nobody-may-see" not in letter.payload
    assert (letter.sender, letter.kind) == ("slack", "block_actions")


async def test_without_a_secret_the_door_is_shut(tmp_path: Path) -> None:
    async with app(tmp_path, slack_signing_secrets=()) as door:
        said, error = await post(door, form(press(door.clock)))
        assert said == 503
        assert "SLACK_SIGNING_SECRETS" in error


async def test_a_store_that_fails_is_said(door: App) -> None:
    await door.house.mailroom._database.close()  # type: ignore[attr-defined]  # as a full disk would be
    said, error = await post(door, form(press(door.clock)))
    assert said == 503
    assert "Send it again" in error


async def test_another_way_is_told(door: App) -> None:
    async with door.client.get("/slack/actions") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"
