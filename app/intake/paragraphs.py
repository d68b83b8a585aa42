"""Markdown's blocks: which lines of a comment belong to which.

| block                                    | kind    | what a reader sees                                   |
|------------------------------------------|---------|------------------------------------------------------|
| paragraph, also in a list                | TEXT    | text; what continues a paragraph is part of it       |
| heading, table's row, anything in quotes | ASIDE   | text in which nobody commands                        |
| HTML                                     | HTML    | whatever the HTML says, which may hide what follows  |
| code, fenced or indented                 | none    | code                                                 |

Rules are those of GitHub's own dialect: a quote ends a line later than it seems, for a paragraph in it goes on with
whatever does not begin a block; a fence in a list ends with the list's item. Where a text is so odd that its reading is
in doubt, no more blocks are given: nothing after it is certain. <https://github.github.com/gfm/#appendix-a-parsing-strategy>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

LONGEST: Final = 20_000
"""Characters that are read: while a comment made to be slow is read, up to 0.15 s, everything else waits."""
_DEEPEST: Final = 50
"""Lists and quotes within each other; GitHub allows more, people do not write so."""
_LINE_ENDS: Final = re.compile(r"\r\n|\n|\r")
_HEADING: Final = re.compile(r"#{1,6}(?: |$)")
_UNDERLINE: Final = re.compile(r"(?:=+|-+) *$")
_FENCE: Final = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_MARKER: Final = re.compile(r"(?:[-+*]|([0-9]{1,9})[.)])(?= |$)")
_DEFINITION: Final = re.compile(r"\[(?:[^\[\]\\]|\\.)*\]:", re.DOTALL)
_CELLS: Final = re.compile(r"(?<!\\)\|")
_COLUMN: Final = r"[ \v\f]*:?-+:?[ \v\f]*"
_COLUMNS: Final = re.compile(rf"\|?{_COLUMN}(?:\|{_COLUMN})*\|?[ \v\f]*$")
_ATTRIBUTE: Final = r"""[ \n\v\f]+[A-Za-z_:][\w.:-]*+(?:[ \n\v\f]*=[ \n\v\f]*(?:[^\s"'=<>`]++|'[^']*'|"[^"]*"))?"""
_NAME: Final = r"[A-Za-z][A-Za-z0-9-]*+"
TAG: Final = rf"<(?:(?P<opens>{_NAME})(?:{_ATTRIBUTE})*+[ \n\v\f]*/?|/(?P<closes>{_NAME})[ \n\v\f]*)>"
"""A tag as Markdown takes one, in text whose tabs are expanded."""
_BLOCKS: Final = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param section source summary table tbody td tfoot th thead "
    "title tr track ul"
)
_HTML: Final = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:[\s>]|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{_BLOCKS.replace(' ', '|')})(?:\s|/?>|$)", re.I), None),
)
"""How a block of HTML begins, and how it ends: with this, or with the next blank line."""
_LONE_TAG: Final = re.compile(TAG + r"[ \v\f]*$", re.ASCII)


class Kind(Enum):
    """What a block is to its reader."""

    TEXT = auto()
    ASIDE = auto()
    HTML = auto()


class Block(NamedTuple):
    """A block and its lines, without what belongs to lists and quotes: number from 1, text."""

    kind: Kind
    lines: tuple[tuple[int, str], ...]


class _Container:
    """A quote, or a list's item, whose text begins so many columns in."""

    def __init__(self, offset: int | None) -> None:
        self.offset = offset
        self.empty = True


class _Leaf(Enum):
    NONE = auto()
    PARAGRAPH = auto()
    TABLE = auto()
    FENCE = auto()
    INDENTED = auto()
    HTML = auto()


def blocks(text: str) -> Iterator[Block]:
    """The blocks that are not code, in their order; none any more from where their reading is in doubt.

    Of a text longer than `LONGEST` the first so many characters are read, and the block that ends beyond is not given.
    """
    reader = _Reader()
    for number, line in enumerate(_LINE_ENDS.split(text[:LONGEST].removeprefix("\ufeff")), 1):
        reader.take(number, line.expandtabs(4))
        yield from reader.given()
        if reader.in_doubt:
            return
    if len(text) <= LONGEST:
        reader.close_leaf()
        yield from reader.given()


class _Reader:
    """The blocks that are open, outermost first, and the one that takes lines."""

    def __init__(self) -> None:
        self.in_doubt = False
        self._containers: list[_Container] = []
        self._leaf = _Leaf.NONE
        self._lines: list[tuple[int, str]] = []
        self._fence_end = re.compile("")
        self._html_end: re.Pattern[str] | None = None
        self._given: list[Block] = []

    def given(self) -> list[Block]:
        """The blocks that ended since it was asked last."""
        given, self._given = self._given, []
        return given

    def take(self, number: int, line: str) -> None:
        """The next line, its tabs expanded."""
        at, matched = self._matching(line)
        whole = matched == len(self._containers)
        if self._continued(number, line[at:], whole=whole):
            return
        blank = not line[at:].strip(" ")
        goes_on = whole and self._leaf is _Leaf.PARAGRAPH and not blank
        lazy = self._leaf is _Leaf.PARAGRAPH
        opened = False
        while True:
            rest = line[at:].lstrip(" ")
            indent = len(line) - at - len(rest)
            offset = self._container(rest, indent, interrupts=goes_on)
            if offset is None:
                break
            if not opened:
                self._drop(matched)
            opened, goes_on, lazy = True, False, False
            self._open(_Container(offset or None))
            if self.in_doubt:
                return
            at += offset or self._quote_mark(line[at:])
        if self._leaf_begins(number, rest, indent, goes_on=goes_on, lazy=lazy, matched=None if opened else matched):
            return
        if rest and lazy and not whole:
            self._lines.append((number, rest))
            return
        if not opened:
            self._drop(matched, keep_leaf=bool(rest))
        if rest:
            self._text(number, rest)

    def close_leaf(self) -> None:
        """The block that takes lines ends."""
        if self._leaf is _Leaf.PARAGRAPH:
            self._give(Kind.TEXT, self._lines)
        elif self._leaf is _Leaf.HTML:
            self._give(Kind.HTML, self._lines)
        self._leaf, self._lines = _Leaf.NONE, []

    def _matching(self, line: str) -> tuple[int, int]:
        """How far the open lists and quotes go on in this line: the column after them, and how many."""
        at = 0
        for count, container in enumerate(self._containers):
            rest = line[at:].lstrip(" ")
            indent = len(line) - at - len(rest)
            if container.offset is None:
                if indent > 3 or not rest.startswith(">"):
                    return at, count
                at += self._quote_mark(line[at:])
            elif indent >= container.offset:
                at += container.offset
            elif rest or container.empty:
                return at, count
            else:
                at += indent
        return at, len(self._containers)

    @staticmethod
    def _quote_mark(line: str) -> int:
        mark = line.index(">") + 1
        return mark + (line[mark : mark + 1] == " ")

    def _continued(self, number: int, line: str, *, whole: bool) -> bool:
        """Code or HTML goes on with this line."""
        rest = line.lstrip(" ")
        indent = len(line) - len(rest)
        match self._leaf:
            case _Leaf.FENCE if whole:
                if indent <= 3 and self._fence_end.match(rest):
                    self._leaf = _Leaf.NONE
                return True
            case _Leaf.INDENTED if whole and (indent > 3 or not rest):
                return True
            case _Leaf.HTML if whole and (rest or self._html_end is not None):
                self._html(number, line)
                return True
            case _Leaf.FENCE | _Leaf.INDENTED | _Leaf.HTML:
                self.close_leaf()
            case _:
                pass  # a paragraph or a table ends only by what the line is
        return False

    @staticmethod
    def _container(rest: str, indent: int, *, interrupts: bool) -> int | None:
        """What the line opens: an item whose text begins so many columns on, 0 for a quote, None for neither."""
        if indent > 3:
            return None
        if rest.startswith(">"):
            return 0
        marker = _MARKER.match(rest)
        if marker is None or _is_rule(rest) or (interrupts and _UNDERLINE.match(rest)):
            return None
        text = rest[marker.end() :].lstrip(" ")
        if interrupts and (not text or int(marker[1] or 1) != 1):
            return None
        gap = len(rest) - marker.end() - len(text)
        return indent + marker.end() + (gap if text and gap < 5 else 1)

    def _leaf_begins(
        self, number: int, rest: str, indent: int, *, goes_on: bool, lazy: bool, matched: int | None
    ) -> bool:
        """The line begins a block other than a paragraph; `matched` containers stay open, None for all."""
        if indent > 3:
            if lazy or not rest:
                return False
            self._begin(_Leaf.INDENTED, matched)
            return True
        if goes_on and self._closes_paragraph(number, rest):
            return True
        if _HEADING.match(rest):
            self._begin(_Leaf.NONE, matched)
            self._give(Kind.ASIDE, [(number, rest)])
        elif fence := _FENCE.match(rest):
            self._begin(_Leaf.FENCE, matched)
            mark = fence[1] or fence[2]
            self._fence_end = re.compile(f"{mark[0]}{{{len(mark)},}} *$")
        elif rest.startswith("<") and self._html_begins(rest, interrupts=goes_on):
            self._begin(_Leaf.HTML, matched)
            self._html(number, rest)
        elif _is_rule(rest):
            self._begin(_Leaf.NONE, matched)
        else:
            return False
        return True

    def _closes_paragraph(self, number: int, rest: str) -> bool:
        """The line makes the paragraph before it a heading, or its last line the head of a table."""
        if _UNDERLINE.match(rest):
            self.in_doubt = _DEFINITION.match("\n".join(text for _, text in self._lines)) is not None
            self._give(Kind.ASIDE, self._lines)
            self._leaf, self._lines = _Leaf.NONE, []
            return True
        if not _COLUMNS.match(rest) or _width(rest) != _width(self._lines[-1][1]):
            return False
        head = self._lines.pop()
        self.close_leaf()
        self._leaf = _Leaf.TABLE
        self._row(head)
        return True

    def _html_begins(self, rest: str, *, interrupts: bool) -> bool:
        for begins, ends in _HTML:
            if begins.match(rest):
                self._html_end = ends
                return True
        self._html_end = None
        return not interrupts and _LONE_TAG.match(rest) is not None

    def _html(self, number: int, line: str) -> None:
        self._lines.append((number, line))
        if self._html_end is not None and self._html_end.search(line):
            self.close_leaf()

    def _text(self, number: int, rest: str) -> None:
        if self._leaf is _Leaf.TABLE:
            self._row((number, rest))
            return
        if self._leaf is _Leaf.NONE:
            self._begin(_Leaf.PARAGRAPH, None)
        self._lines.append((number, rest))

    def _row(self, row: tuple[int, str]) -> None:
        for cell in _CELLS.split(row[1]):
            self._give(Kind.ASIDE, [(row[0], cell)])

    def _drop(self, matched: int, *, keep_leaf: bool = False) -> None:
        """Lists and quotes that did not go on end, and with them what is in them."""
        if matched < len(self._containers) or not keep_leaf:
            self.close_leaf()
        del self._containers[matched:]

    def _open(self, container: _Container) -> None:
        self._fill()
        self._containers.append(container)
        self.in_doubt = len(self._containers) > _DEEPEST

    def _begin(self, leaf: _Leaf, matched: int | None) -> None:
        if matched is not None:
            self._drop(matched)
        self._fill()
        self._leaf = leaf

    def _fill(self) -> None:
        if self._containers:
            self._containers[-1].empty = False

    def _give(self, kind: Kind, lines: list[tuple[int, str]]) -> None:
        if lines:
            quoted = kind is Kind.TEXT and any(container.offset is None for container in self._containers)
            self._given.append(Block(Kind.ASIDE if quoted else kind, tuple(lines)))


def _is_rule(rest: str) -> bool:
    """Three or more of one of `*-_`, and nothing else: a line across the page."""
    bare = rest.replace(" ", "")
    return len(bare) > 2 and bare[0] in "*-_" and bare == bare[0] * len(bare)


def _width(row: str) -> int:
    """How many cells a table's row has."""
    row = row.strip(" \v\f").removeprefix("|")
    cells = _CELLS.split(row)
    return len(cells) - (len(cells) > 1 and not cells[-1])
