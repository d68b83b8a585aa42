"""Webhooks of an internal integration: signed, in the background, 1 s to answer, never repeated.

`Sentry-Hook-Signature` is the hex HMAC-SHA256 of the raw body under the integration's client secret.
<https://docs.sentry.io/organization/integrations/integration-platform/webhooks/>
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from typing import Any

import aiohttp

from sandbox.sentry.faults import Faults
from sandbox.sentry.state import Delivery, World

PATIENCE = 1.0
"""Seconds that Sentry waits for an answer."""
AT_ONCE = 50
SENTRY = {"type": "application", "id": "sentry", "name": "Sentry"}


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def person(name: str) -> dict[str, Any]:
    """The actor of a webhook where a person did it."""
    return {"type": "user", "id": 1_000 + sum(name.encode()), "name": name}


class Webhooks:
    """Sends to one address, or only records when there is none. `close` drops what is still under way."""

    def __init__(
        self, world: World, faults: Faults, *, url: str | None, secret: str, resources: frozenset[str], patience: float
    ) -> None:
        self._world = world
        self._faults = faults
        self.url = url
        self._secret = secret
        self._resources = resources
        self._patience = aiohttp.ClientTimeout(total=patience)
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def emit(self, resource: str, action: str, data: dict[str, Any], *, actor: dict[str, Any] = SENTRY) -> None:
        """Queue one webhook, if the integration has subscribed to its resource."""
        if resource not in self._resources:
            return
        told = {
            "action": action,
            "installation": {"uuid": self._world.installation},
            "data": data,
            "actor": actor,
        }
        body = json.dumps(told).encode()
        now = self._world.now()
        delivery = Delivery(request_id=uuid.uuid4().hex, resource=resource, action=action, body=body, at=now)
        delivery.headers = {
            "Content-Type": "application/json",
            "Request-ID": delivery.request_id,
            "Sentry-Hook-Resource": resource,
            "Sentry-Hook-Timestamp": str(int(now.timestamp())),
            "Sentry-Hook-Signature": signature(self._secret, body),
        }
        self._world.deliveries.append(delivery)
        if self._faults.loses_hook():
            delivery.status = "LOST"
        elif self.url is None:
            delivery.status = "NO URL"
        else:
            task = asyncio.get_running_loop().create_task(self._send(self.url, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, url: str, delivery: Delivery) -> None:
        async with self._slots:
            if self._session is None:
                self._session = aiohttp.ClientSession(timeout=self._patience)
            began = asyncio.get_running_loop().time()
            try:
                async with self._session.post(url, data=delivery.body, headers=delivery.headers) as answer:
                    delivery.status_code = answer.status
                    delivery.status = "OK" if answer.ok else f"answered {answer.status}"
            except TimeoutError:
                delivery.status = "timed out"
            except aiohttp.ClientError:
                delivery.status = "failed to connect"
            delivery.duration = round(asyncio.get_running_loop().time() - began, 3)

    async def drain(self) -> None:
        """Wait until every webhook so far has its answer or its failure."""
        while self._tasks:
            await asyncio.gather(*tuple(self._tasks))

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*tuple(self._tasks), return_exceptions=True)
        if self._session is not None:
            await self._session.close()
