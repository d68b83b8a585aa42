"""Merging: a ticket that is a duplicate passes on what arrives, and the other one counts it.

| what arrives at a duplicate                    | what becomes of it                                              |
|------------------------------------------------|-----------------------------------------------------------------|
| an alert, what its sender did                  | passed on                                                       |
| a person's report in another issue             | passed on: it is closed as a duplicate of the other ticket      |
| another ticket's news: a duplicate, or no more | passed on                                                       |
| … and that is this ticket's own news           | tickets are duplicates in a circle: this one is one no more     |
| what this ticket has passed on before          | the same circle: it is counted here                             |
| a new version of its support ticket            | kept here                                                       |
| what people do to its own issue                | settled here; reopened, it is a duplicate no more               |

Rules: what was counted before the merge is told once: a ticket remembers what it told. Users may be the same people,
so the greater number stands. What is passed on keeps its order and its time, and is one letter each, so that however
often a settle is repeated it arrives once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.counting import DAYS_KEPT, HOURS_SHOWN
from app.domain.actions import Post
from app.domain.alerts import Impact, Sender
from app.domain.issues import IssueRef
from app.domain.mail import (
    AlertArrived,
    ByKey,
    IssueChanged,
    IssueVerb,
    Letter,
    Mail,
    SenderSaid,
    TicketMerged,
    TicketParted,
)
from app.domain.mailboxes import URGENT, ticket_key
from app.domain.tickets import Counters, Counts, Duplicate, Ticket, less
from app.domain.triage import Silence

SENDER: Final = "ticket"
"""Under this name tickets write to each other."""
_HOW_BAD: Final = (None, Impact.ANNOYING, Impact.UNSURE, Impact.SEVERE)


def news_of(ticket: Ticket) -> TicketMerged:
    """What the ticket tells of itself when it becomes a duplicate. Raises ValueError where it has no issue."""
    if ticket.issue is None:
        raise ValueError("A ticket without an issue can't be named.")
    return TicketMerged(
        ticket=ticket.id,
        issue=ticket.issue,
        counters=_since(ticket.counters, ticket.handed),
        began=ticket.began,
        impact=ticket.impact,
        decided_by=ticket.decided_by,
        decided_because=ticket.decided_because,
    )


def folded(ticket: Ticket, news: TicketMerged) -> Ticket:
    """The ticket with what its duplicate counted, and the duplicate named."""
    known = {began.sender_ref for began in ticket.began}
    others = tuple(it for it in ticket.duplicates if it.ticket != news.ticket)
    counters = _together(ticket.counters, news.counters)
    return msgspec.structs.replace(
        ticket,
        counters=counters,
        silence=None if ticket.silence is None else _as_silent(ticket.silence, ticket.counters, counters),
        began=(*ticket.began, *(began for began in news.began if began.sender_ref not in known)),
        duplicates=(*others, Duplicate(ticket=news.ticket, issue=news.issue)),
    )


def is_worse(news: TicketMerged, ticket: Ticket) -> bool:
    """Whether the duplicate was found worse than this ticket is."""
    return _HOW_BAD.index(news.impact) > _HOW_BAD.index(ticket.impact)


def without(ticket: Ticket, duplicate: int) -> Ticket:
    """The ticket, no longer having that duplicate. What it counted of it stays counted."""
    left = tuple(it for it in ticket.duplicates if it.ticket != duplicate)
    return msgspec.structs.replace(ticket, duplicates=left)


def apart(ticket: Ticket, at: datetime) -> Ticket:
    """The ticket, a duplicate no more, and open."""
    return msgspec.structs.replace(ticket, merged_into=0, duplicate_of=None, closing=None, opened_at=at)


def passed_on(mail: Mail, ticket: Ticket) -> Mail | None:
    """The mail as it goes to the ticket that this one is a duplicate of; None where it is for this one."""
    match mail:
        case AlertArrived() if mail.alert.sender is Sender.SUPPORT:
            return None
        case IssueChanged() if mail.verb is not IssueVerb.REPORTED or _is_its_own(mail.issue.ref, ticket):
            return None
        case AlertArrived() | SenderSaid() | IssueChanged():
            if ticket.id in mail.passed_by:
                return None
            return msgspec.structs.replace(mail, passed_by=(*mail.passed_by, ticket.id))
        case TicketMerged() | TicketParted():
            return mail if mail.ticket != ticket.id else None
        case _:
            return None


def post(ticket: int, to: int, name: str, mail: Mail, at: datetime, *, urgent: bool = False) -> Post:
    """A letter from one ticket to another; `name` is unique among those that the first one writes."""
    return Post(
        letter=Letter(
            sender=SENDER,
            delivery_id=f"{ticket}:{name}",
            address=ByKey(key=ticket_key(to)),
            mail=mail,
            received_at=at,
            prompt=isinstance(mail, TicketMerged | TicketParted | IssueChanged),
            priority=URGENT if urgent else 0,
        )
    )


def _is_its_own(issue: IssueRef, ticket: Ticket) -> bool:
    mine = (*(earlier.ref for earlier in ticket.earlier), *((ticket.issue,) if ticket.issue is not None else ()))
    return any((it.repository.id, it.number) == (issue.repository.id, issue.number) for it in mine)


def _since(counters: Counters, told: Counters) -> Counters:
    return msgspec.structs.replace(
        counters,
        occurrences=counters.occurrences - told.occurrences,
        hours=less(counters.hours, told.hours),
        days=less(counters.days, told.days),
    )


def _together(counters: Counters, more: Counters) -> Counters:
    return Counters(
        occurrences=counters.occurrences + more.occurrences,
        users=max((n for n in (counters.users, more.users) if n is not None), default=None),
        sender_count=max((n for n in (counters.sender_count, more.sender_count) if n is not None), default=None),
        first_seen=min((at for at in (counters.first_seen, more.first_seen) if at is not None), default=None),
        last_seen=max((at for at in (counters.last_seen, more.last_seen) if at is not None), default=None),
        hours=_more(counters.hours, more.hours, HOURS_SHOWN),
        days=_more(counters.days, more.days, DAYS_KEPT),
    )


def _as_silent(silence: Silence, before: Counters, after: Counters) -> Silence:
    """The silence, not nearer to its end by what was counted elsewhere before."""
    return msgspec.structs.replace(
        silence,
        counted_from=silence.counted_from + after.occurrences - before.occurrences,
        users_from=silence.users_from + (after.users or 0) - (before.users or 0),
    )


def _more(counts: Counts, others: Counts, kept: int) -> Counts:
    by_place = dict(counts)
    for place, number in others:
        by_place[place] = by_place.get(place, 0) + number
    newest = max(by_place, default=0)
    return tuple(sorted((place, number) for place, number in by_place.items() if place > newest - kept))
