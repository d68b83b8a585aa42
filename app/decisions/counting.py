"""Counting: an alert is folded into the ticket's counters and its burst.

Rules: every alert counts once. The alert that announces an error (Sentry `issue.created`) and the alert about the
event that caused it are one occurrence, whichever comes first: they carry the same time. That holds for each error
of a sender's, whoever had reported it before. A burst ends when nothing arrived for the quiet time. The last 24 hours
are counted by the hour, for the sparkline; the last five weeks by the day, for the reports.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from app.domain.alerts import Alert, Sender
from app.domain.tickets import Beginning, Burst, Counters, Ticket

HOURS_SHOWN: Final = 24
DAYS_KEPT: Final = 35
_SAME_EVENT: Final = timedelta(seconds=1)


def count_alert(ticket: Ticket, alert: Alert, received_at: datetime, quiet: timedelta) -> Ticket:
    """The ticket with this alert counted, as its latest; its first where it has none yet."""
    ticket, told_twice = _paired(ticket, alert)
    first = alert if ticket.first is None else ticket.first
    if told_twice:
        counters = note_sender_counts(ticket.counters, alert)
        if alert.first_of_error:
            return msgspec.structs.replace(ticket, counters=counters)
        # The announcement was counted; this is its event, with more to tell (a stack trace, a rule, a link).
        if first.first_of_error and first.sender_ref == alert.sender_ref:
            first = alert
        return msgspec.structs.replace(ticket, first=first, latest=_later(ticket.latest, alert), counters=counters)
    return msgspec.structs.replace(
        ticket,
        first=first,
        latest=_later(ticket.latest, alert),
        counters=_counted(ticket.counters, alert),
        burst=_burst(ticket.burst, received_at, quiet),
    )


def note_sender_counts(counters: Counters, alert: Alert) -> Counters:
    """The sender's own totals, where an alert tells them; they only grow."""
    return note_totals(counters, events=alert.sender_count, users=alert.users)


def note_totals(
    counters: Counters, *, events: int | None, users: int | None, last_seen: datetime | None = None
) -> Counters:
    """What the sender has counted in all, and when it saw the error last, None where it does not say; it only grows."""
    seen = [at for at in (counters.last_seen, last_seen) if at is not None]
    return msgspec.structs.replace(
        counters,
        users=_most(counters.users, users),
        sender_count=_most(counters.sender_count, events),
        last_seen=max(seen, default=None),
    )


def milestone(count: int) -> int:
    """The greatest power of ten that is at most `count` and at least 10; else 0."""
    return 10 ** (len(str(count)) - 1) if count >= 10 else 0


def _paired(ticket: Ticket, alert: Alert) -> tuple[Ticket, bool]:
    """Whether this is the other telling of how the error began; and the ticket that knows it."""
    if alert.sender is Sender.PERSON or not alert.sender_ref:
        return ticket, False
    known = next((began for began in ticket.began if began.sender_ref == alert.sender_ref), None)
    announced = alert.first_of_error
    if known is None:
        new = Beginning(sender_ref=alert.sender_ref, at=alert.occurred_at, announced=announced, happened=not announced)
        return msgspec.structs.replace(ticket, began=(*ticket.began, new)), False
    told = known.announced if announced else known.happened
    if told or abs(known.at - alert.occurred_at) >= _SAME_EVENT:
        return ticket, False
    paired = msgspec.structs.replace(known, announced=True, happened=True)
    return msgspec.structs.replace(
        ticket, began=tuple(paired if began is known else began for began in ticket.began)
    ), True


def _later(known: Alert | None, new: Alert) -> Alert:
    return known if known is not None and known.occurred_at > new.occurred_at else new


def _counted(counters: Counters, alert: Alert) -> Counters:
    at = alert.occurred_at
    hour = int(at.timestamp()) // 3600
    return msgspec.structs.replace(
        note_sender_counts(counters, alert),
        occurrences=counters.occurrences + 1,
        first_seen=min(counters.first_seen or at, at),
        last_seen=max(counters.last_seen or at, at),
        hours=_one_more(counters.hours, hour, HOURS_SHOWN),
        days=_one_more(counters.days, hour // 24, DAYS_KEPT),
    )


def _one_more(counts: tuple[tuple[int, int], ...], place: int, kept: int) -> tuple[tuple[int, int], ...]:
    """One more at this place; of all places the last `kept` stay."""
    if counts and counts[-1][0] == place:  # nearly always
        return (*counts[:-1], (place, counts[-1][1] + 1))
    by_place = dict(counts)
    by_place[place] = by_place.get(place, 0) + 1
    newest = max(by_place)
    return tuple(sorted((at, n) for at, n in by_place.items() if at > newest - kept))


def _burst(burst: Burst | None, at: datetime, quiet: timedelta) -> Burst:
    if burst is None or at - burst.last_at > quiet:
        return Burst(count=1, first_at=at, last_at=at)
    return msgspec.structs.replace(burst, count=burst.count + 1, last_at=max(burst.last_at, at))


def _most(known: int | None, told: int | None) -> int | None:
    return max((n for n in (known, told) if n is not None), default=None)
