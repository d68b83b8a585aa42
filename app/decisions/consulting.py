"""Which section of the manual is for an error.

| what of a section fits the error                                          | points                           |
|---------------------------------------------------------------------------|----------------------------------|
| it, or a heading above it, or a hint names another app and not the error's | the section is out               |
| a hint names the error's type, or words of its text                       | 12                               |
| its heading names the error's type                                        | 6                                |
| its text names the type with its namespace; without, or it has none       | 4; 2                             |
| all words of its heading are among the error's, two at least; one only    | 4; 2                             |
| half of them, two at least                                                | 2                                |
| its heading is the app's name and nothing else; a hint names the app      | 3                                |
| it stands under the app's heading, or in the app's own manual             | 2                                |

The most points win, then the deeper section, then the first. Below `ENOUGH` no section is shown: better none than a
wrong one; then an app that has a manual of its own is shown that.

Rules: the error's words are those of its type, text, place in the code and path, with what varies taken out, but for
numbers of three to five digits, which may be a code (`ORA-12170`). A word and its plural are one word. Words that are
in any heading (`error`, `how to`) are nobody's. A type is named with its namespace or by its last name. An error whose
app nobody knows belongs to any.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from app.domain.facts import Fact
from app.domain.identity import normalised
from app.domain.manuals import Manual, Passage
from app.domain.tickets import Ticket

ENOUGH: Final = 3

_OWN: Final = 2
_KEPT: Final = 4_096
"""Headings whose words are kept: they are the same for each ticket."""
_WORD: Final = re.compile(r"[^\W_]+")
_CODE: Final = re.compile(r"(?<![0-9])[0-9]{3,5}(?![0-9])")
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAMESPACE: Final = re.compile(r"::|[.\\/]")
_NOBODYS: Final = frozenset(
    _WORD.findall(
        "a about after all an and any are at be been before but by can cannot couldn could did do does doesn don done "
        "during for from get got handle handling has have how i if in is isn it its known more no not of on or other "
        "out s so t than that the their then there this to up use was we what when where which while who why will with "
        "won you your alert app application bug error exception fail failed failing failure fault first guide incident "
        "info issue log manual note overview page problem prod production responder responding response runbook "
        "section sentry step symptom troubleshoot troubleshooting"
    )
)
_NAMES_NOTHING: Final = frozenset({"error", "exception"})
_IN_HEADING: Final = re.compile(r"\w+(?:(?:::|[.\\/])\w+)*")


class Found(Fact, frozen=True, kw_only=True):
    """The section for an error; no passage where it is an app's own manual as a whole."""

    manual: Manual
    passage: Passage | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """What it is called: its heading after the one above it; a manual by its path."""
        passage = self.passage
        return (self.manual.path,) if passage is None else (*passage.above[-1:], passage.heading)


class _Case(Fact, frozen=True, kw_only=True):
    """The error, as headings are compared with it."""

    app: str
    error_type: str
    last_name: str
    words: frozenset[str]
    text: str
    """In lower case, words with single blanks, one at either end."""


def consult(ticket: Ticket, manuals: Iterable[Manual], apps: Collection[str]) -> Found | None:
    """The section for the ticket's error, by the module's table; `apps` are the names of all of the squad's apps."""
    case = _case_of(ticket)
    names = {_spread(app) for app in (*apps, case.app)} - {_spread("")}
    longest_first = tuple(sorted(names, key=lambda name: (-len(name), name)))
    mine = [manual for manual in manuals if manual.app.casefold() in ("", case.app.casefold())]
    best: Found | None = None
    most = (ENOUGH, 0)
    for manual in mine:
        for passage in manual.passages:
            mark = (_points(passage, case, longest_first, own=bool(manual.app)), passage.level)
            if mark > most:
                best, most = Found(manual=manual, passage=passage), mark
    return best or next((Found(manual=manual) for manual in mine if manual.app), None)


def _case_of(ticket: Ticket) -> _Case:
    def told(name: str) -> str:
        return next((text for alert in ticket.alerts if (text := str(getattr(alert, name)))), "")

    error_type = told("error_type").strip()
    title = "" if error_type else told("title")
    parts = (error_type, told("error_value"), title, told("culprit"))
    text = " ".join(parts)
    varied = (normalised(part) for each in parts for part in (each, _HUMPS.sub(" ", each)))
    words = " ".join((*varied, normalised(_path_of(told("url"))), *_CODE.findall(text)))
    return _Case(
        app=ticket.app,
        error_type=error_type,
        last_name=_NAMESPACE.split(error_type)[-1],
        words=frozenset(_singular(word) for word in _WORD.findall(words)),
        text=_spread(text),
    )


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # what stands in brackets is no IPv6 address
        return ""


def _points(passage: Passage, case: _Case, apps: tuple[str, ...], *, own: bool) -> int:
    app = _spread(case.app).strip()
    hinted = {_spread(hint.removeprefix("app:")) for hint in passage.hints if hint.startswith("app:")}
    heading, named = _without_apps(passage.heading, apps)
    above = set().union(*(_without_apps(each, apps)[1] for each in passage.above))
    concerned = hinted | named | above
    if app and concerned and _spread(app) not in concerned:
        return 0
    points = _by_type(passage, case) + _by_words(heading, case)
    if any(_hits(hint, case) for hint in passage.hints if not hint.startswith("app:")):
        points += 12
    if app and (_spread(app) in hinted or (_spread(app) in named and not _telling(heading))):
        points += 3
    elif app and (own or _spread(app) in concerned):
        points += _OWN
    return points


@lru_cache(_KEPT)
def _without_apps(heading: str, apps: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """The heading without the names of apps, the longest first, and those names."""
    left, named = _spread(heading), set[str]()
    for app in apps:
        if app in left:
            left = left.replace(app, " ")
            named.add(app)
    return left, frozenset(named)


def _by_type(passage: Passage, case: _Case) -> int:
    if not case.last_name or case.last_name.casefold() in _NAMES_NOTHING:
        return 0
    in_heading = _IN_HEADING.findall(passage.heading) if case.last_name in passage.heading else ()
    if case.error_type in in_heading or case.last_name in in_heading:
        return 6
    if case.error_type != case.last_name and case.error_type in passage.names:
        return 4
    return 2 if case.last_name in passage.names else 0


def _by_words(heading: str, case: _Case) -> int:
    telling = _telling(heading)
    shared = telling & case.words
    if len(shared) < 2:
        return 2 if shared and shared == telling else 0
    if shared == telling:
        return 4
    return 2 if 2 * len(shared) >= len(telling) else 0


@lru_cache(_KEPT)
def _telling(heading: str) -> frozenset[str]:
    """The words of a heading that are not in any heading."""
    words = (word for word in _WORD.findall(heading) if not word.isdigit() or _CODE.fullmatch(word))
    return frozenset(_singular(word) for word in words if _NOBODYS.isdisjoint((word, _singular(word))))


def _hits(hint: str, case: _Case) -> bool:
    return hint in (case.error_type, case.last_name) or (_spread(hint) != _spread("") and _spread(hint) in case.text)


def _spread(text: str) -> str:
    """The text's words in lower case, with single blanks, one at either end: so a name in it is found whole."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
