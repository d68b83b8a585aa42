"""What goes on in the background until the App stops, and what happens when some of it dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from app import serving
from app.mailroom.worker import Worker
from app.settings import Settings
from app.wiring import House, Role
from tests.contract.app_side import settings
from tests.journey.stage import free_port

FAULT = ValueError("what another version remembered can't be read")


async def _dies() -> None:
    await asyncio.sleep(0.01)
    raise FAULT


async def _goes_on() -> None:
    await asyncio.Event().wait()


async def _ends() -> None:
    """As one does that has found out what it was to find out."""


@pytest.fixture
def set_up(tmp_path: Path) -> Settings:
    return settings(tmp_path, port=free_port(), stop_grace=0)


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each drain may take: one for each time that the worker was drained."""
    drains: list[float] = []
    drain = Worker.drain

    async def watched(worker: Worker, within: float) -> None:
        drains.append(within)
        await drain(worker, within)

    monkeypatch.setattr(Worker, "drain", watched)
    return drains


def with_duties(monkeypatch: pytest.MonkeyPatch, *duties: Any) -> None:
    def made(_: House) -> list[tuple[str, Coroutine[None, None, None]]]:
        return [(duty.__name__, duty()) for duty in duties]

    monkeypatch.setattr(serving, "_duties", made)


async def test_a_duty_that_dies_is_logged_and_stops_the_app_which_drains_and_ends_with_a_fault(
    set_up: Settings, drained: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_duties(monkeypatch, _dies, _goes_on)
    async with asyncio.timeout(60):
        with capture_logs() as log, pytest.raises(serving.DutyError, match="_dies"):
            await serving.serve(set_up, Role.BOTH)
    assert [(line["duty"], line["exc_info"]) for line in log if line["log_level"] == "error"] == [("_dies", FAULT)]
    assert len(drained) == 1


async def test_duties_that_end_or_go_on_stop_nothing_and_are_no_fault(
    set_up: Settings, drained: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_duties(monkeypatch, _ends, _goes_on)
    async with asyncio.timeout(60):
        served = asyncio.create_task(serving.serve(set_up, Role.BOTH))
        assert await asyncio.wait([served], timeout=0.5) == (set(), {served})
        signal.raise_signal(signal.SIGTERM)
        await served
    assert len(drained) == 1


async def test_it_drains_although_its_doors_can_t_be_closed(
    set_up: Settings, drained: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_duties(monkeypatch, _goes_on)
    cleanup = web.AppRunner.cleanup

    async def stuck(runner: web.AppRunner) -> None:
        await cleanup(runner)
        raise OSError("a socket is stuck")

    with pytest.raises(OSError, match="stuck"):
        async with serving.running(set_up):
            monkeypatch.setattr(web.AppRunner, "cleanup", stuck)
    assert len(drained) == 1
