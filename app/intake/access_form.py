"""The checklist of a new squad member: an issue form's rendered body, which people edit, read into a `Checklist`.

| a line                                         | is                                                           |
|------------------------------------------------|--------------------------------------------------------------|
| `- [ ] PagerDuty: …`, also with `*`, `+`, `X`  | a box, known by the words before the colon                   |
| with other words before the colon              | people's own: left alone                                     |
| with the words of a box that was there already | the first one counts                                         |
| within a code block, a quote, or `<!-- … -->`  | none                                                         |

Rule: a box's place is that of its one character in the body to the letter, so that to tick it nothing else is touched.
<https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema#checkboxes>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from app.domain.access import Box, Checklist, Item
from app.domain.squad import LOGIN
from app.intake.form import sections

WHO: Final = "GitHub login"
NAMES: Final = {
    "e mail": Item.EMAIL,
    "github": Item.GITHUB,
    "pagerduty": Item.PAGERDUTY,
    "cloudwatch logs": Item.LOGS,
    "sentry": Item.SENTRY,
    "aws": Item.AWS,
    "ssh": Item.SSH,
    "deployment repository": Item.DEPLOYMENT,
    "production": Item.PRODUCTION,
}
"""The words before the colon of each line of the form, as `_folded` has them."""

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_BOX: Final = re.compile(r" {0,3}[-*+] {1,4}\[([ xX])\][ \t]+(\S.{0,300})")
_FENCE: Final = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")


def read(body: str) -> Checklist:
    """What the body says; nothing where it has no box of ours. Never raises."""
    boxes: dict[Item, Box] = {}
    for start, line in _shown(body):
        found = _BOX.match(line)
        item = NAMES.get(_folded(found[2].partition(":")[0])) if found is not None else None
        if found is not None and item is not None:
            boxes.setdefault(item, Box(item=item, ticked=found[1] != " ", at=start + found.start(1)))
    login = sections(body.replace("\r\n", "\n").replace("\r", "\n"), (WHO,)).get(WHO, "").partition("\n")[0]
    login = login.strip().removeprefix("@")
    return Checklist(boxes=tuple(boxes.values()), login=login if re.fullmatch(LOGIN, login) else "")


def _shown(body: str) -> Iterator[tuple[int, str]]:
    """The lines that people see as such, each with where it begins."""
    fence, hidden = "", False
    for found in _LINE.finditer(body):
        line = found[0].rstrip("\r\n")
        if hidden:
            hidden = "-->" not in line
            continue
        mark = _FENCE.match(line)
        if fence:
            if mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            continue
        if mark is not None:
            fence = mark[1]
            continue
        if line.lstrip().startswith("<!--"):
            hidden = "-->" not in line
            continue
        yield found.start(), line


def _folded(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words).strip().casefold()
