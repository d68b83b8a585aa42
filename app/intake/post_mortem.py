"""A post-mortem's text: which of its sections are empty, and the action items with their owners and days.

| in the text                                      | is                                                           |
|--------------------------------------------------|--------------------------------------------------------------|
| a heading of a section, of any level from 2 to 4 | the section, up to the next one of them                      |
| nothing below it, `-`, `none`, only a comment    | empty; so is one whose heading is not there                  |
| `- [ ] @mark by 2026-12-04: say when` below      | an item with its owner and day; `[x]`: it is done            |
| “Action items”                                   |                                                              |
| `by friday`, `by fri`                            | the first Friday from when the item is first seen            |
| logins before the first colon, else in the line  | its owners; teams, too                                       |
| `- [ ]` without words; what is in a code block   | none                                                         |
| `- [x] The action items were discussed after     | they were discussed; no item. Wherever it stands, outside of |
| standup`                                         | code blocks; one that is ticked counts                       |

Rule: people edit it as they like; what is not understood is left out, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from hashlib import blake2s
from typing import Final

from app.domain.following_up import ACTION_ITEMS, DISCUSSED, ActionItem, Paper, Section
from app.intake.form import sections

MOST_ITEMS: Final = 100
_HEADINGS: Final = (*Section, ACTION_ITEMS)
_OTHERS: Final = (
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
_ITEM: Final = re.compile(r"[ \t]{0,8}[-*+][ \t]{1,4}\[([ xX])\][ \t]+(\S.{0,500})")
_FENCE: Final = re.compile(r"[ \t]{0,8}(?:```|~~~)")
_CODE: Final = re.compile(r"`[^`]*`")
_LOGIN: Final = re.compile(r"(?<![\w/@.])@([A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9._-]{1,100})?)(?<![-_.])")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DUE: Final = re.compile(
    r"\b(?:by|until|due)[ \t]{1,3}(?:on[ \t])?(?:(\d{4}-\d{2}-\d{2})|(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6})\b", re.I
)


def read(text: str) -> Paper:
    """What people wrote around the App's part; see the module's table."""
    text = _COMMENT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    found = sections(text, (*_HEADINGS, *_OTHERS))
    return Paper(
        empty=tuple(section for section in Section if not found.get(section)),
        items=tuple(_items(found.get(ACTION_ITEMS, "")))[:MOST_ITEMS],
        discussed=any(done and _is_discussion(words) for done, words in _checklist(text)),
    )


def missing_in(text: str) -> tuple[str, ...]:
    """The headings of sections that people have to write, and that the text does not have, in their order."""
    text = _COMMENT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    found = sections(text, (*_HEADINGS, *_OTHERS))
    return tuple(str(heading) for heading in _HEADINGS if heading not in found)


def _checklist(text: str) -> Iterator[tuple[bool, str]]:
    """Each line with a box, outside of code blocks: whether it is ticked, and its words."""
    fenced = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        found = _ITEM.match(line)
        if found is not None and not fenced:
            yield found[1] != " ", found[2].strip()


def _is_discussion(words: str) -> bool:
    return words.rstrip(".").casefold() == DISCUSSED.casefold()


def _items(section: str) -> Iterator[ActionItem]:
    for done, words in _checklist(section):
        if _is_discussion(words):
            continue
        plain = _CODE.sub("", words)
        head, colon, _ = plain.partition(":")
        owners = _LOGIN.findall(head if colon else plain) or _LOGIN.findall(plain)
        due, weekday = _day(plain)
        yield ActionItem(
            key=blake2s(words.casefold().encode(), digest_size=6).hexdigest(),
            text=words,
            done=done,
            owners=tuple(dict.fromkeys(owners)),
            due=due,
            weekday=weekday,
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
