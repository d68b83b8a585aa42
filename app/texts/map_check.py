"""What a check of the squad's files tells on the run's page.

Rules: what must be put right comes first. Every fault is there, whatever the number of annotations that GitHub shows.
Lists are cut, and the cut is counted. Nobody is mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.domain.backtest import Checked, Destination
from app.domain.owners import Fault
from app.texts.figures import count, rest
from app.texts.markdown import (
    BLANK_LINE,
    DOT,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    issue_link,
    joined,
    literal,
    sentence,
    words,
)

_MOST: Final = 100


def summary(checked: Checked) -> Markdown:
    """The run's summary."""
    verdict = (
        fill("**{n} to put right.**", n=count(len(checked.faults), "thing", "things"))
        if checked.faults
        else literal("**Nothing to put right.**")
    )
    unseen = joined([fill("- {what}", what=sentence(what)) for what in checked.unseen], LINE)
    return joined(
        [
            literal("## The squad's files"),
            verdict,
            _listed(checked.faults),
            _below(literal("Perhaps:"), _listed(checked.hints)),
            _below(literal("Not looked at:"), unseen),
            *_backtest(checked),
        ],
        BLANK_LINE,
    )


def _below(head: Markdown, lines: Markdown) -> Markdown:
    return joined([head, lines], BLANK_LINE) if lines else NOTHING


def _listed(faults: tuple[Fault, ...]) -> Markdown:
    lines = [
        fill(
            "- {where}: {what}",
            where=code(f"{fault.path}:{fault.line}" if fault.line else fault.path or "the map"),
            what=sentence(fault.message),
        )
        for fault in faults[:_MOST]
    ]
    return joined([joined(lines, LINE), rest(len(faults), _MOST)], BLANK_LINE)


def _backtest(checked: Checked) -> Iterable[Markdown]:
    yield literal("### The map, tried on the last thirty days")
    tried = count(checked.tried, "ticket", "tickets")
    if checked.moved:
        moved = words(f"{len(checked.moved):,}")
        yield fill("**{n}** of {tried} would have gone elsewhere.", n=moved, tried=tried)
    else:
        yield fill("Of {tried} none would have gone elsewhere.", tried=tried)
    if checked.untried:
        yield fill(
            "{n} could not be tried: a version of the App before this check wrote them.",
            n=count(checked.untried, "ticket", "tickets"),
        )
    if checked.moved:
        rows = [
            fill(
                "| {issue} | {title} | {before} | {after} |",
                issue=issue_link(it.issue),
                title=words(it.title, 80),
                before=_destination(it.before),
                after=_destination(it.after),
            )
            for it in checked.moved[:_MOST]
        ]
        head = [literal("| Ticket | Error | Went to | Would go to |"), literal("|---|---|---|---|")]
        yield joined([*head, *rows], LINE)
        yield rest(len(checked.moved), _MOST)


def _destination(it: Destination) -> Markdown:
    """`@lead · app · team · line 7`."""
    lead = code(f"@{it.lead}") if it.lead else literal("nobody")
    line = fill("line {n}", n=words(str(it.line))) if it.line else NOTHING
    return joined([lead, words(it.app), words(it.team), line], DOT)
