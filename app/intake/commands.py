"""Commands: which lines of a comment command something.

| a line `/name …`                                                      | is a command          |
|-----------------------------------------------------------------------|-----------------------|
| in a paragraph, also in a list, at most 3 blanks before it            | yes                   |
| in a quote, also where the quote goes on without its `>`              | no                    |
| in code: fenced, indented, or between backticks over several lines    | no                    |
| in an HTML comment, in HTML, after a tag that hides or quotes         | no                    |
| in a heading or a table                                               | no                    |
| behind the bullet of a list: `- /ack`                                 | no                    |
| in an edited comment, and it stood there before                       | no: it was carried out |

Rules: a name is of letters, whatever their case, and hyphens, and followed by a blank or the line's end; one sign
between the two, a comma, say, is no part of it. Whether there is such a command is not known here. What is in doubt (a
link, a picture or a formula over several lines, HTML that is not well formed) is no command: GitHub may show it as
something else than text. A comment's first ten commands are carried out; one more is given as `too_many`, so that
somebody can be told. Reading never raises; of a very long comment only the beginning is read (`LONGEST` of
`intake/paragraphs.py`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from app.domain.wishes import CommandLine
from app.intake.paragraphs import TAG, Block, Kind, blocks

MOST: Final = 10
"""Commands of one comment that are carried out."""
_COMMAND: Final = re.compile(r"/([A-Za-z][A-Za-z-]{1,20})[,:.!]?(?:\s+(.*))?$", re.DOTALL)
_ANY: Final = re.compile(r"^ {0,3}/[A-Za-z]", re.MULTILINE)
_QUOTED: Final = re.compile(r" {0,3}>")
_LINE_ENDS: Final = re.compile(r"\r\n|\n|\r")
_HIDING: Final = re.compile(
    "code|pre|blockquote|samp|kbd|tt|var|del|s|strike|table|thead|tbody|tfoot|tr|td|th|caption|template|script|style|"
    "textarea|title|xmp|iframe|noembed|noframes|plaintext|noscript|select|option|object|svg|math|head"
)
"""What is within these is no plain text, or not shown."""

_TOKEN: Final = re.compile(
    r"""(?P<escape>\\[!-/:-@\[-`{-~])|(?P<ticks>`+)|(?P<address>://|[wW]{3}\.)|(?P<bracket>!\[|\](?=[(\[]))"""
    r"""|(?P<formula>\$\$)|(?P<angle><)"""
)
_ADDRESS_ENDS: Final = re.compile(r"[\s<]")
_TARGET: Final = r"\([^\s()<>\"'`\\]*\)"
_BRACKET: Final = re.compile(rf"!\[[^\[\]\n`<\\]*\]{_TARGET}|\]{_TARGET}|\]\[[^\[\]\n`<\\]*\]")
_ANGLE: Final = re.compile(
    rf"(?P<comment><!--(?!-?>)(?:(?!--).)*-->)|<[A-Za-z][A-Za-z0-9.+-]{{1,31}}:[^\s<>]*>|<[\w.!#$%&'*+/=?^`{{|}}~-]+@[\w.-]+>|{TAG}",
    re.DOTALL | re.ASCII,
)
_HTML: Final = re.compile(
    r"""<!--(?!-?>)(?:(?!--!?>).)*-->|<(?P<close>/?)(?P<name>[A-Za-z][^\s/>"'<]*)(?:[^<>"']|"[^"<>]*"|'[^'<>]*')*>"""
    r"""|(?P<doubt><(?=[A-Za-z/!?]))""",
    re.DOTALL,
)
_MAY_OPEN: Final = re.compile(r"<(?:([A-Za-z][A-Za-z0-9-]*)|[!?])")
_DEFINITION: Final = re.compile(r"\[[^\]]*\]:")


def commands_in(body: str, previous: str = "") -> tuple[CommandLine, ...]:
    """The commands of a comment in their order; of an edited one, those that did not stand in `previous`."""
    before = Counter((command.name, command.rest) for command in _commands(previous))
    found: list[CommandLine] = []
    for command in _commands(body):
        key = (command.name, command.rest)
        if before[key]:
            before[key] -= 1
        elif len(found) < MOST:
            found.append(command)
        else:
            return (*found, CommandLine(name=command.name, rest=command.rest, line=command.line, too_many=True))
    return tuple(found)


def is_commands_alone(body: str) -> bool:
    """Whether nothing but commands stands in the comment: then it says nothing to people."""
    commands = {command.line for command in _commands(body)}
    lines = enumerate(_LINE_ENDS.split(body), start=1)
    return bool(commands) and all(number in commands or not line.strip() for number, line in lines)


def beside_commands(body: str) -> str:
    """What a comment says besides its commands and what it quotes, line by line."""
    commands = {command.line for command in _commands(body)}
    lines = enumerate(_LINE_ENDS.split(body), 1)
    return "\n".join(line for number, line in lines if number not in commands and not _QUOTED.match(line))


def _commands(body: str) -> Iterator[CommandLine]:
    if not _ANY.search(body.replace("\r", "\n")):
        return
    raw = _LINE_ENDS.split(body)
    for number in _plain_lines(body):
        line = raw[number - 1].lstrip(" ")
        command = _COMMAND.match(line) if len(raw[number - 1]) - len(line) <= 3 else None
        if command is not None:
            yield CommandLine(name=command[1].lower(), rest=" ".join((command[2] or "").split()), line=number)


def _plain_lines(body: str) -> Iterator[int]:
    """The lines that begin as plain text that everybody sees."""
    hidden = _Hidden()
    for block in blocks(body):
        if block.kind is Kind.HTML:
            hidden.html("\n".join(line for _, line in block.lines))
        else:
            yield from _Inline(block, hidden).plain_lines()
        if hidden.in_doubt:
            return


class _Hidden:
    """The tags that are open of those that hide what is within."""

    def __init__(self) -> None:
        self.in_doubt = False
        self._open: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def opens(self, name: str) -> None:
        if _HIDING.fullmatch(name.lower()):
            self._open.append(name.lower())

    def closes(self, name: str) -> None:
        """Only the innermost can be closed: what is nested wrongly stays hidden."""
        if self._open and self._open[-1] == name.lower():
            self._open.pop()

    def html(self, text: str) -> None:
        for tag in _HTML.finditer(text):
            if tag["doubt"] is not None:
                self.in_doubt = True
                return
            if tag["name"] is not None:
                (self.closes if tag["close"] else self.opens)(tag["name"])


class _Inline:
    """A block's text, read from left to right as GitHub does: escapes, code, addresses, links, tags."""

    def __init__(self, block: Block, hidden: _Hidden) -> None:
        self._hidden = hidden
        self._text = "\n".join(line for _, line in block.lines)
        self._starts: list[tuple[int, int]] = []
        at = 0
        for number, line in block.lines:
            self._starts.append((at, number))
            at += len(line) + 1
        self._is_plain = block.kind is Kind.TEXT
        self._runs: dict[int, list[int]] | None = None
        self._address_end = 0

    def plain_lines(self) -> list[int]:
        """The lines that begin outside of code, tags and comments, and before what is in doubt."""
        plain: list[int] = []
        at = done = 0
        end = len(self._text) if not _DEFINITION.match(self._text) else 0
        while at < end:
            token = _TOKEN.search(self._text, at)
            begins = token.start() if token is not None else end
            while done < len(self._starts) and self._starts[done][0] <= begins:
                if self._starts[done][0] >= at and not self._hidden and self._is_plain:
                    plain.append(self._starts[done][1])
                done += 1
            after = self._after(token) if token is not None else end
            if after is None:
                break
            at = after
        for opening in _MAY_OPEN.finditer(self._text, at):
            self._hidden.in_doubt |= opening[1] is None
            self._hidden.opens(opening[1] or "")
        return plain

    def _after(self, token: re.Match[str]) -> int | None:
        """Where reading goes on after this; None where it is in doubt what it is."""
        match token.lastgroup:
            case "ticks":
                return self._after_code(token)
            case "address":
                return self._after_address(token)
            case "bracket":
                bracket = _BRACKET.match(self._text, token.start())
                return bracket.end() if bracket is not None else None
            case "formula":
                return None
            case "angle":
                return self._after_angle(token.start())
            case _:
                pass  # an escaped character is itself
        return token.end()

    def _after_code(self, ticks: re.Match[str]) -> int:
        if self._runs is None:
            self._runs = defaultdict(list)
            for run in re.finditer("`+", self._text):
                self._runs[len(run[0])].append(run.start())
        length = len(ticks[0])
        same = self._runs.get(length, [])
        index = bisect_right(same, ticks.start())
        return same[index] + length if index < len(same) else ticks.end()

    def _after_address(self, token: re.Match[str]) -> int | None:
        """GitHub links addresses, and then a backtick in one is none of code's; or it links it not."""
        if token.start() >= self._address_end:
            ends = _ADDRESS_ENDS.search(self._text, token.end())
            self._address_end = ends.start() if ends is not None else len(self._text)
            if not {"`", "\\"}.isdisjoint(self._text[token.end() : self._address_end]):
                return None
        return token.end()

    def _after_angle(self, start: int) -> int | None:
        found = _ANGLE.match(self._text, start)
        if found is None:
            if self._text[start + 1 : start + 2] not in ("!", "?"):
                return start + 1
            self._hidden.in_doubt = True
            return None
        if found["opens"] is not None:
            self._hidden.opens(found["opens"])
        elif found["closes"] is not None:
            self._hidden.closes(found["closes"])
        return found.end()
