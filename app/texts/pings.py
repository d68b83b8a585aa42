"""The comment that pings. It is a new one each time: GitHub tells nobody of an edit.

Rules: everybody who is pinged is mentioned in its first line, at most 25 people, and nobody is mentioned anywhere else,
but for those whom a handover relieves: they are told so below it, and are not alarmed. Then why, what was tried before,
what is to know of the duty (who is away; since when PagerDuty has been silent), what to do, and by when, in UTC. What
is severe is seen at a glance.

| the ping is …  | says                                                     | asks for                         |
|----------------|----------------------------------------------------------|----------------------------------|
| `undecided`    | since when nobody has decided                            | `/impact …`, or `/ack` meanwhile |
| `unsure`       | who, or which rule, found it unsure, and when            | `/impact …`, or `/ack` meanwhile |
| `severe`       | who, or which rule, found it severe, and when; how often, | `/ack`                           |
|                | how many users; that PagerDuty could not be told         |                                  |
| `unanswered`   | who was asked before, or could not be reached            | as the ticket's impact does      |
| `expired`      | who acknowledged it and when, and nothing happened since | `/ack` again, or to close it     |
| `storm`        | how many new errors came since when, instead of a ping   | `/impact …`, `/split`, or `/ack` |
|                | for each                                                 |                                  |
| `handover`     | to each their role on duty from now on                   | nothing                          |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.domain.alerts import Impact
from app.domain.duty import Duty
from app.domain.paging import Told
from app.domain.tickets import Ticket
from app.domain.triage import MOST_MENTIONS, Ping, Why
from app.texts import impacts
from app.texts.figures import count, instant
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    COMMA,
    NOTHING,
    Markdown,
    code,
    fill,
    joined,
    literal,
    marker,
    mention,
    sentence,
)

_ASKS: Final = {
    None: literal("is this going to hurt somebody, or is it just noise? Nobody has decided yet."),
    Impact.UNSURE: literal("is this going to hurt somebody, or is it just noise? Nobody is sure, so please look."),
    Impact.ANNOYING: literal("please look at this error."),
    Impact.SEVERE: literal("**this is severe.** It may corrupt data, or keep people from their work."),
}
_DECIDE: Final = literal(
    "Decide with `/impact severe`, `/impact annoying` or `/impact unsure`. Does it take a while? Then say `/ack`."
)
_DOES: Final = {
    None: _DECIDE,
    Impact.UNSURE: literal(
        "Decide with `/impact severe` or `/impact annoying`. Does it take a while? Then say `/ack`."
    ),
    Impact.ANNOYING: literal("Say `/ack` when you are on it."),
    Impact.SEVERE: literal(
        "Say `/ack` when you are on it. Is it not severe after all? Then say `/impact annoying` or `/impact unsure`."
    ),
}
_STILL: Final = literal("are you still on it?")
_AGAIN: Final = literal("Say `/ack` again, or close the ticket if it is done.")
_NOT_CALLED: Final = literal("**PagerDuty could not be told**, so nobody is called by it yet; it is tried again.")
_ONE_CAUSE: Final = literal("**many new errors at once.** Do they have one cause, and is it going to hurt somebody?")
_DIVIDE: Final = literal(
    "Decide with `/impact severe`, `/impact annoying` or `/impact unsure`; `/split` gives each owner their errors. "
    "Does it take a while? Then say `/ack`."
)
_ROLES: Final = (
    literal("you are off duty now."),
    literal("you are secondary now."),
    literal("you are primary now."),
)
"""By `Duty.rank`."""


def ping(ticket: Ticket, pings: tuple[Ping, ...], operation: str, notes: tuple[str, ...] = ()) -> Markdown:
    """All that is due at one moment, as `decisions/pinging.py` gives it: of one reason and one stage, one at least."""
    due = pings[0]
    severe = ticket.impact is Impact.SEVERE
    first = [literal("🚨") if severe else NOTHING, fill("{who}: {asks}", who=_people(pings), asks=_asks(ticket, due))]
    told = [_reason(ticket, due), *_before(ticket, due), _figures(ticket) if severe else NOTHING, _unpaged(ticket)]
    return joined(
        [
            joined(first, BLANK),
            joined(told, BLANK),
            joined([sentence(note) for note in notes], BLANK),
            joined(_to_do(ticket, due), BLANK),
            marker(operation),
        ],
        BLANK_LINE,
    )


def handed_over(
    ticket: Ticket, called: tuple[Ping, ...], relieved: tuple[str, ...], duty: Duty, operation: str
) -> Markdown:
    """Each hears which role they have from now on, by a squad's `duty`; what is severe alarms those who are called."""
    siren = literal("🚨") if called and ticket.impact is Impact.SEVERE else NOTHING
    return joined(
        [
            joined([siren, *(_role(it.who, duty) for it in called)], BLANK),
            joined([_role(who, duty) for who in relieved], BLANK),
            marker(operation),
        ],
        BLANK_LINE,
    )


