"""The table of `intake/support.py`: what a support desk sends, key by key."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert, Sender
from app.domain.errors import PayloadError
from app.domain.identity import fingerprint
from app.domain.mail import AlertArrived, ByError, Letter
from app.intake import support
from app.intake.reading import NotJsonError
from app.intake.redaction import Redactor

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TICKET = {"id": "4711", "title": "I can't log in", "text": "It says 500."}


def read(without: str = "", **more: Any) -> Letter:
    told = {name: value for name, value in (TICKET | more).items() if name != without}
    return support.read(json.dumps(told).encode(), received_at=NOW, redactor=Redactor())


def alert(**more: Any) -> Alert:
    mail = read(**more).mail
    assert isinstance(mail, AlertArrived)
    return mail.alert


def test_a_support_ticket_is_for_the_mailbox_of_its_id() -> None:
    letter = read()
    assert letter.address == ByError(fingerprint=fingerprint("support", "4711"))
    assert (letter.sender, letter.prompt, letter.priority) == ("support", False, 0)
    assert alert() == Alert(
        sender=Sender.SUPPORT,
        title="I can't log in",
        occurred_at=NOW,
        fingerprint=fingerprint("support", "4711"),
        short_id="4711",
        details="It says 500.",
    )


@pytest.mark.parametrize(
    ("more", "field", "expected"),
    [
        pytest.param({"id": 4711}, "fingerprint", fingerprint("support", "4711"), id="an id may be a number"),
        pytest.param({"app": "Reader"}, "app", "Reader", id="the application"),
        pytest.param({"link": "https://desk.example.org/t/1"}, "link", "https://desk.example.org/t/1", id="its page"),
        pytest.param(
            {"at": "2026-11-24T06:30:00-05:00"}, "occurred_at", NOW - timedelta(minutes=30), id="when it came in"
        ),
        pytest.param({"at": "2026-11-25T06:30:00Z"}, "occurred_at", NOW, id="it did not come in tomorrow"),
        pytest.param({"title": "ask jo@example.org"}, "title", "ask [e-mail removed]", id="a title is redacted"),
        pytest.param({"text": "123-45-6789"}, "details", "[SSN removed]", id="so is the text"),
        pytest.param({"text": "a\n\nb"}, "details", "a\n\nb", id="whose lines stay"),
        pytest.param({"text": "x" * 9_000}, "details", "x" * 3_998 + " …", id="of a long text the beginning"),
        pytest.param({"from": {"name": "Jo"}}, "details", "It says 500.", id="who asks is not read"),
    ],
)
def test_what_is_taken(more: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(alert(**more), field) == expected


def test_who_asks_is_nowhere() -> None:
    assert read(**{"from": "jo"}) == read()


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        pytest.param({"id": ""}, "`id` must be", id="an empty id"),
        pytest.param({"id": None}, "`id` must be", id="no id"),
        pytest.param({"id": True}, "`id` must be", id="an id that is a truth"),
        pytest.param({"id": "a b"}, "`id` must be", id="an id with a blank"),
        pytest.param({"id": "x" * 101}, "`id` must be", id="a long id"),
        pytest.param({"title": " "}, "`title` must be text", id="a blank title"),
        pytest.param({"text": 5}, "`text` must be text", id="a text that is none"),
        pytest.param({"app": ""}, "`app` must be", id="an empty application"),
        pytest.param({"app": "x" * 101}, "`app` must be", id="a long application"),
        pytest.param({"link": "http://desk.example.org/1"}, "`link` must be an https", id="a link without s"),
        pytest.param({"link": "https://desk.example.org/1?token=x"}, "without query", id="a link with a query"),
        pytest.param({"link": 5}, "`link` must be", id="a link that is none"),
        pytest.param({"at": "yesterday"}, "`at` must be a time", id="a time in words"),
        pytest.param({"at": "2026-11-24T09:30:00"}, "with its offset", id="a time of nobody knows where"),
        pytest.param({"at": 1764000000}, "`at` must be a time", id="seconds"),
        pytest.param({"at": "0001-01-01T00:00:00+14:00"}, "`at` must be a time", id="before the calendar"),
        pytest.param({"titel": "x"}, "no key `titel`. Did you mean `title`?", id="a slip of the hand"),
        pytest.param({"qqqq": "x"}, "no key `qqqq`. There are `id`, `title`", id="another key"),
        pytest.param({f"q{n}q": 1 for n in range(50)}, "no key `q6q`", id="many of them"),
    ],
)
def test_what_is_wrong_is_told(more: dict[str, Any], fault: str) -> None:
    with pytest.raises(PayloadError) as told:
        read(**more)
    assert fault in str(told.value)
    assert len(str(told.value)) < 1_000


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(PayloadError, match=r"`title` is missing\. .*`at` must be a time"):
        read(without="title", at="soon")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        support.read(body, received_at=NOW, redactor=Redactor())


def test_what_is_no_object() -> None:
    with pytest.raises(PayloadError, match=r'no object\. Send one such as \{"id"'):
        support.read(b"[1]", received_at=NOW, redactor=Redactor())


def test_the_same_is_one_delivery_and_another_text_is_another() -> None:
    assert read().delivery_id == read().delivery_id
    others = {read(**more).delivery_id for more in ({"text": "b"}, {"title": "b"}, {"app": "b"}, {"id": "b"})}
    assert len(others | {read().delivery_id}) == 5


@given(st.dictionaries(st.sampled_from(support.KEYS) | st.text(max_size=5), st.none() | st.text() | st.integers()))
def test_whatever_comes_is_a_letter_or_a_fault(told: dict[str, Any]) -> None:
    fault = "."
    try:
        support.read(json.dumps(told).encode(), received_at=NOW, redactor=Redactor())
    except PayloadError as error:
        fault = str(error)
    assert fault.endswith((".", "?"))
