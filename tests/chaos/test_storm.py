"""The storm of `make chaos`, at a tenth of its size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.storm import Storm


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_storm_survives_ten_kills_with_nothing_lost_and_nothing_twice(tmp_path: Path) -> None:
    outcome = await Storm(tmp_path, alerts=500, errors=20, kills=10, seed=1).run()
    assert not outcome.faults, "\n".join(outcome.faults)
    assert (outcome.issues, outcome.kills) == (20, 10)
