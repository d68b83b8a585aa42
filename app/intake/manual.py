"""A manual's Markdown, read into passages: one for each heading, with its line.

| in the text                                        | is                                                          |
|----------------------------------------------------|-------------------------------------------------------------|
| `## Heading`, or a line underlined with === or --- | a passage's beginning                                       |
| a heading in code, a quotation, a list, a comment  | none                                                        |
| front matter, `---` to `---` at the beginning      | left out                                                    |
| `PG::ConnectionBad`, `OCIError`, in code too       | a name of the passage                                       |
| `<!-- prod-squad: app:Reader "can't load" -->` on  | the passage's hints: `app:Name`, `app:"A name"`, the type   |
| lines of its own                                   | of an error, or words of its text in quotes                 |

Rule: reading never raises; it is bounded by `LONGEST` characters and `MOST` passages: what follows is not read.
What is a heading is CommonMark's to say, <https://spec.commonmark.org/>; markdown-it-py reads it, blocks only, for that
is what takes time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.domain.manuals import Passage

LONGEST: Final = 200_000
MOST: Final = 2_000
_LONGEST_HEADING: Final = 300
_MOST_NAMES: Final = 200
_MOST_HINTS: Final = 20

_FRONT_MATTER: Final = re.compile(r"---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_COMMENT: Final = re.compile(r"<!--\s*prod-squad:\s+(.*?)-->", re.DOTALL)
_HINT: Final = re.compile(r'app:"([^"]*)"|"([^"]*)"|(\S+)')
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:(?:::|\.)[A-Za-z_]\w*)*", re.ASCII)
_LIKE_A_CLASS: Final = re.compile(r"::|\.|[A-Z]\w*[A-Z]")


def read(text: str) -> tuple[Passage, ...]:
    """The manual's passages in their order; what stands before the first heading is none's."""
    text = text[:LONGEST].replace("\r\n", "\n").removeprefix("\ufeff")
    text = _FRONT_MATTER.sub(lambda found: "\n" * found[0].count("\n"), text, count=1) if text[:3] == "---" else text
    markdown = MarkdownIt("commonmark")
    markdown.core.ruler.enableOnly(["normalize", "block"])
    tokens = markdown.parse(text)
    starts = [
        (nth, token.map[0] + 1)
        for nth, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map is not None
    ][:MOST]
    ends = [*(nth for nth, _ in starts[1:]), len(tokens)]
    inline = MarkdownIt("commonmark")
    passages: list[Passage] = []
    over: list[Passage] = []
    for (nth, line), end in zip(starts, ends, strict=False):
        level = int(tokens[nth].tag[1:])
        over = [passage for passage in over if passage.level < level]
        passage = Passage(
            heading=_words(inline, tokens[nth + 1].content),
            level=level,
            line=line,
            above=tuple(passage.heading for passage in over),
            names=_names(tokens[nth + 3 : end]),
            hints=tuple(_hints(tokens[nth + 3 : end]))[:_MOST_HINTS],
        )
        passages.append(passage)
        over.append(passage)
    return tuple(passages)


def _words(markdown: MarkdownIt, heading: str) -> str:
    """A heading without its markup."""
    pieces: list[str] = []
    for token in markdown.parseInline(heading[:_LONGEST_HEADING])[0].children or ():
        if token.type in {"text", "code_inline", "image"}:
            pieces.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            pieces.append(" ")
    return " ".join("".join(pieces).split())


def _names(tokens: list[Token]) -> frozenset[str]:
    texts = (token.content for token in tokens if token.type in {"inline", "fence", "code_block"})
    found = (name for text in texts for name in _NAME.findall(text) if _LIKE_A_CLASS.search(name))
    return frozenset(name for _, name in zip(range(_MOST_NAMES), found, strict=False))


def _hints(tokens: list[Token]) -> Iterator[str]:
    comments = (
        found[1] for token in tokens if token.type == "html_block" for found in _COMMENT.finditer(token.content)
    )
    for comment in comments:
        for app, phrase, word in _HINT.findall(comment):
            hint = f"app:{app}" if app else phrase or word
            if hint.removeprefix("app:").strip():
                yield hint
