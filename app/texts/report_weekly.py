"""The weekly report: alerts, times, the noise bill, the load, and five weeks' trend.

Rules: nobody is mentioned. Each figure says what it is measured in, and what it can't know. A silence command is there
to be pasted into its ticket by whoever agrees; nothing here silences anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.domain.week import Noise, Share, Week, WeekSeen
from app.texts.figures import count, rest
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    LINE,
    NOTHING,
    Markdown,
    bars,
    code,
    fill,
    issue_link,
    joined,
    literal,
    pie,
    words,
)
from app.texts.report_frame import Written, named, title_of

_HOUR: Final = timedelta(hours=1)
_SLICES: Final = 8
_NO_NAME: Final = "none named"
_BILL: Final = literal(
    "*The bill: comments of the App and its jobs in the week × the ticket's participants, as GitHub counts them: who "
    "wrote, is assigned or was mentioned. Whoever watches the whole repository is notified, too, and can't be counted. "
    "Of more than thirty comments by bots on one ticket the newest count.*"
)
_TIMES: Final = literal("*In business hours, from the ticket's opening, or its reopening.*")


def written(week: WeekSeen) -> Written:
    """The report."""
    return Written(
        mark=week.mark,
        title=f"Week of {week.weeks[-1].since}",
        greeting=_headline(week),
        variants=(_text(week, most=15), _text(week, most=3)),
    )


def _headline(week: WeekSeen) -> Markdown:
    this = week.weeks[-1]
    return fill(
        "**{alerts}** and {occurrences} in the week of {day}; {closed}. {trend}",
        alerts=count(this.alerts, "alert", "alerts"),
        occurrences=count(this.occurrences, "occurrence", "occurrences"),
        day=words(f"{this.since}"),
        closed=count(this.closed, "ticket was closed", "tickets were closed"),
        trend=_trend(week.weeks),
    )


def _trend(weeks: Sequence[Week]) -> Markdown:
    before = sum(week.alerts for week in weeks[:-1])
    return fill("The four weeks before had {n} a week.", n=words(f"{before / (len(weeks) - 1):.1f} alerts"))


def _text(week: WeekSeen, *, most: int) -> Markdown:
    return joined(
        [
            _chart(week.weeks),
            _shares(literal("### By team"), literal("Team"), week.teams, most),
            _shares(literal("### By app"), literal("App"), week.apps, most),
            _pie(week.apps),
            _speed(week),
            _noise(week.noisiest, most),
            _load(week),
        ],
        BLANK_LINE,
    )


def _chart(weeks: Sequence[Week]) -> Markdown:
    chart = bars(
        "Alerts in bars, closed tickets as a line",
        [f"{week.since:%m-%d}" for week in weeks],
        "tickets",
        [week.alerts for week in weeks],
        [week.closed for week in weeks],
    )
    return joined([literal("### Five weeks"), chart], BLANK_LINE)


def _shares(heading: Markdown, name: Markdown, shares: Sequence[Share], most: int) -> Markdown:
    if not shares:
        return NOTHING
    head = fill("| {name} | Alerts | A week, in the four before | Occurrences |", name=name)
    rows = [
        fill(
            "| {name} | {alerts} | {before} | {occurrences} |",
            name=words(share.name or _NO_NAME),
            alerts=words(f"{share.alerts:,}"),
            before=words(f"{share.before / 4:.1f}"),
            occurrences=words(f"{share.occurrences:,}"),
        )
        for share in shares[:most]
    ]
    table = joined([head, literal("|---|--:|--:|--:|"), *rows], LINE)
    return joined([heading, table, rest(len(shares), most)], BLANK_LINE)


def _pie(apps: Sequence[Share]) -> Markdown:
    by_size = sorted(apps, key=lambda share: -share.occurrences)
    slices = [(share.name or _NO_NAME, share.occurrences) for share in by_size[:_SLICES]]
    others = sum(share.occurrences for share in by_size[_SLICES:])
    return pie("Occurrences by app", [*slices, ("all others", others)])


def _speed(week: WeekSeen) -> Markdown:
    told = [
        (literal("acknowledge"), week.acknowledged),
        (literal("decide the impact"), week.decided),
        (literal("close"), week.closed),
    ]
    rows = [
        fill(
            "| {what} | {middle} | {longest} | {n} |",
            what=what,
            middle=_long(times.middle) if times else literal("–"),
            longest=_long(times.longest) if times else literal("–"),
            n=words(f"{times.number:,}" if times else "0"),
        )
        for what, times in told
    ]
    table = joined(
        [literal("| Time to | Half took at most | Longest | Tickets |"), literal("|---|--:|--:|--:|"), *rows], LINE
    )
    return joined([literal("### How fast"), table, _TIMES], BLANK_LINE)


def _long(span: timedelta) -> Markdown:
    """`35 min`, `4.5 h`."""
    if span < _HOUR:
        return words(f"{span // timedelta(minutes=1)} min")
    return words(f"{span / _HOUR:,.1f} h")


def _noise(noisiest: Sequence[Noise], most: int) -> Markdown:
    if not noisiest:
        return literal("### The noise bill\n\nNothing notified anybody this week.")
    bill = sum(noise.bill for noise in noisiest)
    heading = fill("### The noise bill: {n}", n=count(bill, "notification", "notifications"))
    head = [
        literal("| Error | Occurrences | Comments × people | Bill | To silence it, paste into its ticket |"),
        literal("|---|--:|--:|--:|---|"),
    ]
    rows = [
        fill(
            "| {issue} {title} | {n} | {comments} × {people} | {bill} | {command} |",
            issue=issue_link(noise.row.issue),
            title=title_of(noise.row),
            n=words(f"{noise.occurrences:,}"),
            comments=words(f"{noise.comments:,}"),
            people=words(f"{noise.people:,}"),
            bill=words(f"{noise.bill:,}"),
            command=_command(noise),
        )
        for noise in noisiest[:most]
    ]
    return joined([heading, joined([*head, *rows], LINE), rest(len(noisiest), most), _BILL], BLANK_LINE)


def _command(noise: Noise) -> Markdown:
    if noise.row.silenced:
        return literal("silenced already")
    if not noise.row.open:
        return literal("closed")
    return code(f"/silence 30d noise: {noise.bill} notifications in a week")


def _load(week: WeekSeen) -> Markdown:
    this, before = week.weeks[-1], week.weeks[:-1]
    days, days_before = this.business_days, sum(it.business_days for it in before)
    told = [
        fill(
            "For sprint planning: {now} on each of {days}; {before} in the four weeks before.",
            now=words(f"{_rate(this.alerts, days)} alerts"),
            days=count(days, "business day", "business days"),
            before=words(_rate(sum(it.alerts for it in before), days_before)),
        ),
        fill(
            "At its end {open} open: {severe} severe, {undecided} without an impact.",
            open=count(week.open, "ticket was", "tickets were"),
            severe=words(f"{week.severe:,}"),
            undecided=words(f"{week.undecided:,}"),
        ),
    ]
    if week.deciders:
        who = [fill("{who} {n}", who=named([login]), n=words(f"{n:,}")) for login, n in week.deciders[:10]]
        told.append(fill("Decided by: {who}.", who=joined(who, literal(", "))))
    return joined([literal("### The squad's load"), joined(told, BLANK)], BLANK_LINE)


def _rate(number: int, days: int) -> str:
    return f"{number / days:.1f}" if days else f"{number:,} (no business day)"
