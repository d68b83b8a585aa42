"""Plain text made harmless: what cannot be seen is taken out, and what GitHub would link is broken up.

Rules:
* Control, bidirectional and zero-width characters go; every kind of blank is a blank; half characters are `�`.
* GitHub looks for mentions and references in the *rendered* text, so escaping does not help against them
  (<https://github.com/github/markup/issues/1168>). A zero-width space does: it is what the bots that quote changelogs
  use, and it came back from GitHub's e-mail replies without a mention
  (<https://github.com/dependabot/dependabot-core/pull/3157>).
* Text was cleaned of zero-width spaces before, so each one that is in it is ours.

| text                                             | becomes (· is the zero-width space)    |
|--------------------------------------------------|----------------------------------------|
| `@name`, `@org/team`, `a@b.c`                    | `@·name`                               |
| `#1`, `owner/repo#1`                             | `#·1`                                  |
| `GH-1`, `GHSA-…`, `CVE-…`                        | `GH-·1`                                |
| `https://`, `www.`                               | `https:·//`, `www·.`                   |
| a commit: 7 or more hex digits standing alone    | a break after every six digits         |
| `:smile:`                                        | `:·smile:`                             |
| `prod-squad:v1`, the beginning of our markers    | `prod-squad·:v1`                       |

Each rule also holds for what stands at the end of a text, since other text may follow it.
"""

from __future__ import annotations

import re
from typing import Final

BREAK: Final = "\u200b"

_LINE_ENDS: Final = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS: Final = re.compile(r"[\s\x1f\u1680\u2000-\u200a\u202f\u205f\u3000\xa0]+")
_INVISIBLE: Final = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\xad\u034f\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
_HALVES: Final = re.compile("[\ud800-\udfff]")
_REFERENCES: Final = re.compile(
    r"@|\#(?=[0-9]|\Z)|(?<![A-Za-z0-9_])(?:gh|ghsa|cve)-(?=[0-9a-z]|\Z)", re.IGNORECASE | re.ASCII
)
_LINKS: Final = re.compile(
    r":(?=//|(?:100|1234|[+-]1|[0-9_+-]*[a-z][a-z0-9_+-]*)(?::|\Z)|\Z)|[wW]{3}(?=\.|\Z)|prod-squad(?=:|\Z)"
)
_COMMIT: Final = re.compile(r"(?<![0-9A-Za-z_])[0-9a-fA-F]{7,}(?![0-9A-Za-z_])")
_SIX: Final = re.compile(r"[0-9a-fA-F]{6}(?=[0-9a-fA-F])")
_MARKER: Final = re.compile(r"prod-squad(?=:)")
_LIKE_A_COMMAND: Final = re.compile(r"(?m)^([^\S\n]*)(?=/\w)")


def one_line(text: str, limit: int) -> str:
    """The text on one line, visible characters and single blanks only, at most `limit` characters (then `…`)."""
    text = _BLANKS.sub(" ", _visible(_LINE_ENDS.sub(" ", text))).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def many_lines(text: str, *, lines: int, limit: int) -> str:
    """The text's first lines, at most so many and so many characters; how much is left out is said in the last line."""
    found = [line.rstrip() for line in _visible(_LINE_ENDS.sub("\n", text)).strip("\n").split("\n")]
    kept: list[str] = []
    room = limit
    for line in found[:lines]:
        if len(line) > room:
            kept.append(line[: max(room - 1, 0)] + "…")
            break
        kept.append(line)
        room -= len(line) + 1
    left = len(found) - len(kept)
    if left:
        kept.append(f"… and {left:,} more line{'s' if left > 1 else ''}")
    return "\n".join(kept)


def unmentioning(line: str) -> str:
    """The cleaned line without mentions and references to issues: enough for a title, where GitHub renders nothing."""
    return _REFERENCES.sub(rf"\g<0>{BREAK}", line)


def unlinked(line: str) -> str:
    """The cleaned line with everything broken up that GitHub would link; see the module's table."""
    line = _LINKS.sub(rf"\g<0>{BREAK}", unmentioning(line))
    return _COMMIT.sub(lambda run: _SIX.sub(rf"\g<0>{BREAK}", run[0]), line)


def unmarked(text: str) -> str:
    """The cleaned text, to the letter but for beginnings of our own markers: for code, where GitHub links nothing."""
    return _MARKER.sub(rf"\g<0>{BREAK}", text)


def uncommanding(text: str) -> str:
    """The cleaned text in which no line begins with a slash command, for readers that do not know what code is."""
    return _LIKE_A_COMMAND.sub(rf"\g<1>{BREAK}", text)


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", _HALVES.sub("\ufffd", text))
