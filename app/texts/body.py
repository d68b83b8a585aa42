"""A ticket's body: what people wrote, to the letter, around the App's fenced part.

Rules:
* The part stands between `<!-- prod-squad:v1:begin -->` and `<!-- prod-squad:v1:end -->`, each at the beginning of a
  line, with a blank line towards people's text. Only the part is ever rewritten.
* People's text may hold such markers, too. Ours is the pair with the highest number (`begin=2`), and `merged` takes a
  number that their text does not have. So a copy of an older part is people's text.
* The part's size gives way, never people's text.

| in the body                                         | what is ours                                          |
|-----------------------------------------------------|-------------------------------------------------------|
| no pair of markers, or one of them damaged          | nothing: all is people's, a fresh part comes below    |
| a copy in a quote (`> <!-- …`) or indented          | not the copy                                          |
| a copy with the same number                         | the first that is in no code block; the other one is  |
|                                                     | people's from then on, and the next part's number is  |
|                                                     | higher                                                |
| CRLF between the part and people's text             | the blank lines, as with LF: browsers send CRLF       |
| people's text ends in an open code block            | the fence that closes it, as the part's first line    |

| people's text and the part together                 | what is posted                                        |
|-----------------------------------------------------|-------------------------------------------------------|
| fit into 60,000 with a variant of the part          | the longest such variant                              |
| do not, but fit into GitHub's 65,536 with the least | the least variant: counters and markers               |
| do not                                              | people's text alone                                   |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.tickets import Around
from app.texts.markdown import NOTHING, Markdown, fill, hidden, size_of, standing

LONGEST: Final = 60_000
"""Characters of a body as long as there is a choice."""
GITHUB_REFUSES: Final = 65_536
"""The most characters GitHub takes; more is a 422."""

_MARKS: Final = re.compile(r"^<!-- prod-squad:v1:(begin|end)(?:=([1-9][0-9]{0,5}))? -->", re.MULTILINE)
_STATE: Final = re.compile(r"^<!-- prod-squad:v1:state=(\{.*\}) -->\r?$", re.MULTILINE)
_HTML_BLOCK: Final = re.compile(
    r"</?(?:details|summary|div|p|table|thead|tbody|tr|td|th|ul|ol|li|center|blockquote|h[1-6]|hr)\b", re.IGNORECASE
)
_FENCE: Final = re.compile(r"(`{3,})[^`]*|(~{3,}).*")


class Part(Fact, frozen=True, kw_only=True):
    """The App's part of a body in variants, from the longest to the least."""

    variants: tuple[Markdown, ...]


class About(Fact, frozen=True, kw_only=True):
    """What a map routes by, so that another map can be tried out on the ticket."""

    app: str = ""
    """The one a person named."""
    project: str = ""
    url: str = ""
    frames: tuple[tuple[str, str], ...] = ()
    """(path, module) of the app's own frames, innermost last."""
    tags: tuple[tuple[str, str], ...] = ()


class State(Fact, frozen=True, kw_only=True):
    """What scheduled jobs need to know of a ticket: they see its body only, not the App's database."""

    ticket: int
    occurrences: int = 0
    users: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    impact: Impact | None = None
    silenced: str = ""
    regressions: int = 0
    app: str = ""
    team: str = ""
    owners: tuple[str, ...] = ()
    """Who answers for it, the tech lead first; at most three."""
    opened_at: datetime | None = None
    """When it was opened, taken over or reopened last."""
    decided_at: datetime | None = None
    decided_by: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_until: datetime | None = None
    """None where it was for something else: before it was decided, or reopened."""
    silenced_by: str = ""
    """Who of the squad silenced it; empty where nobody has."""
    silenced_until: datetime | None = None
    """When that silence ends; None where it is not by time."""
    asked: tuple[str, ...] = ()
    """Who was pinged last and has not answered."""
    asked_at: datetime | None = None
    people_at: datetime | None = None
    """When a person last did something to it, as far as the App had heard when it wrote this."""
    about: About | None = None
    days: tuple[tuple[int, int], ...] = ()
    """(days since 1970 in UTC, occurrences) of the last five weeks."""
    errors: tuple[str, ...] = ()
    """The sender's ids of its errors, the latest ones: at Sentry the issues' ids."""
    post_mortems: tuple[int, ...] = ()
    """The numbers of its post-mortem and of those of the error's earlier tickets, in the ticket's repository."""


def split(body: str) -> Around:
    """What people wrote before and after the App's part, to the letter; all is `before` where there is no part."""
    span = _part_of(body)
    if span is None:
        return Around(before=body)
    before, after = body[: span[0]], body[span[1] :]
    for blank in ("\r\n\r\n", "\n\n"):
        if before.endswith(blank):
            before = before.removesuffix(blank)
            break
    for blank in ("\r\n\r\n", "\n\n"):
        if after.startswith(blank):
            after = after.removeprefix(blank)
            break
    return Around(before=before, after=after)


