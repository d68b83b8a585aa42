"""The App's whole GitHub room against the lookalike, over real HTTP, with a clock to turn and a budget to watch."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from app.domain.issues import IssueSeen, Repository
from app.github.apps import Apps
from app.github.budget import Budget
from app.github.client import Client
from app.github.files import Files
from app.github.issues import Issues
from app.github.tokens import Tokens
from app.github.wire import Wire
from app.texts.drafts import Draft, LabelStyle
from app.texts.markdown import Markdown, joined, literal, marker
from sandbox.github import Config, Sandbox, start
from sandbox.github.admin import perform
from tests.contract.lookalike import SEED, Clock

READER = LabelStyle(name="app:Reader", color="1d76db", description="The Reader")
ALERT = LabelStyle(name="prod-alert", color="b60205", description="An error in production")


@dataclass
class Watched:
    """A budget that grants all, unless it was blocked, and writes down what it was asked."""

    now: Callable[[], datetime]
    taken: list[tuple[int, int, bool]] = field(default_factory=list)
    """(creates, points, urgent) of each grant."""
    blocked: dict[int, datetime] = field(default_factory=dict)

    async def take(self, installation: int, *, creates: int, points: int, urgent: bool) -> datetime | None:
        until = self.blocked.get(installation)
        if until is not None and until > self.now():
            return until
        self.taken.append((creates, points, urgent))
        return None

    async def block(self, installation: int, until: datetime) -> None:
        self.blocked[installation] = max(until, self.blocked.get(installation, until))


@dataclass
class Side:
    sandbox: Sandbox
    clock: Clock
    wire: Wire
    budget: Any
    client: Client
    tokens: Tokens
    apps: Apps
    issues: Issues
    files: Files
    slept: list[float]

    @property
    def shop(self) -> Repository:
        return Repository(id=self.sandbox.state.repository("acme/shop").id, name="acme/shop", installation=1)

    @property
    def routes(self) -> list[str]:
        """Every call so far but the making of tokens, as `METHOD /template`."""
        return [logged.route for logged in self.sandbox.requests if "access_tokens" not in logged.route]

    @property
    def tokens_made(self) -> int:
        return Counter("access_tokens" in logged.route for logged in self.sandbox.requests)[True]

    def act(self, act: str, **rest: Any) -> Any:
        """What a person does."""
        return perform(self.sandbox, {"act": act, "repository": "acme/shop"} | rest)

    def held(self, number: int = 1, repository: str = "acme/shop") -> Any:
        """The issue as the lookalike holds it."""
        return self.sandbox.state.repository(repository).issues[number]

    async def opened(self, **rest: Any) -> IssueSeen:
        return await self.issues.open(self.shop, draft(**rest), urgent=False)


@asynccontextmanager
async def github_side(*, budget: Callable[[Clock], Budget] = Watched, **config: Any) -> AsyncIterator[Side]:
    """Fails on leaving when any request or answer broke GitHub's own description."""
    clock, slept = Clock(), []
    sandbox = await start(Config(seed=SEED, clock=clock, check_contract=True, **config))

    def sleep(seconds: float) -> Awaitable[None]:
        slept.append(seconds)
        clock.pass_by(seconds=seconds)
        return _nothing()

    try:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, base_url=sandbox.url)
            tokens = Tokens(wire, app_id="1", private_key=sandbox.private_key, now=clock)
            allowed = budget(clock)
            client = Client(wire, tokens, allowed, now=clock, sleep=sleep)
            apps = Apps(client)
            yield Side(
                sandbox=sandbox,
                clock=clock,
                wire=wire,
                budget=allowed,
                client=client,
                tokens=tokens,
                apps=apps,
                issues=Issues(client, apps),
                files=Files(client),
                slept=slept,
            )
    finally:
        await sandbox.close()
    assert not sandbox.broken_contract, "\n".join(sandbox.broken_contract)


async def _nothing() -> None:
    return None


def text(operation: str) -> Markdown:
    """A body that carries an operation's marker."""
    return joined((literal("It broke."), marker(operation)), literal("\n\n"))


def draft(operation: str = "t1.open", title: str = "Reader is down", **rest: Any) -> Draft:
    return Draft(title=title, body=text(operation), **rest)
