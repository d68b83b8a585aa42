"""Webhooks as GitHub sends them: signed, in the background, 10 s to answer, never repeated by themselves.

https://docs.github.com/webhooks/using-webhooks/handling-webhook-deliveries
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from typing import Any

import aiohttp

from sandbox.github import shapes
from sandbox.github.faults import Faults
from sandbox.github.state import Delivery, RefusedError, Repository, World

TIMEOUT = aiohttp.ClientTimeout(total=10)
AT_ONCE = 50


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks:
    """Sends to one address, or only records when there is none. `close` drops what is still under way."""

    def __init__(self, world: World, faults: Faults, *, url: str | None, secret: str) -> None:
        self._world = world
        self._faults = faults
        self.url = url
        self._secret = secret
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def emit(self, event: str, action: str | None, repository: Repository, actor: str, **rest: Any) -> None:
        """Queue one delivery about this repository, done by this login."""
        installation = self._world.installation_of(repository)
        if installation is None:
            return
        payload = {
            **({} if action is None else {"action": action}),
            **rest,
            "repository": shapes.repository(self._world, repository),
            "sender": shapes.user(self._world, actor),
            "installation": {"id": installation.id, "node_id": f"MDIzOk{installation.id}"},
        }
        delivery = Delivery(
            id=self._world.next_id(),
            guid=str(uuid.uuid4()),
            event=event,
            action=action,
            payload=json.dumps(payload).encode(),
            at=self._world.now(),
            installation_id=installation.id,
            repository_id=repository.id,
        )
        self._world.deliveries[delivery.id] = delivery
        if self._faults.loses_webhook():
            delivery.status = "LOST"
            return
        self._start(delivery)

    def redeliver(self, delivery_id: int) -> None:
        """Send again with the same X-GitHub-Delivery."""
        first = self._world.deliveries.get(delivery_id)
        if first is None:
            raise RefusedError(404, "Not Found")
        again = Delivery(
            id=self._world.next_id(),
            guid=first.guid,
            event=first.event,
            action=first.action,
            payload=first.payload,
            at=self._world.now(),
            installation_id=first.installation_id,
            repository_id=first.repository_id,
            redelivery=True,
        )
        self._world.deliveries[again.id] = again
        self._start(again)

    def _start(self, delivery: Delivery) -> None:
        if self.url is None:
            delivery.status = "NO URL"
            return
        task = asyncio.get_running_loop().create_task(self._send(self.url, delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, url: str, delivery: Delivery) -> None:
        async with self._slots:
            if self._session is None:
                self._session = aiohttp.ClientSession(timeout=TIMEOUT)
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "GitHub-Hookshot/lookalike",
                "X-GitHub-Event": delivery.event,
                "X-GitHub-Delivery": delivery.guid,
                "X-GitHub-Hook-ID": "1",
                "X-GitHub-Hook-Installation-Target-ID": str(self._world.app_id),
                "X-GitHub-Hook-Installation-Target-Type": "integration",
                "X-Hub-Signature-256": signature(self._secret, delivery.payload),
            }
            began = asyncio.get_running_loop().time()
            try:
                async with self._session.post(url, data=delivery.payload, headers=headers) as answer:
                    delivery.status_code = answer.status
                    delivery.status = "OK" if answer.ok else f"Invalid HTTP Response: {answer.status}"
            except TimeoutError:
                delivery.status = "timed out"
            except aiohttp.ClientError:
                delivery.status = "failed to connect to host"
            delivery.duration = round(asyncio.get_running_loop().time() - began, 3)

    async def drain(self) -> None:
        """Wait until every delivery so far has its answer or its failure."""
        while self._tasks:
            await asyncio.gather(*tuple(self._tasks))

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*tuple(self._tasks), return_exceptions=True)
        if self._session is not None:
            await self._session.close()