def peoples(body: str) -> str:
    """What people wrote, each character where it stands in the body: empty lines stand for the App's part."""
    around = split(body)
    return around.before + "\n" * (len(body) - len(around.before) - len(around.after)) + around.after


def part_in(body: str) -> str:
    """The App's part of the body, its markers with it, to the letter; empty where there is none."""
    span = _part_of(body)
    return "" if span is None else body[span[0] : span[1]]


def merged(around: Around, part: Part) -> Markdown:
    """The body: people's text with the part at its place; see the module's tables for what gives way."""
    number = 1 + max((_number(mark) for mark in _MARKS.finditer(f"{around.before}\n{around.after}")), default=-1)
    suffix = str(number) if number else ""
    begin, end = hidden("begin", suffix), hidden("end", suffix)
    closing = _closing_fence(around.before)
    before = around.before + ("\n\n" if around.before else "")
    after = ("\n\n" if around.after else "") + around.after
    for variant in part.variants:
        limit = GITHUB_REFUSES if variant is part.variants[-1] else LONGEST
        whole = fill("{begin}\n\n{variant}\n\n{end}", begin=begin, variant=variant, end=end)
        if closing:
            whole = fill(
                "{begin}\n{closing}\n\n{variant}\n\n{end}", begin=begin, closing=closing, variant=variant, end=end
            )
        if size_of(before) + whole.size + size_of(after) <= limit:
            return standing(before, whole, after)
    return standing(around.before, NOTHING, around.after)


def ticked(body: str, places: Iterable[int]) -> Markdown:
    """A whole body that people wrote, to the letter but for the characters at these places: each becomes an `x`."""
    characters = list(body)
    for place in places:
        characters[place] = "x"
    return standing("".join(characters), NOTHING, "")


def in_step(body: str, boxes: Mapping[int, str], numbers: Mapping[int, int]) -> Markdown:
    """The body to the letter, but for these boxes, and the numbers of items' own issues behind their words.

    `boxes` maps the place of a character to what it becomes, `numbers` a place to the number that is put in there.
    """
    pieces = list(body)
    for place, sign in boxes.items():
        pieces[place] = sign
    for place, number in sorted(numbers.items(), reverse=True):
        pieces[place:place] = f" (#{number})"
    return standing("".join(pieces), NOTHING, "")


def inserted(body: str, at: int, ours: Markdown) -> Markdown:
    """The body to the letter, with something of ours put in at a place in it."""
    return standing(body[:at], ours, body[at:])


def state_marker(state: State) -> Markdown:
    """The hidden marker that `state_in` reads."""
    return hidden("state", msgspec.json.encode(state).decode())


def state_in(body: str) -> State | None:
    """The state in the App's part of the body; None where there is no part, or its state is damaged."""
    span = _part_of(body)
    found = _STATE.findall(body[span[0] : span[1]]) if span is not None else []
    try:
        return msgspec.json.decode(found[-1], type=State) if found else None
    except msgspec.DecodeError:
        return None


def _number(mark: re.Match[str]) -> int:
    return int(mark[2] or 0)


def _part_of(body: str) -> tuple[int, int] | None:
    marks = list(_MARKS.finditer(body))
    for number in sorted({_number(mark) for mark in marks}, reverse=True):
        pairs = _pairs([mark for mark in marks if _number(mark) == number])
        if pairs:
            return next((pair for pair in pairs if not _closing_fence(body[: pair[0]])), pairs[0])
    return None


def _pairs(marks: list[re.Match[str]]) -> list[tuple[int, int]]:
    """Each `end` with the `begin` just before it."""
    return [
        (first.start(), second.end()) for first, second in pairwise(marks) if first[1] == "begin" and second[1] == "end"
    ]


def _closing_fence(text: str) -> Markdown:
    """What closes the code block in which a text ends; nothing where it ends in none.

    Seen are blocks that begin at a line's first character: one within a list or a quote ends with it.
    """
    fence, in_html = "", False
    for line in re.split(r"\r\n|[\r\n]", text):
        if fence:
            closed = re.fullmatch(rf" {{0,3}}{fence}{fence[0]}*[ \t]*", line)
            fence = "" if closed else fence
            continue
        in_html = bool(line.strip()) and (in_html or _HTML_BLOCK.match(line) is not None)
        opened = _FENCE.fullmatch(line) if not in_html else None
        fence = (opened[1] or opened[2]) if opened is not None else ""
    return standing("", NOTHING, fence)
