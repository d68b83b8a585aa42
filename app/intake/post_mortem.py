"""A post-mortem's text: which of its sections are empty, and the action items with their owners and days.

| in the text                                      | is                                                           |
|--------------------------------------------------|--------------------------------------------------------------|
| a heading of a section, of any level from 2 to 4 | the section, up to the next one of them                      |
| nothing below it, `-`, `none`, only a comment    | empty; so is one whose heading is not there                  |
| `- [ ] @mark by 2026-12-04: say when` below      | an item with its owner and day; `[x]`: it is done            |
| “Action items”; in a numbered list, too          |                                                              |
| `by friday`, `by fri`                            | the first Friday from when the item is first seen            |
| logins before the first colon, else in the line  | its owners; teams, too                                       |
| `- [ ]` without words; what is in a code block   | none                                                         |
| `- [x] The action items were discussed after     | they were discussed; no item. Wherever it stands, outside of |
| standup`                                         | code blocks; one that is ticked counts                       |
| `#12`, `octo-org/shop#12` or its address, in an  | what the item waits for, if that is not in code              |
| item                                             |                                                              |
| `(#12)` behind an item's words                   | its own issue: the App writes it there; the item stays the   |
|                                                  | same without it                                              |
| `Cause: deploy` on a line, or below “Cause”, as  | the cause: the first that is a word of `Cause`; the line     |
| the form has it                                  | alone does not fill “Root cause”                             |

Rule: people edit it as they like; what is not understood is left out, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import blake2s
from html import unescape
from typing import Final, NamedTuple

from app.domain.following_up import ACTION_ITEMS, DISCUSSED, ActionItem, Cause, Checklist, Paper, Section, Spot
from app.domain.links import Linked
from app.intake.form import sections, span

MOST_ITEMS: Final = 300
"""What a comment can remember; of those beyond, only how many are open is known."""
MOST_LINKS: Final = 5
"""Of one item."""
_HEADINGS: Final = (*Section, ACTION_ITEMS)
_CAUSE_ASKED: Final = "Cause"
_OTHERS: Final = (
    _CAUSE_ASKED,
    "Details",
    "Feedback",
    "What happened",
    "Impact",
    "When did it begin?",
    "When did it end?",
    "Who was on duty",
    "Details and timeline",
    "Timeline",
    "Tickets involved",
)
"""The other headings of the draft and of the form: a section ends there, too."""
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ITEM: Final = re.compile(r"[ \t]{0,8}(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}\[([ xX])\][ \t]+(\S.{0,500})")
_FENCE: Final = re.compile(r"[ \t]{0,8}(?:```|~~~)")
_CODE: Final = re.compile(r"`[^`]*`")
_UNLIKE_SHOWN: Final = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))|\\(?P<escaped>[!-/:-@\[-`{-~])|&(?:#[xX]?)?[0-9A-Za-z]{1,31};"
)
_CAUSE: Final = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?[*_]{0,2}Cause[*_]{0,2}:[*_]{0,2}[ \t]*([^\W\d_]*).*$", re.M | re.I)
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_LINK: Final = re.compile(
    rf"https?://(?P<host>[A-Za-z0-9.-]{{1,253}}(?::\d{{1,5}})?)/(?P<at>{_NAME})/(?:pull|issues)/(?P<page>[1-9]\d{{0,8}})(?!\w)"
    rf"|(?<![\w/.&#-])(?P<repository>{_NAME})?#(?P<number>[1-9]\d{{0,8}})(?!\w)"
)
_OWN_ISSUE: Final = re.compile(r"(?<=\S)[ \t]+\(#([1-9]\d{0,8})\)$")
_GONE: Final = "\0"
"""Stands where a comment stood, so that all else keeps its place."""
_LOGIN: Final = re.compile(r"(?<![\w/@.])@([A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9._-]{1,100})?)(?<![-_.])")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DUE: Final = re.compile(
    r"\b(?:by|until|due)[ \t]{1,3}(?:on[ \t])?(?:(\d{4}-\d{2}-\d{2})"
    r"|(mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?))\b",
    re.I,
)
"""No other word that begins so is a day: `seen by friends`, `an alert by monitor`."""


def read(text: str) -> Paper:
    """What people wrote around the App's part; see the module's table."""
    placed = _without_comments(text)
    every = _items(placed)
    found = sections(placed.replace(_GONE, ""), (*_HEADINGS, *_OTHERS))
    causes = [found.get(_CAUSE_ASKED, "").casefold(), *(each[1].casefold() for each in _CAUSE.finditer(placed))]
    found[Section.ROOT_CAUSE] = _CAUSE.sub("", found.get(Section.ROOT_CAUSE, "")).strip()
    return Paper(
        empty=tuple(section for section in Section if not found.get(section)),
        items=tuple(spot.item for spot in _spots(placed)),
        discussed=any(line.done and _is_discussion(line.words) for line in _checklist(placed, 0, len(placed))),
        beyond=sum(not line.done for line in every[MOST_ITEMS:]),
        cause=next((Cause(each) for each in causes if each in tuple(Cause)), None),
    )


def missing_in(text: str) -> tuple[str, ...]:
    """The headings of sections that people have to write, and that the text does not have, in their order."""
    found = sections(_without_comments(text).replace(_GONE, ""), (*_HEADINGS, *_OTHERS))
    return tuple(str(heading) for heading in _HEADINGS if heading not in found)


def boxes(text: str) -> tuple[tuple[str, int], ...]:
    """The items that are not ticked, as `read` finds them: each one's key, and where the blank in its brackets is."""
    return tuple((spot.item.key, spot.box) for spot in spots(text) if not spot.item.done)


