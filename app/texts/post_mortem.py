"""A post-mortem: its title, the App's part of its body, the sections for people, and what is said of it on the ticket.

| part                                    | whose                                                               |
|-----------------------------------------|---------------------------------------------------------------------|
| what happened, impact, duty, tickets,   | the App's, between its markers; brought up to date on demand        |
| timeline                                |                                                                     |
| details, root cause, detection, what    | people's: drafted once, never touched again                         |
| went well, badly, where we were lucky,  |                                                                     |
| action items, feedback                  |                                                                     |

Rules: blameless: it speaks of roles and systems. Logins stand once, beside their role, as code, so that nobody is
mentioned. Times are by the squad's clock, to the second. The same facts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from enum import Enum, auto
from typing import Final

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.history import Kind
from app.domain.tickets import Around, EarlierIssue, Ticket
from app.texts.body import Part, State, merged, state_marker
from app.texts.figures import count, lasting, second
from app.texts.gantt import gantt
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
    issue_link,
    joined,
    literal,
    marker,
    reference,
    words,
)
from app.texts.plain import one_line, unmentioning
from app.texts.ticket import LONGEST_TITLE
from app.texts.ticket import title as title_of
from app.texts.timeline import rows

_MOST_LISTED: Final = 10
_ROWS_AT_LEAST: Final = 40
"""So many of the latest rows are shown where all of them have no room."""

_KEPT: Final = literal(
    "*A draft by Prod Squad. This part is brought up to date by `/post-mortem` on the ticket: write below it, nothing "
    "there is ever changed.*"
)
_IMPACTS: Final = {
    None: literal("Nobody decided the impact."),
    Impact.UNSURE: literal("**unsure**"),
    Impact.ANNOYING: literal("**annoying**: it annoyed users, but corrupted nothing and stopped nobody's work"),
    Impact.SEVERE: literal("**severe**: it may have corrupted data, or stopped people's work"),
}
_BLAMELESS: Final = literal(
    "As it was when the ticket was opened or reopened last. Below, only roles are spoken of: a post-mortem asks what "
    "made the error possible, not who made it."
)
_SECTIONS: Final = literal(
    """## Details

<!-- What did users see? What was tried, and what did it do? -->

## Root cause

<!-- What made it possible? Ask why until the answer is something that can be changed. In the line below say which kind
it was, for the monthly page: deploy, configuration, dependency, data, capacity, code, process, other. -->

Cause:

## Detection

<!-- What told us, and how long did it take? What would have told us sooner? -->

## What went well

-

## What went badly

-

## Where we were lucky

-

## Action items

<!-- Each with somebody who does it, and a day: - [ ] @login by 2026-12-04: what. -->

- [ ]

<!-- Tick this when the team went through them: until then they are on the agenda after every standup. -->

- [ ] The action items were discussed after standup

## Feedback

Please read this, and say in a comment what is missing or wrong: what you saw, when, and what would have helped."""
)


class View(Fact, frozen=True, kw_only=True):
    """What a post-mortem needs besides the ticket."""

    operation: str
    zone: tzinfo
    zone_name: str
    now: datetime
    others: tuple[Ticket, ...] = ()
    """The other tickets that are part of it, as people named them."""


class Written(Enum):
    """What became of a wish for a post-mortem."""

    OPENED = auto()
    REFRESHED = auto()
    UNCHANGED = auto()
    """It is there, and can't be written to."""


_HOW: Final = {
    Written.OPENED: literal(
        "Its timeline is drafted; what the timeline can't know is yours to write. `/post-mortem` again brings the "
        "timeline up to date, and leaves alone what was written."
    ),
    Written.REFRESHED: literal("Its timeline is up to date now; what people wrote there was left alone."),
    Written.UNCHANGED: literal("It can't be written to any more, so its timeline stays as it was."),
}
_OFFER: Final = literal(
    "This was severe. If it was a major disruption, `/post-mortem` drafts a post-mortem with the timeline."
)


