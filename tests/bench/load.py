"""The load of the benchmarks: signed webhooks over so many kept-alive connections, as fast as they are answered."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.domain.mail import Letter
from app.intake import github
from app.intake.redaction import Redactor

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-for-the-benchmarks"
INSTALLATION = {"id": 9, "node_id": "MDIz"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One body, signed; each sending of it gets a delivery id of its own."""

    event: str
    body: bytes
    signature: str

    def request(self, delivery: str) -> bytes:
        """The bytes of one HTTP request."""
        head = (
            "POST /github HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"User-Agent: GitHub-Hookshot/bench\r\nAccept: */*\r\nX-GitHub-Event: {self.event}\r\n"
            f"X-GitHub-Delivery: {delivery}\r\nX-Hub-Signature-256: {self.signature}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run came to; times in seconds."""

    answered: int
    seconds: float
    latencies: Sequence[float]
    statuses: frozenset[int]

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds

    def percentile(self, part: float) -> float:
        """The latency that this part of the requests stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def webhook(event: str, payload: object) -> Webhook:
    """A payload as GitHub would send it."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Webhook(event=event, body=body, signature="sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex())


def examples(folder: Path) -> list[Webhook]:
    """Real bodies of issues and comments, each sent through one installation; those that the App would save.

    What it would ignore, such as a pinned issue, is answered without saving: it would only flatter the figures.
    """
    found = []
    for event in ("issues", "issue_comment"):
        for path in sorted((*folder.glob(f"{event}.*.json"), *folder.glob(f"{event}/*.json"))):
            made = webhook(event, json.loads(path.read_text()) | {"installation": INSTALLATION})
            letter = github.read(
                event,
                made.body,
                delivery_id="example",
                received_at=datetime.now(UTC),
                redactor=Redactor(),
                app_slug="prod-squad",
            )
            if isinstance(letter, Letter):
                found.append(made)
    return found


async def run(port: int, requests: Iterable[bytes], *, connections: int) -> Measured:
    """Send each request once, spread over the connections."""
    line = iter(requests)
    latencies: list[float] = []
    statuses: set[int] = set()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in line:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            at = lower.index(b"content-length:") + 15
            await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
            latencies.append(time.perf_counter() - began)
            statuses.add(int(head[9:12]))
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    seconds = time.perf_counter() - began
    return Measured(answered=len(latencies), seconds=seconds, latencies=latencies, statuses=frozenset(statuses))
