"""The web application: the doors, and how the App is.

Rule: `/health` tells counts, never contents, since anybody may ask; who serves the machine asks the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
from aiohttp import web

from app.domain.errors import StoreError
from app.domain.mailboxes import Standing
from app.web.doors import GITHUB_LIMIT, Doors

LATE: Final = timedelta(minutes=30)
"""Mail that waits longer than this is nobody's intention: health is 503 then."""


class Inspected(Protocol):
    """The mailroom, as health needs it."""

    async def standing(self) -> Standing: ...


def make(doors: Doors, mailroom: Inspected, now: Callable[[], datetime]) -> web.Application:
    """The application; `wiring` runs it."""

    async def health(_: web.Request) -> web.Response:
        try:
            standing = await mailroom.standing()
        except StoreError:
            return _told(503, status="the store fails")
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
        )

    app = web.Application(client_max_size=GITHUB_LIMIT)
    app.router.add_post("/github", doors.github)
    app.router.add_post("/sentry", doors.sentry)
    app.router.add_get("/health", health)
    return app


def _told(code: int, **facts: str | int) -> web.Response:
    return web.Response(status=code, body=msgspec.json.encode(facts), headers={"Content-Type": "application/json"})
