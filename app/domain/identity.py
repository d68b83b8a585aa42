"""Fingerprint and signature: which error an alert is about.

Rule: an identity carries its recipe's version (`v1:<digest>`), so that a better recipe can never collide with
saved ids. A *fingerprint* is a digest over the sender's own grouping. A *signature* is a digest over the
error's text with everything that varies between two occurrences taken out (numbers, ids, quoted values).
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_VARYING: Final = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "#"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "#"),
    (re.compile(r"""(["'`])(?:(?!\1).){0,200}\1"""), "#"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b", re.IGNORECASE), "#"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "#"),
)
_BLANKS: Final = re.compile(r"[^\w#.:]+")
_LONGEST: Final = 400


def fingerprint(*grouping: str) -> str:
    """`v1:` and 32 hex digits over the sender's own grouping, e.g. `fingerprint("sentry", "4711")`."""
    return "v1:" + _digest("\x1f".join(grouping))


def normalised(text: str) -> str:
    """The error's text with what varies replaced by `#`: lower case, single blanks, at most 400 characters."""
    text = text[: _LONGEST * 4]
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return _BLANKS.sub(" ", text).strip().lower()[:_LONGEST].rstrip()


def signature(words: str) -> str:
    """The signature over `normalised()` words; empty words have none."""
    return "v1s:" + _digest(words) if words else ""


def _digest(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()[:32]
