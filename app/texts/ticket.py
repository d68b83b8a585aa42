"""A ticket's title, and the part of its body that the App keeps.

Rules: the same facts give the same bytes. What an engineer needs first stands first: how often, since when, where, the
sender's page, the innermost frames; then who answers for it, and why; what is needed once is folded away.
The newest alert speaks; what it does not say, the first one says. Nobody is mentioned: assignees are told by GitHub.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from app.domain.alerts import Alert, Frame, Sender
from app.domain.facts import Fact
from app.domain.manuals import Page
from app.domain.squad_pointers import Logs
from app.domain.tickets import EarlierIssue, Routing, Ticket
from app.domain.triage import Silence
from app.texts import impacts, storms
from app.texts.body import Part, state_marker
from app.texts.figures import count, instant, last_day, sparkline
from app.texts.markdown import (
    BLANK_LINE,
    COMMA,
    DOT,
    LINE,
    LONGEST_LINE,
    NOTHING,
    Markdown,
    code,
    fenced,
    fill,
    issue_link,
    joined,
    link,
    literal,
    marker,
    own_link,
    reference,
    sentence,
    words,
)
from app.texts.plain import one_line, unmentioning
from app.texts.pointers import pointer_rows
from app.texts.ticket_state import state_of

LONGEST_TITLE: Final = 256
FRAMES_SHOWN: Final = 6
_MOST_LISTED: Final = 10


class View(Fact, frozen=True, kw_only=True):
    """What the part needs besides the ticket. `operation` is given when the issue is opened."""

    now: datetime
    operation: str = ""
    map_url: str = ""
    """The page of the owners map on GitHub, with its line."""
    manual: Page | None = None
    """The section of the manual that is for the error."""
    logs: Logs | None = None


def title(ticket: Ticket) -> str:
    """The ticket's title: plain text on one line, at most 256 characters, without mentions and references."""
    if ticket.storm is not None:
        return storms.title(ticket.storm)
    return unmentioning(_headline(ticket.alerts, LONGEST_TITLE // 2))[:LONGEST_TITLE]


def fenced_part(ticket: Ticket, view: View) -> Part:
    """What stands between the begin and end markers: all; without what is folded and the frames; counters alone."""
    markers = _markers(ticket, view)
    if ticket.storm is not None:
        return storms.part(ticket, ticket.storm, tuple(_decided(ticket)), markers)
    counted = _quiet() if ticket.quiet else _counters(ticket, view)
    head = [counted, _what_happened(ticket, view), *_standing_of(ticket)]
    why = NOTHING if ticket.quiet else _who_answers(ticket, view)
    how_to = NOTHING if ticket.quiet else _how_to()
    full = [*head, _frames(ticket), _persons_words(ticket), why, *_history(ticket), how_to, markers]
    return Part(
        variants=(
            joined(full, BLANK_LINE),
            joined([*head, why, markers], BLANK_LINE),
            joined([counted, markers], BLANK_LINE),
        )
    )


def _told(alerts: tuple[Alert, ...], name: str) -> str:
    return next((text for alert in alerts if (text := str(getattr(alert, name)))), "")


def headline(ticket: Ticket) -> str:
    """What the error is called, on one line."""
    return _headline(ticket.alerts, LONGEST_LINE)


def page_of(ticket: Ticket) -> str:
    """The sender's page of the error; empty where there is none."""
    return _told(ticket.alerts, "link")


def _headline(alerts: tuple[Alert, ...], limit: int) -> str:
    """What the error is called, on one line: the first alert's own words, and never nothing."""
    for alert in reversed(alerts):
        where = f" in {alert.culprit}" if alert.culprit else ""
        named = f"{alert.error_type}: {alert.error_value}" if alert.error_value else alert.error_type + where
        if headline := one_line(named if alert.error_type else alert.title, limit):
            return headline
    return "An error without a title"


def _counters(ticket: Ticket, view: View) -> Markdown:
    counters = ticket.counters
    seen = [
        fill("{what} {at}", what=what, at=instant(at))
        for what, at in ((literal("first seen"), counters.first_seen), (literal("last seen"), counters.last_seen))
        if at is not None
    ]
    line = joined([fill("**{n}**", n=count(counters.occurrences, "occurrence", "occurrences")), *seen], DOT)
    day = last_day(counters.hours, view.now)
    if not any(day):
        return line
    bars = fill(
        "{bars} in the last 24 hours, at most {most} in one hour", bars=sparkline(day), most=words(f"{max(day):,}")
    )
    return joined([line, bars], LINE)


def _quiet() -> Markdown:
    return literal(
        "**A support ticket.** Nobody is assigned, and nobody is called. Is it relevant? Then write `/prod-alert`, and "
        "`severe`, `unsure` or `annoying` behind it if you know. Is it a known error? Then write `/duplicate-of` and "
        "its ticket. If it is nothing, close it."
    )


def _what_happened(ticket: Ticket, view: View) -> Markdown:
    rows = list(_rows(ticket, view))
    table = [_row(*rows[0]), literal("|---|---|"), *(_row(name, value) for name, value in rows[1:])]
    return joined(table, LINE)


def _row(name: Markdown, value: Markdown) -> Markdown:
    return fill("| {name} | {value} |", name=name, value=value)


def _rows(ticket: Ticket, view: View) -> Iterator[tuple[Markdown, Markdown]]:
    alerts, routing = ticket.alerts, ticket.routing
    yield literal("Error"), words(_headline(alerts, LONGEST_LINE))
    asked = next((alert for alert in alerts if alert.sender is Sender.SUPPORT), None)
    others = tuple(alert for alert in alerts if alert.sender is not Sender.SUPPORT)
    page, short_id = _told(others, "link"), _told(others, "short_id")
    if page or any(alert.sender is Sender.SENTRY for alert in alerts):
        yield literal("Sentry"), link(words(short_id) or literal("open it there"), page)
    if asked is not None:
        yield literal("Support ticket"), link(words(asked.short_id), asked.link)
    if any(alert.sender is Sender.PERSON for alert in alerts):
        yield literal("Reported by"), literal("a person")
    yield from pointer_rows(ticket, view.manual, view.logs)
    app, team = ticket.app, routing.team
    if app or team:
        yield literal("App"), joined([words(app), fill("team {team}", team=words(team)) if team else NOTHING], DOT)
    yield from _environment(words(_told(alerts, "environment")), words(_told(alerts, "level")))
    for name, value in (
        (literal("Where"), _told(alerts, "culprit")),
        (literal("URL"), _told(alerts, "url")),
        (literal("Release"), _told(alerts, "release")),
    ):
        if value:
            yield name, code(value)
    if rule := _told(alerts, "rule"):
        yield literal("Alert rule"), words(rule)
    if ticket.counters.users is not None:
        yield literal("Users affected"), words(f"{ticket.counters.users:,}")
    if (ticket.counters.sender_count or 0) > ticket.counters.occurrences:
        yield literal("Events at Sentry"), words(f"{ticket.counters.sender_count:,}")
    yield literal("Impact"), impacts.decided(ticket)


def _environment(environment: Markdown, level: Markdown) -> Iterator[tuple[Markdown, Markdown]]:
    if environment:
        yield literal("Environment"), joined([environment, level], DOT)
    elif level:
        yield literal("Level"), level


def _standing_of(ticket: Ticket) -> Iterator[Markdown]:
    """What an engineer must know before anything else is done about it."""
    yield impacts.suggestion(ticket) if ticket.closing is None else NOTHING
    if ticket.unpaged is not None:
        yield fill("📵 **PagerDuty was not told:** {why}", why=sentence(ticket.unpaged.why))
    if ticket.silenced and (ticket.silence is None or not ticket.silence.at_sender):
        yield fill("🔕 **Silenced at Sentry:** {how}.", how=words(ticket.silenced.replace("_", " ")))
    yield from _agreed(ticket)
    if ticket.merged_into and ticket.duplicate_of is not None:
        yield fill(
            "**A duplicate of** {ticket}: what happens is counted there.", ticket=issue_link(ticket.duplicate_of)
        )
    if ticket.resolved_by_sender is not None:
        yield fill("**Resolved at Sentry** on {at}.", at=instant(ticket.resolved_by_sender))
    if ticket.regressions:
        times = count(ticket.regressions, "time", "times")
        yield fill("🔁 **It came back** after it was closed ({times}).", times=times)
    if ticket.faults:
        faults = [fill("- {fault}", fault=sentence(fault)) for fault in ticket.faults[:_MOST_LISTED]]
        yield joined([literal("**Please complete the report:**"), joined(faults, LINE)], BLANK_LINE)


def _agreed(ticket: Ticket) -> Iterator[Markdown]:
    """What the people on duty decided."""
    silence, acknowledged = ticket.silence, ticket.held
    if silence is not None:
        yield fill(
            "🔕 **Silenced** {until} by {who} on {at}: {reason}",
            until=_silence_ends(silence),
            who=code(f"@{silence.by}"),
            at=instant(silence.at),
            reason=words(silence.reason),
        )
    if acknowledged is not None and ticket.closing is None:
        yield fill(
            "**Acknowledged** by {who}, until {at}.",
            who=code(f"@{acknowledged.by}"),
            at=instant(acknowledged.expires),
        )
    if ticket.to_fix_by:
        yield fill("**Being fixed** by {who}.", who=code(f"@{ticket.to_fix_by}"))
    if ticket.rescued:
        yield fill("**Rescued:** {how}", how=words(ticket.rescued))
    if ticket.post_mortem is not None:
        yield fill("**Post-mortem:** {issue}.", issue=issue_link(ticket.post_mortem))


def _decided(ticket: Ticket) -> Iterator[Markdown]:
    """What a storm's ticket tells of itself as any ticket does."""
    owner = code(f"@{ticket.routing.owners[0]}") if ticket.routing.owners else literal("nobody")
    yield fill("**Who answers:** {owner} · **Impact:** {impact}", owner=owner, impact=impacts.decided(ticket))
    yield from _unassigned(ticket)
    yield from _agreed(ticket)


def _silence_ends(silence: Silence) -> Markdown:
    if silence.until is not None:
        return fill("until {at}", at=instant(silence.until))
    if silence.occurrences is not None:
        return fill("until {n}", n=count(silence.occurrences, "more occurrence", "more occurrences"))
    if silence.users is not None:
        return fill("until {n}", n=count(silence.users, "more user is affected", "more users are affected"))
    return literal("until it escalates")


def _frames(ticket: Ticket) -> Markdown:
    frames = next((alert.frames for alert in ticket.alerts if alert.frames), ())
    shown = [frame for frame in frames if frame.in_app][-FRAMES_SHOWN:] or frames[-FRAMES_SHOWN:]
    block = fenced("\n".join(_frame(frame) for frame in reversed(shown)))
    return joined([literal("**Innermost frames**, the last call first:"), block], BLANK_LINE) if block else NOTHING


def _frame(frame: Frame) -> str:
    line = f":{frame.line}" if frame.line is not None else ""
    function = f" in {frame.function}" if frame.function else ""
    return one_line(f"at {frame.path or frame.module}{line}{function}", 300)


def _persons_words(ticket: Ticket) -> Markdown:
    """A person's details, unless they stand in the same body anyway."""
    details = _told(ticket.alerts, "details")
    around = ticket.around
    if not details:
        return NOTHING
    if around is not None and details in f"{around.before}\n{around.after}".replace("\r\n", "\n"):
        return NOTHING
    return joined([literal("**What users see:**"), fenced(details)], BLANK_LINE)


def _who_answers(ticket: Ticket, view: View) -> Markdown:
    routing = ticket.routing
    if routing.owners:
        who = fill("**Who answers:** {owner}", owner=code(f"@{routing.owners[0]}"))
    else:
        who = literal("**Who answers:** nobody")
    lines = [fill("{who} – {why}.", who=who, why=_why(routing, view)), *_unassigned(ticket)]
    lines.extend(fill("- {note}", note=sentence(note)) for note in routing.notes[:_MOST_LISTED])
    return joined([lines[0], joined(lines[1:], LINE)], BLANK_LINE)


def _why(routing: Routing, view: View) -> Markdown:
    if not routing.source:
        return literal("no owners map was found")
    source = own_link(code(routing.source), view.map_url)
    if not routing.line:
        return fill("no line of {source} matches", source=source)
    why = fill(
        "line {line} of {source}, {pattern}",
        line=words(str(routing.line)),
        source=source,
        pattern=code(routing.pattern),
    )
    return fill("{why}, matches {what}", why=why, what=code(routing.matched)) if routing.matched else why


def _unassigned(ticket: Ticket) -> Iterator[Markdown]:
    routing = ticket.routing
    if ticket.assigned:
        instead = fill("{next} takes it instead", next=joined([code(f"@{name}") for name in ticket.assigned], COMMA))
    else:
        instead = literal("**nobody is assigned: please take it, or assign somebody**")
    for name in ticket.unassignable[:_MOST_LISTED]:
        where = fill("(line {line} of the map)", line=words(str(routing.line))) if routing.line else NOTHING
        yield fill(
            "- {named} can't be assigned in this repository; {instead}.",
            named=joined([code(f"@{name}"), where], literal(" ")),
            instead=instead,
        )


def _history(ticket: Ticket) -> Iterator[Markdown]:
    if ticket.pointed:
        reports = [issue_link(issue) for issue in ticket.pointed[-_MOST_LISTED:]]
        number = count(len(ticket.pointed), "report", "reports")
        yield fill("**Reported by people, too:** {number} ({links}).", number=number, links=joined(reports, COMMA))
    if ticket.duplicates:
        tickets = [issue_link(duplicate.issue) for duplicate in ticket.duplicates[-_MOST_LISTED:]]
        yield fill("**Duplicates, counted here:** {tickets}.", tickets=joined(tickets, COMMA))
    if ticket.earlier:
        earlier = [_earlier(issue) for issue in ticket.earlier[-_MOST_LISTED:]]
        yield fill("**Earlier tickets of this error:** {earlier}.", earlier=joined(earlier, COMMA))
    if ticket.kin:
        kin = [_earlier(issue) for issue in ticket.kin[:_MOST_LISTED]]
        yield fill("**Closed tickets of errors that read the same:** {kin}.", kin=joined(kin, COMMA))
    if ticket.in_storm is not None and ticket.in_storm.parent is not None:
        yield fill("**It came with a storm of new errors:** {storm}.", storm=issue_link(ticket.in_storm.parent))


def _earlier(earlier: EarlierIssue) -> Markdown:
    told = [
        fill("closed {at}", at=instant(earlier.closed_at)) if earlier.closed_at is not None else NOTHING,
        fill("fixed by {fix}", fix=reference(earlier.fix)) if earlier.fix else NOTHING,
        fill("post-mortem {issue}", issue=issue_link(earlier.post_mortem)) if earlier.post_mortem else NOTHING,
    ]
    issue, more = issue_link(earlier.ref), joined(told, COMMA)
    return fill("{issue} ({more})", issue=issue, more=more) if more else issue


def _how_to() -> Markdown:
    return joined(
        [
            literal("<details><summary>How to work with this ticket</summary>"),
            literal(
                "- **How bad is it?** Decide with `/impact unsure`, `/impact annoying` or `/impact severe`; `/ack` "
                "says that you are on it. `/help` shows all commands.\n"
                "- **Fixed?** Close it as completed. Should the error come back, the ticket is reopened.\n"
                "- **Not worth fixing?** Close it as not planned: it is still counted, and the ticket stays closed.\n"
                "- **Write above or below this part**: only this part is rewritten when the error occurs again."
            ),
            literal("</details>"),
        ],
        BLANK_LINE,
    )


def _markers(ticket: Ticket, view: View) -> Markdown:
    state = state_marker(state_of(ticket))
    return joined([state, marker(view.operation) if view.operation else NOTHING], LINE)
