"""The timeline as a table: what happened to one ticket or several, and around them, in the order of time.

Rules: a late event finds its place. Where all has no room, rows are left out of the middle, and their number stands in
their place: how it began and how it ended is told, and in between what people noted and the last deployment before it
began. With several tickets a column says whose a row is. The same facts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from app.texts.figures import count
from app.texts.markdown import LINE, Markdown, fill, joined, literal
from app.texts.timeline import Entry

_NONE: Final = literal("–")


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time; what is of one moment stays as it came."""
    return sorted(entries, key=lambda entry: entry.at)


def shortened(entries: Sequence[Entry], most: int) -> list[Entry | int]:
    """At most so many entries; where some are left out, their number."""
    if len(entries) <= most:
        return list(entries)
    first = most // 3
    between = range(first, len(entries) - (most - first))
    staying = [place for place in between if entries[place].stays][:first]
    last = len(entries) - (most - first - len(staying))
    shown = {*range(first), *staying, *range(last, len(entries))}
    told: list[Entry | int] = []
    for place, entry in enumerate(entries):
        if place in shown:
            told.append(entry)
        elif told and isinstance(told[-1], int):
            told[-1] += 1
        else:
            told.append(1)
    return told


def table(entries: Sequence[Entry], most: int, places: Mapping[int, Markdown]) -> Markdown:
    """The table with its head. `places` are the tickets' links; with one ticket there is no column for them."""
    return joined(list(_lines(shortened(entries, most), places)), LINE)


def _lines(told: Iterable[Entry | int], places: Mapping[int, Markdown]) -> Iterator[Markdown]:
    several = len(places) > 1
    yield literal("| When | Ticket | What |") if several else literal("| When | What |")
    yield literal("|---|---|---|") if several else literal("|---|---|")
    for entry in told:
        if isinstance(entry, int):
            gap = fill("*{lines} left out here*", lines=count(entry, "line is", "lines are"))
            yield fill("| … | … | {gap} |", gap=gap) if several else fill("| … | {gap} |", gap=gap)
        elif several:
            place = places.get(entry.ticket, _NONE)
            yield fill("| {when} | {place} | {what} |", when=entry.when, place=place, what=entry.what)
        else:
            yield fill("| {when} | {what} |", when=entry.when, what=entry.what)
