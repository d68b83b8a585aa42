"""Saving what came through a door, and the line by which the log follows it from there.

| `LOG_LEVEL` | what the log says of a delivery                                                                   |
|-------------|---------------------------------------------------------------------------------------------------|
| `INFO`      | one line for each settle, not for each delivery: the settle's names the first few that it took    |
| `DEBUG`     | besides, that it was saved, and in which mailbox: `key` leads from here to its settles             |

Rule: each such line carries the sender and the delivery id. They are told in it, not bound: that is cheaper, and this
is done for each delivery.
"""

from __future__ import annotations

from typing import Final, Protocol

import structlog

from app.domain.errors import StoreError
from app.domain.mail import Letter
from app.domain.mailboxes import Receipt
from app.web.refusals import unsaved

_log: Final = structlog.get_logger("doors")


class Inbox(Protocol):
    """The mailroom, as saving needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...


async def saved(mailroom: Inbox, letter: Letter) -> Receipt:
    """The receipt, once it is saved. Raises the refusal where the store can't."""
    try:
        receipt = await mailroom.receive(letter)
    except StoreError as error:
        raise unsaved(letter.sender, letter.delivery_id, error) from error
    _log.debug("saved", sender=letter.sender, delivery=letter.delivery_id, fate=receipt.fate.value, key=receipt.key)
    return receipt
