"""What a run of the nag tells: on the run's page of Actions, and on a terminal.

Rules: what was left undone comes first, for it is what somebody has to see. Lists are cut, and the cut is counted.
Nobody is mentioned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.nagging import Nagged, Remind, Step
from app.texts.figures import count, instant, rest
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
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

_MOST: Final = 50
_STEPS: Final = {
    Step.ACKNOWLEDGE: literal("acknowledge"),
    Step.DECIDE: literal("decide the impact"),
    Step.JUDGE: literal("say how bad it is"),
    Step.MEND: literal("mend it"),
    Step.TIDY: literal("fix, rescue or silence it"),
}


def summary(nagged: Nagged, *, dry_run: bool) -> Markdown:
    """The run's summary."""
    plans = tuple(left.what for left in nagged.left if isinstance(left.what, Remind)) if dry_run else nagged.reminded
    numbers = {"n": words(f"{len(plans):,}"), "seen": count(nagged.seen, "open ticket", "open tickets")}
    if dry_run:
        head = fill("It would remind of **{n}** of {seen}.", **numbers)
    else:
        head = fill("It reminded of **{n}** of {seen}.", **numbers)
    more = [
        fill("{n} answered since the last reminder.", n=count(len(nagged.answered), "was", "were"))
        if nagged.answered
        else NOTHING,
        fill("{n} closed as announced.", n=count(len(nagged.closed), "was", "were")) if nagged.closed else NOTHING,
        fill("{n} without the App's hidden state, so only their labels count.", n=count(nagged.unmarked, "is", "are"))
        if nagged.unmarked
        else NOTHING,
    ]
    title = literal("## Reminders, a dry run: nothing was written") if dry_run else literal("## Reminders")
    return joined(
        [title, _undone(nagged) if not dry_run else NOTHING, joined([head, *more], BLANK), *_table(plans)],
        BLANK_LINE,
    )


def _undone(nagged: Nagged) -> Markdown:
    if not nagged.left:
        return NOTHING
    lines = [
        fill("- {issue}: {why}", issue=issue_link(left.what.issue), why=sentence(left.why))
        for left in nagged.left[:_MOST]
    ]
    head = fill("**Left undone: {n}.** The next run goes on there.", n=count(len(nagged.left), "ticket", "tickets"))
    return joined([head, joined(lines, LINE), rest(len(nagged.left), _MOST)], BLANK_LINE)


def _table(plans: Sequence[Remind]) -> list[Markdown]:
    if not plans:
        return []
    rows = [
        fill(
            "| {issue} | {impact} | {step} | {who} | {since} | {n} |",
            issue=issue_link(plan.issue),
            impact=words(plan.impact or "undecided"),
            step=_STEPS[plan.step],
            who=joined([code(f"@{who}") for who in plan.who], BLANK) or literal("nobody"),
            since=instant(plan.since),
            n=words(str(plan.number)),
        )
        for plan in plans[:_MOST]
    ]
    head = [
        literal("| Ticket | Impact | Next step | Reminded | Nobody since | Reminder |"),
        literal("|---|---|---|---|---|---|"),
    ]
    return [joined([*head, *rows], LINE), rest(len(plans), _MOST)]
