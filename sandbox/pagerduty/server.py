"""The lookalike as one HTTP server: `start(Config(...))` -> a `Sandbox` with its address, state and faults.

For a demo in another process: `POST /_sandbox/act` with `{"act": "override", "schedule": "PSCHED01", "email": …,
"start": "2026-11-24T15:00:00Z", "end": …}`; the acts are `state.py`'s. `POST` and `GET /_sandbox/faults`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.pagerduty.api import LIMIT, Api, Logged
from sandbox.pagerduty.enqueue import ROUTING_KEY, Alert, Enqueue
from sandbox.pagerduty.faults import Faults
from sandbox.pagerduty.state import World

_MOMENTS = ("starts", "start", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How to serve. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    keys: frozenset[str] = frozenset({"pd_lookalike_key_of_the_app"})
    routing_keys: frozenset[str] = frozenset({ROUTING_KEY})
    limit: int = LIMIT
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Sandbox:
    """A running lookalike."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state = World(config.clock)
        self.faults = Faults()
        self.url = ""
        self._api = Api(self.state, self.faults, config.keys, limit=config.limit)
        self._enqueue = Enqueue(self.faults, config.routing_keys, self.state.now)
        self._runner: web.AppRunner | None = None

    @property
    def requests(self) -> list[Logged]:
        """The calls of the API so far."""
        return self._api.requests

    @property
    def events_url(self) -> str:
        """Where events are sent."""
        return f"{self.url}/v2/enqueue"

    @property
    def alerts(self) -> list[Alert]:
        """What came of the events so far, oldest first."""
        return self._enqueue.alerts

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that were taken."""
        return self._enqueue.events

    @property
    def answers(self) -> list[int]:
        """The status of each event's answer; 0 is one that was lost."""
        return self._enqueue.answers

    async def open(self) -> None:
        app = web.Application()
        self._api.add_routes(app)
        self._enqueue.add_routes(app)
        app.router.add_post("/_sandbox/act", self._act)
        app.router.add_post("/_sandbox/faults", self._set_faults)
        app.router.add_get("/_sandbox/faults", self._show_faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.config.host, self.config.port).start()
        self.url = f"http://{self.config.host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def perform(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Do one act. ValueError, TypeError and KeyError say what is wrong with the wish."""
        rest = {name: value for name, value in wish.items() if name != "act"}
        for name in _MOMENTS:
            if name in rest:
                rest[name] = datetime.fromisoformat(rest[name])
        match wish.get("act"):
            case "add_user":
                return {"id": self.state.add_user(**rest).id}
            case "add_schedule":
                return {"id": self.state.add_schedule(**rest).id}
            case "add_policy":
                levels = rest.pop("levels")
                return {"id": self.state.add_policy(rest.pop("name"), *levels, **rest).id}
            case "override":
                self.state.override(**rest)
                return {}
            case other:
                raise ValueError(f"There is no act {other!r}.")

    async def _act(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(self.perform(await request.json()))
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"detail": f"{type(wrong).__name__}: {wrong}"}, status=400)

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            self.faults.change(await request.json())
        except ValueError as wrong:
            return web.json_response({"detail": str(wrong)}, status=400)
        return web.json_response(self.faults.shown())

    async def _show_faults(self, _: web.Request) -> web.Response:
        return web.json_response(self.faults.shown())


async def start(config: Config) -> Sandbox:
    """Serve until `close()`."""
    sandbox = Sandbox(config)
    await sandbox.open()
    return sandbox
