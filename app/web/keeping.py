"""What is kept of a delivery that can't be read: enough to replay it, and nothing that must not be stored.

| the body                          | what is kept                                                            |
|-----------------------------------|-------------------------------------------------------------------------|
| JSON of at most `WHOLE` bytes     | the same JSON, every text and name in it redacted: it can be replayed   |
| of Sentry's                       | the same, without what a user is, sent or did, and without tags that    |
|                                   | say so by their name, as where its alerts are read                      |
| anything else                     | its first characters as text, redacted: for a person to look at         |

Rule: redaction never breaks the JSON, so it goes through the values. What stands under a name that is a secret's goes
as a whole, be it a text, a list or an object: by itself, or in parts, it would not look like a secret. The same where
the name stands beside it: `[name, value]`, as in headers and tags, and `{"key": name, "value": …}` or `{"name": …}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from app.intake.reading import bare_url
from app.intake.redaction import LONGEST, Redactor
from app.intake.sentry_trace import is_personal, pair_of

WHOLE: Final = 256 * 1024
LONGEST_TEXT: Final = 200_000
"""Characters."""
_NEVER_READ: Final = frozenset(
    {"user", "breadcrumbs", "vars", "extra", "contexts", "headers", "cookies", "env", "query_string", "sdk", "modules"}
)
_NAMES: Final = frozenset({"key", "name"})
_VALUE: Final = "value"
"""What an object is called that is a pair: its name, and its value."""
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
            return {name: _part(name, each) for name, each in value.items() if name not in _NEVER_READ}
        case list():
            return [_without(each) for each in value]
        case _:
            return value


def _part(name: str, value: Any) -> Any:
    match name:
        case "request":
            return _url_of(value)
        case "tags":
            return _impersonal(value)
        case _:
            return _without(value)


def _impersonal(tags: Any) -> Any:
    """The tags whose names say nothing of a person or a secret; what is no tag could be anything, and goes."""
    match tags:
        case dict():
            return {name: _without(each) for name, each in tags.items() if not is_personal(name)}
        case list():
            return [
                [name, _without(each)]
                for name, each in map(pair_of, tags)
                if isinstance(name, str) and name and not is_personal(name)
            ]
        case _:
            return None


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
                beside = [said for name, said in value.items() if name.lower() in _NAMES and isinstance(said, str)]
                return {
                    self._redact(name): self._under((name, *beside) if name.lower() == _VALUE else (name,), each)
                    for name, each in value.items()
                }
            case [str(name), each]:
                return [self._redact(name), self._under((name,), each)]
            case list():
                return [self.redacted(each) for each in value]
            case str():
                return self._redact(value)
            case bool() | None:
                return value
            case _:  # a card's number may be a number
                return value if self._redact(str(value)) == str(value) else _REMOVED

    def _under(self, names: Sequence[str], value: Any) -> Any:
        within = self.redacted(value)
        flag = value is None or isinstance(value, bool)
        return within if flag or not any([self._is_secret(name) for name in names]) else _REMOVED

    def _is_secret(self, name: str) -> bool:
        return not self._redact(f"{name}: {_PLAIN}").endswith(f": {_PLAIN}")
