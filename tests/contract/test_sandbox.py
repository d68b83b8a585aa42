"""The lookalike keeps GitHub's contract and GitHub's habits: each behaviour through real HTTP, every call checked."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web

from sandbox.contract import Contract
from sandbox.github import Config, Sandbox, start
from sandbox.github.limits import Allowance

REPO = "/repos/acme/shop"
SEED = {
    "tokens": {"ghp_nick": "nick"},
    "repositories": [
        {
            "name": "acme/shop",
            "people": {"nick": "admin", "mark": "write", "jo": "triage", "sam": "read"},
            "unassignable": ["sam"],
            "labels": [{"name": "prod-alert", "color": "b60205", "description": "An error in production"}],
            "files": {".github/PRODOWNERS": "* @nick\n"},
        },
        {"name": "acme/other"},
    ],
}


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Reply:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """The App's side, with an installation token."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.sandbox, self.session, self.clock, self.token = sandbox, session, clock, ""

    def app_jwt(self, **claims: Any) -> str:
        now = int(self.clock.now.timestamp())
        claims = {"iat": now - 60, "exp": now + 540, "iss": "1"} | claims
        return jwt.encode(claims, self.sandbox.private_key, algorithm="RS256")

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Reply:
        sent = {"Authorization": f"Bearer {token or self.token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        url = path if path.startswith("http") else self.sandbox.url + path
        async with self.session.request(method, url, json=body, headers=sent, allow_redirects=False) as answer:
            return Reply(answer.status, answer.headers, await answer.read())

    async def graphql(self, query: str, **variables: Any) -> Any:
        return (await self.call("POST", "/graphql", {"query": query, "variables": variables})).json

    async def act(self, act: str, **rest: Any) -> Reply:
        wish = {"act": act, "repository": "acme/shop"} | rest
        reply = await self.call("POST", "/_sandbox/act", wish)
        assert reply.status == 200, reply.body
        return reply

    async def opened(self, **wish: Any) -> Any:
        reply = await self.call("POST", f"{REPO}/issues", {"title": "Reader is down"} | wish)
        assert reply.status == 201, reply.body
        return reply.json


@dataclass
class Listener:
    """The App's webhook door."""

    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200

    def actions(self) -> list[str]:
        return sorted(f"{h['X-GitHub-Event']}.{json.loads(body).get('action')}" for h, body in self.heard)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()

    async def hear(request: web.Request) -> web.Response:
        listener.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=listener.status)

    app = web.Application()
    app.router.add_post("/github", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/github"
    yield listener
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allowance() -> Allowance:
    return Allowance()


@pytest.fixture
async def github(clock: Clock, listener: Listener, allowance: Allowance) -> AsyncIterator[Client]:
    config = Config(
        seed=SEED, clock=clock, webhook_url=listener.url, webhook_secret="s", check_contract=True, allowance=allowance
    )
    sandbox = await start(config)
    async with aiohttp.ClientSession() as session:
        client = Client(sandbox, session, clock)
        minted = await client.call("POST", "/app/installations/1/access_tokens", token=client.app_jwt())
        client.token = minted.json["token"]
        yield client
    await sandbox.close()
    assert not sandbox.broken_contract, "\n".join(sandbox.broken_contract)


async def test_every_route_keeps_githubs_contract(github: Client) -> None:
    """The fixture fails when any request or answer breaks GitHub's own description."""
    issue = await github.opened(body="It broke", labels=["prod-alert", "new"], assignees=["mark", "sam", "ghost"])
    comment = (await github.call("POST", f"{REPO}/issues/1/comments", {"body": "hello"})).json
    await github.call("PUT", f"{REPO}/issues/1/lock", {"lock_reason": "resolved"})
    for method, path, body, status in [
        ("GET", f"{REPO}/issues?state=all&per_page=5", None, 200),
        ("GET", f"{REPO}/issues/1", None, 200),
        ("GET", f"{REPO}/issues/1/comments", None, 200),
        ("GET", f"{REPO}/issues/comments/{comment['id']}", None, 200),
        ("PATCH", f"{REPO}/issues/comments/{comment['id']}", {"body": "better"}, 200),
        ("DELETE", f"{REPO}/issues/1/lock", None, 204),
        ("POST", f"{REPO}/issues/comments/{comment['id']}/reactions", {"content": "eyes"}, 201),
        ("POST", f"{REPO}/issues/1/reactions", {"content": "+1"}, 201),
        ("POST", f"{REPO}/issues/1/labels", {"labels": ["third"]}, 200),
        ("DELETE", f"{REPO}/issues/1/labels/third", None, 200),
        ("DELETE", f"{REPO}/issues/1/labels/third", None, 404),
        ("POST", f"{REPO}/issues/1/assignees", {"assignees": ["nick", "ghost"]}, 201),
        ("DELETE", f"{REPO}/issues/1/assignees", {"assignees": ["nick"]}, 200),
        ("PATCH", f"{REPO}/issues/1", {"state": "closed", "state_reason": "not_planned"}, 200),
        ("PATCH", f"{REPO}/issues/1", {"state": "open", "title": "Again"}, 200),
        ("GET", f"{REPO}/issues/1/events", None, 200),
        ("GET", f"{REPO}/issues/1/timeline", None, 200),
        ("DELETE", f"{REPO}/issues/comments/{comment['id']}", None, 204),
        ("GET", f"{REPO}/labels", None, 200),
        ("POST", f"{REPO}/labels", {"name": "fresh", "color": "ff0000"}, 201),
        ("PATCH", f"{REPO}/labels/fresh", {"color": "00ff00", "description": "green"}, 200),
        ("GET", f"{REPO}/assignees", None, 200),
        ("GET", f"{REPO}/assignees/mark", None, 204),
        ("GET", f"{REPO}/assignees/sam", None, 404),
        ("GET", f"{REPO}/collaborators/jo/permission", None, 200),
        ("GET", f"{REPO}/contents/.github/PRODOWNERS", None, 200),
        ("GET", f"{REPO}/contents/absent", None, 404),
        ("GET", "/installation/repositories", None, 200),
        ("GET", "/rate_limit", None, 200),
        ("GET", f"/repositories/{github.sandbox.state.repository('acme/shop').id}/issues/1", None, 200),
    ]:
        reply = await github.call(method, path, body)
        assert reply.status == status, (method, path, reply.body)
    await github.sandbox.hooks.drain()
    newest = max(github.sandbox.state.deliveries)
    for method, path, status in [
        ("GET", "/app", 200),
        ("GET", "/app/installations", 200),
        ("GET", "/app/installations/1", 200),
        ("GET", f"{REPO}/installation", 200),
        ("GET", "/app/hook/deliveries", 200),
        ("GET", f"/app/hook/deliveries/{newest}", 200),
        ("POST", f"/app/hook/deliveries/{newest}/attempts", 202),
    ]:
        reply = await github.call(method, path, token=github.app_jwt())
        assert reply.status == status, (method, path, reply.body)
    assert [user["login"] for user in issue["assignees"]] == ["mark"]
    assert {label["name"]: label["color"] for label in issue["labels"]} == {"prod-alert": "b60205", "new": "ededed"}
    assert issue["user"]["login"] == "prod-squad[bot]"
    assert issue["user"]["type"] == "Bot"
