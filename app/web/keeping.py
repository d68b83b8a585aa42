"""What is kept of a delivery that can't be read: enough to replay it, and nothing that must not be stored.

| the body                          | what is kept                                                            |
|-----------------------------------|-------------------------------------------------------------------------|
| JSON of at most `WHOLE` bytes     | the same JSON, every text and name in it redacted: it can be replayed   |
| anything else                     | its first characters as text, redacted: for a person to look at         |

Rule: redaction never breaks the JSON, so it goes through the values. What stands under a name that is a secret's, or
in a pair behind one (as headers and tags do), goes as a whole: by itself it would not look like a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import NoneType
from typing import Any, Final

import msgspec

from app.intake.redaction import LONGEST, Redactor

WHOLE: Final = 256 * 1024
LONGEST_TEXT: Final = 200_000
"""Characters."""
_REMOVED: Final = "[secret removed]"
_PLAIN: Final = "plain words"
"""A value that is removed only for the name it stands under."""


def kept(body: bytes, redactor: Redactor) -> bytes:
    """The redacted body as it is saved."""
    if len(body) <= WHOLE:
        try:
            return msgspec.json.encode(_redacted(msgspec.json.decode(body), redactor))
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
            pass  # a number or a nesting beyond what can be held: text then
    text = body[: LONGEST_TEXT * 4].decode(errors="replace")
    return redactor.redact(text)[:LONGEST_TEXT].encode(errors="replace")


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
