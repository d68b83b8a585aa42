"""What was raised at the end, its innermost frames, and the tags that are about no person."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Frame
from app.intake.redaction import Redactor
from app.intake.sentry_trace import frames_of, tags_of, type_and_value
from tests.unit.intake.bodies import ANY_JSON

REDACTOR = Redactor()


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


NONE = raw(None)
CAUSE = {"type": "Vacols::Unavailable", "value": "no answer", "stacktrace": {"frames": [{"filename": "vacols.rb"}]}}
LAST = {"type": "NoMethodError", "value": "undefined", "stacktrace": {"frames": [{"filename": "reader.rb"}]}}
BARE = {"type": "NoMethodError", "value": "undefined"}


@pytest.mark.parametrize(
    ("exception", "expected"),
    [
        pytest.param({"values": [CAUSE, LAST]}, ("NoMethodError", "undefined"), id="the last of a chain"),
        pytest.param([CAUSE, LAST], ("NoMethodError", "undefined"), id="a chain without an object around it"),
        pytest.param({"values": [LAST, None]}, ("NoMethodError", "undefined"), id="what is null is none of the chain"),
        pytest.param({"values": [{"type": ["odd"], "value": 7}]}, ("", "7"), id="an odd type"),
        pytest.param({"values": []}, ("", ""), id="an empty chain"),
        pytest.param({"values": None}, ("", ""), id="no chain"),
        pytest.param({"values": "odd"}, ("", ""), id="an odd chain"),
        pytest.param(None, ("", ""), id="no exception"),
    ],
)
def test_type_and_value(exception: Any, expected: tuple[str, str]) -> None:
    assert type_and_value(raw(exception)) == expected


@pytest.mark.parametrize(
    ("exception", "stacktrace", "paths"),
    [
        pytest.param({"values": [CAUSE, LAST]}, None, ["reader.rb"], id="the last exception's"),
        pytest.param({"values": [CAUSE, BARE]}, None, ["vacols.rb"], id="if it has none, the one's before it"),
        pytest.param(
            {"values": [BARE]}, {"frames": [{"filename": "job.rb"}]}, ["job.rb"], id="if none has any, the event's"
        ),
        pytest.param(None, {"frames": [{"filename": "job.rb"}, None]}, ["job.rb"], id="no exception: the event's"),
        pytest.param(
            None,
            {"frames": [{"filename": str(i)} for i in range(80)]},
            [str(i) for i in range(30, 80)],
            id="the innermost fifty",
        ),
        pytest.param(None, {"frames": None}, [], id="a stack trace without frames"),
        pytest.param(None, None, [], id="no stack trace"),
        pytest.param(None, "odd", [], id="an odd stack trace"),
        pytest.param("odd", "odd", [], id="an odd exception"),
    ],
)
def test_whose_frames(exception: Any, stacktrace: Any, paths: list[str]) -> None:
    assert [frame.path for frame in frames_of(raw(exception), raw(stacktrace), REDACTOR)] == paths


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(
            {"filename": "a.rb", "abs_path": "/app/a.rb", "function": "f", "module": "M", "lineno": 3, "in_app": False},
            Frame(path="a.rb", function="f", module="M", line=3, in_app=False),
            id="the file's name",
        ),
        pytest.param({"abs_path": "/app/a.rb"}, Frame(path="/app/a.rb"), id="no name: the path"),
        pytest.param(
            {"filename": "https://reader.example/a.js?user=jo#x"},
            Frame(path="https://reader.example/a.js"),
            id="an address without its query",
        ),
        pytest.param({"filename": "a.rb", "lineno": "odd"}, Frame(path="a.rb"), id="an odd line"),
        pytest.param(
            {"filename": "jo@example.org.rb", "function": "f(123-45-6789)"},
            Frame(path="[e-mail removed]", function="f([SSN removed])"),
            id="redacted",
        ),
        pytest.param({}, Frame(path=""), id="nothing"),
    ],
)
def test_a_frame(frame: dict[str, Any], expected: Frame) -> None:
    assert frames_of(NONE, raw({"frames": [frame]}), REDACTOR) == (expected,)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param([["b", "1"], ["a", "2"]], (("b", "1"), ("a", "2")), id="pairs, in their order"),
        pytest.param([{"key": "b", "value": "1"}], (("b", "1"),), id="objects"),
        pytest.param({"b": "1", "a": 2}, (("b", "1"), ("a", "2")), id="one object"),
        pytest.param([["a"], ["a", "b", "c"], "a", None, {"key": "a"}], (), id="what is no tag"),
        pytest.param([["", "1"], ["a", ""], ["b", None]], (), id="half a tag"),
        pytest.param(
            [[str(i), "x"] for i in range(40)], tuple((str(i), "x") for i in range(30)), id="the first thirty"
        ),
        pytest.param([["note", "of jo@example.org"]], (("note", "of [e-mail removed]"),), id="redacted"),
        pytest.param("odd", (), id="odd tags"),
        pytest.param(None, (), id="no tags"),
    ],
)
def test_tags(tags: Any, expected: tuple[tuple[str, str], ...]) -> None:
    assert tags_of(raw(tags), REDACTOR) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("user", "user.id", "user.email", "user.username", "user.ip", "sentry:user", "User-Name", "logged_in_user"),
        *("email", "client_ip", "ip", "veteran_id", "appellant.phone", "ssn", "birth_date", "dob", "person"),
        *("session", "auth_token", "X-Authorization", "url"),
    ],
)
def test_a_tag_about_a_person_is_left_out(name: str) -> None:
    assert tags_of(raw([[name, "x"]]), REDACTOR) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("server_name", "environment", "transaction", "team", "job", "queue", "os.name", "browser", "shipping", "zip"),
        *("userland", "emailer_job"),
    ],
)
def test_a_tag_about_none_stays(name: str) -> None:
    assert tags_of(raw([[name, "x"]]), REDACTOR) == ((name, "x"),)


@given(exception=ANY_JSON, stacktrace=ANY_JSON, tags=ANY_JSON, around=st.booleans())
def test_any_json_is_read(exception: Any, stacktrace: Any, tags: Any, around: bool) -> None:
    if around:
        exception, stacktrace, tags = {"values": [exception]}, {"frames": [stacktrace]}, [tags]
    type_and_value(raw(exception))
    assert len(frames_of(raw(exception), raw(stacktrace), REDACTOR)) <= 50
    assert len(tags_of(raw(tags), REDACTOR)) <= 30
