"""The stage of a journey: the real App over real HTTP, a lookalike GitHub and a lookalike Sentry around it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from app import wiring
from app.settings import Settings
from app.wiring import House
from sandbox import github, sentry
from sandbox.github.limits import Allowance
from sandbox.github.state import Issue

GITHUB_SECRET = "a-secret-for-the-journeys"
SENTRY_SECRET = "another-secret-for-the-journeys"
HOME = "acme/caseflow"
OWNERS = """\
*                  @nick
[Whiskey] @mark
app:Reader
/app/controllers/reader/**
[Foxtrot] @alex
app:Certification*
app:eFolder
[Tango] @sharon @kim
app:Dispatch
"""
SQUAD = """\
apps:
  - name: Reader
    projects: [reader]
  - name: Certification
    projects: [certification]
  - name: Dispatch
    projects: [dispatch]
tickets:
  gather: 1s
"""
PEOPLE = {"nick": "admin", "mark": "write", "alex": "write", "sharon": "write", "kim": "triage", "jo": "write"}


def seed(**more: Any) -> dict[str, Any]:
    """What GitHub holds at the beginning."""
    repository = {
        "name": HOME,
        "people": PEOPLE,
        "files": {".github/PRODOWNERS": OWNERS, ".github/prod-squad.yml": SQUAD},
    }
    return {"repositories": [repository | more]}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stage:
    """What a journey plays on."""

    github: github.Sandbox
    sentry: sentry.Sandbox
    house: House
    url: str
    http: aiohttp.ClientSession

    @property
    def issues(self) -> list[Issue]:
        """The home repository's issues."""
        return list(self.github.state.repository(HOME).issues.values())

    def calls(self, *but: str) -> list[str]:
        """The App's calls of GitHub so far, but for the named routes and for tokens."""
        routes = [logged.route for logged in self.github.requests]
        return [route for route in routes if "access_tokens" not in route and route not in but]

    async def act(self, act: str, **wish: Any) -> Mapping[str, Any]:
        """Somebody does something on GitHub."""
        async with self.http.post(
            f"{self.github.url}/_sandbox/act", json={"act": act, "repository": HOME, **wish}
        ) as answer:
            done: Mapping[str, Any] = await answer.json()
            assert answer.status == 200, done
            return done

    async def quiet(self) -> None:
        """Until every webhook was delivered and all mail is settled."""
        for _ in range(200):
            await self.github.hooks.drain()
            await self.sentry.hooks.drain()
            standing = await self.house.mailroom.standing()
            if standing.pending == 0 and standing.claimed == 0:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"mail is left: {standing}")

    async def until(self, true: Callable[[], bool], within: float = 10) -> None:
        """Until something has become true."""
        async with asyncio.timeout(within):
            while not true():
                await asyncio.sleep(0.02)


def settings(folder: Path, github_url: str, key: str, port: int, **more: Any) -> Settings:
    """The App's settings on a stage."""
    return Settings(
        _env_file=None,
        github_app_id=1,
        github_private_key=key,
        github_webhook_secrets=GITHUB_SECRET,
        github_api_url=github_url,
        tickets_repository=HOME,
        sentry_client_secrets=SENTRY_SECRET,
        database=folder / "prod-squad.db",
        port=port,
        **more,
    )


@asynccontextmanager
async def stage(
    folder: Path, *, world: Mapping[str, Any] | None = None, allowance: Allowance | None = None, **more: Any
) -> AsyncIterator[Stage]:
    """Everything up, until the block ends; then every call must have kept GitHub's contract and its limits."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    hub = await github.start(
        github.Config(
            webhook_url=f"{url}/github",
            webhook_secret=GITHUB_SECRET,
            seed=seed() if world is None else world,
            allowance=allowance or Allowance(),
            check_contract=True,
        )
    )
    tower = await sentry.start(sentry.Config(webhook_url=f"{url}/sentry", client_secret=SENTRY_SECRET))
    chosen = settings(
        folder,
        hub.url,
        hub.private_key,
        port,
        sentry_url=tower.url,
        sentry_token="sntrys_lookalike_token_of_the_app",
        sentry_organization="acme",
        **more,
    )
    try:
        async with wiring.running(chosen) as house, aiohttp.ClientSession() as http:
            yield Stage(github=hub, sentry=tower, house=house, url=url, http=http)
    finally:
        await hub.close()
        await tower.close()
    assert not hub.broken_contract, "\n".join(hub.broken_contract)
    assert not hub.state.violations, hub.state.violations
