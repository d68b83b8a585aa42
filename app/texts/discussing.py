"""The line of a post-mortem's text that says whether its action items were discussed, ticked by `/discussed`.

| the post-mortem has                     | what is written                                                         |
|-----------------------------------------|-------------------------------------------------------------------------|
| the line, ticked                        | nothing                                                                 |
| the line, not ticked                    | its tick                                                                |
| “Action items” without the line         | the line, ticked, at the end of the section                             |
| no such heading                         | the line, ticked, at the end                                            |

Rule: a line in a code block or in a comment is none. Nothing else of what stands there is changed.
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.following_up import ACTION_ITEMS, DISCUSSED
from app.texts.body import inserted, ticked
from app.texts.markdown import Markdown, fill, words

_LINE: Final = re.compile(
    rf"^[ \t]{{0,8}}[-*+][ \t]{{1,4}}\[([ xX])\][ \t]+{DISCUSSED}\.?[ \t]*\r?$", re.MULTILINE | re.IGNORECASE
)
_SECTION: Final = re.compile(rf"^ {{0,3}}#{{2,4}}[ \t]+{ACTION_ITEMS}[ \t]*#*[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_NEXT: Final = re.compile(r"^ {0,3}#{1,4}[ \t]|^<!-- prod-squad:v1:", re.MULTILINE)
_HIDDEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|^[ \t]{0,8}(```|~~~)[^\n]*\n.*?(?:^[ \t]{0,8}\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL
)


def with_discussion(body: str) -> Markdown | None:
    """The body that says that they were discussed; None where it says so. See the module's table."""
    plain = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), body)
    lines = list(_LINE.finditer(plain))
    if any(line[1] != " " for line in lines):
        return None
    if lines:
        return ticked(body, (lines[0].start(1),))
    line = fill("- [x] {discussed}", discussed=words(DISCUSSED))
    heading = next(iter(reversed(list(_SECTION.finditer(plain)))), None)
    following = _NEXT.search(body, heading.end()) if heading is not None else None
    before = body[: following.start()].rstrip() if following is not None else body.rstrip()
    if not before:
        return inserted("", 0, line)
    return inserted(body, len(before), fill("\n\n{line}", line=line))
