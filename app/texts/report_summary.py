"""What a run of a report's job tells: on the run's page of Actions, and on a terminal.

Rules: what was left undone comes first. Each report is told with what became of it, and its text follows without the
line that mentions people; so a dry run shows all, and notifies nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from app.domain.report_items import NotDue
from app.domain.reporting import Did, Kind, Outcome
from app.texts.figures import count
from app.texts.markdown import BLANK_LINE, NOTHING, Markdown, fill, issue_link, joined, literal, sentence, words
from app.texts.report_frame import Written, moment, section

_LONGEST: Final = 200_000
"""GitHub takes 1 MiB for a step's summary: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
_DID: Final = {
    Did.MADE: literal("made"),
    Did.UPDATED: literal("written anew"),
    Did.SAME: literal("as it was"),
    Did.CLOSED: literal("closed, for there is a newer one"),
    Did.DONE: literal("closed by people, so it is left as it is"),
    Did.LEFT: literal("left undone"),
}
_NAMES: Final = {
    Kind.MORNING: literal("Morning review"),
    Kind.DIGEST: literal("Digests"),
    Kind.HANDOFF: literal("Handoff"),
    Kind.WEEKLY: literal("Weekly report"),
    Kind.MONTHLY: literal("Post-mortems of the month"),
}


def summary(
    kind: Kind,
    outcomes: Sequence[Outcome],
    reports: Sequence[Written],
    *,
    read: int,
    unmarked: int,
    nobodys: int,
    dry_run: bool,
) -> Markdown:
    """The run's summary. `nobodys` are tickets that are in no lead's digest."""
    title = fill("## {name}", name=_NAMES[kind])
    if dry_run:
        title = fill("## {name}, a dry run: nothing was written", name=_NAMES[kind])
    left = [outcome for outcome in outcomes if outcome.did is Did.LEFT and not dry_run]
    told = [outcome for outcome in outcomes if outcome not in left]
    lines = [
        section(
            fill("**Left undone: {n}.** The next run does it.", n=count(len(left), "report", "reports")), left, _line
        ),
        section(literal("**Would be done:**") if dry_run else literal("**Done:**"), told, _line),
        literal("Nobody has anything new, so nothing is made.") if not outcomes else NOTHING,
        fill("{n} read.", n=count(read, "ticket was", "tickets were")),
        fill("{n} without the App's hidden state, so only their labels count.", n=count(unmarked, "is", "are"))
        if unmarked
        else NOTHING,
        fill(
            "{n} nobody owns: no lead hears of it. Give the owners map a line for it.",
            n=count(nobodys, "ticket", "tickets"),
        )
        if nobodys
        else NOTHING,
    ]
    texts, room = [], _LONGEST
    for report in reports:
        text = joined([fill("## {title}", title=words(report.title)), report.variants[0]], BLANK_LINE)
        room -= text.size
        texts.append(text if room > 0 else NOTHING)
    return joined([title, *lines, *texts], BLANK_LINE)


def not_due(kind: Kind, answer: NotDue, zone: tzinfo) -> Markdown:
    """Why nothing is made."""
    if answer.off:
        why = fill("The squad's file does not want it; add {key} to its section `reports`.", key=words(kind.value))
    elif answer.next_at is None:
        why = literal("It is not due, and no day is in sight on which it would be.")
    else:
        why = fill("It is not due; the next one is, from {at} on.", at=moment(answer.next_at, zone))
    return joined([fill("## {name}", name=_NAMES[kind]), why], BLANK_LINE)


def _line(outcome: Outcome) -> Markdown:
    told = issue_link(outcome.issue) if outcome.issue is not None else words(outcome.title)
    did = _DID[outcome.did]
    if outcome.why:
        return fill("- {told}: {did}. {why}", told=told, did=did, why=sentence(outcome.why))
    return fill("- {told}: {did}", told=told, did=did)
