"""Placing: who is assigned once a ticket was routed anew, and answers to another lead.

| it was routed anew                              | whom the App had assigned | the new lead | whom people assigned |
|-------------------------------------------------|---------------------------|--------------|----------------------|
| by a person, who named its app                  | goes                      | is assigned  | stays                |
| by what arrived, and people assigned nobody     | goes                      | is assigned  |                      |
| by what arrived, and people assigned somebody   | stays                     | is not       | stays                |

Rule: the App takes off only whom it put on. Whoever was taken off by people, and assigned again, was assigned by them.
"""

from __future__ import annotations

from app.domain.tickets import Ticket


def assignees(before: Ticket, after: Ticket) -> tuple[str, ...] | None:
    """All who are to be assigned; None where nobody's place changes.

    `before` is the ticket as it was known, `after` the one routed anew, with those who are assigned at this moment.
    """
    lead = after.routing.owners[:1]
    if _folded(lead) == _folded(before.routing.owners[:1]):
        return None
    theirs = without(after.assigned, placed(before))
    if theirs and not after.app_named:
        return None
    return (*theirs, *without(lead, theirs))


def placed(ticket: Ticket) -> tuple[str, ...]:
    """Whom the App has assigned; where that was not remembered yet, the lead is taken for it."""
    return ticket.routing.owners[:1] if ticket.placed is None else ticket.placed


def newly_placed(before: Ticket, who: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them whom the App assigns, since nobody had before; asked again, when that is done, it is the same."""
    return without(who, without(before.assigned, placed(before)))


def without(logins: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The logins but those others, however they are written."""
    return tuple(login for login in logins if login.casefold() not in _folded(others))


def _folded(logins: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(login.casefold() for login in logins)
