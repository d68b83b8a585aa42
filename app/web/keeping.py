"""What is kept of a delivery that can't be read: enough to replay it, and nothing that must not be stored.

| the body                          | what is kept                                                            |
|-----------------------------------|-------------------------------------------------------------------------|
| JSON of at most `WHOLE` bytes     | the same JSON, every text and name in it redacted: it can be replayed   |
| anything else                     | its first characters as text, redacted: for a person to look at         |

Rule: redaction never breaks the JSON, so it goes through the values. What stands under a name that is a secret's, or
in a pair behind one (as headers and tags do), goes as a whole: by itself it would not look like a secret.
"""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import Any, Final

import msgspec

from app.intake.redaction import Redactor

WHOLE: Final = 512 * 1024
LONGEST_TEXT: Final = 200_000
"""Characters."""
_REMOVED: Final = "[secret removed]"
_PLAIN: Final = "plain words"
"""A value that is removed only for the name it stands under."""


def kept(body: bytes, redactor: Redactor) -> bytes:
    """The redacted body as it is saved."""
    if len(body) <= WHOLE:
        try:
            return msgspec.json.encode(_Walk(redactor).redacted(msgspec.json.decode(body)))
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
            pass  # a number or a nesting beyond what can be held: text then
    text = body[: LONGEST_TEXT * 4].decode(errors="replace")
    return redactor.redact(text)[:LONGEST_TEXT].encode(errors="replace")


class _Walk:
    def __init__(self, redactor: Redactor) -> None:
        self._redact = cache(redactor.redact)

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