def spots(text: str) -> tuple[Spot, ...]:
    """The items as `read` finds them, each with its place in the text."""
    return tuple(_spots(_without_comments(text)))


def checklist(text: str) -> Checklist | None:
    """Where `read` looks for items; None where no heading says so."""
    placed = _without_comments(text)
    begin, end = _span(placed)
    if not begin:
        return None
    ends = (line.end for line in _checklist(placed, begin, end) if not _is_discussion(line.words))
    return Checklist(begin=begin, end=end, last=max(ends, default=begin))


def _span(text: str) -> tuple[int, int]:
    return span(text, ACTION_ITEMS, (*_HEADINGS, *_OTHERS))


def _without_comments(text: str) -> str:
    """The text with every character where it was, but nothing where comments were, not even their lines' ends."""
    text = text.replace("\r\n", " \n").replace("\r", "\n").replace(_GONE, " ")
    return _COMMENT.sub(lambda found: _GONE * len(found[0]), text)


class _Line(NamedTuple):
    box: int
    end: int
    whole: bool
    done: bool
    words: str


def _checklist(text: str, begin: int, end: int) -> Iterator[_Line]:
    """Each line with a box and words, outside of code blocks."""
    fenced, at = False, begin
    for line in text[begin:end].split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        found = _ITEM.match(line)
        words = found[2].replace(_GONE, "").strip() if found is not None and not fenced else ""
        if found is not None and words:
            ends = found.start(2) + len(found[2].rstrip(f" \t{_GONE}"))
            whole = not line[found.end(2) :].strip()
            yield _Line(at + found.start(1), at + ends, whole, found[1] != " ", words)
        at += len(line) + 1


def _is_discussion(words: str) -> bool:
    return words.rstrip(".").casefold() == DISCUSSED.casefold()


def _items(text: str) -> Sequence[_Line]:
    begin, end = _span(text)
    return [line for line in _checklist(text, begin, end) if not _is_discussion(line.words)]


def _spots(text: str) -> Iterator[Spot]:
    """The first items, each where it stands."""
    for line in _items(text)[:MOST_ITEMS]:
        yield Spot(item=_item(line.words, done=line.done), box=line.box, end=line.end, whole=line.whole)


def _item(words: str, *, done: bool) -> ActionItem:
    plain = _CODE.sub("", words)
    head, colon, _ = plain.partition(":")
    owners = _LOGIN.findall(head if colon else plain) or _LOGIN.findall(plain)
    due, weekday = _day(plain)
    own = _OWN_ISSUE.search(words)
    known_by = words[: own.start()].rstrip() if own is not None else words
    return ActionItem(
        key=blake2s(known_by.casefold().encode(), digest_size=6).hexdigest(),
        text=_as_shown(words),
        done=done,
        owners=tuple(dict.fromkeys(owners)),
        due=due,
        weekday=weekday,
        links=tuple(dict.fromkeys(_linked(link) for link in _LINK.finditer(plain)))[:MOST_LINKS],
        sub_issue=int(own[1]) if own is not None else 0,
    )


def _as_shown(words: str) -> str:
    """What GitHub shows of a line: escapes and entities, ours and people's, stand for their characters but in code."""
    shown = _UNLIKE_SHOWN.sub(lambda found: found["code"] or found["escaped"] or unescape(found[0]), words)
    return shown.replace("\u200b", "")


def _linked(link: re.Match[str]) -> Linked:
    return Linked(
        number=int(link["page"] or link["number"]),
        repository=link["at"] or link["repository"] or "",
        host=link["host"] or "",
    )


def _day(words: str) -> tuple[date | None, int | None]:
    found = _DUE.search(words)
    if found is None:
        return None, None
    if found[2]:
        return None, next(n for n, name in enumerate(_DAYS) if name.startswith(found[2].casefold()))
    try:
        return date.fromisoformat(found[1]), None
    except ValueError:
        return None, None
