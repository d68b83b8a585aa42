"""A process that receives letters into a store and tells each that was saved, until it is killed.

`python -m tests.contract.killed STORE FOLDER FIRST`: letters FIRST, FIRST + 1 … of twenty errors, sixteen at a time.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

from app.domain.alerts import Alert, Sender
from app.domain.mail import AlertArrived, ByError, Letter
from tests.contract.stores import NOON, STORES, Clock

AT_ONCE = 16


def letter(number: int) -> Letter:
    """An alert about one of twenty errors."""
    error = f"v1:{number % 20}"
    return Letter(
        sender="sentry",
        delivery_id=str(number),
        address=ByError(fingerprint=error),
        mail=AlertArrived(alert=Alert(sender=Sender.SENTRY, title=str(number), occurred_at=NOON, fingerprint=error)),
        received_at=NOON,
    )


async def receive(store: str, folder: Path, first: int) -> None:
    """Receive without end. A line on standard output is written only after the letter is saved."""
    numbers = itertools.count(first)
    async with STORES[store](folder, Clock()) as mailroom:

        async def door() -> None:
            for number in numbers:
                await mailroom.receive(letter(number))
                os.write(1, f"{number}\n".encode())

        await asyncio.gather(*(door() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(receive(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
