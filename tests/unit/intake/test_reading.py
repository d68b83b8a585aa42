"""What every reader shares: JSON or not, and bounded texts, counts, times and addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import PayloadError
from app.intake.reading import NotJsonError, bare_url, count_of, decode, moment_of, refuse_what_is_not_json, text_of
from tests.unit.intake.bodies import ANY_JSON


class Some(msgspec.Struct):
    name: str


SOME = msgspec.json.Decoder(Some)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        pytest.param(b'{"name": "x", "more": [1, {}]}', "x", id="what is not named is not taken"),
        pytest.param(b'{"name": "\\ud83d\\ude00"}', "😀", id="a whole surrogate pair"),
        pytest.param(b'{"name": "x\\ud83d"}', "x\ufffd", id="the first half of one"),
        pytest.param(b'{"name": "\\uDE00x"}', "\ufffdx", id="the second half of one"),
        pytest.param(b'{"name": "\\ud83d\\ud83d\\ude00"}', "\ufffd😀", id="a half before a pair"),
        pytest.param(b'{"name": "\\\\ud83d \\ud83d"}', "\\ud83d \ufffd", id="a backslash that is one"),
    ],
)
def test_what_is_decoded(body: bytes, name: str) -> None:
    assert decode(body, SOME).name == name


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="a field is missing"),
        pytest.param(b'{"name": 1}', id="a field of another type"),
        pytest.param(b"[]", id="another shape"),
        pytest.param(b'{"name": 1, "more": 1e999}', id="with a number beyond what can be held"),
    ],
)
def test_json_that_lacks_something_is_a_dead_letter(body: bytes) -> None:
    with pytest.raises(PayloadError) as caught:
        decode(body, SOME)
    assert not isinstance(caught.value, NotJsonError)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"name": "x"', id="cut off"),
        pytest.param(b'{"name": 1, "more": }', id="wrong after what is wrong already"),
        pytest.param(b'{"name": "\xff"}', id="no UTF-8"),
        pytest.param(b'{"name": "\\ud83d", }', id="half a surrogate pair, and wrong besides"),
        pytest.param(b'{"name": {"a":' * 50_000, id="too deep"),
        pytest.param(b'{"name": NaN}', id="a number that JSON does not know"),
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        decode(body, SOME)
    with pytest.raises(NotJsonError):
        refuse_what_is_not_json(body)


@pytest.mark.parametrize("body", [b"{}", b"1e999", b"7", b'"\\ud83d"', b"[null]"])
def test_what_is_json_is_not(body: bytes) -> None:
    refuse_what_is_not_json(body)


@given(st.binary(max_size=100) | st.text(max_size=50).map(str.encode))
def test_bytes_are_json_to_both_or_to_none(body: bytes) -> None:
    assert refuses(partial(decode, body, SOME)) is refuses(partial(refuse_what_is_not_json, body))


def refuses(work: Callable[[], object]) -> bool:
    """Whether it says that the body is not JSON."""
    try:
        work()
    except NotJsonError:
        return True
    except PayloadError:
        return False
    return False


@pytest.mark.parametrize(
    ("value", "longest", "text"),
    [
        pytest.param("x", 300, "x", id="a text"),
        pytest.param("  x\n", 300, "x", id="blanks around it"),
        pytest.param("a\0b\x1b[1mc\x7fd\re", 300, "ab[1mcde", id="control characters"),
        pytest.param("a\tb\nc", 300, "a\tb\nc", id="tabs and line ends"),
        pytest.param("abcdef", 3, "abc", id="a long one"),
        pytest.param("\0\0\0abcdef", 3, "abc", id="a long one with what is taken out"),
        pytest.param(7, 300, "7", id="a number"),
        pytest.param(1.5, 300, "1.5", id="a fraction"),
        pytest.param(10**5_000, 300, "", id="a number beyond Python's digits"),
        pytest.param(True, 300, "", id="no text: true"),
        pytest.param(None, 300, "", id="no text: null"),
        pytest.param(["x"], 300, "", id="no text: a list"),
    ],
)
def test_a_text(value: Any, longest: int, text: str) -> None:
    assert text_of(value, longest) == text


@pytest.mark.parametrize(
    ("value", "count"),
    [
        pytest.param(7, 7, id="a number"),
        pytest.param("7", 7, id="a text"),
        pytest.param(0, 0, id="none"),
        pytest.param("007", 7, id="with noughts"),
        pytest.param(-1, None, id="below none"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("٣", None, id="digits of another script"),
        pytest.param(10**18, None, id="beyond 18 digits"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="null"),
        pytest.param(True, None, id="true"),
    ],
)
def test_a_count(value: Any, count: int | None) -> None:
    assert count_of(value) == count


NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        pytest.param("2026-11-24T12:00:00Z", NOON, id="UTC"),
        pytest.param("2026-11-24T14:00:00+02:00", NOON, id="another zone"),
        pytest.param("2026-11-24 12:00", NOON, id="no zone means UTC"),
        pytest.param(NOON.timestamp(), NOON, id="seconds"),
        pytest.param(int(NOON.timestamp()), NOON, id="whole seconds"),
        pytest.param("yesterday", None, id="words"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="null"),
        pytest.param(True, None, id="true"),
        pytest.param(1e300, None, id="seconds beyond all years"),
        pytest.param("0001-01-01T00:00:00+23:00", None, id="a time before all years"),
        pytest.param("2026-11-24T25:00:00Z", None, id="no hour"),
    ],
)
def test_a_moment(value: Any, moment: datetime | None) -> None:
    assert moment_of(value) == moment


@pytest.mark.parametrize(
    ("value", "url"),
    [
        pytest.param("https://a.example/b/c", "https://a.example/b/c", id="an address"),
        pytest.param(" http://a.example:8080/b?c=d#e ", "http://a.example:8080/b", id="query and fragment"),
        pytest.param("https://a.example", "https://a.example", id="a host"),
        pytest.param("https://jo:secret@a.example/", "", id="a user in it"),
        pytest.param("ftp://a.example/", "", id="another scheme"),
        pytest.param("javascript:alert(1)", "", id="a script"),
        pytest.param("//a.example/b", "", id="no scheme"),
        pytest.param("https:///b", "", id="no host"),
        pytest.param("https://[::1/b", "", id="no address"),
        pytest.param("https://a.example/b c", "", id="a blank in it"),
        pytest.param("https://a.example/[b](c)", "", id="Markdown in it"),
        pytest.param('https://a.example/"><img>', "", id="markup in it"),
        pytest.param("", "", id="nothing"),
        pytest.param(None, "", id="null"),
    ],
)
def test_an_address(value: Any, url: str) -> None:
    assert bare_url(value) == url


def test_the_schemes_may_be_fewer() -> None:
    assert bare_url("http://a.example/", schemes=("https",)) == ""


@given(ANY_JSON)
def test_any_value_is_read(value: Any) -> None:
    assert len(text_of(value)) <= 300
    assert (count_of(value) or 0) >= 0
    moment = moment_of(value)
    assert moment is None or moment.tzinfo is UTC
    assert bare_url(value) == ""


@given(st.text(max_size=300).map("https://".__add__) | st.text(max_size=300))
def test_an_address_has_nothing_that_could_be_markup_or_a_secret(text: str) -> None:
    url = bare_url(text)
    assert not set(url) & set(" \n\t<>\"'`\\()[]?#")
    assert "@" not in url.removeprefix("https://").partition("/")[0]
