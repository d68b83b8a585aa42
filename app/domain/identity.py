"""Fingerprint and signature: which error an alert is about.

Rule: an identity carries its recipe's version (`v1:<digest>`), so that a better recipe can never collide with
saved ids. A *fingerprint* is a digest over the sender's own grouping. A *signature* is a digest over the
error's text with everything that varies between two occurrences taken out:

| what varies                                          | example                                    | becomes |
|------------------------------------------------------|--------------------------------------------|---------|
| a quoted value, in any quotes, Ruby's `` `x' `` too  | `undefined method 'name' for nil`          | `#`     |
| an id: UUID, `0x…`, hex digits, long letters + digits | `0x00007f8a`, `9f2c41ab`                   | `#`     |
| a number, a time, a version                          | `12`, `3.5`, `09:14:07`                    | `#`     |
| several of them in a row                             | `[1, 2, 3]`                                | `#`     |

An apostrophe inside a word quotes nothing: "couldn't find Document" and "couldn't find Veteran" stay two errors.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Final

NEAR: Final = 0.7
"""The `similarity()` from which on two errors may be one: enough to suggest it to a person, never to act on it."""

_LONGEST: Final = 400
_QUOTED: Final = (
    re.compile(r"`[^`'\n]{0,200}'(?!\w)"),
    re.compile(r"(?<!\w)'[^'\n]{0,200}'(?!\w)"),
    re.compile(r'"[^"\n]{0,200}"|`[^`\n]{0,200}`|[“„][^“”\n]{0,200}[“”]|«[^»\n]{0,200}»'),
    re.compile(r"‘[^’\n]{0,200}’(?!\w)"),
)
_IDS: Final = (
    re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE),
    re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE),
    re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,64}\b", re.IGNORECASE),
    re.compile(r"\b(?=[a-z]*\d)[0-9a-z]{16,64}\b", re.IGNORECASE),
    re.compile(r"\d+(?:[.,:]\d+)*"),
)
_BLANKS: Final = re.compile(r"[^\w#.:]+")
_ROWS: Final = re.compile(r"#(?:[ .:]*#)+")
_TOKENS: Final = re.compile(r"[^\W_]+")


def fingerprint(*grouping: str) -> str:
    """`v1:` and 32 hex digits over the sender's own grouping, e.g. `fingerprint("sentry", "4711")`."""
    return "v1:" + _digest("\x1f".join(grouping))


def normalised(text: str) -> str:
    """The error's text with what varies replaced by `#`: lower case, single blanks, at most 400 characters."""
    text = text[: _LONGEST * 4]
    for pattern in (*_QUOTED, *_IDS):
        text = pattern.sub("#", text)
    return _ROWS.sub("#", _BLANKS.sub(" ", text)).strip().lower()[:_LONGEST].rstrip()


def signature(words: str) -> str:
    """The signature over `normalised()` words; empty words have none."""
    return "v1s:" + _digest(words) if words else ""


def similarity(words_a: str, words_b: str) -> float:
    """How alike two errors' `normalised()` words are: 1.0 the same, 0.0 nothing in common or nothing known.

    The Sørensen–Dice coefficient of their tokens, each as often as it occurs: twice what both have, over what each has.
    """
    if words_a == words_b:
        return 1.0 if words_a else 0.0
    a, b = Counter(_TOKENS.findall(words_a)), Counter(_TOKENS.findall(words_b))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def _digest(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()[:32]
