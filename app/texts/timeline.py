"""A ticket's history as a post-mortem tells it: one entry for each thing that happened, by the squad's clock.

Rules: entries are in the order of time, to the second, of which the error's first time comes first; they are linked
where there is a page to see. They speak of roles, never of names: *the primary*, *the tech lead*; whoever has none of
the squad's roles is *somebody*. Which login had which role stands once, elsewhere. Reasons that people gave are quoted,
for they say what was known at the time; so is what they noted, once, where a comment was both marked and pinned.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final, NamedTuple, assert_never

from app.domain.history import OF_PEOPLE, Happened, Kind
from app.domain.paging import Told
from app.domain.tickets import Pair, Ticket
from app.domain.triage import Why
from app.texts.figures import count, second
from app.texts.markdown import BLANK, COMMA, NOTHING, Markdown, fill, joined, link, literal, own_link, reference, words

_OF_PRODUCTION: Final = frozenset({Kind.FIRST, Kind.REGRESSED, Kind.RESOLVED, Kind.ARCHIVED, Kind.HEARD_AGAIN})
"""Their pages are the sender's."""
_WHY: Final = {
    Why.UNDECIDED: literal("nobody had decided the impact"),
    Why.UNSURE: literal("the impact was unsure"),
    Why.SEVERE: literal("the impact was severe"),
    Why.UNANSWERED: literal("the ping before had no answer"),
    Why.EXPIRED: literal("the acknowledgement had expired"),
    Why.HANDOVER: literal("the duty was handed over"),
    Why.STORM: literal("many new errors came at once"),
}
_PAGED: Final = {
    Told.TRIGGER: literal("PagerDuty was told, and called whoever is on call."),
    Told.ACKNOWLEDGE: literal("PagerDuty was told that somebody is on it."),
    Told.RESOLVE: literal("PagerDuty was told that it is over."),
}
_PRIMARY, _SECONDARY, _LEAD = literal("the primary"), literal("the secondary"), literal("the tech lead")
_OWNER, _BOT, _SOMEBODY = literal("another owner"), literal("a bot"), literal("somebody")


class Entry(NamedTuple):
    """One thing that happened."""

    at: datetime
    when: Markdown
    what: Markdown
    ticket: int = 0
    """Whose it is; 0: no ticket's."""
    stays: bool = False
    """It is shown where others have no room."""


def entries(ticket: Ticket, zone: tzinfo) -> list[Entry]:
    """What happened to the ticket, in the order of time."""
    return entries_of(ticket.history, Roles(ticket.on_duty, ticket.routing.owners), zone, ticket.id)


def entries_of(history: tuple[Happened, ...], roles: Roles, zone: tzinfo, ticket: int = 0) -> list[Entry]:
    """What is told of these lines, in the order of time."""
    noted = {(line.comment, line.detail) for line in history if line.kind is Kind.NOTED}
    return [
        Entry(
            at=_moment(line),
            when=_linked(second(line.at, zone), line),
            what=_what(line, roles, zone),
            ticket=ticket,
            stays=line.kind in OF_PEOPLE,
        )
        for line in sorted(history, key=lambda line: (_moment(line), line.kind is not Kind.FIRST))
        if line.kind is not Kind.PINNED or (line.comment, line.detail) not in noted
    ]


class Roles:
    """Who is who; the first of the owners is the tech lead."""

    def __init__(self, on_duty: Pair, owners: tuple[str, ...]) -> None:
        named = [
            *((owner, _OWNER) for owner in owners[1:]),
            *((lead, _LEAD) for lead in owners[:1]),
            (on_duty.secondary, _SECONDARY),
            (on_duty.primary, _PRIMARY),
        ]
        self._roles = {login.casefold(): role for login, role in named if login}

    def of(self, login: str) -> Markdown:
        """The role; whoever has several has the one that was on duty."""
        if login.endswith("[bot]"):
            return _BOT
        return self._roles.get(login.casefold(), _SOMEBODY)

    def of_all(self, logins: Iterable[str]) -> Markdown:
        """`the tech lead, 2 others`."""
        roles = [self.of(login) for login in logins]
        known = list(dict.fromkeys(role for role in roles if role != _SOMEBODY))
        others = roles.count(_SOMEBODY)
        return joined([*known, count(others, "other", "others") if others else NOTHING], COMMA)


def _moment(line: Happened) -> datetime:
    """What people do is told in whole seconds, what the sender tells is not: nothing came of an error before it was."""
    return line.at.replace(microsecond=0) if line.kind is Kind.FIRST else line.at


