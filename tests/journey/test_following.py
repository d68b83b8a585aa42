"""The log follows a delivery: from the door to its mailbox, through its settle and GitHub's calls, to the issue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.flows.logged import NAMED
from tests.contract.app_side import alert
from tests.journey.stage import HOME, OPEN_ISSUE, Stage, stage

Lines = list[Any]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs(processors=[merge_contextvars]) as logged:
        yield logged


def named(lines: Lines, delivery: str) -> Lines:
    """What `grep <delivery>` finds."""
    return [line for line in lines if line.get("delivery") == delivery or delivery in line.get("deliveries", ())]


async def deliver(here: Stage, *deliveries: str) -> None:
    """One error happens once for each of these deliveries."""
    for number, delivery in enumerate(deliveries):
        body = alert(event=f"{number:032x}")
        assert await here.post_sentry(body, resource="event_alert", request_id=delivery) == 202


async def test_a_delivery_is_followed_from_the_door_to_the_issue(tmp_path: Path, lines: Lines) -> None:
    async with stage(tmp_path) as here:
        await deliver(here, "d-followed")
        await here.quiet()
        assert here.ticket.number == 1
    found = named(lines, "d-followed")
    saved, *settle = found
    assert (saved["event"], saved["sender"], saved["fate"], saved["log_level"]) == ("saved", "sentry", "saved", "debug")
    assert {line["key"] for line in settle} == {saved["key"]} == {"ticket:1"}
    assert {(line["generation"], line["attempt"]) for line in settle} == {(1, 1)}
    calls = [line["path"] for line in settle if line["event"] == "called"]
    assert f"/repos/{HOME}/issues" in calls
    (end,) = [line for line in settle if line["event"] == "settled"]
    assert (end["issue"], end["letters"], end["log_level"]) == (f"{HOME}#1", 1, "info")


async def test_a_settle_that_fails_and_its_next_try_name_the_delivery(tmp_path: Path, lines: Lines) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.change({"route": OPEN_ISSUE, "errors_next": 1})
        await deliver(here, "d-hard")
        await here.waits()
        await here.later(minutes=2)
        await here.quiet()
    failed, settled = (line for line in named(lines, "d-hard") if line["event"] in ("settling failed", "settled"))
    assert (failed["attempt"], settled["attempt"]) == (1, 2)
    assert failed["generation"] < settled["generation"]


async def test_of_many_deliveries_the_first_few_are_named_and_all_are_counted(tmp_path: Path, lines: Lines) -> None:
    async with stage(tmp_path) as here:
        ids = [f"d-{number}" for number in range(NAMED + 3)]
        await deliver(here, *ids)
        await here.quiet()
    settles = [line for line in lines if line["event"] == "settled" and line["key"] == "ticket:1"]
    for line in settles:
        taken, ids = ids[: line["letters"]], ids[line["letters"] :]
        assert line["deliveries"] == tuple(taken)[:NAMED]
    assert ids == [], "all were settled"


async def test_what_is_bound_in_one_settle_is_not_in_another(tmp_path: Path, lines: Lines) -> None:
    async with stage(tmp_path) as here:
        await deliver(here, "d-one")
        await here.quiet()
        await here.later(hours=1)
        await here.quiet()
    assert all("d-one" not in line.get("deliveries", ()) for line in lines if line.get("key", "").startswith("office:"))
    assert structlog.contextvars.get_contextvars() == {}
