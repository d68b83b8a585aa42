"""Markdown that is safe to post, and the only functions that can make it.

Rule: a body sent to GitHub is a `Markdown`, never a `str`; the type checker refuses raw text in its place, and a test
over the syntax trees of `app/` finds nobody else who makes one. Whatever a text from production or from a person
holds, it cannot mention, refer to an issue or close one, link, load, command, or break out of where it stands.

| function                | takes                               | gives                                              |
|-------------------------|-------------------------------------|----------------------------------------------------|
| `literal`, `fill`       | our own constant in the source      | itself, its slots filled with Markdown only        |
| `words`, `sentence`     | any text                            | one inline run; in a sentence `…` is code          |
| `code`, `fenced`        | any text                            | a code span, a code block                          |
| `bars`, `pie`           | any texts and numbers               | a chart that GitHub draws with Mermaid             |
| `link`                  | any address                         | a link; the label alone where it may not be linked |
| `own_link`, `issue_link`, `reference` | an address of ours or GitHub's | a link, also to GitHub                    |
| `mention`               | a login or organisation/team        | the one deliberate mention                         |
| `diagram`               | Mermaid's words, figures and times  | a diagram; a text with anything else is refused    |
| `joined`                | Markdown                            | Markdown                                           |
| `standing`              | what people wrote in this very body | that, to the letter, around a part of ours         |
| `marker`                | an operation's id                   | a hidden marker, which `operation_in` reads        |
| `hidden`                | a name, and data as JSON            | a hidden marker of another kind                    |

Inside code GitHub links nothing, so code keeps its text to the letter; only what looks like our own marker, or in a
block like a command, is broken up (see `app/texts/plain.py`, which also says what is taken out everywhere).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, final
from urllib.parse import quote

from app.domain.issues import IssueRef
from app.domain.squad import LOGIN, REPOSITORY, TEAM
from app.texts.plain import BREAK, many_lines, one_line, uncommanding, unlinked, unmarked

LONGEST_LINE: Final = 300
LONGEST_BLOCK: Final = 4_000
MOST_LINES: Final = 40
LONGEST_NAME: Final = 50
"""A chart's label."""
_IN_CHARTS: Final = frozenset(" .,_-")
_LONGEST_URL: Final = 2_000

_ESCAPES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\\": "&#x5C;",
    "`": "&#x60;",
    "|": "&#x7C;",  # not `\|`: after a backslash a table would end its cell there
    "$": "&#x24;",  # GitHub's formulas
    BREAK: "&#x200B;",
} | {character: "\\" + character for character in "*[]~#!"}
_ESCAPED: Final = re.compile(r"[&<>\\`|$*\[\]~#!" + BREAK + r"]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_OPENS_BLOCK: Final = re.compile(r"([0-9]{1,6})[.)]|[-+=:/]")

_SLOT: Final = re.compile(r"\{([a-z_]+)\}")
_BEFORE_SLOT: Final = frozenset(" \n(*|“‘–…")
_AFTER_SLOT: Final = frozenset(" \n),.;:*|”’–…?")

_ADDRESS_ESCAPES: Final = {"&": "&amp;", "(": "&#x28;", ")": "&#x29;", "$": "&#x24;"}
_IN_ADDRESS: Final = re.compile(r"[&()$]")

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_URL: Final = re.compile(
    rf"(https?://)({_LABEL}(?:\.{_LABEL}){{0,20}})((?::[0-9]{{1,5}})?)((?:[/?#].*)?)", re.IGNORECASE | re.ASCII
)
_REPOSITORY: Final = REPOSITORY.removeprefix("^").removesuffix("$")
_GITHUB_PAGE: Final = re.compile(
    rf"https?://[^/]+/(?P<repository>{_REPOSITORY})/(?:(?:issues|pull)/(?P<number>[0-9]{{1,10}})|commit/(?P<commit>[0-9a-f]{{7,40}}))"
)
_STATEMENT: Final = re.compile(r"(?!.*%%)[A-Za-z][A-Za-z0-9 ,.:%-]{0,119}", re.ASCII)
_NOT_IN_COMMENTS: Final = re.compile(r"[^ -~]|[<>&@#]|-(?=-)")
_OPERATION: Final = re.compile(r"^<!-- prod-squad:v1:op=([A-Za-z0-9._-]{1,100}) -->\r?$", re.MULTILINE | re.ASCII)


@final
class Markdown:
    """Text that is safe to post. Made by this module's functions only; `str()` of it is what GitHub gets."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self) -> None:
        raise TypeError("Markdown is made by the functions of app/texts/markdown.py; `words(text)` takes any text.")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Markdown({self._text!r})"

    def __bool__(self) -> bool:
        return self._text != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Markdown) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    @property
    def size(self) -> int:
        """Its length as GitHub's limit may count it: an emoji as two (UTF-16), to be on the safe side."""
        return size_of(self._text)


