"""The web application: the doors, and how the App is.

| what is asked           | answer                                                                        |
|-------------------------|-------------------------------------------------------------------------------|
| `POST /github, /sentry` | the doors', see `doors.py`                                                    |
| `POST /slack/actions`   | Slack's door, see `slack.py`                                                  |
| `POST /support`         | the support desk's door, see `support.py`                                     |
| `GET /health`           | 200 and counts; 503 with them if mail waits too long; 503 if the store fails  |
| `GET /ready`            | 200 or 503, see `readiness.py`                                                |
| `GET /metrics`          | figures for Prometheus, see `metrics.py`                                      |
| these in another way    | 405, with the way in `Allow`                                                  |
| anything else           | 404                                                                           |

Rules: a process that only works has no doors. `/health`, `/ready` and `/metrics` tell counts, never contents, since
anybody may ask; who serves the machine asks the command line. However many ask, the store is asked once a second
(`shared.py`). Every request at a door is counted, and timed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from app.domain.errors import StoreError
from app.domain.mailboxes import Standing
from app.web.doors import GITHUB_LIMIT
from app.web.readiness import Readiness
from app.web.refusals import FATE

LATE: Final = timedelta(minutes=30)
"""Mail that could be settled and waits longer than this is nobody's intention: health is 503 then."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door(NamedTuple):
    """One of the doors: its path, its name among the figures, and what opens it."""

    path: str
    name: str
    handle: Handler


class Counts(Protocol):
    """Who counts what comes to the doors."""

    def opens(self, door: str) -> None: ...
    def delivery(self, door: str, fate: str, seconds: float) -> None: ...


def make(
    doors: Sequence[Door],
    standing_of: Callable[[], Awaitable[Standing]],
    readiness: Readiness,
    figures: Callable[[], Awaitable[bytes]],
    counts: Counts,
    now: Callable[[], datetime],
) -> web.Application:
    """The application; `serving` runs it. `standing_of` tells how the mailroom is, `figures` the page of metrics."""

    async def health(_: web.Request) -> web.Response:
        try:
            standing = await standing_of()
        except StoreError:
            return _told(503, status="the store fails", error="The store fails; the App's log says why.")
        age = now() - standing.oldest if standing.oldest is not None else timedelta(0)
        late = age > LATE
        return _told(
            503 if late else 200,
            status="late" if late else "ok",
            pending=standing.pending,
            oldest_seconds=max(0, int(age.total_seconds())),
            failing=len(standing.failing),
            dead_letters=standing.dead,
            tickets=standing.tickets,
            quiet_support_tickets=standing.support,
        )

    async def ready(_: web.Request) -> web.Response:
        why_not = await readiness.why_not()
        return _told(503, status="not ready", error=why_not) if why_not else _told(200, status="ready")

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await figures(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application(client_max_size=GITHUB_LIMIT)
    for door in doors:
        counts.opens(door.name)
        app.router.add_post(door.path, _counted(door, counts))
    ways = {door.path: "POST" for door in doors}
    for path, handle in (("/health", health), ("/ready", ready), ("/metrics", metrics)):
        app.router.add_get(path, handle)
        ways[path] = "GET"

    async def nowhere(request: web.Request) -> web.Response:
        way = ways.get(request.path)
        if way is None:
            there = ", ".join(f"{method} {path}" for path, method in ways.items())
            return _told(404, error=f"There is nothing here. There are {there}.")
        answer = _told(405, error=f"Use {way} here.")
        answer.headers["Allow"] = way
        return answer

    app.router.add_route("*", "/{path:.*}", nowhere)
    return app


def _counted(door: Door, counts: Counts) -> Handler:
    clock = asyncio.get_running_loop().time

    async def handle(request: web.Request) -> web.StreamResponse:
        began, fate = clock(), "failed"
        try:
            answer = await door.handle(request)
            fate = answer.get(FATE, fate)
        except web.HTTPException as refusal:
            fate = refusal.get(FATE, fate)
            raise
        else:
            return answer
        finally:
            counts.delivery(door.name, fate, clock() - began)

    return handle


def _told(code: int, **facts: str | int) -> web.Response:
    return web.Response(status=code, body=msgspec.json.encode(facts), headers={"Content-Type": "application/json"})
