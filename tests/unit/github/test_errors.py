"""What a refusal by GitHub means: the table of `app/github/errors.py`, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.errors import InDoubtError, InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.github.errors import GraphQLFault, LimitedError, exhausted_until, graphql_refusal, refusal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RESET = NOW + timedelta(minutes=20)
SPENT = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(RESET.timestamp()))}
IN_AN_HOUR = NOW + timedelta(hours=1)
YEARS = str(int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()))
LEFT = {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": str(int(RESET.timestamp()))}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
IN_A_MINUTE = NOW + timedelta(seconds=60)


def refused(status: int, said: Any = "", headers: dict[str, str] | None = None, *, write: bool = True) -> Any:
    body = said if isinstance(said, dict) else {"message": said}
    return refusal(status, headers or LEFT, json.dumps(body).encode(), write=write, now=NOW)


@pytest.mark.parametrize(
    ("status", "said", "headers", "until"),
    [
        pytest.param(403, SECONDARY, LEFT | {"retry-after": "90"}, NOW + timedelta(seconds=90), id="Retry-After rules"),
        pytest.param(429, "", LEFT | {"retry-after": "0"}, NOW + timedelta(seconds=1), id="no wait at all is a second"),
        pytest.param(429, "", LEFT | {"retry-after": "soon"}, IN_A_MINUTE, id="an unreadable Retry-After is a minute"),
        pytest.param(429, "", LEFT | {"retry-after": "99999999"}, IN_AN_HOUR, id="years are an hour"),
        pytest.param(429, "", LEFT | {"retry-after": "9" * 30}, IN_AN_HOUR, id="what no calendar holds is an hour"),
        pytest.param(429, "", SPENT | {"x-ratelimit-reset": YEARS}, IN_AN_HOUR, id="a reset in years is an hour"),
        pytest.param(429, "", SPENT | {"retry-after": "9"}, NOW + timedelta(seconds=9), id="…before the reset"),
        pytest.param(403, "API rate limit exceeded for installation.", SPENT, RESET, id="nothing remains: the reset"),
        pytest.param(403, "Sorry", SPENT, RESET, id="nothing remains, whatever the words"),
        pytest.param(403, SECONDARY, LEFT, IN_A_MINUTE, id="a secondary limit without a time: a minute"),
        pytest.param(429, "", LEFT, IN_A_MINUTE, id="429 without a time: a minute"),
        pytest.param(429, "", {"x-ratelimit-remaining": "0"}, IN_A_MINUTE, id="nothing remains, no reset: a minute"),
        pytest.param(
            429, "", SPENT | {"x-ratelimit-reset": "x"}, IN_A_MINUTE, id="nothing remains, a broken reset: a minute"
        ),
        pytest.param(422, "was submitted too quickly", LEFT, IN_A_MINUTE, id="submitted too quickly is a limit"),
        pytest.param(403, "You triggered an abuse detection mechanism", LEFT, IN_A_MINUTE, id="abuse detection is one"),
    ],
)
def test_a_limit_tells_when_it_ends(status: int, said: str, headers: dict[str, str], until: datetime) -> None:
    error = refused(status, said, headers)
    assert isinstance(error, LimitedError)
    assert error.not_before == until


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        pytest.param(404, "Not Found", "gone", id="not there"),
        pytest.param(410, "This issue was deleted", "gone", id="deleted"),
        pytest.param(410, "Issues has been disabled in this repository.", "issues-off", id="issues switched off"),
        pytest.param(410, "Issues are disabled for this repo", "issues-off", id="issues switched off, older words"),
        pytest.param(403, "Repository was archived so is read-only.", "archived", id="archived"),
        pytest.param(403, "Unable to create comment because issue is locked.", "locked", id="locked"),
        pytest.param(
            403, "Commenting is disabled on issues with more than 2500 comments", "locked", id="2,500 comments"
        ),
        pytest.param(403, "Resource not accessible by integration", "forbidden", id="a permission is missing"),
        pytest.param(403, "This installation has been suspended", "not-installed", id="suspended"),
        pytest.param(451, "Repository access blocked", "forbidden", id="blocked by law"),
        pytest.param(301, "Moved Permanently", "gone", id="a redirect that leads nowhere"),
    ],
)
def test_what_only_a_person_can_change(status: int, said: str, reason: str) -> None:
    error = refused(status, said)
    assert isinstance(error, UnavailableError)
    assert error.reason == reason


def test_a_lock_is_no_limit_even_with_the_last_call_of_the_hour() -> None:
    assert refused(403, "Unable to create comment because issue is locked.", SPENT).reason == "locked"


@pytest.mark.parametrize(
    ("status", "write", "kind"),
    [
        pytest.param(500, True, InDoubtError, id="a write that met a 500 may be done"),
        pytest.param(502, True, InDoubtError, id="a write that met a 502 may be done"),
        pytest.param(408, True, InDoubtError, id="a write that timed out may be done"),
        pytest.param(503, False, LaterError, id="a read is made again later"),
        pytest.param(401, True, LaterError, id="who is not let in did nothing"),
        pytest.param(409, True, LaterError, id="a conflict did nothing"),
        pytest.param(400, True, InvalidError, id="a wrong call is wrong tomorrow, too"),
        pytest.param(413, True, InvalidError, id="too large is too large"),
    ],
)
def test_whether_it_was_done(status: int, write: bool, kind: type[SystemRefusedError]) -> None:
    assert type(refused(status, "x", write=write)) is kind


def test_a_read_waits_as_long_as_a_503_says() -> None:
    assert refused(503, "", {"retry-after": "30"}, write=False).not_before == NOW + timedelta(seconds=30)
    assert refused(503, "", {"retry-after": "99999999"}, write=False).not_before == IN_AN_HOUR


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param({"errors": [{"field": "body", "code": "custom"}]}, ("body",), id="a field"),
        pytest.param({"errors": [{"field": "title"}, {"field": "body"}]}, ("title", "body"), id="fields"),
        pytest.param({"errors": ["assignees x cannot be assigned"]}, ("assignees",), id="only in words"),
        pytest.param({"errors": "body is too long"}, ("body",), id="one sentence"),
        pytest.param({"errors": [{"code": "custom", "field": None}]}, (), id="no field"),
        pytest.param({"message": "Validation Failed"}, (), id="no errors"),
    ],
)
def test_a_422_names_the_fields(body: dict[str, Any], fields: tuple[str, ...]) -> None:
    error = refused(422, body)
    assert isinstance(error, InvalidError)
    assert error.fields == fields


@pytest.mark.parametrize(
    "body",
    [pytest.param(b"<html>Unicorn!", id="a page"), pytest.param(b"\xff", id="bytes"), pytest.param(b"", id="nothing")],
)
def test_what_is_no_json_still_counts_by_its_status(body: bytes) -> None:
    assert isinstance(refusal(502, {}, body, write=True, now=NOW), InDoubtError)


def test_a_message_is_shown_but_not_endlessly() -> None:
    shown = str(refused(422, "long " * 1000))
    assert shown.startswith("GitHub answers 422: long")
    assert len(shown) < 400


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        pytest.param(SPENT, RESET, id="nothing remains"),
        pytest.param(LEFT, None, id="something remains"),
        pytest.param({}, None, id="nothing is said"),
        pytest.param(SPENT | {"x-ratelimit-reset": YEARS}, IN_AN_HOUR, id="a reset in years"),
        pytest.param(SPENT | {"x-ratelimit-reset": "1"}, None, id="the reset is past"),
        pytest.param(SPENT | {"x-ratelimit-reset": "9" * 30}, None, id="no moment at all"),
    ],
)
def test_an_hour_that_is_used_up(headers: dict[str, str], until: datetime | None) -> None:
    assert exhausted_until(headers, now=NOW) == until


def graphql(type_: str | None, message: str = "x", *, write: bool = True, path: Any = ("said",)) -> Any:
    fault = GraphQLFault(message=message, type=type_, path=path and list(path))
    return graphql_refusal(fault, LEFT, write=write, now=NOW)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(graphql("RATE_LIMITED"), LimitedError, id="a limit comes with status 200"),
        pytest.param(graphql(None, SECONDARY, path=None), LimitedError, id="a secondary one without a type"),
        pytest.param(graphql("UNPROCESSABLE", "was submitted too quickly"), LimitedError, id="too quickly"),
        pytest.param(graphql("UNPROCESSABLE", "Body is too long"), InvalidError, id="wrong"),
        pytest.param(graphql(None, "Field 'x' doesn't exist", path=None), InvalidError, id="a faulty document"),
        pytest.param(
            graphql(None, "Something went wrong while executing your query.", path=None),
            InDoubtError,
            id="something went wrong while writing",
        ),
        pytest.param(
            graphql(None, "Something went wrong while executing your query.", path=None, write=False),
            LaterError,
            id="something went wrong while reading",
        ),
        pytest.param(graphql("INTERNAL"), InDoubtError, id="an unknown type of a write"),
    ],
)
def test_graphql_tells_by_type(error: SystemRefusedError, kind: type[SystemRefusedError]) -> None:
    assert type(error) is kind


@pytest.mark.parametrize(
    ("type_", "message", "reason"),
    [
        pytest.param("NOT_FOUND", "Could not resolve to a node", "gone", id="gone or transferred"),
        pytest.param("FORBIDDEN", "Repository was archived so is read-only.", "archived", id="archived"),
        pytest.param("FORBIDDEN", "Unable to create comment because issue is locked.", "locked", id="locked"),
        pytest.param("UNPROCESSABLE", "Issue is locked", "locked", id="locked, as unprocessable"),
        pytest.param("FORBIDDEN", "Issues has been disabled in this repository.", "issues-off", id="issues off"),
        pytest.param("FORBIDDEN", "Resource not accessible by integration", "forbidden", id="a permission"),
    ],
)
def test_graphql_says_no_for_the_same_reasons(type_: str, message: str, reason: str) -> None:
    assert graphql(type_, message).reason == reason
