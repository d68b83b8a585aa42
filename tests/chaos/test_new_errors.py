"""The storm of new errors of `make chaos`, at a fraction of its size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.new_errors import NewErrors


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_storm_of_new_errors_survives_ten_kills_with_nothing_lost_and_nothing_twice(tmp_path: Path) -> None:
    outcome = await NewErrors(tmp_path, alerts=400, errors=40, kills=10, seed=1).run()
    assert not outcome.faults, "\n".join(outcome.faults)
    assert (outcome.issues, outcome.kills) == (11, 10)
