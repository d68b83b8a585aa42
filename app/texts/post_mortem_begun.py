"""A post-mortem that people began: the App's part of it where no ticket is known, and the headings they have not.

Rule: as in every post-mortem, logins stand once, beside their role, as code; nobody is mentioned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from app.domain.facts import Fact
from app.domain.following_up import ACTION_ITEMS, DISCUSSED
from app.domain.history import Happened
from app.domain.issues import IssueRef
from app.domain.tickets import Pair
from app.texts.body import LONGEST, Part, merged, split
from app.texts.figures import second
from app.texts.markdown import (
    BLANK_LINE,
    COMMA,
    LINE,
    Markdown,
    code,
    fill,
    issue_link,
    joined,
    literal,
    remark,
    words,
)
from app.texts.post_mortem import TIMELINE, by_the_clock_of
from app.texts.timeline import Roles, entries_of
from app.texts.timeline_table import table

_MOST: Final = 5
"""Tickets that an answer links."""
_KEPT: Final = literal(
    "*Kept by Prod Squad. What stands around this part is yours, and is never changed. It is in progress while one of "
    "its sections is empty; then feedback is asked for; it is done when it is closed as completed.*"
)
_HOW: Final = literal(
    "No ticket is known to be part of it, so there are no facts yet, and the timeline is what `/timeline` says. Write "
    "`/post-mortem #12` in a comment, with the ticket's number, or several: they are drawn up here then. `/timeline "
    "09:41 what happened` puts a moment on the timeline, `/action @octocat by friday: what is done` adds an action "
    "item."
)


class Begun(Fact, frozen=True, kw_only=True):
    """What is known where no ticket is."""

    at: datetime
    on_duty: Pair
    lead: str = ""
    notes: tuple[Happened, ...] = ()
    """What people put on its timeline."""
    zone: tzinfo
    zone_name: str


def part(begun: Begun) -> Part:
    """The App's part."""
    duty = [
        fill("- {role}: {who}", role=role, who=code(f"@{login}") if login else literal("nobody is on record"))
        for role, login in (
            (literal("Primary"), begun.on_duty.primary),
            (literal("Secondary"), begun.on_duty.secondary),
        )
    ]
    when = fill("When this was begun, {at}.", at=second(begun.at, begun.zone))
    told = [_KEPT, _HOW, literal("## Who was on duty"), joined(duty, LINE), when]
    notes = entries_of(begun.notes, Roles(begun.on_duty, (begun.lead,)), begun.zone)
    if not notes:
        return Part(variants=(joined(told, BLANK_LINE),))
    timeline = [TIMELINE, by_the_clock_of(begun.zone_name), table(notes, len(notes), {})]
    return Part(variants=(joined([*told, *timeline], BLANK_LINE), joined(told, BLANK_LINE)))


def body(text: str, ours: Part, missing: Sequence[str]) -> Markdown:
    """What people wrote, to the letter; the App's part below it; then, empty, the headings that people's text lacks.

    Where all has no room, the headings are left out.
    """
    whole = merged(split(text), ours)
    headings = [_heading(name) for name in missing]
    if not headings:
        return whole
    below = joined(headings, BLANK_LINE)
    if whole.size + below.size + BLANK_LINE.size > LONGEST:
        return whole
    return joined([whole, below], BLANK_LINE)


def elsewhere(names: Sequence[str], tickets: Sequence[IssueRef], operation: str) -> Markdown:
    """To whoever commanded on the post-mortem what is for its tickets."""
    commands = joined([code(f"/{name}") for name in dict.fromkeys(names)], COMMA)
    where = literal("No ticket is known to be part of it: `/post-mortem #12` adds one.")
    if tickets:
        where = fill("Write it there: {tickets}.", tickets=joined([issue_link(it) for it in tickets[:_MOST]], COMMA))
    first = fill("For a ticket, and not for a post-mortem: {commands}.", commands=commands)
    return remark([first, where, literal("`/help` shows what can be said here.")], operation)


def _heading(name: str) -> Markdown:
    heading = fill("## {name}", name=words(name))
    if name != ACTION_ITEMS:
        return heading
    agenda = fill("- [ ] {discussed}", discussed=words(DISCUSSED))
    return joined([heading, literal("- [ ]"), agenda], BLANK_LINE)
