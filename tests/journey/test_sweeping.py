"""Sweeping: webhooks that found nobody at home arrive, however many they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.github import apps
from tests.journey.stage import Stage, stage

LIST = "GET /app/hook/deliveries"
OFTEN = 250


def missing(here: Stage) -> int:
    """How many webhooks never arrived."""
    sent = {it.guid for it in here.github.state.deliveries.values()}
    return len(sent - {it.guid for it in here.github.state.deliveries.values() if it.status_code == 202})


async def test_a_record_that_is_longer_than_a_sweep_is_gone_through_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apps, "MOST_PAGES", 1)
    async with stage(tmp_path) as here:
        await here.act("open", title="Talk", actor="jo")
        await here.quiet()
        await here.stop()
        for number in range(OFTEN):
            await here.act("comment", number=1, actor="jo", body=f"This is word {number}.")
        await here.delivered()
        assert missing(here) == OFTEN
        here.calls(all=True)
        await here.start()
        assert missing(here) == OFTEN - 100, "the newest page"
        await here.stop()
        await here.start()
        assert missing(here) == OFTEN - 200, "the App was started anew, and goes on"
        await here.later(minutes=5)
        await here.quiet()
        assert missing(here) == 0, "the rest follows soon, not in an hour"
        assert here.calls(all=True).count(LIST) == 3, "nothing is read twice"
