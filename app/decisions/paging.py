"""Paging: what PagerDuty has to be told of a ticket, one step after the other.

| the ticket is            | PagerDuty knows                            | it is told                                   |
|--------------------------|--------------------------------------------|----------------------------------------------|
| severe, and heard        | nothing, or of a page that is resolved     | `trigger`, of a new page                     |
| severe, and heard        | of a page that is triggered; somebody      | `acknowledge`                                |
|                          | acknowledged the ticket                    |                                              |
| severe, and heard        | of a page that is acknowledged, and the    | `resolve`, then `trigger` of a new page:     |
|                          | ticket's acknowledgement expired           | what is acknowledged calls nobody again      |
|                          |                                            | there                                        |
| not severe, or not heard | of a page that is triggered or             | `resolve`                                    |
|                          | acknowledged                               |                                              |

Heard is a ticket that is open, or about to be opened, reopened or taken over, and not silenced by the squad. A report
that was closed when it is taken over is not. With `severe: {pagerduty: false}` in the squad's file none is heard.

Rule: a step follows from the ticket and from what PagerDuty knows alone, so what failed is asked for again. What is
acknowledged or resolved at PagerDuty itself is not known here; the ticket is where people decide.

"While an incident is acknowledged, it won't generate any additional notifications, even if it receives new trigger
events": <https://developer.pagerduty.com/docs/events-api-v2-overview>
"""

from __future__ import annotations

from typing import assert_never

from app.domain.actions import Action, AdoptIssue, OpenIssue, Reopen
from app.domain.alerts import Impact
from app.domain.paging import Page, Step, Told
from app.domain.tickets import Ticket


def is_heard(ticket: Ticket, actions: tuple[Action, ...]) -> bool:
    """Whether somebody is to be called for the ticket, once the actions are done; see the module's rule."""
    if ticket.impact is not Impact.SEVERE or ticket.silence is not None:
        return False
    if ticket.is_open or any(isinstance(action, OpenIssue | Reopen) for action in actions):
        return True
    return any(isinstance(action, AdoptIssue) and action.issue.open for action in actions)


def next_step(page: Page | None, *, heard: bool, acknowledged: bool) -> Step | None:
    """What PagerDuty is told next; None where it knows all. See the module's table."""
    number, told = (0, Told.RESOLVE) if page is None else (page.number, page.told)
    match told:
        case Told.RESOLVE:
            return Step(number=number + 1, told=Told.TRIGGER) if heard else None
        case Told.TRIGGER:
            if not heard:
                return Step(number=number, told=Told.RESOLVE)
            return Step(number=number, told=Told.ACKNOWLEDGE) if acknowledged else None
        case Told.ACKNOWLEDGE:
            return None if heard and acknowledged else Step(number=number, told=Told.RESOLVE)
        case _:  # pragma: no cover
            assert_never(told)
