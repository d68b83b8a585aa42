"""What a post-mortem tells of the tickets that it is about: the facts, the impact, the duty, which tickets there are.

| it is about                     | told                                                                             |
|---------------------------------|----------------------------------------------------------------------------------|
| one ticket                      | its own facts and impact                                                         |
| several                         | the first one's error; when the first of them began and the last was over; the   |
|                                 | worst impact, occurrences in all, and a table with a row for each                 |

Rules: an occurrence that two tickets count, for one is a duplicate of the other or part of its storm, is counted once.
Users of several tickets can't be added up, for they may be the same: at least as many are said as one ticket has. Other
tickets of the time are named by link and app alone: who may read this may not be who may read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.surroundings import Surroundings, span_of
from app.domain.tickets import EarlierIssue, Ticket
from app.texts.figures import count, lasting, second
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
    link,
    literal,
    own_link,
    reference,
    words,
)
from app.texts.ticket import title as title_of

MOST_TOLD: Final = 20
"""Tickets that are told of one by one."""
_MOST_LISTED: Final = 10
_LONGEST_TITLE: Final = 120
_LONGEST_PLACE: Final = 40
_IMPACTS: Final = {
    None: literal("Nobody decided the impact."),
    Impact.UNSURE: literal("**unsure**"),
    Impact.ANNOYING: literal("**annoying**: it annoyed users, but corrupted nothing and stopped nobody's work"),
    Impact.SEVERE: literal("**severe**: it may have corrupted data, or stopped people's work"),
}


class Outage(Fact, frozen=True, kw_only=True):
    """What is told of."""

    ticket: Ticket
    """The one that it was asked for."""
    others: tuple[Ticket, ...] = ()
    around: Surroundings = Surroundings()
    zone: tzinfo
    now: datetime

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All of them, as many as are told of one by one."""
        return (self.ticket, *self.others)[:MOST_TOLD]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When the trouble began, and when it was over, or now."""
        return span_of((self.ticket, *self.others), self.now)


def place(ticket: Ticket) -> Markdown:
    """The ticket's link; of an error without an issue the sender's page."""
    if ticket.issue is not None:
        return issue_link(ticket.issue)
    page = next((alert.link for alert in ticket.alerts if alert.link), "")
    return link(words(title_of(ticket), _LONGEST_TITLE), page)


def short_place(ticket: Ticket, home: str) -> Markdown:
    """The same for a narrow column: `#12`, of the repository `home`."""
    if ticket.issue is None:
        return words(title_of(ticket), _LONGEST_PLACE)
    if ticket.issue.repository.name != home:
        return issue_link(ticket.issue)
    return own_link(words(f"#{ticket.issue.number}"), ticket.issue.url)


def facts(outage: Outage) -> Markdown:
    """What happened, as a table."""
    lines = [fill("| {name} | {value} |", name=name, value=value) for name, value in _facts(outage)]
    return joined([lines[0], literal("|---|---|"), *lines[1:]], LINE)


def _facts(outage: Outage) -> Iterator[tuple[Markdown, Markdown]]:
    ticket = outage.ticket
    alert = ticket.first or ticket.latest
    yield literal("Error"), words(title_of(ticket))
    if outage.others:
        yield literal("Other errors"), count(len(outage.others) + outage.around.left_out, "ticket", "tickets")
    apps = _apps(outage.tickets)
    if apps:
        yield literal("App") if len(apps) == 1 else literal("Apps"), joined(apps, COMMA)
    if alert is not None and alert.environment:
        yield literal("Environment"), words(alert.environment)
    if alert is not None and alert.release:
        yield literal("Release"), code(alert.release)
    yield from _times(outage)
    if ticket.closing is None or not outage.others:
        return
    still = sum(each.closing is None for each in outage.others)
    if still:
        yield literal("Still open"), count(still, "other ticket", "other tickets")


def _apps(tickets: Sequence[Ticket]) -> list[Markdown]:
    """Each app with its team; of an error without an app the team."""
    seen = dict.fromkeys((each.routing.app, each.routing.team) for each in tickets)
    return [told for app, team in seen if (told := _app(app, team))]


def _app(app: str, team: str) -> Markdown:
    return joined([words(app), fill("team {team}", team=words(team)) if team else NOTHING], DOT)


def _times(outage: Outage) -> Iterator[tuple[Markdown, Markdown]]:
    tickets, zone, closing = (outage.ticket, *outage.others), outage.zone, outage.ticket.closing
    began = min((at for each in tickets if (at := each.trouble_since) is not None), default=None)
    opened = min((each.opened_at for each in tickets if each.opened_at is not None), default=None)
    last = max((each.counters.last_seen for each in tickets if each.counters.last_seen is not None), default=None)
    if began is not None:
        yield literal("Began"), second(began, zone)
    if opened is not None:
        after = fill("({span} later)", span=lasting(opened - began)) if began is not None else NOTHING
        yield literal("The squad knew"), joined([second(opened, zone), after], BLANK)
    if last is not None:
        yield literal("Last occurrence"), second(last, zone)
    if closing is not None:
        fix = fill("fixed by {fix}", fix=reference(closing.fix)) if closing.fix else NOTHING
        yield literal("Closed"), joined([second(closing.at, zone), fix], COMMA)
    if began is not None:
        over = all(each.closing is not None for each in tickets)
        lasted = lasting(outage.span[1] - began)
        yield literal("It lasted"), lasted if over else fill("{lasted} so far", lasted=lasted)


# Impact


def impact(outage: Outage) -> Markdown:
    """The impact: of several tickets in all, and of each."""
    if not outage.others:
        return joined(list(_impact_of(outage.ticket)), DOT)
    told = outage.tickets
    worst: Impact | None = None
    for ticket in told:
        if ticket.impact is not None and ticket.impact.exceeds(worst):
            worst = ticket.impact
    users = max((ticket.counters.users for ticket in told if ticket.counters.users is not None), default=None)
    total = [
        _IMPACTS[worst],
        fill("{occurrences} in all", occurrences=count(_occurrences(told), "occurrence", "occurrences")),
        fill("at least {users}", users=count(users, "user affected", "users affected")) if users else NOTHING,
    ]
    head = [
        literal("| Ticket | App | Impact | Occurrences | Users | First | Last |"),
        literal("|---|---|---|--:|--:|---|---|"),
    ]
    return joined(
        [
            joined(total, DOT),
            joined([*head, *(_row(ticket, outage.zone) for ticket in told)], LINE),
            _untold(outage),
        ],
        BLANK_LINE,
    )


def _impact_of(ticket: Ticket) -> Iterator[Markdown]:
    counters = ticket.counters
    yield _IMPACTS[ticket.impact]
    yield count(counters.occurrences, "occurrence", "occurrences")
    if (counters.sender_count or 0) > counters.occurrences:
        yield count(counters.sender_count or 0, "event at the sender", "events at the sender")
    if counters.users is not None:
        yield count(counters.users, "user affected", "users affected")


def _occurrences(tickets: Sequence[Ticket]) -> int:
    """Each occurrence once: a duplicate's are its ticket's, too, and a storm counts what its members do."""
    known = {ticket.id for ticket in tickets}
    total = 0
    for ticket in tickets:
        if ticket.storm is not None:
            total += sum(member.occurrences for member in ticket.storm.members if member.ticket not in known)
        else:
            passed_on = ticket.handed.occurrences if ticket.merged_into in known else 0
            total += max(0, ticket.counters.occurrences - passed_on)
    return total


def _row(ticket: Ticket, zone: tzinfo) -> Markdown:
    counters, none = ticket.counters, literal("–")
    return fill(
        "| {ticket} | {app} | {impact} | {occurrences} | {users} | {first} | {last} |",
        ticket=place(ticket),
        app=words(ticket.app) or none,
        impact=words(ticket.impact) if ticket.impact is not None else none,
        occurrences=words(f"{counters.occurrences:,}"),
        users=words(f"{counters.users:,}") if counters.users is not None else none,
        first=second(counters.first_seen, zone) if counters.first_seen is not None else none,
        last=second(counters.last_seen, zone) if counters.last_seen is not None else none,
    )


def _untold(outage: Outage) -> Markdown:
    more = 1 + len(outage.others) - len(outage.tickets) + outage.around.left_out
    return fill("… and {n}.", n=count(more, "more ticket", "more tickets")) if more else NOTHING


# Who, and which


def duty(outage: Outage) -> Markdown:
    """Who was on duty when the first ticket was opened, and the tech leads of all."""
    pair = outage.ticket.on_duty
    leads = dict.fromkeys((each.routing.team, (*each.routing.owners, "")[0]) for each in outage.tickets)
    named = [(team, lead) for team, lead in leads if lead] or list(leads)[:1]
    roles = [(literal("Primary"), pair.primary), (literal("Secondary"), pair.secondary)]
    for team, lead in named[:_MOST_LISTED]:
        of_team = fill("of team {team}", team=words(team)) if team else NOTHING
        roles.append((joined([literal("Tech lead"), of_team], BLANK), lead))
    lines = [
        fill("- {role}: {who}", role=role, who=code(f"@{login}") if login else literal("nobody is on record"))
        for role, login in roles
    ]
    return joined(lines, LINE)


def tickets(outage: Outage) -> Markdown:
    """The tickets involved, earlier ones, and others of the time."""
    return joined(list(_tickets(outage)), LINE)


def _tickets(outage: Outage) -> Iterator[Markdown]:
    ticket = outage.ticket
    if ticket.issue is not None:
        yield fill("- {issue}: this ticket", issue=issue_link(ticket.issue))
    for other in outage.tickets[1:]:
        what = words(title_of(other), _LONGEST_TITLE) if other.issue is not None else literal("no ticket of its own")
        yield fill("- {place}: {what}", place=place(other), what=what)
    for earlier, what in (
        *((earlier, literal("an earlier ticket of this error")) for earlier in ticket.earlier[-_MOST_LISTED:]),
        *((earlier, literal("an error that reads the same")) for earlier in ticket.kin[:_MOST_LISTED]),
    ):
        yield fill("- {issue}: {what}", issue=issue_link(earlier.ref), what=_earlier(earlier, what, outage.zone))
    for report in ticket.pointed[-_MOST_LISTED:]:
        yield fill("- {issue}: a person's report", issue=issue_link(report))
    yield from _also(outage)


def _earlier(earlier: EarlierIssue, what: Markdown, zone: tzinfo) -> Markdown:
    return joined(
        [
            what,
            fill("closed {at}", at=second(earlier.closed_at, zone)) if earlier.closed_at is not None else NOTHING,
            fill("fixed by {fix}", fix=reference(earlier.fix)) if earlier.fix else NOTHING,
            fill("post-mortem {issue}", issue=issue_link(earlier.post_mortem)) if earlier.post_mortem else NOTHING,
        ],
        COMMA,
    )


def _also(outage: Outage) -> Iterator[Markdown]:
    """They may have nothing to do with it; whoever knows better names them with the command."""
    for other in outage.around.also:
        if other.issue is not None:
            what = [literal("also at that time"), words(other.app), _opened(other, outage.zone)]
            yield fill("- {issue}: {what}", issue=issue_link(other.issue), what=joined(what, COMMA))
    if outage.around.more:
        yield fill("- … and {n} of that time.", n=count(outage.around.more, "more ticket", "more tickets"))


def _opened(ticket: Ticket, zone: tzinfo) -> Markdown:
    if ticket.opened_at is None:
        return NOTHING
    return fill("opened {at}", at=second(ticket.opened_at, zone))
