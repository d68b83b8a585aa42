"""Showing: what is written once more because a settle itself found out more, when it was planned already.

| new is                                            | it shows with                            | else           |
|---------------------------------------------------|------------------------------------------|----------------|
| the impact, which is a label, too                 | an action that writes labels and body    | the body and   |
| a suggestion, or that PagerDuty could not be told | an action that writes the body           | the labels are |
|                                                   |                                          | refreshed      |
"""

from __future__ import annotations

from typing import Final

from app.domain.actions import Action, AddOccurrence, AdoptIssue, EditOccurrence, OpenIssue, RefreshBody, Reopen
from app.domain.tickets import Ticket

_WRITE_ALL: Final = (OpenIssue, AdoptIssue, Reopen, RefreshBody)
_WRITE_BODY: Final = (*_WRITE_ALL, AddOccurrence, EditOccurrence)


def shown(planned: Ticket, found: Ticket, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The actions, and what else shows the ticket as it was found to be; nothing more where it has no issue."""
    relabelled = planned.impact is not found.impact
    reworded = (planned.suggested, planned.unpaged) != (found.suggested, found.unpaged)
    writers = _WRITE_ALL if relabelled else _WRITE_BODY
    if found.issue is None or not (relabelled or reworded) or any(isinstance(it, writers) for it in actions):
        return actions
    return (*actions, RefreshBody())
