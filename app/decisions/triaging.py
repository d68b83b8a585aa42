"""Triaging: what a person's commands on a ticket come to.

| the command changed …                  | what is done                                                              |
|----------------------------------------|---------------------------------------------------------------------------|
| the silence                            | archived, or unarchived, at the sender where that can be; the body shows it |
| who is assigned                        | they are assigned                                                         |
| the app                                | routed again, and shown; its lead is assigned (`decisions/placing.py`)    |
| anything else                          | the body and the labels show it                                           |

| a label put on by a person             | is                                                                        |
|----------------------------------------|---------------------------------------------------------------------------|
| `impact:severe`, `:annoying`, `:unsure`| their decision, as by `/impact`                                           |

A support ticket is quiet until somebody finds it relevant: by `/prod-alert` or its label, or by deciding its impact.

Rule: a command is what is new in the ticket; so what is done follows from the ticket before and after it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.domain.actions import Action, ArchiveAtSender, AssignPeople, RefreshBody, UnarchiveAtSender
from app.domain.alerts import Impact
from app.domain.tickets import Ticket

_IMPACT: Final = "impact:"


def consequences(
    before: Ticket, after: Ticket, operation: str, *, unsilenced: bool, by: str = "", link: str = ""
) -> tuple[Action, ...]:
    """What is done about the difference that a command made; `unsilenced`: it was `/unsilence`, which leaves the
    sender's own silence to the sender. `by` and `link` say who wrote the command, and where."""
    actions: list[Action] = []
    reference = after.latest.sender_ref if after.latest is not None else ""
    if after.silence is not None and after.silence != before.silence and reference:
        actions.append(ArchiveAtSender(sender_ref=reference, silence=after.silence))
    unsilenced = unsilenced or (before.silence is not None and after.silence is None)
    was_there = bool(before.silenced) or (before.silence is not None and before.silence.at_sender)
    if unsilenced and was_there and reference:
        actions.append(UnarchiveAtSender(sender_ref=reference))
    if after.assigned != before.assigned:
        wished = tuple(who for who in after.assigned if who not in before.assigned)
        actions.append(AssignPeople(op=f"{operation}.assign", logins=wished, by=by, link=link))
    if msgspec.structs.replace(after, assigned=before.assigned) != before:
        actions.append(RefreshBody(reroute=after.app_named != before.app_named))
    return tuple(actions)


def labelled(ticket: Ticket, label: str, by: str, at: datetime) -> Ticket:
    """The ticket with the impact that a person's label says, theirs from then on; unchanged for another label."""
    name = label.casefold()
    if not name.startswith(_IMPACT) or name.removeprefix(_IMPACT) not in tuple(Impact):
        return ticket
    impact = Impact(name.removeprefix(_IMPACT))
    late = ticket.decided_at is not None and at < ticket.decided_at
    if late or (impact is ticket.impact and ticket.decided_by):
        return ticket
    return by_person(ticket, impact, by, at)


def by_person(ticket: Ticket, impact: Impact, by: str, at: datetime, because: str = "") -> Ticket:
    """The ticket with the impact that somebody of the squad decided on; it stands over what a rule has set.

    `because` is the reason they gave; without one, that of an earlier decision goes.
    """
    rule = ticket.set_by
    if rule is not None and rule.impact is not impact:
        rule = msgspec.structs.replace(rule, stands=False)
    decided = msgspec.structs.replace(
        ticket, impact=impact, decided_by=by, decided_at=at, decided_because=because, set_by=rule
    )
    return loud(decided)


def promoted(ticket: Ticket, at: datetime) -> Ticket:
    """A quiet support ticket becomes a loud one, which waits to be decided from now on."""
    return msgspec.structs.replace(ticket, quiet=False, opened_at=at) if ticket.quiet else ticket


def loud(ticket: Ticket) -> Ticket:
    """What is decided is not quiet, and what is severe not silent: the squad's own silence ends with that decision."""
    ticket = promoted(ticket, ticket.decided_at) if ticket.decided_at is not None else ticket
    return msgspec.structs.replace(ticket, silence=None) if ticket.impact is Impact.SEVERE else ticket