def _linked(at: Markdown, line: Happened) -> Markdown:
    return link(at, line.link) if line.kind in _OF_PRODUCTION else own_link(at, line.link)


def _what(line: Happened, roles: Roles, zone: tzinfo) -> Markdown:  # noqa: C901 - one arm for each kind
    by = fill("by {who}", who=roles.of(line.by)) if line.by else NOTHING
    until = fill("until {at}", at=second(line.until, zone)) if line.until is not None else NOTHING
    detail = words(line.detail)
    match line.kind:
        case Kind.FIRST:
            return literal("**The error occurred for the first time.**")
        case Kind.OPENED:
            return _said(literal("**The ticket was opened**"), _assigned(line, roles))
        case Kind.ADOPTED:
            return _said(literal("**A person's issue became the ticket**"), _assigned(line, roles))
        case Kind.MOVED:
            return _said(literal("The ticket was transferred to another repository"), by)
        case Kind.LOST:
            return _said(literal("The ticket's issue was deleted or taken away"), by)
        case Kind.REPORTED:
            return literal("A person reported it, too.")
        case Kind.ROUTED:
            return _said(fill("It was routed to {app}", app=detail), by)
        case Kind.DECIDED:
            by = by or literal("by the report")
            return _because(fill("**Impact: {impact}**, decided {by}", impact=detail, by=by), line)
        case Kind.CHANGED:
            changed = fill("**The impact was changed to {impact}**", impact=detail)
            return _because(joined([changed, by], BLANK), line)
        case Kind.RULED:
            return fill("**Impact: {impact}**, set by a rule of the squad's file.", impact=detail)
        case Kind.PAGED:
            return _PAGED[Told(line.detail)]
        case Kind.PINGED:
            return fill("Pinged: {whom}; {why}.", whom=roles.of_all(line.whom), why=_WHY[Why(line.detail)])
        case Kind.ACKNOWLEDGED:
            return _said(literal("**Acknowledged**"), by, until)
        case Kind.EXPIRED:
            return _said(literal("The acknowledgement"), by, literal("expired"))
        case Kind.ASSIGNED:
            return _said(
                fill("Assigned: {whom}", whom=roles.of_all(line.whom)), fill("({by})", by=by) if by else NOTHING
            )
        case Kind.UNASSIGNED:
            return _said(
                fill("Taken off: {whom}", whom=roles.of_all(line.whom)), fill("({by})", by=by) if by else NOTHING
            )
        case Kind.TAKEN:
            return _said(literal("Taken to be fixed"), by)
        case Kind.RESCUED:
            return _said(literal("**Caught in the code**"), by, fill("({how})", how=detail))
        case Kind.SILENCED:
            return _said(literal("Silenced"), by, until, fill("({reason})", reason=detail))
        case Kind.SILENCE_OVER:
            return _said(literal("The silence was over"), fill("(ended {by})", by=by) if by else NOTHING)
        case Kind.ARCHIVED:
            return _said(literal("Archived at the sender"), by)
        case Kind.HEARD_AGAIN:
            return _said(literal("No longer archived at the sender"), by)
        case Kind.RESOLVED:
            return _said(literal("**Resolved at the sender**"), by)
        case Kind.CLOSED:
            return _said(fill("**Closed** as {reason}", reason=words(line.detail.replace("_", " "))), by)
        case Kind.FIXED:
            return _said(fill("It was fixed by {fix}", fix=reference(line.link)))
        case Kind.REOPENED:
            return _said(literal("Reopened"), by)
        case Kind.REGRESSED:
            return literal("**It came back**, and the ticket was reopened.")
        case Kind.POST_MORTEM:
            return literal("The post-mortem was begun.")
        case Kind.NOTED:
            return _said(fill("“{text}”", text=detail), fill("(noted {by})", by=by) if by else NOTHING)
        case Kind.PINNED:
            return _said(fill("“{text}”", text=detail), fill("(a comment {by})", by=by) if by else NOTHING)
        case _:  # pragma: no cover
            assert_never(line.kind)


def _because(decided: Markdown, line: Happened) -> Markdown:
    if not line.why:
        return _said(decided)
    return fill("{decided}: “{why}”.", decided=decided, why=words(line.why))


def _assigned(line: Happened, roles: Roles) -> Markdown:
    return fill("and assigned to {whom}", whom=roles.of_all(line.whom)) if line.whom else NOTHING


def _said(*pieces: Markdown) -> Markdown:
    return fill("{all}.", all=joined(pieces, BLANK))
