"""What is kept of a delivery that can't be read: enough to replay it, and nothing that must not be stored.

| the body                          | what is kept                                                            |
|-----------------------------------|-------------------------------------------------------------------------|
| JSON of at most `WHOLE` bytes     | the same JSON, every text and name in it redacted: it can be replayed   |
| of Sentry's                       | the same, without what a user is, sent or did                           |
| anything else                     | its first characters as text, redacted: for a person to look at         |

Rule: redaction never breaks the JSON, so it goes through the values. What stands under a name that is a secret's, or
in a pair behind one (as headers and tags do), goes as a whole: by itself it would not look like a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import NoneType
from typing import Any, Final

import msgspec

from app.intake.reading import bare_url
from app.intake.redaction import LONGEST, Redactor

WHOLE: Final = 256 * 1024
LONGEST_TEXT: Final = 200_000
"""Characters."""
_NEVER_READ: Final = frozenset(
    {"user", "breadcrumbs", "vars", "extra", "contexts", "headers", "cookies", "env", "query_string", "sdk", "modules"}
)
_REMOVED: Final = "[secret removed]"
_PLAIN: Final = "plain words"
"""A value that is removed only for the name it stands under."""


def kept(body: bytes, redactor: Redactor, *, sender: str = "") -> bytes:
    """The redacted body as it is saved."""
    if len(body) <= WHOLE:
        try:
            whole = msgspec.json.decode(body)
            return msgspec.json.encode(_redacted(_without(whole) if sender == "sentry" else whole, redactor))
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
            pass  # a number or a nesting beyond what can be held: text then
    text = body[: LONGEST_TEXT * 4].decode(errors="replace")
    return redactor.redact(text)[:LONGEST_TEXT].encode(errors="replace")


def _without(value: Any) -> Any:
    """A Sentry event without what its reader never takes: what a user is, sent or did."""
    match value:
        case dict():
            kept_of = {name: each for name, each in value.items() if name not in _NEVER_READ}
            return {name: _url_of(each) if name == "request" else _without(each) for name, each in kept_of.items()}
        case list():
            return [_without(each) for each in value]
        case _:
            return value


def _url_of(request: Any) -> Any:
    return {"url": bare_url(request.get("url"))} if isinstance(request, dict) else None


def _redacted(value: Any, redactor: Redactor) -> Any:
    """Redacting many texts at once costs little more than redacting one: so the first walk only gathers them."""
    texts: dict[str, str] = {}
    _Walk(lambda text: texts.setdefault(text, text)).redacted(value)
    for some in _portions(texts):
        texts.update(zip(some, redactor.redact_all(some), strict=True))
    return _Walk(texts.__getitem__).redacted(value)


def _portions(texts: dict[str, str]) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for text in list(texts):
        if some and size + len(text) > LONGEST - len(some) - 2:
            yield some
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield some


class _Walk:
    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    def redacted(self, value: Any) -> Any:
        match value:
            case dict():
                return {self._redact(name): self._under(name, each) for name, each in value.items()}
            case [str(name), str() | int() | float() as each]:
                return [self._redact(name), self._under(name, each)]
            case list():
                return [self.redacted(each) for each in value]
            case str():
                return self._redact(value)
            case bool() | None:
                return value
            case _:  # a card's number may be a number
                return value if self._redact(str(value)) == str(value) else _REMOVED

    def _under(self, name: str, value: Any) -> Any:
        if isinstance(value, dict | list | bool | NoneType) or not self._is_secret(name):
            return self.redacted(value)
        return _REMOVED

    def _is_secret(self, name: str) -> bool:
        return not self._redact(f"{name}: {_PLAIN}").endswith(f": {_PLAIN}")
