"""Links: the issues that people's text names, as `#7`, `owner/name#7`, or by their addresses.

Rule: what stands in code or in an HTML comment names none. An address may be on any host: GitHub's own or a company's.
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.wishes import IssueNamed

MOST: Final = 20
"""Issues of one text that are taken."""
_NOT_TEXT: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)|`[^`\n]*`", re.DOTALL | re.MULTILINE
)
_OWNER: Final = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_NAMED: Final = re.compile(
    rf"https?://[A-Za-z0-9.:-]{{1,200}}/(?P<page>{_OWNER})/issues/(?P<numbered>[1-9][0-9]{{0,8}})(?![0-9\w])"
    rf"|(?<![\w&/#.-])(?P<repository>{_OWNER})?#(?P<number>[1-9][0-9]{{0,8}})(?!\w)"
)


def issues_in(text: str) -> tuple[IssueNamed, ...]:
    """Each once, in the text's order."""
    named = (
        IssueNamed(
            number=int(found["number"] or found["numbered"]), repository=found["repository"] or found["page"] or ""
        )
        for found in _NAMED.finditer(_NOT_TEXT.sub(" ", text))
    )
    return tuple(dict.fromkeys(named))[:MOST]
