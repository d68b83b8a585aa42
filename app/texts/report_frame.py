"""What all reports have in common: title, first line, the lines to tick, the hidden mark, and how they are read again.

Rules: whom a report is for is mentioned in its first line and nowhere else. A line to tick begins with its box and the
link to its issue; by that issue it is known when the report is written anew, and keeps its tick. A section shows so
many lines, and counts the rest. People write above or below the App's part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from app.domain.facts import Fact
from app.domain.listed import Listed
from app.domain.reporting import Kind, Mark, Past, Row
from app.domain.triage import MOST_MENTIONS
from app.texts.body import Part, part_in, split
from app.texts.drafts import LabelStyle
from app.texts.figures import count, rest
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    COMMA,
    DOT,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    hidden,
    issue_link,
    joined,
    literal,
    mention,
    own_link,
    words,
)

MOST: Final = 40
"""Lines of one section."""
_LONGEST_TITLE: Final = 90
_MARK: Final = re.compile(r"^<!-- prod-squad:v1:report=(\{.*\}) -->\r?$", re.MULTILINE)
_TICKABLE: Final = re.compile(
    r"^[ \t]*[-*+] \[([ xX])\] \[[^\]\n]*\]\(https?://[^\s()]{1,300}/issues/([0-9]{1,10})\)", re.MULTILINE
)
_STYLES: Final = {
    Kind.MORNING: ("fef2c0", "What happened after close of business, for the pair on duty"),
    Kind.DIGEST: ("c2e0c6", "What annoys, for one tech lead"),
    Kind.HANDOFF: ("bfd4f2", "The change of shift"),
    Kind.WEEKLY: ("d4c5f9", "A week's alerts, times, noise and load"),
    Kind.MONTHLY: ("c5def5", "What a month's post-mortems teach"),
}
_NOTES: Final = literal(
    "*Write above or below this part; it is rewritten when the job runs again, and keeps your ticks.*"
)
_ONCE: Final = literal("*Write above or below this part; it was written once, and stays as it is.*")
T = TypeVar("T")


class Written(Fact, frozen=True, kw_only=True):
    """A report, rendered."""

    mark: Mark
    title: str
    """Plain text, the same whenever the report is written anew."""
    greeting: Markdown
    """Whom it is for, and what for: the only line with mentions."""
    variants: tuple[Markdown, ...]
    """The rest, from the longest to the least."""
    assignees: tuple[str, ...] = ()


def style(kind: Kind) -> LabelStyle:
    """The label of a kind's issues."""
    color, description = _STYLES[kind]
    return LabelStyle(name=kind.label, color=color, description=description)


def part(written: Written) -> Part:
    """The App's part of the report's body."""
    mark = hidden("report", msgspec.json.encode(written.mark).decode())
    notes = _ONCE if written.mark.kind is Kind.MONTHLY else _NOTES
    full = (joined([written.greeting, text, notes, mark], BLANK_LINE) for text in written.variants)
    return Part(variants=(*full, joined([written.greeting, mark], BLANK_LINE)))


def past(listed: Listed) -> Past | None:
    """The report that an issue is; None where it is none."""
    ours = part_in(listed.body)
    found = _MARK.findall(ours)
    try:
        mark = msgspec.json.decode(found[-1], type=Mark) if found else None
    except msgspec.DecodeError:
        mark = None
    if mark is None:
        return None
    around = split(listed.body)
    return Past(
        issue=listed.ref,
        mark=mark,
        made_at=listed.opened_at,
        open=listed.open,
        body=listed.body,
        lines=lines_in(listed.body),
        notes=bool(around.before.strip() or around.after.strip()) or listed.commented_at is not None,
    )


def lines_in(body: str) -> tuple[tuple[int, bool], ...]:
    """The lines to tick in the App's part of the body: (the issue's number, whether it is ticked)."""
    return tuple((int(number), box != " ") for box, number in _TICKABLE.findall(part_in(body)))


def ticked_in(body: str) -> frozenset[int]:
    """What is ticked in the body."""
    return frozenset(number for number, ticked in lines_in(body) if ticked)


def box(row: Row, ticked: frozenset[int], *told: Markdown) -> Markdown:
    """A line to tick: the ticket's title, and below it what is told of it."""
    issue, title, text = issue_link(row.issue), title_of(row), joined(told, DOT)
    if row.number in ticked:
        return fill("- [x] {issue} **{title}**<br> {text}", issue=issue, title=title, text=text)
    return fill("- [ ] {issue} **{title}**<br> {text}", issue=issue, title=title, text=text)


def title_of(row: Row) -> Markdown:
    """The ticket's title as words."""
    return words(row.title, _LONGEST_TITLE)


def numbers(row: Row) -> Markdown:
    """`12 occurrences, 3 users`."""
    users = count(row.users, "user", "users") if row.users else NOTHING
    return joined([count(row.occurrences, "occurrence", "occurrences"), users], COMMA)


def section(heading: Markdown, things: Sequence[T], line: Callable[[T], Markdown], *, most: int = MOST) -> Markdown:
    """A heading and its first lines; nothing where there are none."""
    if not things:
        return NOTHING
    return joined([heading, joined([line(it) for it in things[:most]], LINE), rest(len(things), most)], BLANK_LINE)


def people(names: Iterable[str]) -> Markdown:
    """Mentions: they notify."""
    return joined([mention(name) for name in tuple(names)[:MOST_MENTIONS]], BLANK)


def named(names: Iterable[str]) -> Markdown:
    """Names that notify nobody."""
    return joined([code(f"@{name}") for name in names], BLANK)


def moment(at: datetime, zone: tzinfo) -> Markdown:
    """`Mon 2026-11-23 17:00 EST`: on the squad's clock, for its day begins and ends by it."""
    return words(f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}")


def hour(at: datetime, zone: tzinfo) -> Markdown:
    """`Mon 11-23 17:00`, where it is clear which year's and zone's."""
    return words(f"{at.astimezone(zone):%a %m-%d %H:%M}")


def listed_at(url: str, query: str, label: Markdown) -> Markdown:
    """A link to GitHub's own list of issues, beside the issue with this address."""
    home, found, _ = url.partition("/issues/")
    return own_link(label, f"{home}/issues?q={quote(query, safe='')}") if found else label
