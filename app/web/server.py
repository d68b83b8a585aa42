"""The web application: the doors, and how the App is.

| what is asked           | answer                                                                        |
|-------------------------|-------------------------------------------------------------------------------|
| `POST /github, /sentry` | the doors', see `doors.py`                                                    |
| `POST /slack/actions`   | Slack's door, see `slack.py`                                                  |
| `POST /support`         | the support desk's door, see `support.py`                                     |
| `GET /health`           | 200 and counts; 503 with them if mail waits too long; 503 if the store fails  |
| these in another way    | 405, with the way in `Allow`                                                  |
| anything else           | 404                                                                           |

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
from app.web.slack import SlackDoor
from app.web.support import SupportDoor

LATE: Final = timedelta(minutes=30)
"""Mail that waits longer than this is nobody's intention: health is 503 then."""
_WAYS: Final = {"/github": "POST", "/sentry": "POST", "/slack/actions": "POST", "/support": "POST", "/health": "GET"}


class Inspected(Protocol):
    """The mailroom, as health needs it."""

    async def standing(self) -> Standing: ...


def make(
    doors: Doors, slack: SlackDoor, support: SupportDoor, mailroom: Inspected, now: Callable[[], datetime]
) -> web.Application:
    """The application; `wiring` runs it."""

    async def health(_: web.Request) -> web.Response:
        try:
            standing = await mailroom.standing()
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

    app = web.Application(client_max_size=GITHUB_LIMIT)
    app.router.add_post("/github", doors.github)
    app.router.add_post("/sentry", doors.sentry)
    app.router.add_post("/slack/actions", slack.actions)
    app.router.add_post("/support", support.support)
    app.router.add_get("/health", health)
    app.router.add_route("*", "/{path:.*}", _nowhere)
    return app


async def _nowhere(request: web.Request) -> web.Response:
    way = _WAYS.get(request.path)
    if way is None:
        doors = ", ".join(f"{method} {path}" for path, method in _WAYS.items())
        return _told(404, error=f"There is nothing here. There are {doors}.")
    answer = _told(405, error=f"Use {way} here.")
    answer.headers["Allow"] = way
    return answer


def _told(code: int, **facts: str | int) -> web.Response:
    return web.Response(status=code, body=msgspec.json.encode(facts), headers={"Content-Type": "application/json"})
