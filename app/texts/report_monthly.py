"""The monthly page: what the post-mortems of a month were about, what became of their action items, what came back.

Rules: nobody is mentioned, and nobody named: figures are of teams. What people wrote of an item stands there without
who is to do it. Each figure says what it is measured in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta, tzinfo
from typing import Final

from app.domain.month import Month, MonthSeen, Repeat, Story, Tally
from app.texts.figures import count, rest
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    COMMA,
    LINE,
    NOTHING,
    Markdown,
    bars,
    fill,
    issue_link,
    joined,
    literal,
    pie,
    words,
)
from app.texts.report_frame import Written, section, title_of

_DAY: Final = timedelta(days=1)
_LONGEST_TITLE: Final = 90
_LONGEST_ITEM: Final = 120
_FEW_ITEMS: Final = 3
_NOT_SAID: Final = "not said"
_NO_NAME: Final = "none named"
_CAUSES: Final = literal(
    "*A post-mortem says its cause by a line such as `Cause: deploy` in its text: deploy, configuration, dependency, "
    "data, capacity, code, process, other.*"
)
_ITEMS: Final = literal(
    "*Items of the post-mortems begun in a month, as they stood when this was written. Open and overdue are those of "
    "open post-mortems; left, what was not ticked when one was closed.*"
)
_TEAMS: Final = literal(
    "*Of all open post-mortems, whenever they were begun; by the team whose lead, or whose team on GitHub, is to do an "
    "item, else by the team of the error.*"
)
_TIMES: Final = literal("*In business days.*")


def written(month: MonthSeen, zone: tzinfo) -> Written:
    """The report."""
    return Written(
        mark=month.mark,
        title=f"Post-mortems of {_name(month.months[-1])}",
        greeting=_headline(month),
        variants=tuple(_text(month, zone, most=most) for most in (30, 10, 3)),
    )


def _name(month: Month) -> str:
    return f"{month.since:%Y-%m}"


def _headline(month: MonthSeen) -> Markdown:
    before, this = month.months[-2:]
    return fill(
        "**{begun}** begun in {name} and {done} done; in the month before {begun_before} and {done_before}. "
        "{open} open at its end. {repeats}",
        begun=count(this.begun, "post-mortem was", "post-mortems were"),
        name=words(_name(this)),
        done=words(f"{this.done:,}"),
        begun_before=words(f"{before.begun:,}"),
        done_before=words(f"{before.done:,}"),
        open=count(month.open, "was", "were"),
        repeats=fill(
            "**{n} although an action item was not done.**",
            n=count(len(month.repeats), "error came back", "errors came back"),
        )
        if month.repeats
        else literal("No error came back for want of an action item."),
    )


def _text(month: MonthSeen, zone: tzinfo, *, most: int) -> Markdown:
    return joined(
        [
            section(literal("### Came back"), month.repeats, lambda it: _repeat(it, zone), most=most),
            _chart(month.months),
            _tallies(literal("### By app"), literal("App"), month.apps, _NO_NAME, most),
            _causes(month.causes, most),
            _items(month.months),
            _teams(month, most),
            _times(month),
            _stories(month.stories, most),
        ],
        BLANK_LINE,
    )


def _repeat(repeat: Repeat, zone: tzinfo) -> Markdown:
    items = [_left(item.what, due) for item, due in repeat.left[:_FEW_ITEMS]]
    more = rest(len(repeat.left), _FEW_ITEMS)
    return fill(
        "- {ticket} {title} came back on {day}; {post_mortem}, begun on {began}, still has: {items}",
        ticket=issue_link(repeat.row.issue),
        title=title_of(repeat.row),
        day=_day(repeat.came_at.astimezone(zone).date()),
        post_mortem=issue_link(repeat.post_mortem),
        began=_day(repeat.began),
        items=joined([joined(items, COMMA), more], BLANK),
    )


def _left(what: str, due: date | None) -> Markdown:
    item = words(what, _LONGEST_ITEM)
    return fill("“{what}” (by {day})", what=item, day=_day(due)) if due is not None else fill("“{what}”", what=item)


def _day(day: date) -> Markdown:
    return words(f"{day}")


def _chart(months: Sequence[Month]) -> Markdown:
    if not any(month.begun or month.done for month in months):
        return NOTHING
    chart = bars(
        "Begun in bars, done as a line",
        [_name(month) for month in months],
        "post-mortems",
        [month.begun for month in months],
        [month.done for month in months],
    )
    return joined([literal("### Six months"), chart], BLANK_LINE)


def _tallies(heading: Markdown, name: Markdown, tallies: Sequence[Tally], nameless: str, most: int) -> Markdown:
    if not tallies:
        return NOTHING
    rows = [
        fill(
            "| {name} | {begun} | {before} | {all} |",
            name=words(tally.name or nameless),
            begun=words(f"{tally.begun:,}"),
            before=words(f"{tally.before:,}"),
            all=words(f"{tally.half_year:,}"),
        )
        for tally in tallies[:most]
    ]
    head = fill("| {name} | Begun | The month before | Six months |", name=name)
    table = joined([head, literal("|---|--:|--:|--:|"), *rows], LINE)
    return joined([heading, table, rest(len(tallies), most)], BLANK_LINE)


def _causes(causes: Sequence[Tally], most: int) -> Markdown:
    if not causes:
        return NOTHING
    table = _tallies(literal("### By cause"), literal("Cause"), causes, _NOT_SAID, most)
    shares = [(tally.name or _NOT_SAID, tally.half_year) for tally in causes]
    return joined([table, pie("Causes in six months", shares) if len(causes) > 1 else NOTHING, _CAUSES], BLANK_LINE)


def _items(months: Sequence[Month]) -> Markdown:
    rows = [
        fill(
            "| {month} | {items} | {done} | {open} | {overdue} | {left} |",
            month=words(_name(month)),
            items=words(f"{month.items:,}"),
            done=words(f"{month.ticked:,}"),
            open=words(f"{month.open:,}"),
            overdue=words(f"{month.overdue:,}"),
            left=words(f"{month.left:,}"),
        )
        for month in reversed(months)
        if month.items
    ]
    if not rows:
        return NOTHING
    head = [literal("| Begun in | Items | Done | Open | Overdue | Left |"), literal("|---|--:|--:|--:|--:|--:|")]
    return joined([literal("### Action items"), joined([*head, *rows], LINE), _ITEMS], BLANK_LINE)


def _teams(month: MonthSeen, most: int) -> Markdown:
    if not month.teams:
        return NOTHING
    rows = [
        fill(
            "| {name} | {open} | {overdue} |",
            name=words(team.name or _NO_NAME),
            open=words(f"{team.open:,}"),
            overdue=words(f"{team.overdue:,}"),
        )
        for team in month.teams[:most]
    ]
    table = joined([literal("| Team | Open | Overdue |"), literal("|---|--:|--:|"), *rows], LINE)
    heading = literal("### Open action items by team")
    return joined([heading, table, rest(len(month.teams), most), _TEAMS], BLANK_LINE)


def _times(month: MonthSeen) -> Markdown:
    told = ((literal("be done"), month.done), (literal("ask for feedback"), month.feedback))
    if not any(times for _, both in told for times in both):
        return NOTHING
    rows = [
        fill(
            "| {what} | {middle} | {longest} | {n} | {before} |",
            what=what,
            middle=_days(this.middle if this else None),
            longest=_days(this.longest if this else None),
            n=words(f"{this.number:,}" if this else "0"),
            before=_days(before.middle if before else None),
        )
        for what, (this, before) in told
    ]
    head = literal("| From begin to | Half took at most | Longest | Post-mortems | Half, the month before |")
    table = joined([head, literal("|---|--:|--:|--:|--:|"), *rows], LINE)
    return joined([literal("### How fast"), table, _TIMES], BLANK_LINE)


def _days(span: timedelta | None) -> Markdown:
    return words(f"{span / _DAY:,.1f}") if span is not None else literal("–")


def _stories(stories: Sequence[Story], most: int) -> Markdown:
    if not stories:
        return NOTHING
    rows = [
        fill(
            "| {issue} {title} | {app} | {cause} | {began} | {done} | {ticked} |",
            issue=issue_link(story.issue),
            title=words(story.title, _LONGEST_TITLE),
            app=words(story.app or _NO_NAME),
            cause=words(story.cause or _NOT_SAID),
            began=_day(story.began),
            done=_day(story.done) if story.done is not None else literal("open"),
            ticked=words(f"{story.ticked} of {story.items}"),
        )
        for story in stories[:most]
    ]
    head = [literal("| Post-mortem | App | Cause | Begun | Done | Items done |"), literal("|---|---|---|---|---|--:|")]
    heading = literal("### Begun or done in the month, or open still")
    return joined([heading, joined([*head, *rows], LINE), rest(len(stories), most)], BLANK_LINE)
