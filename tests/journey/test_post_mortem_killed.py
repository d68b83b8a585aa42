"""A post-mortem's settle that ends just before its commit: what follows from it is said all the same, and once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.journey.test_post_mortem_life import WRITTEN, life


@pytest.mark.parametrize("nth", [1, 2])
async def test_killed_before_the_commit_slack_and_standup_hear_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    async with life(tmp_path) as it:
        mailroom = it.here.house.mailroom
        finish, reached, never = mailroom.finish, asyncio.Event(), asyncio.Event()
        seen = 0

        async def finished(claim: Any, **how: Any) -> None:
            nonlocal seen
            seen += claim.key.startswith("post-mortem:")
            if seen == nth and claim.key.startswith("post-mortem:"):
                reached.set()
                await never.wait()
            await finish(claim, **how)

        monkeypatch.setattr(mailroom, "finish", finished)
        people = (it.issue.body or "").partition("## Root cause")[0] + WRITTEN
        await it.here.act("edit", number=2, actor="mark", body=people)
        if nth == 2:
            await it.settled()
            await it.here.act("edit", number=2, actor="mark", title="Post-mortem: documents stayed away")
        async with asyncio.timeout(60):
            await reached.wait()
        (busy,) = it.here.house.worker._busy
        busy.cancel()
        await it.here.stop()
        await it.here.start()
        await it.at("23T11:30")
        assert "🔎 Feedback:" in it.message.text
        assert len(it.squad.replies) == 1
        assert ("stayed away" in it.message.text) is (nth == 2)
        await it.at("24T09:31")
        await it.at("25T09:31")
        assert it.lines == ["Tue 24 09:31", "Wed 25 09:31"]