def title(ticket: Ticket, wished: str) -> str:
    """The issue's title: plain text on one line, without mentions and references."""
    named = unmentioning(one_line(wished, LONGEST_TITLE // 2)) or title_of(ticket)
    return f"Post-mortem: {named}"[:LONGEST_TITLE]


def body(ticket: Ticket, view: View) -> Markdown:
    """The whole body of a new one."""
    return joined([merged(Around(), part(ticket, view)), _SECTIONS], BLANK_LINE)


def part(ticket: Ticket, view: View) -> Part:
    """The App's part: all; without the picture and with the latest rows only; without the timeline."""
    facts = [
        _KEPT,
        literal("## What happened"),
        _table(_facts(ticket, view)),
        literal("## Impact"),
        joined(list(_impact(ticket)), DOT),
        literal("## Who was on duty"),
        joined(list(_duty(ticket)), LINE),
        _BLAMELESS,
        literal("## Tickets involved"),
        joined(list(_tickets(ticket, view)), LINE),
    ]
    told, end = rows(ticket, view.zone), joined([_state(ticket), marker(view.operation)], LINE)
    picture = gantt(ticket, view.zone, view.now)
    return Part(
        variants=(
            joined([*facts, *_timeline(ticket, view, told), picture, end], BLANK_LINE),
            joined([*facts, *_timeline(ticket, view, told[-_ROWS_AT_LEAST:]), end], BLANK_LINE),
            joined([*facts, end], BLANK_LINE),
        )
    )


def _state(ticket: Ticket) -> Markdown:
    """What the job that follows it up needs to know of its ticket."""
    routing = ticket.routing
    return state_marker(
        State(
            ticket=ticket.id,
            app=one_line(routing.app, 100),
            team=one_line(routing.team, 100),
            owners=routing.owners[:3],
        )
    )


def written(ticket: Ticket, how: Written, operation: str) -> Markdown:
    """To whoever asked for it, on the ticket."""
    if ticket.post_mortem is None:
        raise ValueError("A ticket without a post-mortem has none to point at.")
    where = fill("The post-mortem is {issue}.", issue=issue_link(ticket.post_mortem))
    return joined([joined([where, _HOW[how]], BLANK), marker(operation)], BLANK_LINE)


def offer(operation: str) -> Markdown:
    """A severe ticket was closed."""
    return joined([_OFFER, marker(operation)], BLANK_LINE)


def _facts(ticket: Ticket, view: View) -> Iterator[tuple[Markdown, Markdown]]:
    alert, counters, closing = ticket.first or ticket.latest, ticket.counters, ticket.closing
    yield literal("Error"), words(title_of(ticket))
    if ticket.routing.app or ticket.routing.team:
        team = fill("team {team}", team=words(ticket.routing.team)) if ticket.routing.team else NOTHING
        yield literal("App"), joined([words(ticket.routing.app), team], DOT)
    if alert is not None and alert.environment:
        yield literal("Environment"), words(alert.environment)
    if alert is not None and alert.release:
        yield literal("Release"), code(alert.release)
    began, opened = _began(ticket), ticket.opened_at
    if began is not None:
        yield literal("Began"), second(began, view.zone)
    if opened is not None:
        after = fill("({span} later)", span=lasting(opened - began)) if began is not None else NOTHING
        yield literal("The squad knew"), joined([second(opened, view.zone), after], BLANK)
    if counters.last_seen is not None:
        yield literal("Last occurrence"), second(counters.last_seen, view.zone)
    if closing is not None:
        fix = fill("fixed by {fix}", fix=reference(closing.fix)) if closing.fix else NOTHING
        yield literal("Closed"), joined([second(closing.at, view.zone), fix], COMMA)
    if began is not None:
        lasted = lasting((closing.at if closing is not None else view.now) - began)
        yield literal("It lasted"), lasted if closing is not None else fill("{lasted} so far", lasted=lasted)


def _began(ticket: Ticket) -> datetime | None:
    """When the trouble began that the issue is about now: the error's first time, or its latest return."""
    returns = [line.at for line in ticket.history if line.kind is Kind.REGRESSED]
    return max(returns, default=ticket.counters.first_seen)


def _impact(ticket: Ticket) -> Iterator[Markdown]:
    counters = ticket.counters
    yield _IMPACTS[ticket.impact]
    yield count(counters.occurrences, "occurrence", "occurrences")
    if (counters.sender_count or 0) > counters.occurrences:
        yield count(counters.sender_count or 0, "event at the sender", "events at the sender")
    if counters.users is not None:
        yield count(counters.users, "user affected", "users affected")


def _duty(ticket: Ticket) -> Iterator[Markdown]:
    team = fill("of team {team}", team=words(ticket.routing.team)) if ticket.routing.team else NOTHING
    for role, login in (
        (literal("Primary"), ticket.on_duty.primary),
        (literal("Secondary"), ticket.on_duty.secondary),
        (joined([literal("Tech lead"), team], BLANK), (*ticket.routing.owners, "")[0]),
    ):
        yield fill("- {role}: {who}", role=role, who=code(f"@{login}") if login else literal("nobody is on record"))


def _tickets(ticket: Ticket, view: View) -> Iterator[Markdown]:
    if ticket.issue is not None:
        yield fill("- {issue}: this ticket", issue=issue_link(ticket.issue))
    for other in view.others[:_MOST_LISTED]:
        if other.issue is not None:
            yield fill("- {issue}: {what}", issue=issue_link(other.issue), what=words(title_of(other)))
    for earlier, what in (
        *((earlier, literal("an earlier ticket of this error")) for earlier in ticket.earlier[-_MOST_LISTED:]),
        *((earlier, literal("an error that reads the same")) for earlier in ticket.kin[:_MOST_LISTED]),
    ):
        yield fill("- {issue}: {what}", issue=issue_link(earlier.ref), what=_earlier(earlier, what, view))
    for report in ticket.pointed[-_MOST_LISTED:]:
        yield fill("- {issue}: a person's report", issue=issue_link(report))


def _earlier(earlier: EarlierIssue, what: Markdown, view: View) -> Markdown:
    return joined(
        [
            what,
            fill("closed {at}", at=second(earlier.closed_at, view.zone)) if earlier.closed_at is not None else NOTHING,
            fill("fixed by {fix}", fix=reference(earlier.fix)) if earlier.fix else NOTHING,
            fill("post-mortem {issue}", issue=issue_link(earlier.post_mortem)) if earlier.post_mortem else NOTHING,
        ],
        COMMA,
    )


def _timeline(ticket: Ticket, view: View, told: list[Markdown]) -> Iterator[Markdown]:
    yield literal("## Timeline")
    yield fill("By the clock of {zone}.", zone=words(view.zone_name))
    if told:
        yield joined([literal("| When | What |"), literal("|---|---|"), *told], LINE)
    else:
        yield literal("Nothing is remembered: the ticket is older than its history.")
    left_out = ticket.forgotten + len(ticket.history) - len(told)
    if left_out:
        yield fill("{lines} left out.", lines=count(left_out, "line was", "lines were"))


def _table(facts: Iterator[tuple[Markdown, Markdown]]) -> Markdown:
    lines = [fill("| {name} | {value} |", name=name, value=value) for name, value in facts]
    return joined([lines[0], literal("|---|---|"), *lines[1:]], LINE)
