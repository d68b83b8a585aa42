"""Several processes on one PostgreSQL database, as far as a test needs them.

`python -m tests.contract.fleet URL` is a process that claims a mailbox, tells its key, and does nothing more.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from app.domain.mail import Address, ByKey, Letter, TimerFell
from app.domain.mailboxes import Claim
from app.ledger.postgres.database import Database
from app.mailroom.postgres import PostgresMailroom
from app.mailroom.presence import Pace
from tests.contract.stores import NOON, Clock

CALM = Pace(beat=0.2, stale=60.0, mend=0.3, look_again=5.0)
"""Nobody is taken for dead, however busy the machine is."""
QUICK = Pace(beat=0.2, stale=1.5, mend=0.3, look_again=5.0)
"""Whoever is dead is missed soon."""


@asynccontextmanager
async def process(url: str, clock: Clock, pace: Pace = CALM) -> AsyncIterator[PostgresMailroom]:
    """One more process's mailroom."""
    database = await Database.open(url)
    mailroom = PostgresMailroom(database, clock, pace)
    try:
        yield mailroom
    finally:
        await mailroom.close()
        await database.close()


def note(
    name: str, key: str = "box", *, address: Address | None = None, at: datetime = NOON, priority: int = 0
) -> Letter:
    """A letter whose mail tells its name."""
    return Letter(
        sender="test",
        delivery_id=name,
        address=address or ByKey(key=key),
        mail=TimerFell(name=name, due=NOON),
        received_at=at,
        prompt=True,
        priority=priority,
    )


async def claimed(mailroom: PostgresMailroom, within: float = 60) -> Claim:
    """The next mailbox, as a worker would get it."""
    async with asyncio.timeout(within):
        while (claim := await mailroom.claim(NOON, {})) is None:
            await mailroom.changed(within)
    return claim


async def names(mailroom: PostgresMailroom, claim: Claim) -> list[str]:
    """What waits in the claimed mailbox."""
    mail = [pending.mail for pending in await mailroom.pending(claim, after=0, limit=1_000)]
    return [item.name for item in mail if isinstance(item, TimerFell)]


async def settle(mailroom: PostgresMailroom, claim: Claim) -> list[str]:
    """Read all that waits, and settle it."""
    pending = await mailroom.pending(claim, after=0, limit=1_000)
    await mailroom.finish(claim, through=pending[-1].seq if pending else 0, now=NOON)
    return [item.mail.name for item in pending if isinstance(item.mail, TimerFell)]


async def hold(url: str) -> None:
    """Claim, and never let go."""
    async with process(url, Clock()) as mailroom:
        claim = await claimed(mailroom)
        sys.stdout.write(f"{claim.key}\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1]))
