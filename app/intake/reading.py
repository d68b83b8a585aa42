"""Reading: what every sender's reader shares.

Rules: a body is decoded into Structs that name the fields to take, so what is not named never becomes an object. A
body that is not JSON is told from JSON that is not what the sender documents: the first is the door's to refuse, the
second is a dead letter. Every text that is taken is bounded and free of control characters.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from app.domain.errors import PayloadError
from app.domain.facts import Fact

T = TypeVar("T")

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ESCAPES: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_ANYTHING: Final = msgspec.json.Decoder(object)
_NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_LONGEST_URL: Final = 2_000
_PLAIN_URL: Final = re.compile(r"https://[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?/[A-Za-z0-9/._~%-]{0,1500}")
"""What most are, and told faster than by parsing."""


class NotJsonError(PayloadError):
    """The body is not JSON at all; the message says where it stops being so."""


class Ignored(Fact, frozen=True, kw_only=True):
    """A delivery that is understood and is nothing to the squad."""

    why: str


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The fields that the decoder's type names. Raises NotJsonError, or PayloadError for JSON that lacks some."""
    try:
        return _decoded(body, decoder)
    except msgspec.ValidationError as error:
        refuse_what_is_not_json(body)
        raise PayloadError(f"The body lacks what its sender documents: {error}") from error
    except _NOT_JSON as error:
        raise NotJsonError(f"The body is not JSON: {error}") from error


def refuse_what_is_not_json(body: bytes) -> None:
    """Raise NotJsonError unless the whole body is JSON."""
    try:
        _decoded(body, _ANYTHING)
    except msgspec.ValidationError:
        return  # a number beyond what the decoder holds is JSON all the same
    except _NOT_JSON as error:
        raise NotJsonError(f"The body is not JSON: {error}") from error


def _decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Half a surrogate pair, as a text cut inside an emoji has it, is read as U+FFFD: msgspec would refuse the body."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _ESCAPES.sub(lambda escape: rb"\ufffd" if escape["half"] else escape[0], body)
        if mended == body:
            raise
        return decoder.decode(mended)


def text_of(value: object, longest: int = 300) -> str:
    """A scalar as text: control characters but tab and newline taken out, at most `longest` characters."""
    if isinstance(value, str):
        return _CONTROLS.sub("", value[: longest * 2]).strip()[:longest]
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return str(value)[:longest]
        except ValueError:  # an integer beyond Python's limit of digits
            return ""
    return ""


def count_of(value: object) -> int | None:
    """A count that may come as a number or as text; None where it is neither, or is beyond 18 digits."""
    text = text_of(value, 20)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def moment_of(value: object) -> datetime | None:
    """A time from ISO 8601 or from seconds since 1970, in UTC; None where it is neither. No zone means UTC."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(text_of(value, 40))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def bare_url(value: object, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """The URL without query and fragment; empty for another scheme, for a user in it, or for what is no URL."""
    text = text_of(value, _LONGEST_URL)
    if "https" in schemes and _PLAIN_URL.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        named = parts.hostname
    except ValueError:
        return ""
    plain = parts.scheme in schemes and named and "@" not in parts.netloc
    if not plain or re.search(r"[\s<>\"'`\\()\[\]]", parts.netloc + parts.path):
        return ""
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
