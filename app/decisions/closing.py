"""Closing: what is done when a ticket was closed.

| it was closed …            | and is              | then                                                     |
|----------------------------|---------------------|----------------------------------------------------------|
| by a person, as completed  |                     | what fixed it is asked, should it ever come back         |
| but not as a duplicate     | severe, and has no  | a post-mortem is offered, once                           |
|                            | post-mortem         |                                                          |
"""

from __future__ import annotations

from app.domain.actions import Action, NoteFix, OfferPostMortem
from app.domain.alerts import Impact
from app.domain.tickets import Closing, Ticket


def after_closing(ticket: Ticket, closing: Closing | None) -> list[Action]:
    """What follows from a person's closing; None: from the App's own, as completed."""
    actions: list[Action] = []
    if closing is not None and closing.reason == "completed":
        actions.append(NoteFix())
    duplicate = closing is not None and closing.reason == "duplicate"
    asked = ticket.post_mortem is not None or ticket.post_mortem_offered
    if ticket.impact is Impact.SEVERE and not duplicate and not asked:
        actions.append(OfferPostMortem(op=f"{ticket.id}.offer.{ticket.opened + 1}"))
    return actions
