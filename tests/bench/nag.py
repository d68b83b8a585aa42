"""The nag over a thousand stale tickets: `python -m tests.bench.nag`. Its calls, and how long it works by itself.

GitHub is the lookalike over real HTTP, its clock turns when the job waits: so the time told is the job's own and the
lookalike's, without the pauses that GitHub's limits ask for. How long those are is told besides.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta

from app.domain.alerts import Impact
from scripts import nag
from tests.journey.office import MONDAY, Office, office

TICKETS = 1_000


async def main() -> None:
    async with office() as here:
        for number in range(1, TICKETS + 1):
            here.ticket(number, impact=Impact.SEVERE)
        here.clock.at = MONDAY + timedelta(days=1)
        here.calls()
        reads = writes = runs = 0
        began = time.perf_counter()
        complete = False
        while not complete:
            started = here.clock()
            complete = (await here.run(nag.JOB)).complete
            here.clock.at = max(here.clock(), started + timedelta(hours=1))
            runs += 1
            more = here.calls()
            reads, writes = reads + more[0], writes + more[1]
        sys.stdout.write(
            f"nag: {TICKETS:,} stale tickets, {runs} hourly runs, {reads / runs:.0f} reads each, "
            f"{writes:,} writes in all, {time.perf_counter() - began:.1f} s of work\n"
        )
        await again(here)


async def again(here: Office) -> None:
    began = time.perf_counter()
    await here.run(nag.JOB)
    reads, writes = here.calls()
    sys.stdout.write(f"nag, a second run: {reads} reads, {writes} writes, {time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    asyncio.run(main())
