"""What is kept of a delivery that can't be read: replayable where it can be, and nothing that may not be stored."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.redaction import Redactor
from app.web.keeping import LONGEST_TEXT, WHOLE, kept

GONE = "[secret removed]"


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        pytest.param({"a": [1, 1.5, True, None, "text"]}, {"a": [1, 1.5, True, None, "text"]}, id="what is harmless"),
        pytest.param({"who": "jo@example.org"}, {"who": "[e-mail removed]"}, id="an e-mail address in a text"),
        pytest.param({"jo@example.org": 1}, {"[e-mail removed]": 1}, id="an e-mail address as a name"),
        pytest.param({"password": "hunter two"}, {"password": GONE}, id="a password of several words goes whole"),
        pytest.param({"password": 1234}, {"password": GONE}, id="a password that is a number"),
        pytest.param({"token": None, "secret": False}, {"token": None, "secret": False}, id="a flag is no secret"),
        pytest.param({"password": ["hunter2"]}, {"password": GONE}, id="a list under a secret's name goes whole"),
        pytest.param({"token": {"of": "hunter2"}}, {"token": GONE}, id="an object under a secret's name goes whole"),
        pytest.param({"who": {"token": ["a", {"b": 1}]}}, {"who": {"token": GONE}}, id="however deep it stands"),
        pytest.param([["Cookie", "a=b; c=d"]], [["Cookie", GONE]], id="a header's pair"),
        pytest.param([["Cookie", ["a=b", "c=d"]]], [["Cookie", GONE]], id="a header's pair with several values"),
        pytest.param(
            [{"key": "authorization", "value": "hunter2"}],
            [{"key": "authorization", "value": GONE}],
            id="a key and a value",
        ),
        pytest.param(
            {"form": [{"Name": "password", "Value": ["hunter2"], "shown": True}]},
            {"form": [{"Name": "password", "Value": GONE, "shown": True}]},
            id="a name and a value",
        ),
        pytest.param(
            [{"name": "browser", "value": {"password": "x y", "is": "Firefox"}}],
            [{"name": "browser", "value": {"password": GONE, "is": "Firefox"}}],
            id="a harmless name and its value",
        ),
        pytest.param({"key": "password", "note": "of jo"}, {"key": "password", "note": "of jo"}, id="a name alone"),
        pytest.param([["Host", "acme"]], [["Host", "acme"]], id="a harmless pair"),
        pytest.param({"card": 4111111111111111}, {"card": GONE}, id="a card's number that is a number"),
        pytest.param("078-05-1120", "[SSN removed]", id="a text alone"),
    ],
)
def test_json_stays_json_without_what_may_not_be_kept(value: Any, stays: Any) -> None:
    assert json.loads(kept(json.dumps(value).encode(), Redactor())) == stays


@pytest.mark.parametrize(
    ("tags", "stay"),
    [
        pytest.param(
            [["veteran_id", "C12345678X"], ["claimant", "Jane Roe"], ["browser", "Firefox"]],
            [["browser", "Firefox"]],
            id="pairs",
        ),
        pytest.param(
            [{"key": "veteranId", "value": "C12345678X", "query": "id:C12345678X"}, {"key": "level", "value": "fatal"}],
            [["level", "fatal"]],
            id="objects",
        ),
        pytest.param({"user.email": "Jane", "app": "Reader"}, {"app": "Reader"}, id="one object"),
        pytest.param(["veteran_id", "C12345678X", 7], [], id="what is no tag"),
        pytest.param("veteran_id=C12345678X", None, id="what is no tags at all"),
    ],
)
def test_tags_that_are_about_a_person_go_from_sentry_s_as_they_do_where_alerts_are_read(tags: Any, stay: Any) -> None:
    body = json.dumps({"data": {"event": {"title": "KeyError", "tags": tags}}}).encode()
    assert json.loads(kept(body, Redactor(), sender="sentry")) == {
        "data": {"event": {"title": "KeyError", "tags": stay}}
    }


def test_more_texts_than_are_redacted_at_once_are_all_redacted() -> None:
    texts = [f"{number} {'x' * 40_000} jo@example.org" for number in range(6)]
    stay = [text.replace("jo@example.org", "[e-mail removed]") for text in texts]
    assert json.loads(kept(json.dumps({"texts": texts}).encode(), Redactor())) == {"texts": stay}


def test_the_squad_s_own_patterns_hold() -> None:
    redactor = Redactor([("case", re.compile(r"CASE-\d+"), "[case removed]")])
    assert json.loads(kept(b'{"note": "see CASE-77"}', redactor)) == {"note": "see [case removed]"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"jo@example.org \xff {", id="no JSON"),
        pytest.param(b'"jo@example.org"' + b" " * WHOLE, id="more than is kept whole"),
        pytest.param(b"[" * 50_000 + b'"jo@example.org"', id="nested without end"),
        pytest.param(b'["jo@example.org", "\\ud800"]', id="half a character"),
        pytest.param(b'["jo@example.org", 1e999]', id="a number beyond all"),
    ],
)
def test_what_can_t_be_kept_whole_is_kept_as_text(body: bytes) -> None:
    text = kept(body, Redactor()).decode()
    assert len(text) <= LONGEST_TEXT
    assert "jo@example.org" not in text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just("jo@example.org"),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["password", "a", "tags"]), inner, max_size=3)
        ),
        max_leaves=20,
    )
)
def test_whatever_json_comes_json_is_kept_and_keeping_it_twice_changes_nothing(value: Any) -> None:
    once = kept(json.dumps(value, ensure_ascii=False).encode(errors="replace"), Redactor())
    assert "jo@example.org" not in once.decode()
    assert kept(once, Redactor()) == once