def _role(who: str, duty: Duty) -> Markdown:
    return fill("{who}: {role}", who=mention(who), role=_ROLES[duty.rank(who)])


def _asks(ticket: Ticket, due: Ping) -> Markdown:
    if due.why is Why.EXPIRED and ticket.impact is not Impact.SEVERE:
        return _STILL
    if due.why is Why.STORM:
        return _ONE_CAUSE
    return _ASKS[ticket.impact]


def _people(pings: tuple[Ping, ...]) -> Markdown:
    return joined([mention(it.who) for it in pings[:MOST_MENTIONS]], BLANK)


def _reason(ticket: Ticket, due: Ping) -> Markdown:
    acknowledged = ticket.acknowledged
    if due.why is Why.STORM and ticket.storm is not None:
        errors = count(ticket.storm.errors, "new error", "new errors")
        at = instant(ticket.storm.began_at)
        return fill("{errors} so far since {at}; this is the one ping for all of them.", errors=errors, at=at)
    if due.why is Why.UNDECIDED and due.since is not None:
        since = fill("It has been undecided since {at}.", at=instant(due.since))
        return joined([since, impacts.suggestion(ticket)], BLANK)
    if due.why is Why.EXPIRED and acknowledged is not None:
        return fill(
            "{who} acknowledged it on {at}, and nothing has happened since.",
            who=code(f"@{acknowledged.by}"),
            at=instant(acknowledged.at),
        )
    return impacts.because(ticket) if due.why in {Why.UNSURE, Why.SEVERE} else NOTHING


def _before(ticket: Ticket, due: Ping) -> Iterable[Markdown]:
    """Whom the stage before this one was for."""
    if due.since is None:
        return
    earlier = [it for it in ticket.pings if it.since == due.since and it.stage < due.stage]
    last = [it for it in earlier if it.stage == max(before.stage for before in earlier)]
    asked = [it for it in last if it.proved or it.comment is None]
    unreached = [it for it in last if it not in asked]
    if asked:
        yield fill("{who} did not answer in time.", who=_names(asked))
    if unreached:
        yield fill("{who} could not be reached: GitHub knows no such person here.", who=_names(unreached))


def _names(pings: Iterable[Ping]) -> Markdown:
    return joined([code(f"@{it.who}") for it in pings], COMMA)


def _figures(ticket: Ticket) -> Markdown:
    counters = ticket.counters
    times = count(counters.occurrences, "occurrence", "occurrences")
    if counters.users is None:
        return fill("So far: {times}.", times=times)
    return fill("So far: {times}, {users}.", times=times, users=count(counters.users, "user", "users"))


def _unpaged(ticket: Ticket) -> Markdown:
    """Nobody may think that PagerDuty has called somebody when it has not."""
    step = None if ticket.unpaged is None else ticket.unpaged.step
    return _NOT_CALLED if step is not None and step.told is Told.TRIGGER else NOTHING


def _to_do(ticket: Ticket, due: Ping) -> Iterable[Markdown]:
    yield _AGAIN if due.why is Why.EXPIRED else _DIVIDE if due.why is Why.STORM else _DOES[ticket.impact]
    if due.answer_by is not None:
        yield fill("The next in line is asked at **{at}**.", at=instant(due.answer_by))