def size_of(text: str) -> int:
    """A text's length in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _made(text: str) -> Markdown:
    made = object.__new__(Markdown)
    made._text = text
    return made


NOTHING: Final = _made("")


def literal(text: str) -> Markdown:
    """Our own Markdown. The argument is a string constant in the source; a test holds that."""
    return _made(text)


BLANK: Final = literal(" ")
LINE: Final = literal("\n")
BLANK_LINE: Final = literal("\n\n")
DOT: Final = literal(" · ")
COMMA: Final = literal(", ")


def fill(template: str, **slots: Markdown) -> Markdown:
    """Our own template, a string constant in the source, with each `{slot}` filled.

    Raises ValueError, whatever the slots hold, for a template in which a slot is unknown, unused, joined to a word or
    to another slot, or within HTML; and for a slot of several lines that is not alone between blank lines.
    """
    names = set(_SLOT.findall(template))
    if names != set(slots):
        raise ValueError(f"The template's slots and those given differ: {sorted(names ^ set(slots))}.")
    for slot in _SLOT.finditer(template):
        _check_slot(template, slot, block="\n" in slots[slot[1]]._text)
    return _made(_SLOT.sub(lambda slot: slots[slot[1]]._text, template))


def _check_slot(template: str, slot: re.Match[str], *, block: bool) -> None:
    before, after = template[: slot.start()], template[slot.end() :]
    if block:
        if (before and not before.endswith("\n\n")) or (after and not after.startswith("\n\n")):
            raise ValueError(f"{slot[0]} has several lines and must stand alone between blank lines.")
        return
    if (before and before[-1] not in _BEFORE_SLOT) or (after and after[0] not in _AFTER_SLOT):
        raise ValueError(f"{slot[0]} is joined to what stands beside it.")
    paragraph = before.rpartition("\n\n")[2]
    if any(line.lstrip().startswith("<") for line in paragraph.split("\n")):
        raise ValueError(f"{slot[0]} stands in HTML, where Markdown's escapes do not count.")


def joined(parts: Iterable[Markdown], separator: Markdown) -> Markdown:
    """The parts that are not empty, with the separator between them.

    Raises ValueError for an empty separator, and where a part has several lines and the separator is no blank line.
    """
    kept = [part._text for part in parts if part]
    if not separator or (separator._text != "\n\n" and any("\n" in text for text in kept)):
        raise ValueError("Parts are separated by something, parts of several lines by a blank line.")
    return _made(separator._text.join(kept))


def words(text: str, limit: int = LONGEST_LINE) -> Markdown:
    """Any text as one inline run of at most `limit` characters: what could be markup is escaped."""
    return _made(_escaped(one_line(text, limit)))


def sentence(text: str, limit: int = LONGEST_LINE * 2) -> Markdown:
    """`words` in which what stands between two backticks is code: for sentences of ours that quote data."""
    pieces = one_line(text, limit).split("`")
    if len(pieces) % 2 == 0 or not all(piece.strip() for piece in pieces[1::2]):
        return words(text, limit)
    return _made("".join(_span(piece) if i % 2 else _escaped(piece) for i, piece in enumerate(pieces)))


def _escaped(line: str) -> str:
    escaped = _ESCAPED.sub(lambda found: _ESCAPES.get(found[0], "\\_"), unlinked(line))
    start = _OPENS_BLOCK.match(line)
    if start is None:
        return escaped
    digits = start[1] or ""
    return f"{digits}&#x{ord(start[0][-1]):X};{escaped[start.end() :]}"


def code(text: str, limit: int = LONGEST_LINE) -> Markdown:
    """Any text as a code span of at most `limit` characters; `–` where there is none.

    A text with a pipe would end a table's cell even within backticks, so it becomes a `<code>` element instead.
    """
    line = one_line(text, limit)
    return _made(_span(line) if line else "–")


def _span(line: str) -> str:
    if "|" in line:
        return f"<code>{_escaped(line)}</code>"
    line = unmarked(line)
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(text: str, *, lines: int = MOST_LINES, limit: int = LONGEST_BLOCK) -> Markdown:
    """Any text as a code block of its first `lines` lines and `limit` characters; nothing where there is no text.

    There is no info string: some (`math`, `mermaid`, `geojson`, `stl`) make GitHub run what is inside; see `diagram`.
    """
    block = uncommanding(unmarked(many_lines(text, lines=lines, limit=limit)))
    if not block.strip():
        return NOTHING
    fence = "`" * max(3, _longest_run(block) + 1)
    return _made(f"{fence}\n{block}\n{fence}")


def bars(title: str, across: Sequence[str], up: str, high: Sequence[int], line: Sequence[int] = ()) -> Markdown:
    """A chart of bars, one for each name in `across`, and a line over them where there is one. Numbers from 0 on.

    https://mermaid.js.org/syntax/xyChart.html
    """
    names = ", ".join(f'"{_named(name)}"' for name in across)
    lines = [f'title "{_named(title)}"', f"x-axis [{names}]"]
    lines += [f'y-axis "{_named(up)}" 0 --> {max((*high, *line, 1))}', f"bar {[*high]}"]
    return _drawn("xychart-beta", lines + ([f"line {[*line]}"] if line else []))


def pie(title: str, shares: Sequence[tuple[str, int]]) -> Markdown:
    """A pie with its numbers; nothing where there is nothing to share. https://mermaid.js.org/syntax/pie.html"""
    told = [f'"{_named(name)}" : {number}' for name, number in shares if number > 0]
    return _drawn("pie showData", [f"title {_named(title)}", *told]) if told else NOTHING


