"""The App as a process of its own that can be killed at any moment and started anew on the same file."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Protocol

import aiohttp

from app.web.shared import FRESH
from sandbox.github.limits import Allowance

ROOT = Path(__file__).parents[2]
HOME = "acme/caseflow"
GITHUB_SECRET, SENTRY_SECRET = "a-secret-for-the-chaos", "another-secret-for-the-chaos"
WIDER = 25
"""Limits are GitHub's, made so many times as wide on both sides, or a run of this size would take a day."""
ALLOWANCE = Allowance(
    primary_per_hour=1_000_000,
    content_per_minute=80 * WIDER,
    content_per_hour=500 * WIDER,
    points_per_minute=900 * WIDER,
)


class Hub(Protocol):
    """What the App is told of a lookalike GitHub."""

    @property
    def url(self) -> str: ...
    @property
    def private_key(self) -> str: ...


class KillableApp:
    """`python -m app serve` beside a lookalike GitHub. `more` are variables of its environment."""

    def __init__(self, folder: Path, **more: str) -> None:
        self._folder = folder
        self.more = more
        self._port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def port(self) -> int:
        """The port of its doors."""
        return self._port

    @property
    def url(self) -> str:
        """Where its doors are."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        """What it said of errors."""
        return (self._folder / "app.log").read_text()

    async def start(self, hub: Hub) -> None:
        """Start it; it may not listen yet when this returns."""
        env = {
            **os.environ,
            "GITHUB_APP_ID": "1",
            "GITHUB_PRIVATE_KEY": hub.private_key,
            "GITHUB_WEBHOOK_SECRETS": GITHUB_SECRET,
            "GITHUB_API_URL": hub.url,
            "GITHUB_CREATES_PER_MINUTE": str(80 * WIDER),
            "GITHUB_CREATES_PER_HOUR": str(500 * WIDER),
            "GITHUB_POINTS_PER_MINUTE": str(900 * WIDER),
            "TICKETS_REPOSITORY": HOME,
            "SENTRY_CLIENT_SECRETS": SENTRY_SECRET,
            "DATABASE": str(self._folder / "prod-squad.db"),
            "PORT": str(self._port),
            "LOG_LEVEL": "ERROR",
            **self.more,
        }
        with (self._folder / "app.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app", "serve", env=env, cwd=ROOT, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit's status, once it has ended."""
        process = self.signal(signal.SIGTERM)
        return await process.wait()

    def signal(self, sent: signal.Signals) -> asyncio.subprocess.Process:
        """Any signal, to a process that runs."""
        assert self._process is not None
        self._process.send_signal(sent)
        return self._process

    async def listening(self) -> None:
        """Until its doors are open."""
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def settled(self, http: aiohttp.ClientSession) -> None:
        """Until no mail is pending. What `/health` says may be a second old."""
        await asyncio.sleep(FRESH)
        async with asyncio.timeout(900):
            while True:
                async with http.get(f"{self.url}/health") as answer:
                    health = await answer.json()
                if health["pending"] == 0:
                    return
                await asyncio.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
