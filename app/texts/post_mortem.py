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

from app.domain.facts import Fact
from app.domain.history import Happened
from app.domain.surroundings import Surroundings
from app.domain.tickets import Around, Ticket
from app.texts import changes, timeline
from app.texts import outage as outages
from app.texts.body import Part, State, merged, state_marker
from app.texts.changes import gaps
from app.texts.figures import count
from app.texts.gantt import gantt
from app.texts.markdown import BLANK, BLANK_LINE, LINE, Markdown, fill, issue_link, joined, literal, marker, words
from app.texts.outage import Outage, short_place
from app.texts.plain import one_line, unmentioning
from app.texts.ticket import LONGEST_TITLE
from app.texts.ticket import title as title_of
from app.texts.timeline import Entry, Roles
from app.texts.timeline_table import in_order, table

TIMELINE: Final = literal("## Timeline")
_ROWS: Final = (400, 250, 160, 100, 60, 40, 20)
"""So many rows of the timeline are tried, where more have no room."""

_KEPT: Final = literal(
    "*A draft by Prod Squad. This part is brought up to date by `/post-mortem` on the ticket: write below it, nothing "
    "there is ever changed.*"
)
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
    """The other tickets that are part of it."""
    around: Surroundings = Surroundings()
    """What else was going on."""
    notes: tuple[Happened, ...] = ()
    """What people put on the timeline in comments on the post-mortem itself."""


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
    """The App's part: all; with ever fewer rows of the timeline, then no picture; no timeline; what happened alone."""
    outage = Outage(ticket=ticket, others=view.others, around=view.around, zone=view.zone, now=view.now)
    happened = [_KEPT, literal("## What happened"), outages.facts(outage)]
    facts = [
        *happened,
        literal("## Impact"),
        outages.impact(outage),
        literal("## Who was on duty"),
        outages.duty(outage),
        _BLAMELESS,
        literal("## Tickets involved"),
        outages.tickets(outage),
    ]
    entries = in_order(
        (
            *changes.entries(view.around, ticket, outage.span[0], view.zone),
            *(entry for each in outage.tickets for entry in timeline.entries(each, view.zone)),
            *timeline.entries_of(view.notes, Roles(ticket.on_duty, ticket.routing.owners), view.zone),
        )
    )
    end = joined([_state(ticket), marker(view.operation)], LINE)
    picture = gantt(outage.tickets, view.around.changes, view.around.last_before, view.zone, view.now)
    rows = [len(entries), *(most for most in _ROWS if most < len(entries))]
    return Part(
        variants=(
            *(joined([*facts, *_timeline(outage, view, entries, most), picture, end], BLANK_LINE) for most in rows),
            joined([*facts, *_timeline(outage, view, entries, rows[-1]), end], BLANK_LINE),
            joined([*facts, end], BLANK_LINE),
            joined([*happened, end], BLANK_LINE),
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


def by_the_clock_of(zone_name: str) -> Markdown:
    """How to read the timeline's times."""
    return fill("By the clock of {zone}.", zone=words(zone_name))


def _timeline(outage: Outage, view: View, entries: list[Entry], most: int) -> Iterator[Markdown]:
    yield TIMELINE
    yield by_the_clock_of(view.zone_name)
    if entries:
        home = outage.ticket.issue.repository.name if outage.ticket.issue is not None else ""
        places = {ticket.id: short_place(ticket, home) for ticket in outage.tickets}
        yield table(entries, most, places)
    else:
        yield literal("Nothing is remembered: the ticket is older than its history.")
    forgotten = sum(ticket.forgotten for ticket in outage.tickets)
    if forgotten:
        lines = count(forgotten, "line was", "lines were")
        yield fill("{lines} left out between the first and the latest, for so much happened.", lines=lines)
    yield from gaps(view.around)
