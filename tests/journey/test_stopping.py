"""Stopping a real process under load: the table of `app/serving.py`. What was answered with 202 is settled, once."""

from __future__ import annotations

import asyncio
import hmac
import json
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from app.texts.body import state_in
from sandbox import github
from tests.chaos.killable import ALLOWANCE, GITHUB_SECRET, HOME, SENTRY_SECRET, KillableApp
from tests.chaos.storm import alert

GRACE = 0.8
ERRORS = 12


@dataclass
class Load:
    """Alerts without end over so many connections; what became of each, and when, on the loop's clock."""

    url: str
    accepted: Counter[int] = field(default_factory=Counter)
    accepted_last: float = 0.0
    refused_first: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    _number: int = 0

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Until the doors are closed."""
        while True:
            self._number += 1
            number = self._number
            body = json.dumps(alert(number, number % ERRORS)).encode()
            headers = {
                "Content-Type": "application/json",
                "Sentry-Hook-Resource": "event_alert",
                "Sentry-Hook-Signature": hmac.digest(SENTRY_SECRET.encode(), body, "sha256").hex(),
                "Request-ID": f"load-{number}",
            }
            try:
                async with http.post(f"{self.url}/sentry", data=body, headers=headers) as answer:
                    await answer.read()
            except aiohttp.ClientConnectorError:
                self.refused_first = self.refused_first or time.monotonic()
                return
            except aiohttp.ClientError:
                continue  # it broke off, and was not answered: a sender knows that it was not taken
            self.statuses[answer.status] += 1
            if answer.status == 202:
                self.accepted[number % ERRORS] += 1
                self.accepted_last = time.monotonic()


@pytest.fixture
async def hub() -> AsyncIterator[github.Sandbox]:
    files = {".github/PRODOWNERS": "* @nick\n", ".github/prod-squad.yml": "tickets:\n  gather: 1s\n"}
    seed = {"repositories": [{"name": HOME, "people": {"nick": "admin"}, "files": files}]}
    opened = await github.start(
        github.Config(webhook_url="", webhook_secret=GITHUB_SECRET, allowance=ALLOWANCE, seed=seed)
    )
    yield opened
    await opened.close()


async def not_ready(http: aiohttp.ClientSession, url: str) -> float:
    """When `/ready` first said no."""
    while True:
        async with http.get(f"{url}/ready") as answer:
            if answer.status == 503:
                return time.monotonic()
        await asyncio.sleep(0.02)


def counted(hub: github.Sandbox) -> dict[int, int]:
    """How often each error happened, as its ticket says."""
    found: dict[int, int] = {}
    for issue in hub.state.repository(HOME).issues.values():
        state = state_in(issue.body or "")
        assert state is not None
        error = int(issue.title.split("Error")[1].split("X")[0])
        assert error not in found, "an error has two tickets"
        found[error] = state.occurrences
    return found


async def test_it_is_not_ready_first_then_shuts_its_doors_and_what_it_took_is_settled_once(
    tmp_path: Path, hub: github.Sandbox
) -> None:
    app = KillableApp(tmp_path, STOP_GRACE=str(GRACE))
    await app.start(hub)
    await app.listening()
    hub.faults.change({"slow_ms": 150})
    load = Load(app.url)
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        sending = [asyncio.create_task(load.run(http)) for _ in range(8)]
        await asyncio.sleep(1)
        no = asyncio.create_task(not_ready(http, app.url))
        told_at = time.monotonic()
        assert await app.stop() == 0
        await asyncio.gather(*sending)
        turned_away = await no
    assert set(load.statuses) == {202}, load.statuses
    assert turned_away - told_at < GRACE / 2, "it says no at once"
    assert load.accepted_last - turned_away > GRACE / 2, "and the doors stay open meanwhile"
    assert load.refused_first - told_at >= GRACE
    assert "Traceback" not in app.log
    with closing(sqlite3.connect(tmp_path / "prod-squad.db")) as connection:
        assert connection.execute("SELECT count(*) FROM mailbox WHERE claimed = 1").fetchone() == (0,)
    hub.faults.change({"slow_ms": 0})
    await app.start(hub)
    await app.listening()
    async with aiohttp.ClientSession() as http:
        await app.settled(http)
    assert await app.stop() == 0
    assert counted(hub) == dict(load.accepted)


async def test_a_second_signal_ends_the_grace(tmp_path: Path, hub: github.Sandbox) -> None:
    app = KillableApp(tmp_path, STOP_GRACE="600")
    await app.start(hub)
    await app.listening()
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        ended = asyncio.create_task(app.stop())
        await not_ready(http, app.url)
        app.signal(signal.SIGINT)
        assert await ended == 0
