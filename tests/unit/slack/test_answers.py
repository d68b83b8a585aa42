"""What Slack's answers mean: the table of `app/slack/answers.py`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import InDoubtError, InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.slack.answers import LONGEST_WAIT, SHORTEST_WAIT, refusal

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def told(status: int, error: str, *, writes: bool = True, wait: str | None = None) -> SystemRefusedError:
    headers = {} if wait is None else {"Retry-After": wait}
    return refusal(status, error, headers, call="post a message", writes=writes, now=NOW)


@pytest.mark.parametrize(
    ("status", "error", "kind", "reason"),
    [
        pytest.param(429, "ratelimited", LaterError, None, id="too many calls"),
        pytest.param(429, "", LaterError, None, id="too many, and nothing else is said"),
        pytest.param(200, "rate_limited", LaterError, None, id="too many, said with 200"),
        pytest.param(503, "", InDoubtError, None, id="a 5xx"),
        pytest.param(200, "internal_error", InDoubtError, None, id="part of it may be done"),
        pytest.param(200, "", InDoubtError, None, id="not the API's answer"),
        pytest.param(200, "service_unavailable", LaterError, None, id="down"),
        pytest.param(200, "message_not_found", UnavailableError, "gone", id="deleted"),
        pytest.param(200, "channel_not_found", UnavailableError, "channel", id="no such channel"),
        pytest.param(200, "not_in_channel", UnavailableError, "channel", id="not in it"),
        pytest.param(200, "edit_window_closed", UnavailableError, "uneditable", id="not to be edited any more"),
        pytest.param(200, "invalid_auth", UnavailableError, "forbidden", id="a wrong token"),
        pytest.param(200, "missing_scope", UnavailableError, "forbidden", id="a token without the scope"),
        pytest.param(200, "invalid_blocks", InvalidError, None, id="a wrong call"),
        pytest.param(404, "", InvalidError, None, id="not Slack's address"),
    ],
)
def test_what_an_answer_means(status: int, error: str, kind: type[SystemRefusedError], reason: str | None) -> None:
    found = told(status, error)
    assert type(found) is kind
    assert getattr(found, "reason", None) == reason
    assert "post a message" in str(found)


@pytest.mark.parametrize(("status", "error"), [(500, ""), (200, "fatal_error")])
def test_what_only_reads_is_never_in_doubt(status: int, error: str) -> None:
    assert type(told(status, error, writes=False)) is LaterError


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        pytest.param("30", 30, id="as it says"),
        pytest.param("0", SHORTEST_WAIT.total_seconds(), id="at once"),
        pytest.param(None, SHORTEST_WAIT.total_seconds(), id="nothing is said"),
        pytest.param("soon", SHORTEST_WAIT.total_seconds(), id="no number"),
        pytest.param("-5", SHORTEST_WAIT.total_seconds(), id="below zero"),
        pytest.param("999999999", LONGEST_WAIT.total_seconds(), id="a mad one"),
    ],
)
def test_how_long_to_wait(wait: str | None, seconds: float) -> None:
    found = told(429, "ratelimited", wait=wait)
    assert isinstance(found, LaterError)
    assert found.not_before == NOW + timedelta(seconds=seconds)
