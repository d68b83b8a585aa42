"""The generated bodies of `make chaos`, a few of them."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.bodies import SIGNED, run

BODIES = 2_000


async def test_generated_bodies_bring_about_no_fault_and_no_junk_ticket(tmp_path: Path) -> None:
    outcome = await run(tmp_path, BODIES, seed=7)
    assert not outcome.faults, "\n".join(outcome.faults[:10])
    assert sum(outcome.statuses.values()) == BODIES
    assert outcome.statuses[401] > BODIES * (1 - SIGNED) / 2
    assert outcome.statuses[202] > BODIES / 2
    assert outcome.statuses[400] > 0
    assert outcome.dead > 0
    assert outcome.tickets > 0
