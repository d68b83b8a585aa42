"""Announcing: which tickets the squad's channel hears of, what their message shows, and which buttons it has.

| the ticket is …                     | its message                | buttons                                          |
|-------------------------------------|----------------------------|--------------------------------------------------|
| severe                              | posted, edited from then on| acknowledge, unsure, annoying                    |
| unsure                              | posted, edited from then on| acknowledge, annoying, severe, silence           |
| undecided, and a storm's parent     | posted, edited from then on| acknowledge, unsure, annoying, severe, silence   |
| undecided (again)                   | edited where there is one  | acknowledge, unsure, annoying, severe, silence   |
| silenced, and not severe            | edited where there is one  | severe                                           |
| annoying                            | edited where there is one  | none                                             |
| closed, or its issue was deleted    | edited where there is one  | none                                             |
| any of these, without an issue yet  | posted where it is severe  | none: a command needs the issue's repository     |

Rule: a message is edited when something of it changes that people act on. Of the figures only a new power of ten
counts, so that a storm of occurrences is a few edits.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from app.decisions.counting import milestone
from app.domain.alerts import Alert, Impact
from app.domain.announcements import Shown, Standing, Verb
from app.domain.issues import Repository
from app.domain.tickets import Ticket
from app.domain.triage import Why

LOUD: Final = frozenset({Standing.SEVERE, Standing.UNSURE, Standing.STORM})
"""What is posted; anything else only edits what was."""
_ALL: Final = (Verb.ACKNOWLEDGE, Verb.UNSURE, Verb.ANNOYING, Verb.SEVERE, Verb.SILENCE)
_BUTTONS: Final = {
    Standing.SEVERE: (Verb.ACKNOWLEDGE, Verb.UNSURE, Verb.ANNOYING),
    Standing.UNSURE: (Verb.ACKNOWLEDGE, Verb.ANNOYING, Verb.SEVERE, Verb.SILENCE),
    Standing.STORM: _ALL,
    Standing.UNDECIDED: _ALL,
    Standing.SILENCED: (Verb.SEVERE,),
    Standing.ANNOYING: (),
    Standing.CLOSED: (),
}
DELETED: Final = "deleted"
"""How a ticket is closed whose issue is gone."""


def shown(ticket: Ticket, *, title: str, repository: Repository, everybody: tuple[str, ...]) -> Shown | None:
    """What the ticket's message shows; None where it has none and gets none.

    `everybody` are those whom the squad's file names for what is severe.
    """
    standing = _standing(ticket)
    posted = standing in LOUD and (ticket.issue is not None or standing is Standing.SEVERE)
    if not posted and not ticket.announced:
        return None
    alert, counters, closing = ticket.latest or ticket.first, ticket.counters, ticket.closing
    owners, severe = ticket.routing.owners[:1], standing is Standing.SEVERE
    return Shown(
        ticket=ticket.id,
        title=title,
        standing=standing,
        repository=repository,
        issue=ticket.issue,
        buttons=_BUTTONS[standing] if ticket.issue is not None else (),
        called=_each_once((*owners, *everybody, *_called_at_once(ticket))) if severe else (),
        owner="".join(owners),
        app=ticket.routing.app or _told(alert, "app"),
        environment=_told(alert, "environment"),
        sender_link=_told(alert, "link"),
        occurrences=counters.occurrences,
        users=counters.users,
        last_seen=counters.last_seen,
        regressions=ticket.regressions,
        decided_by=ticket.decided_by,
        decided_because=ticket.decided_because,
        acknowledged=None if standing is Standing.CLOSED else ticket.held,
        silence=ticket.silence,
        closed_by="" if closing is None else closing.by,
        closed_as=_closed_as(ticket, standing),
        closed_at=None if closing is None else closing.at,
    )


def digest(what: Shown) -> str:
    """Two that people would not tell apart have the same; see the module's rule."""
    coarse = msgspec.structs.replace(
        what,
        title="" if what.standing is Standing.STORM else what.title,  # it counts the errors, so it always changes
        occurrences=milestone(what.occurrences),
        users=None if what.users is None else milestone(what.users),
        last_seen=None,
        sender_link="",
    )
    return hashlib.blake2b(msgspec.json.encode(coarse), digest_size=8).hexdigest()


def _called_at_once(ticket: Ticket) -> tuple[str, ...]:
    """Whom it called on GitHub for being severe: there may be more than those whom the squad's file names."""
    opened_at = ticket.opened_at or ticket.counters.first_seen
    since = None if opened_at is None else ticket.waits_since(opened_at)
    return tuple(ping.who for ping in ticket.pings if ping.why is Why.SEVERE and ping.since == since)


def _standing(ticket: Ticket) -> Standing:
    if ticket.closing is not None or _is_deleted(ticket):
        return Standing.CLOSED
    match ticket.impact:
        case Impact.SEVERE:
            return Standing.SEVERE
        case Impact.ANNOYING:
            return Standing.ANNOYING
        case _ if ticket.silence is not None or ticket.silenced:
            return Standing.SILENCED
        case Impact.UNSURE:
            return Standing.UNSURE
        case _:
            return Standing.STORM if ticket.storm is not None else Standing.UNDECIDED


def _is_deleted(ticket: Ticket) -> bool:
    return ticket.issue is None and ticket.opened > 0


def _closed_as(ticket: Ticket, standing: Standing) -> str:
    if ticket.closing is not None:
        return ticket.closing.reason
    return DELETED if standing is Standing.CLOSED else ""


def _told(alert: Alert | None, name: str) -> str:
    return "" if alert is None else str(getattr(alert, name))


def _each_once(people: tuple[str, ...]) -> tuple[str, ...]:
    """However their names are written."""
    return tuple({who.casefold(): who for who in reversed(people)}.values())[::-1]
