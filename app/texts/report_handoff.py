"""The handoff: what the next pair has to know, and ticks.

Rules: the next pair is mentioned, the last one is named. What the last pair learned stands in its own report, where it
wrote it; here is the link alone, for people's words are theirs and may change.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from app.domain.alerts import Impact
from app.domain.report_items import Shift
from app.domain.reporting import Row
from app.texts.figures import count
from app.texts.markdown import BLANK, BLANK_LINE, DOT, NOTHING, Markdown, fill, issue_link, joined, literal, words
from app.texts.report_frame import Written, box, moment, named, people, section, title_of

_IMPACT: Final = {
    None: literal("impact missing"),
    Impact.SEVERE: literal("🚨 **severe**"),
    Impact.UNSURE: literal("unsure"),
    Impact.ANNOYING: literal("annoying"),
}
_LEARNED: Final = literal(
    "### What did you learn?\n\n"
    "Whoever goes off duty: please write it **below this part** – what was going on, what you tried, what to watch. "
    "The next handoff links it."
)


def written(over: Shift, ticked: frozenset[int], zone: tzinfo) -> Written:
    """The report."""
    return Written(
        mark=over.mark,
        title=f"Handoff, {over.mark.key}: {', '.join(over.before) or 'nobody'} to "
        f"{', '.join(over.duty.people) or 'nobody'}",
        greeting=_greeting(over),
        variants=(_text(over, ticked, zone, most=50), _text(over, ticked, zone, most=10)),
        assignees=over.duty.people,
    )


def _greeting(over: Shift) -> Markdown:
    pair = people(over.duty.people)
    if not pair:
        return literal("**Nobody is on duty now.** Please say in the squad's file who is.")
    return fill("{pair} the duty is yours. Tick what you have taken over.", pair=pair)


def _text(over: Shift, ticked: frozenset[int], zone: tzinfo, *, most: int) -> Markdown:
    since = fill(
        "Since {at}, with {before} on duty: {opened} opened, {closed}.",
        at=moment(over.mark.since, zone),
        before=named(over.before) or literal("nobody"),
        opened=count(over.opened, "ticket", "tickets"),
        closed=count(over.closed, "was closed", "were closed"),
    )
    tickets = section(
        fill("### {n} to look after", n=count(len(over.tickets), "open ticket", "open tickets")),
        over.tickets,
        lambda row: _line(row, ticked, over.mark.until, zone),
        most=most,
    )
    annoying = fill("{n} in the leads' digests.", n=count(over.annoying, "that annoys is", "that annoy are"))
    ending = section(
        literal("### Silences that end within a week"), over.ending, lambda row: _silence(row, zone), most=most
    )
    quiet = fill("🔕 {n} in force in all.", n=count(over.silenced, "silence is", "silences are"))
    return joined(
        [
            since,
            _notes_of_last(over),
            tickets or literal("### No open ticket needs anybody"),
            annoying if over.annoying else NOTHING,
            ending,
            quiet if over.silenced else NOTHING,
            section(literal("**About the duty:**"), over.duty.notes, lambda note: fill("- {n}", n=words(note))),
            _LEARNED,
        ],
        BLANK_LINE,
    )


def _notes_of_last(over: Shift) -> Markdown:
    if over.last is None:
        return NOTHING
    link = issue_link(over.last.issue)
    if over.last.notes:
        return fill("📖 **What the last pair learned** stands in {link}. Please read it.", link=link)
    return fill("The last pair wrote nothing into {link}.", link=link)


def _line(row: Row, ticked: frozenset[int], now: datetime, zone: tzinfo) -> Markdown:
    asked = NOTHING
    if row.asked:
        asked = fill("**no answer from {who}**", who=named(row.asked))
        if row.asked_at is not None:
            asked = fill("{asked}, asked {at}", asked=asked, at=moment(row.asked_at, zone))
    hand = NOTHING
    if row.acknowledged_until is not None and row.acknowledged_until > now and not row.asked:
        hand = fill("{who} is on it", who=named([row.acknowledged_by]))
    return box(row, ticked, _IMPACT[row.impact], words(row.app), asked, hand)


def _silence(row: Row, zone: tzinfo) -> Markdown:
    ends = fill("until {at}", at=moment(row.silenced_until, zone)) if row.silenced_until is not None else NOTHING
    by = fill("by {who}", who=named([row.silenced_by])) if row.silenced_by else NOTHING
    text = joined([title_of(row), joined([ends, by], BLANK)], DOT)
    return fill("- {issue} {text}", issue=issue_link(row.issue), text=text)
