"""How people name an issue: `#12`, `owner/name#12`, or its address."""

from __future__ import annotations

import re
from typing import Final

from app.domain.wishes import IssueNamed

_OWNER: Final = r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}"
_NUMBER: Final = r"(?P<number>[1-9][0-9]{0,8})"
_SHORT: Final = re.compile(rf"(?P<repository>{_OWNER})?#{_NUMBER}")
_ADDRESS: Final = re.compile(
    rf"https://[A-Za-z0-9.:-]{{1,200}}/(?P<repository>{_OWNER})/issues/{_NUMBER}(?:[?#]\S{{0,500}})?"
)


def issue_named(word: str) -> IssueNamed | None:
    """The issue that the word names, punctuation behind it left out; None where it names none. `12` names none."""
    word = word.rstrip(",.;:")
    found = _SHORT.fullmatch(word) or _ADDRESS.fullmatch(word)
    return None if found is None else IssueNamed(number=int(found["number"]), repository=found["repository"] or "")
