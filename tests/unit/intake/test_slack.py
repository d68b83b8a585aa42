"""Slack's presses: the table of `intake/slack.py`, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.announcements import SlackMessage, Verb
from app.domain.errors import PayloadError
from app.domain.mail import ByKey, Letter, Pressed
from app.domain.mailboxes import URGENT
from app.intake.reading import Ignored, NotJsonError
from app.intake.slack import read

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT = NOW - timedelta(seconds=2)
API = "https://slack.com/api"
URL = "https://hooks.slack.com/actions/T0/1/abc"


def payload(*, action: dict[str, Any] | None = None, container: dict[str, Any] | None = None, **more: Any) -> bytes:
    said: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": "U0JO", "name": "jo"},
        "container": {"type": "message", "message_ts": "1795521600.000100", "channel_id": "C0ALERTS"}
        | (container or {}),
        "trigger_id": "1.2.abc",
        "response_url": URL,
        "actions": [
            {"action_id": "ack", "value": "17", "type": "button", "action_ts": f"{AT.timestamp():.6f}"} | (action or {})
        ],
    }
    return json.dumps(said | more).encode()


def letter(body: bytes, api_url: str = API) -> Letter:
    found = read(body, received_at=NOW, api_url=api_url)
    assert isinstance(found, Letter)
    return found


def pressed(body: bytes, api_url: str = API) -> Pressed:
    mail = letter(body, api_url).mail
    assert isinstance(mail, Pressed)
    return mail


def test_a_press_is_a_letter_to_its_ticket() -> None:
    found = letter(payload())
    assert found.address == ByKey(key="ticket:17")
    assert (found.sender, found.prompt, found.priority) == ("slack", True, 0)
    assert found.mail == Pressed(
        verb=Verb.ACKNOWLEDGE,
        user="U0JO",
        message=SlackMessage(channel="C0ALERTS", ts="1795521600.000100"),
        at=AT,
        answer_to=URL,
    )
    assert letter(payload(trigger_id="another")).delivery_id == found.delivery_id, "the same press"
    assert letter(payload(action={"action_id": "severe"})).delivery_id != found.delivery_id


def test_severe_goes_ahead() -> None:
    assert letter(payload(action={"action_id": "severe"})).priority == URGENT


def test_nobody_presses_in_the_future() -> None:
    later = f"{(NOW + timedelta(minutes=3)).timestamp():.6f}"
    assert pressed(payload(action={"action_ts": later})).at == NOW


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(payload(action={"action_id": "open", "value": ""}), id="the link to the ticket"),
        pytest.param(b'{"type":"view_submission"}', id="a modal"),
        pytest.param(b'{"type":"message_action"}', id="a shortcut"),
    ],
)
def test_what_is_nothing_to_the_squad_is_ignored(body: bytes) -> None:
    assert isinstance(read(body, received_at=NOW, api_url=API), Ignored)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://hooks.slack.com/actions/x", id="without TLS"),
        pytest.param("https://hooks.slack.com.evil.example/x", id="a host that begins like Slack's"),
        pytest.param("https://hooks.slack.com@evil.example/x", id="Slack's host as a user"),
        pytest.param("https://hooks.slack.com:8443/x", id="another port"),
        pytest.param("http://169.254.169.254/latest/meta-data", id="the machine's own"),
        pytest.param("https://[", id="no URL"),
        pytest.param("https://hooks.slack.com/" + "x" * 600, id="too long"),
        pytest.param("", id="empty"),
        pytest.param(None, id="none"),
    ],
)
def test_nobody_is_answered_elsewhere(url: str | None) -> None:
    assert pressed(payload(response_url=url)).answer_to == ""


@pytest.mark.parametrize(
    ("url", "api"),
    [
        pytest.param(URL, API, id="Slack's"),
        pytest.param("https://hooks.slack-gov.com/actions/x", "https://slack-gov.com/api", id="the government's Slack"),
        pytest.param("http://127.0.0.1:8904/answers/x", "http://127.0.0.1:8904/api", id="where the API is"),
    ],
)
def test_where_people_are_answered(url: str, api: str) -> None:
    assert pressed(payload(response_url=url), api).answer_to == url


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"type":"block_actions"}', id="nothing else"),
        pytest.param(payload(actions=[]), id="no action"),
        pytest.param(payload(actions=[{"action_id": "ack", "action_ts": "1.0", "value": "1"}] * 2), id="two"),
        pytest.param(payload(action={"action_id": "delete"}), id="no button of ours"),
        pytest.param(payload(action={"value": "017"}), id="no ticket's number"),
        pytest.param(payload(action={"value": "17 "}), id="a number and a blank"),
        pytest.param(payload(action={"value": "9" * 40}), id="too large a number"),
        pytest.param(payload(action={"action_ts": "soon"}), id="no time"),
        pytest.param(payload(user={"id": "<@U0JO>"}), id="no member's id"),
        pytest.param(payload(container={"channel_id": "alerts"}), id="no channel's id"),
        pytest.param(payload(container={"message_ts": ""}), id="on no message"),
        pytest.param(payload(container={"message_ts": "1795521600.000100\n"}), id="a line more"),
    ],
)
def test_what_is_not_as_documented_is_a_dead_letter(body: bytes) -> None:
    with pytest.raises(PayloadError) as refused:
        read(body, received_at=NOW, api_url=API)
    assert not isinstance(refused.value, NotJsonError)


def test_what_is_no_json_is_told_apart() -> None:
    with pytest.raises(NotJsonError):
        read(b"{", received_at=NOW, api_url=API)
