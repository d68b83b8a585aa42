"""The App's doors over real HTTP, its worker not started; and signed deliveries for them."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from app import wiring
from app.settings import Settings
from app.wiring import House
from sandbox.github.auth import throwaway_key
from tests.contract.stores import Clock

SECRET = "a-secret-for-the-doors"
OLDER_SECRET = "an-older-secret-of-the-doors"
HOME = "acme/caseflow"


@cache
def key() -> str:
    """One key for all, since making one takes long."""
    return throwaway_key()


def variables(folder: Path) -> dict[str, str]:
    """What must be set for an App on this folder; `settings.read` takes it from the environment."""
    return {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": key(),
        "GITHUB_WEBHOOK_SECRETS": f"{SECRET},{OLDER_SECRET}",
        "SENTRY_CLIENT_SECRETS": f"{SECRET},{OLDER_SECRET}",
        "SLACK_SIGNING_SECRETS": f"{SECRET},{OLDER_SECRET}",
        "TICKETS_REPOSITORY": HOME,
        "DATABASE": str(folder / "prod-squad.db"),
    }


def settings(folder: Path, **more: Any) -> Settings:
    """The same as a record."""
    said = {name.lower(): value for name, value in variables(folder).items()}
    return Settings(_env_file=None, **(said | more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a door said."""

    status: int
    said: Mapping[str, Any]

    @property
    def fate(self) -> tuple[int, str]:
        """The status and what became of it; the same for every refusal."""
        return self.status, str(self.said.get("fate", "refused" if self.said.get("error") else "nothing was said"))


@dataclass(frozen=True, slots=True)
class App:
    """The house and a client at its doors."""

    house: House
    clock: Clock
    client: TestClient[Any, Any]

    async def post(self, door: str, body: Any, headers: Mapping[str, str | None]) -> Answer:
        """One POST; headers that are None are left out."""
        sent = {name: value for name, value in headers.items() if value is not None}
        data = BytesIO(body) if isinstance(body, bytes) else body
        async with self.client.post(door, data=data, headers=sent) as answer:
            return await read(answer)

    async def github(self, body: bytes, **headers: str | None) -> Answer:
        """A webhook of GitHub's; `headers` replace what is right, None takes it out."""
        return await self.post("/github", body, github_headers(body) | _named(headers))

    async def sentry(self, body: bytes, **headers: str | None) -> Answer:
        """A webhook of Sentry's."""
        return await self.post("/sentry", body, sentry_headers(body) | _named(headers))

    async def health(self) -> Answer:
        """What `/health` says."""
        async with self.client.get("/health") as answer:
            return await read(answer)


async def read(answer: aiohttp.ClientResponse) -> Answer:
    """An answer; whatever a door says is JSON."""
    assert answer.content_type == "application/json", await answer.text()
    return Answer(status=answer.status, said=await answer.json())


def _named(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def digest(body: bytes, secret: str = SECRET, method: str = "sha256") -> str:
    """A body's HMAC in hex."""
    return hmac.digest(secret.encode(), body, method).hex()


def github_headers(body: bytes, delivery: str = "d-1") -> dict[str, str | None]:
    """As GitHub sends them: https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers"""
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": "sha256=" + digest(body),
    }


def sentry_headers(body: bytes, delivery: str = "r-1") -> dict[str, str | None]:
    """As Sentry sends them: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/"""
    return {
        "Content-Type": "application/json",
        "Sentry-Hook-Resource": "event_alert",
        "Sentry-Hook-Timestamp": "1764000000",
        "Sentry-Hook-Signature": digest(body),
        "Request-ID": delivery,
    }


def opened(number: int = 7, **issue: Any) -> bytes:
    """A person opens an issue that is a report."""
    return json.dumps(
        {
            "action": "opened",
            "issue": {
                "id": 70,
                "node_id": "I_7",
                "number": number,
                "title": "The reader shows nothing",
                "body": "Since noon.",
                "state": "open",
                "html_url": f"https://github.com/{HOME}/issues/{number}",
                "updated_at": "2026-11-24T12:00:00Z",
                "labels": [{"name": "prod-alert"}],
                "user": {"login": "jo", "type": "User"},
            }
            | issue,
            "repository": {"id": 1, "full_name": HOME, "default_branch": "main"},
            "sender": {"login": "jo", "type": "User"},
            "installation": {"id": 9},
        }
    ).encode()


def alert(issue: str = "4711", event: str = "e" * 32, **more: Any) -> bytes:
    """Sentry's alert about one event of an error."""
    return json.dumps(
        {
            "action": "triggered",
            "data": {
                "event": {
                    "event_id": event,
                    "issue_id": issue,
                    "title": "KeyError: 'document'",
                    "metadata": {"type": "KeyError", "value": "'document'"},
                    "datetime": "2026-11-24T12:00:00Z",
                    "level": "error",
                }
                | more,
                "triggered_rule": "prod",
            },
        }
    ).encode()


@asynccontextmanager
async def app(folder: Path, **more: Any) -> AsyncIterator[App]:
    """The doors, open; its clock stands at noon."""
    clock = Clock()
    async with (
        wiring.house(settings(folder, **more), clock) as house,
        TestClient(TestServer(house.web)) as client,
    ):
        yield App(house, clock, client)
