"""The stage of a journey: the real App over real HTTP, a lookalike GitHub and a lookalike Sentry around it.

Rules: all three have one clock, which a journey turns forward; nothing on a stage waits longer than a gathering. The
App's store is SQLite; with PROD_SQUAD_TEST_STORE=postgresql all journeys are played on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from app import serving
from app.domain.mail import ByKey, Letter, TimerFell
from app.settings import Settings
from app.texts.body import State, state_in
from app.wiring import House
from sandbox import github, sentry
from sandbox.github import shapes
from sandbox.github.limits import Allowance
from sandbox.github.state import Actor, Comment, Issue, Repository
from sandbox.sentry.state import Issue as SentryIssue
from sandbox.sentry.webhooks import signature

PATIENCE = 60.0
"""Seconds that a journey waits for what must come: the machine may be busy with other tests."""
STORE = "PROD_SQUAD_TEST_STORE"
GITHUB_SECRET = "a-secret-for-the-journeys"
SENTRY_SECRET = "another-secret-for-the-journeys"
SENTRY_PAGES = "https://sentry.example"
HOME = "acme/caseflow"
OWNERS = """\
*                  @nick
[Whiskey] @mark
app:Reader
/app/controllers/reader/**
[Foxtrot] @alex
app:Certification*
app:eFolder
[Tango] @sharon @kim
app:Dispatch
"""
APPS = """\
apps:
  - name: Reader
    projects: [reader]
  - name: Certification
    projects: [certification]
  - name: Dispatch
    projects: [dispatch]
"""
SQUAD = f"{APPS}tickets:\n  gather: 1s\n"
PEOPLE = {"nick": "admin", "mark": "write", "alex": "write", "sharon": "write", "kim": "triage", "jo": "write"}

OPEN_ISSUE = "POST /repos/{owner}/{repo}/issues"
CHANGE_ISSUE = "PATCH /repos/{owner}/{repo}/issues/{number}"
READ_ISSUE = "GET /repos/{owner}/{repo}/issues/{number}"
LIST_ISSUES = "GET /repos/{owner}/{repo}/issues"
LIST_COMMENTS = "GET /repos/{owner}/{repo}/issues/{number}/comments"
MAY_ASSIGN = "GET /repos/{owner}/{repo}/assignees/{assignee}"
GRAPHQL = "POST /graphql"
DRESS_LABEL = "PATCH /repos/{owner}/{repo}/labels/{name}"
_NOT_OF_TICKETS = ("access_tokens", "/app", "/contents/", "/installation", "/labels/")
"""Calls that are not made for a ticket: tokens, the office's, and the dressing of labels, once in their life."""


def seed(*, squad: str = SQUAD, owners: str = OWNERS, others: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    """What GitHub holds at the beginning."""
    repository = {
        "name": HOME,
        "people": PEOPLE,
        "files": {".github/PRODOWNERS": owners, ".github/prod-squad.yml": squad},
    }
    return {"repositories": [repository | more, *others]}


def tickets(**more: str) -> str:
    """A squad's file with these settings of tickets."""
    return APPS + "tickets:\n" + "".join(f"  {name}: {value}\n" for name, value in ({"gather": "1s"} | more).items())


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database(folder: Path) -> dict[str, Any]:
    """The App's settings of its store in this folder."""
    if os.environ.get(STORE) != "postgresql":
        return {"database": folder / "prod-squad.db"}
    from tests.postgres import databases

    return {"database_url": databases.url_for(folder)}


@dataclass
class Clock:
    """It goes as fast as a true one, from the same Tuesday noon for each journey; a journey turns it forward.

    Whoever is on duty, and whether it is a business day, must not depend on when the tests run.
    """

    ahead: timedelta = timedelta(0)
    start: datetime = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.began) + self.ahead


@dataclass
class Stage:
    """What a journey plays on."""

    github: github.Sandbox
    sentry: sentry.Sandbox
    clock: Clock
    settings: Settings
    url: str
    http: aiohttp.ClientSession
    _house: list[House] = field(default_factory=list)
    _rooms: AsyncExitStack = field(default_factory=AsyncExitStack)
    _from: int = 0

    # The App

    @property
    def house(self) -> House:
        """The App that runs now."""
        return self._house[-1]

    async def start(self) -> None:
        """The App begins to work, and has read the squad's files when this returns."""
        self._house.append(await self._rooms.enter_async_context(serving.running(self.settings, self.clock)))
        await self.quiet()

    async def stop(self) -> None:
        """The App ends as on SIGTERM; what is under way may end."""
        await self._rooms.aclose()
        self._house.clear()

    async def quiet(self, within: float = PATIENCE) -> None:
        """Until every webhook was delivered and all mail is settled."""
        async with asyncio.timeout(within):
            while True:
                await self.delivered()
                standing = await self.house.mailroom.standing()
                if standing.pending == 0 and standing.claimed == 0:
                    return
                await asyncio.sleep(0.03)

    async def tried(self) -> None:
        """Until nobody is at work; mail may be left that waits for its time."""
        await self.delivered()
        async with asyncio.timeout(PATIENCE):
            for _ in range(4):  # a worker that was just woken has claimed nothing yet
                await asyncio.sleep(0.03)
                while (await self.house.mailroom.standing()).claimed:  # noqa: ASYNC110 - the store rings no bell
                    await asyncio.sleep(0.03)

    async def until_there_are(self, issues: int) -> None:
        """Until the home repository has so many issues, and nobody is at work."""
        async with asyncio.timeout(PATIENCE):
            while len(self.issues) < issues:  # noqa: ASYNC110 - a lookalike rings no bell
                await asyncio.sleep(0.03)
        await self.tried()

    async def waits(self) -> str:
        """Until a mailbox waits because its settle failed; with which error."""
        async with asyncio.timeout(PATIENCE):
            while True:
                standing = await self.house.mailroom.standing()
                if standing.failing and not standing.claimed:
                    return standing.failing[0][1]
                await asyncio.sleep(0.03)

    async def delivered(self) -> None:
        """Until every webhook was delivered."""
        await self.github.hooks.drain()
        await self.sentry.hooks.drain()

    async def forget(self, name: str) -> None:
        """What was remembered under this name is not there, as with a version that did not know of it."""
        room: Any = self.house.mailroom
        if self.settings.database_url is None:
            await room._run(lambda it: it.execute("DELETE FROM memory WHERE name = ?", (name,)))
        else:
            await room._database.rows("DELETE FROM memory WHERE name = %s RETURNING name", (name,))

    async def later(self, **much: float) -> None:
        """The clock is turned forward, and the App looks what has fallen due."""
        self.clock.ahead += timedelta(**much)
        now = self.clock()
        await self.house.mailroom.receive(
            Letter(
                sender="journey",
                delivery_id=now.isoformat(),
                address=ByKey(key="installation:0"),
                mail=TimerFell(name="later", due=now),
                received_at=now,
                prompt=True,
            )
        )

    # GitHub

    @property
    def home(self) -> Repository:
        """The App's own repository."""
        return self.github.state.repository(HOME)

    @property
    def issues(self) -> list[Issue]:
        """The home repository's issues, those that were transferred left out."""
        return [issue for issue in self.home.issues.values() if issue.moved_to is None]

    @property
    def ticket(self) -> Issue:
        """The one issue there is."""
        (issue,) = self.issues
        return issue

    def calls(self, *, all: bool = False) -> list[str]:
        """The App's calls of GitHub since the last time this was asked; only those made for tickets, unless `all`."""
        routes = [logged.route for logged in self.github.requests[self._from :]]
        self._from = len(self.github.requests)
        return [route for route in routes if all or not any(part in route for part in _NOT_OF_TICKETS)]

    async def act(self, act: str, **wish: Any) -> Mapping[str, Any]:
        """Somebody does something on GitHub."""
        async with self.http.post(
            f"{self.github.url}/_sandbox/act", json={"act": act, "repository": HOME, **wish}
        ) as answer:
            done: Mapping[str, Any] = await answer.json()
            assert answer.status == 200, done
            return done

    def delete(self, issue: Issue, actor: str = "nick") -> None:
        """Somebody deletes an issue."""
        repository = self.github.state.repositories[issue.repository_id]
        del repository.issues[issue.number]
        shown = shapes.issue(self.github.state, issue)
        self.github.hooks.emit("issues", "deleted", repository, actor, issue=shown)

    def edit_unheard(self, issue: Issue, body: str, actor: str = "jo") -> None:
        """Somebody edits a body, and its webhook is lost."""
        self.github.faults.webhooks_lost = 1
        self.github.acts.edit_text(issue, Actor(login=actor), body=body)
        self.github.faults.webhooks_lost = 0

    # Sentry

    def only(self, *resources: str) -> None:
        """From now on Sentry sends no other webhooks than these."""
        self.sentry.hooks._resources = frozenset(resources)

    async def first(self, example: str = "reader-document", **more: Any) -> SentryIssue:
        """A new error of the catalogue has its ticket."""
        error = self.sentry.acts.raise_example(example, **more)
        await self.quiet()
        return error

    async def again(self, error: SentryIssue, times: int = 1, **more: Any) -> None:
        """The error has happened again, and its ticket says so; `more` replaces fields of its report."""
        self.sentry.acts.again(error, times=times, **more)
        await self.quiet()

    async def post_sentry(self, body: bytes, *, resource: str, request_id: str) -> int:
        """One webhook to Sentry's door; the answer's status."""
        headers = {
            "Content-Type": "application/json",
            "Request-ID": request_id,
            "Sentry-Hook-Resource": resource,
            "Sentry-Hook-Timestamp": "0",
            "Sentry-Hook-Signature": signature(SENTRY_SECRET, body),
        }
        async with self.http.post(f"{self.url}/sentry", data=body, headers=headers) as answer:
            await answer.read()
            return answer.status


def told(issue: Issue) -> State:
    """What the body's hidden state says."""
    state = state_in(issue.body or "")
    assert state is not None, issue.body
    return state


def by_the_app(issue: Issue) -> list[Comment]:
    """The App's comments, oldest first."""
    return [comment for comment in issue.comments.values() if comment.via_app]


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    world: Mapping[str, Any] | None = None,
    allowance: Allowance | None = None,
    clock: Clock | None = None,
    check_contract: bool = True,
    **more: Any,
) -> AsyncIterator[Stage]:
    """Everything up, until the block ends; then every call must have kept GitHub's contract and its limits.

    `check_contract` is for what makes so many calls that to check each takes too long. `more` are settings of the App.
    """
    port, clock = free_port(), clock or Clock()
    url = f"http://127.0.0.1:{port}"
    hub = await github.start(
        github.Config(
            webhook_url=f"{url}/github",
            webhook_secret=GITHUB_SECRET,
            seed=seed() if world is None else world,
            allowance=allowance or Allowance(),
            check_contract=check_contract,
            clock=clock,
        )
    )
    tower = await sentry.start(
        sentry.Config(
            webhook_url=f"{url}/sentry",
            client_secret=SENTRY_SECRET,
            public_url=SENTRY_PAGES,
            patience=10,  # a journey may be played on a machine that is busy
            clock=clock,
        )
    )
    said: dict[str, Any] = {
        "github_app_id": 1,
        "github_private_key": hub.private_key,
        "github_webhook_secrets": GITHUB_SECRET,
        "github_api_url": hub.url,
        "tickets_repository": HOME,
        "sentry_client_secrets": SENTRY_SECRET,
        "sentry_url": tower.url,
        "sentry_token": "sntrys_lookalike_token_of_the_app",
        "sentry_organization": "acme",
        "port": port,
    } | database(folder)
    try:
        async with aiohttp.ClientSession() as http:
            chosen = Settings(_env_file=None, **(said | more))  # type: ignore[call-arg]  # BaseSettings takes it
            here = Stage(hub, tower, clock, chosen, url, http)
            try:
                await here.start()
                here.calls()
                yield here
            finally:
                await here.stop()
    finally:
        await hub.close()
        await tower.close()
    assert not hub.broken_contract, "\n".join(hub.broken_contract)
    assert not hub.state.violations, hub.state.violations