def _drawn(kind: str, lines: list[str]) -> Markdown:
    return _made("\n".join(["```mermaid", kind, *(f"    {line}" for line in lines), "```"]))


def _named(text: str) -> str:
    """A chart's label: letters, digits and a few signs that mean nothing to Mermaid, wherever they stand."""
    line = "".join(sign if sign.isalnum() or sign in _IN_CHARTS else " " for sign in one_line(text, LONGEST_NAME * 2))
    return one_line(line, LONGEST_NAME) or "unnamed"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def diagram(statements: Iterable[str]) -> Markdown:
    """A Mermaid diagram, which GitHub draws: one statement a line.

    GitHub runs it, so no text from production or from a person may be in it: ValueError for a statement that holds
    more than ASCII letters, digits, blanks and `, . : % -`, or Mermaid's sign of a comment or directive, `%%`.
    """
    lines = list(statements)
    wrong = next((line for line in lines if not _STATEMENT.fullmatch(line)), None)
    if wrong is not None:
        raise ValueError(f"{wrong!r} may not stand in a diagram.")
    return _made("```mermaid\n" + "\n".join(lines) + "\n```")


def link(label: Markdown, url: str) -> Markdown:
    """A link to an address from production; the label alone where it may not be linked.

    Linked are http(s) addresses of at most 2,000 characters without a user name. Not on a host named after GitHub:
    a link to an issue or commit there would leave its trace in that issue.
    """
    found = _URL.fullmatch(url)
    if found is None or "github" in found[2].lower():
        return label
    return own_link(label, url)


def own_link(label: Markdown, url: str, *, longest: int = _LONGEST_URL) -> Markdown:
    """A link to a page of ours or one that GitHub told us of; the label alone where the address is not well formed.

    What an address may hold arrives in it to the letter, parentheses too: the page of CloudWatch reads them so.
    """
    found = _URL.fullmatch(url)
    if found is None or len(url) > longest or not label or "\n" in label._text or "](" in label._text:
        return label
    scheme, host, port, rest = found.groups()
    rest = quote(rest, safe="/?#=&%:,;+-._~!$'()*", errors="replace")
    rest = _IN_ADDRESS.sub(lambda found: _ADDRESS_ESCAPES[found[0]], rest)
    return _made(f"[{label._text}]({scheme.lower()}{host.lower()}{port}{rest})")


def issue_link(issue: IssueRef) -> Markdown:
    """A link to an issue of ours, `owner/name#7`; GitHub notes on that issue that it was referred to."""
    name = f"{issue.repository.name}#{issue.number}"
    if not re.fullmatch(REPOSITORY, issue.repository.name):
        return words(name)
    return own_link(_made(_escaped(name)), issue.url) if _GITHUB_PAGE.fullmatch(issue.url) else _made(name)


def reference(url: str) -> Markdown:
    """A link to the issue, pull request or commit whose address GitHub told us; other addresses as words."""
    page = _GITHUB_PAGE.fullmatch(url)
    if page is None:
        return words(url)
    if page["commit"]:
        return own_link(code(page["commit"][:7]), url)
    return own_link(words(f"{page['repository']}#{page['number']}"), url)


def mention(name: str) -> Markdown:
    """A mention that notifies: of a login or an `organisation/team`, with or without `@`; any other text as words."""
    name = name.removeprefix("@")
    if re.fullmatch(LOGIN, name) or re.fullmatch(TEAM, name):
        return _made(f"@{name}")
    return words(name)


def standing(before: str, part: Markdown, after: str) -> Markdown:
    """What people wrote in this very body, to the letter, around a part of ours. For no other text than that."""
    return _made(before + part._text + after)


def marker(operation: str) -> Markdown:
    """The hidden marker of an operation. Raises ValueError for an id that is none (`[A-Za-z0-9._-]`, 1 to 100)."""
    text = f"<!-- prod-squad:v1:op={operation} -->"
    if not _OPERATION.fullmatch(text):
        raise ValueError(f"{operation!r} is no operation id.")
    return _made(text)


def remark(sentences: Sequence[Markdown], operation: str) -> Markdown:
    """A comment of one paragraph that ends with the marker of its operation, by which a retry finds it."""
    return joined([joined(sentences, BLANK), marker(operation)], BLANK_LINE)


def hidden(name: str, json_text: str = "") -> Markdown:
    """A hidden marker with data, `<!-- prod-squad:v1:<name>=<data> -->`.

    In the data's strings everything that could end a comment, mention or refer is written as JSON writes it by
    number, so any JSON reader gets it back.
    """
    data = _NOT_IN_COMMENTS.sub(_by_number, json_text)
    return _made(f"<!-- prod-squad:v1:{name}{'=' + data if data else ''} -->")


def _by_number(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def operation_in(body: str) -> str | None:
    """The operation whose marker stands alone on a line of the body, the last one where there are several."""
    return next(iter(reversed(_OPERATION.findall(body))), None)
