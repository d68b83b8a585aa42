"""The morning review: what happened after close of business, for the pair on duty to go through.

Rules: what nobody has judged comes first, then the teams. Times are on the squad's clock. Support tickets are there to
be glanced at; they have no box, for most need nothing.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from app.domain.alerts import Impact
from app.domain.report_items import Glance, Item, Review, Why
from app.domain.reporting import Row
from app.domain.standup import Agenda, Overdue, Topic
from app.texts.figures import count, rest
from app.texts.markdown import BLANK_LINE, DOT, NOTHING, Markdown, fill, issue_link, joined, literal, words
from app.texts.report_frame import Written, box, hour, moment, named, numbers, people, section, title_of

_FEW: Final = 15
_LONGEST_TITLE: Final = 90
_LONGEST_ITEM: Final = 120
_WHY: Final = {
    Why.NEW: literal("**new**"),
    Why.REOPENED: literal("🔁 **reopened**"),
    Why.AGAIN: literal("again"),
    Why.LEFT: literal("left over"),
}
_IMPACT: Final = {
    Impact.SEVERE: literal("🚨 **severe**"),
    Impact.UNSURE: literal("unsure"),
    Impact.ANNOYING: literal("annoying"),
}


def written(review: Review, ticked: frozenset[int], zone: tzinfo) -> Written:
    """The report."""
    items = [*review.undecided, *(it for _, its in review.teams for it in its)]
    return Written(
        mark=review.mark,
        title=f"Morning review, {review.mark.key}",
        greeting=_greeting(review, len(items), zone),
        variants=tuple(_text(review, ticked, zone, most=most) for most in (40, 10, 3)),
        assignees=review.duty.people,
    )


def _greeting(review: Review, number: int, zone: tzinfo) -> Markdown:
    pair = people(review.duty.people)
    since = moment(review.mark.since, zone)
    if not number:
        quiet = fill("nothing has happened since {at}.", at=since)
        return fill("{pair} {quiet}", pair=pair, quiet=quiet) if pair else fill("Nobody is on duty; {q}", q=quiet)
    what = fill(
        "{n} to look at since {at}. Tick what you have seen to.", n=count(number, "ticket", "tickets"), at=since
    )
    return fill("{pair} {what}", pair=pair, what=what) if pair else fill("**Nobody is on duty.** {what}", what=what)


def _text(review: Review, ticked: frozenset[int], zone: tzinfo, *, most: int) -> Markdown:
    heading = fill("### How bad is it? {n}", n=count(len(review.undecided), "ticket waits", "tickets wait"))
    how = literal("Say `/impact severe`, `/impact annoying` or `/impact unsure` there; `/ack` says that you are on it.")
    undecided = section(heading, review.undecided, lambda it: _line(it, ticked, zone, team=True), most=most)
    teams = [
        section(
            fill("### {team}", team=words(team) or literal("No team")),
            items,
            lambda it: _line(it, ticked, zone, team=False),
            most=most,
        )
        for team, items in review.teams[:most]
    ]
    more = rest(len(review.teams), most, "more team", "more teams")
    return joined([undecided, how if undecided else NOTHING, *teams, more, *_others(review, most)], BLANK_LINE)


def _line(item: Item, ticked: frozenset[int], zone: tzinfo, *, team: bool) -> Markdown:
    row = item.row
    impact = _IMPACT[row.impact] if row.impact is not None else NOTHING
    seen = fill("last {at}", at=hour(row.last_seen, zone)) if row.last_seen is not None else NOTHING
    where = [words(row.app), words(row.team) if team else NOTHING]
    owner = named([row.lead]) if row.lead else literal("nobody owns it")
    return box(row, ticked, _WHY[item.why], impact, *where, numbers(row), seen, owner)


def _others(review: Review, most: int) -> list[Markdown]:
    closed = section(literal("### Closed by now"), review.closed, _closed, most=min(most, _FEW))
    silenced = fill("🔕 {n} occurred and stay quiet.", n=count(review.silenced, "silenced one", "silenced ones"))
    new = sum(glance.new for glance in review.support)
    heading = fill(
        "### Support tickets, to glance at: {n} open, {new} new",
        n=words(f"{len(review.support):,}"),
        new=words(f"{new:,}"),
    )
    follow = literal("Follow your heart: where one seems relevant, write `/prod-alert` there.")
    support = section(heading, review.support, _glance, most=min(most, _FEW))
    return [
        _agenda(review.agenda, most),
        closed,
        silenced if review.silenced else NOTHING,
        joined([support, follow], BLANK_LINE) if support else NOTHING,
        _notes(review),
    ]


def _agenda(agenda: Agenda, most: int) -> Markdown:
    """No boxes: what is ticked in the post-mortem counts."""
    topics = section(literal("### After standup: action items"), agenda.topics, _topic, most=min(most, _FEW))
    how = literal("Tick “The action items were discussed after standup” there when they were.")
    overdue = section(literal("### Overdue, and yours"), agenda.overdue, _overdue, most=min(most, _FEW))
    return joined([topics, how if topics else NOTHING, overdue], BLANK_LINE)


def _topic(topic: Topic) -> Markdown:
    told = [
        fill("{open} of {n} open", open=words(f"{topic.open}"), n=count(topic.items, "item", "items"))
        if topic.items
        else literal("no action item yet"),
        fill("**{n} overdue**", n=words(f"{topic.overdue}")) if topic.overdue else NOTHING,
    ]
    title = words(topic.title, _LONGEST_TITLE)
    return fill("- {issue} {title}: {told}", issue=issue_link(topic.issue), title=title, told=joined(told, DOT))


def _overdue(overdue: Overdue) -> Markdown:
    owners = named(overdue.item.owners)
    what = words(overdue.item.what, _LONGEST_ITEM)
    day = words(f"{overdue.due}")
    return fill(
        "- {issue} {who} “{what}” was due on {day}", issue=issue_link(overdue.issue), who=owners, what=what, day=day
    )


def _closed(row: Row) -> Markdown:
    return fill("- {issue} {title}", issue=issue_link(row.issue), title=title_of(row))


def _glance(glance: Glance) -> Markdown:
    new = literal("**new**") if glance.new else NOTHING
    text = joined([new, title_of(glance.row)], DOT)
    return fill("- {issue} {text}", issue=issue_link(glance.row.issue), text=text)


def _notes(review: Review) -> Markdown:
    return section(literal("**About the duty:**"), review.duty.notes, lambda note: fill("- {n}", n=words(note)))
