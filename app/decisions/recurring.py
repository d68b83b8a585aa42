"""Recurring: how a ticket that is open tells that its error happened again.

| since the last settle                                | what is written                                              |
|------------------------------------------------------|--------------------------------------------------------------|
| nothing was counted, or the ticket is silenced       | the body, where something else in it has changed             |
| only the event behind an announcement came: it was   | the body, where it tells more; routed anew, where it is the  |
| counted already                                      | first one that has a stack trace                             |
| it happened again, and the ticket takes no comment   | the body                                                     |
| … first of a burst, or the burst has come to the     | a comment, as long as there are not too many                 |
| next milestone                                       |                                                              |
| … else                                               | the burst's comment, edited                                  |
"""

from __future__ import annotations

from app.decisions.counting import milestone
from app.domain.actions import Action, AddOccurrence, EditOccurrence, RefreshBody
from app.domain.tickets import Ticket


def told_again(before: Ticket, ticket: Ticket, *, counted: bool, stale: bool, most_comments: int) -> list[Action]:
    """What is written; `counted`: alerts were, `stale`: something else that the body shows has changed."""
    burst = ticket.burst
    if not counted or burst is None or ticket.silence is not None:
        return [RefreshBody()] if stale else []
    if ticket.counters.occurrences == before.counters.occurrences:
        reroute = ticket.first != before.first
        return [RefreshBody(reroute=reroute)] if reroute or ticket.latest != before.latest else []
    if ticket.locked:
        return [RefreshBody()]
    earlier = before.burst.count if before.burst is not None else 0
    due = burst.comment is None or milestone(burst.count) > milestone(earlier)
    if due and ticket.comments < most_comments:
        return [AddOccurrence(op=f"{ticket.id}.occurrence.{ticket.comments + 1}")]
    if burst.comment is not None:
        return [EditOccurrence(comment=burst.comment)]
    return [RefreshBody()]
