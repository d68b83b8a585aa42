"""The lookalike as one HTTP server: `start(Config(...))` -> a `Sandbox` with its address, acts, state and faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.sentry import admin, page
from sandbox.sentry.acts import Acts
from sandbox.sentry.api import WRITE, Api, Logged
from sandbox.sentry.faults import Faults
from sandbox.sentry.state import World
from sandbox.sentry.webhooks import PATIENCE, Webhooks

RESOURCES = frozenset({"event_alert", "issue", "metric_alert", "installation"})
"""What an integration can subscribe to on every plan; `error` is for larger ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How to serve. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    webhook_url: str | None = None
    """Where the App listens; None only records."""
    client_secret: str = "secret"
    """What webhooks are signed with."""
    organization: str = "acme"
    tokens: Mapping[str, frozenset[str]] = field(default_factory=lambda: {"sntrys_lookalike_token_of_the_app": WRITE})
    resources: frozenset[str] = RESOURCES
    rule_every: timedelta = timedelta(0)
    """The alert rule fires at most so often for one issue. Sentry allows 5 minutes at the least, by default 30; zero
    alerts every event, so that a demo need not wait."""
    archived_action: str = "archived"
    """What an `issue` webhook calls archiving: Sentry's documentation says `archived`, its newer code `ignored`."""
    public_url: str = ""
    """The address that stands in links to people's pages; its own by default."""
    first_issue_id: int = 4_500_001
    patience: float = PATIENCE
    """Seconds to wait for a webhook's answer."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Sandbox:
    """A running lookalike."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state = World(organization=config.organization, clock=config.clock, first_issue_id=config.first_issue_id)
        self.faults = Faults()
        self.hooks = Webhooks(
            self.state,
            self.faults,
            url=config.webhook_url,
            secret=config.client_secret,
            resources=config.resources,
            patience=config.patience,
        )
        self.acts = Acts(self.state, self.hooks, rule_every=config.rule_every, archived_action=config.archived_action)
        self._api = Api(self.state, self.acts, self.faults, config.tokens)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return self.state.base

    @property
    def requests(self) -> list[Logged]:
        """The calls of the API so far."""
        return self._api.requests

    async def open(self) -> None:
        app = web.Application()
        self._api.add_routes(app)
        admin.add_routes(app, self)
        page.add_routes(app, self.state)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.config.host, self.config.port).start()
        self.state.base = f"http://{self.config.host}:{self._runner.addresses[0][1]}"
        self.state.public = self.config.public_url or self.state.base

    async def close(self) -> None:
        await self.hooks.close()
        if self._runner is not None:
            await self._runner.cleanup()


async def start(config: Config) -> Sandbox:
    """Serve until `close()`."""
    sandbox = Sandbox(config)
    await sandbox.open()
    return sandbox
