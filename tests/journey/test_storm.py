"""An alert storm: whatever arrives is counted, and GitHub hears of it in a handful of calls."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.sentry import shapes
from sandbox.sentry.state import Event
from tests.journey.stage import APPS, OPEN_ISSUE, Stage, by_the_app, seed, stage, told

STORM = 10_000
AT_ONCE = 32


def _events(here: Stage, many: int) -> Iterator[tuple[str, bytes]]:
    """(request id, body) of so many alerts about events of one error, no two alike."""
    (error,) = here.sentry.state.issues.values()
    shown = shapes.event(here.sentry.state, error, error.events[-1])
    for nth in range(many):
        at = here.clock()
        event = Event(id=f"{nth:032x}", at=at, report=error.report)
        told_of_it = shown | {
            "event_id": event.id,
            "datetime": shapes.stamp(at),
            "timestamp": at.timestamp(),
            "web_url": f"{shapes.issue_page(here.sentry.state, error)}events/{event.id}/",
        }
        yield f"storm-{nth}", json.dumps({"action": "triggered", "data": {"event": told_of_it}}).encode()


async def _post_all(here: Stage, many: int) -> None:
    events = _events(here, many)

    async def post() -> None:
        for request_id, body in events:
            assert await here.post_sentry(body, resource="event_alert", request_id=request_id) == 202

    await asyncio.gather(*(post() for _ in range(AT_ONCE)))


@pytest.mark.timeout(180)
async def test_ten_thousand_occurrences_are_a_handful_of_calls(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=APPS)) as here:  # what is gathered is gathered for 15 s, as by default
        await here.first()
        began = time.monotonic()
        await _post_all(here, STORM)
        posted = time.monotonic() - began
        await here.later(seconds=15)
        await here.quiet(within=60)
        assert told(here.ticket).occurrences == STORM + 1
        calls = here.calls(all=True)
        gatherings = posted / 15 + 2  # a slow machine has more of them to post so many in
        assert len([route for route in calls if "/labels/" not in route]) <= 2 + 2 * gatherings, calls
        assert calls.count(OPEN_ISSUE) == 1
        assert len(by_the_app(here.ticket)) <= 5
        assert f"**{STORM + 1:,} times**" in by_the_app(here.ticket)[-1].body


async def test_many_errors_at_once_get_a_ticket_each(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        for nth in range(40):
            here.sentry.acts.raise_example("reader-document", culprit=f"Reader::Controller{nth}#show", value=f"{nth}")
        await here.quiet(within=60)
        assert len(here.issues) == 40
        assert {told(issue).occurrences for issue in here.issues} == {1}
        assert here.calls().count(OPEN_ISSUE) == 40
