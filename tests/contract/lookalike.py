"""The App's side of the lookalike GitHub: a client with an installation token, a webhook door and a clock to turn."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import jwt

from sandbox.github import Sandbox
from sandbox.github.state import Comment

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


def a_comment(number: int) -> Any:
    """A comment put into the state by hand: 2,500 calls would only take time."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Comment(id=-number, author="jo", body="again", created_at=now, updated_at=now)
