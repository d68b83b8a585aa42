"""What the log says of a settle: which deliveries it took, and which issue they came to.

Rule: bound to the settle's own task (`mailroom/worker.py` makes one for each), so every line of the settle carries it,
those of calls to GitHub too. A storm's deliveries are many: the first few are named, and how many were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from structlog.contextvars import bind_contextvars, get_contextvars

from app.domain.mailboxes import Pending
from app.domain.tickets import Ticket

NAMED: Final = 5


def took(letters: Sequence[Pending]) -> None:
    """These were read, beside those before."""
    if letters:
        known = get_contextvars()
        named = (*known.get("deliveries", ()), *(letter.delivery_id for letter in letters[:NAMED]))
        bind_contextvars(deliveries=named[:NAMED], letters=known.get("letters", 0) + len(letters))


def settled(ticket: Ticket) -> None:
    """Which issue they came to."""
    if ticket.issue is not None:
        bind_contextvars(issue=f"{ticket.issue.repository.name}#{ticket.issue.number}")
