"""Sentry's interfaces inside an event: exceptions with their stack traces, and tags.

Rules: of a chain of exceptions the last one is what was raised at the end, so its type, value and frames are taken;
of its frames the innermost fifty. A malformed one is left out: an alert without frames is better than none. A team
names its tags as it likes, so no list could allow them: a tag is left out if a part of its name says that it is about
a person, is a secret, or is an address with its query (`user.email`, `veteran_id`, `url`).

<https://develop.sentry.dev/sdk/data-model/event-payloads/exception/>
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from app.domain.alerts import Frame
from app.intake.reading import bare_url, count_of, text_of
from app.intake.redaction import Redactor

_MOST_FRAMES: Final = 50
_MOST_TAGS: Final = 30
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PERSONAL: Final = re.compile(
    r"(?i)(?<![a-z0-9])(?:user(?:name)?|e?mail|ip|ssn|veteran|claimant|appellant|participant|person|patient|customer"
    r"|phone|address|dob|birth(?:date|day)?|user_?id|session|cookie|token|password|secret|authorization|url)(?![a-z0-9])"
)


class _Frame(msgspec.Struct):
    filename: object = None
    abs_path: object = None
    module: object = None
    function: object = None
    lineno: object = None
    in_app: object = None


class _Stacktrace(msgspec.Struct):
    frames: list[_Frame | None] | None = None


class _Exception(msgspec.Struct):
    type: object = None
    value: object = None
    stacktrace: _Stacktrace | None = None


class _Exceptions(msgspec.Struct):
    values: list[_Exception | None] | None = None


_EXCEPTIONS: Final = msgspec.json.Decoder(_Exceptions | list[_Exception | None] | None)
_STACKTRACE: Final = msgspec.json.Decoder(_Stacktrace | None)
_TAGS: Final = msgspec.json.Decoder(list[object] | dict[str, object] | None)


def type_and_value(exception: msgspec.Raw) -> tuple[str, str]:
    """The type and value of what was raised at the end; empty where there is none."""
    chain = _chain(exception)
    return (text_of(chain[-1].type, 300), text_of(chain[-1].value, 1000)) if chain else ("", "")


def frames_of(exception: msgspec.Raw, stacktrace: msgspec.Raw, redactor: Redactor) -> tuple[Frame, ...]:
    """The frames, innermost last, of the last exception that has some; else of the event's own stack trace."""
    for raised in reversed(_chain(exception)):
        if raised.stacktrace is not None and raised.stacktrace.frames:
            return _frames(raised.stacktrace.frames, redactor)
    try:
        alone = _STACKTRACE.decode(stacktrace)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return _frames(alone.frames, redactor) if alone is not None and alone.frames else ()


def tags_of(tags: msgspec.Raw, redactor: Redactor) -> tuple[tuple[str, str], ...]:
    """Tags as pairs, in the sender's order: `[["key", "value"]]`, `[{"key": …, "value": …}]` or one object."""
    try:
        read = _TAGS.decode(tags)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    pairs = list(read.items()) if isinstance(read, dict) else [pair_of(tag) for tag in read or ()]
    texts = [(text_of(name, 60), text_of(value, 200)) for name, value in pairs]
    kept = [(n, v) for n, v in texts if n and v and not is_personal(n)][:_MOST_TAGS]
    values = redactor.redact_all([value for _, value in kept])
    return tuple((name, value) for (name, _), value in zip(kept, values, strict=True))


def is_personal(name: str) -> bool:
    """Whether a tag of this name is left out: see the module's rule."""
    return _PERSONAL.search(_CAMEL.sub("_", name)) is not None


def pair_of(tag: object) -> tuple[object, object]:
    """The tag's name and value; empty where it is no tag."""
    match tag:
        case [name, value] | {"key": name, "value": value}:
            return name, value
        case _:
            return "", ""


def _chain(exception: msgspec.Raw) -> list[_Exception]:
    try:
        read = _EXCEPTIONS.decode(exception)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    values = read.values if isinstance(read, _Exceptions) else read
    return [raised for raised in values or () if raised is not None]


def _frames(frames: list[_Frame | None], redactor: Redactor) -> tuple[Frame, ...]:
    innermost = [frame for frame in frames if frame is not None][-_MOST_FRAMES:]
    texts = redactor.redact_all(
        [
            text
            for frame in innermost
            for text in (_path(frame), text_of(frame.function, 200), text_of(frame.module, 200))
        ]
    )
    return tuple(
        Frame(
            path=texts[3 * i],
            function=texts[3 * i + 1],
            module=texts[3 * i + 2],
            line=count_of(frame.lineno),
            in_app=frame.in_app is not False,
        )
        for i, frame in enumerate(innermost)
    )


def _path(frame: _Frame) -> str:
    path = text_of(frame.filename) or text_of(frame.abs_path)
    return bare_url(path) if path.startswith(("http://", "https://")) else path
