"""The lookalike as one HTTP server: `start(Config(...))` -> a `Sandbox` with its address, state, presses and faults.

For a demo in another process: `POST /_sandbox/press` with `{"channel": …, "ts": …, "action": "ack", "user": …}`;
`POST` and `GET /_sandbox/faults`. The API is at `<url>/api/`, the channels' page at `<url>/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from sandbox.slack import page
from sandbox.slack.api import SCOPES, Api, Logged
from sandbox.slack.faults import Faults
from sandbox.slack.presses import Presses
from sandbox.slack.state import World

TOKEN = "xoxb-lookalike-token-of-the-app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How to serve. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    actions_url: str | None = None
    """Where the App listens for presses; None only records."""
    signing_secret: str = "secret"
    tokens: Mapping[str, frozenset[str]] = field(default_factory=lambda: {TOKEN: SCOPES})
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Sandbox:
    """A running lookalike."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state = World(config.clock)
        self.faults = Faults()
        self.presses = Presses(self.state, url=config.actions_url, secret=config.signing_secret)
        self.url = ""
        self._api = Api(self.state, self.faults, config.tokens)
        self._runner: web.AppRunner | None = None

    @property
    def requests(self) -> list[Logged]:
        """The calls of the API so far."""
        return self._api.requests

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    async def open(self) -> None:
        app = web.Application()
        self._api.add_routes(app)
        page.add_routes(app, self.state, self.presses)
        app.router.add_post("/_sandbox/press", self._press)
        app.router.add_post("/_sandbox/faults", self._set_faults)
        app.router.add_get("/_sandbox/faults", self._show_faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.config.host, self.config.port).start()
        self.url = f"http://{self.config.host}:{self._runner.addresses[0][1]}"
        self.presses.base = self.url

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _press(self, request: web.Request) -> web.Response:
        try:
            return web.json_response({"status": await self.presses.press(**await request.json())})
        except (KeyError, TypeError) as wrong:
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
