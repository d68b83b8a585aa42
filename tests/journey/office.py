"""The office of the scheduled jobs: a lookalike GitHub with a clock that turns when a job waits, and nothing else.

Rule: a job is run as Actions runs it, with a workflow's token; when the block ends, every call must have kept GitHub's
contract and its limits.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from app.domain.alerts import Impact
from app.domain.tickets import Around
from app.texts.body import Part, State, merged, state_marker
from sandbox import github
from sandbox.github.state import Actor, Comment, Issue, Repository
from scripts.job import MINUTES, Bench, Ended, Job, bench
from scripts.settings import JobSettings

HOME = "acme/caseflow"
TOKEN = "ghs_a-workflows-token"
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SQUAD = """\
business_hours: {start: '09:00', end: '17:00'}
rotation: {members: [mark, alex, sharon], cadence: 7d, starts: 2026-11-02}
"""
PEOPLE = {"nick": "admin", "mark": "write", "alex": "write", "sharon": "write", "jo": "triage"}
APP = Actor(login="prod-squad[bot]", installation_id=1, is_app=True)
LIST = "POST /graphql"


@dataclass
class Clock:
    """The time, which turns when somebody waits."""

    at: datetime = MONDAY
    waited: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.waited += timedelta(seconds=seconds)


@dataclass
class Office:
    """What the jobs' journeys play in."""

    github: github.Sandbox
    clock: Clock
    settings: JobSettings
    _from: int = 0
    _benches: list[Bench] = field(default_factory=list)

    @property
    def home(self) -> Repository:
        return self.github.state.repository(HOME)

    def ticket(
        self,
        number_of_it: int = 1,
        *,
        impact: Impact | None = None,
        labels: tuple[str, ...] = (),
        assignees: tuple[str, ...] = ("alex",),
        **state: Any,
    ) -> Issue:
        """The App has opened a ticket now."""
        known = State(ticket=number_of_it, impact=impact, opened_at=self.clock(), **({"owners": ("alex",)} | state))
        body = str(merged(Around(), Part(variants=(state_marker(known),))))
        impacts = () if impact is None else (f"impact:{impact}",)
        return self.github.acts.open_issue(
            self.home,
            APP,
            title=f"KeyError {number_of_it}",
            body=body,
            labels=("prod-alert", *impacts, *labels),
            assignees=assignees,
        )

    def says(self, issue: Issue, text: str, who: str = "jo") -> Comment:
        """A person comments."""
        return self.github.acts.comment(issue, Actor(login=who), text)

    async def run(self, job: Job, *, minutes: float = MINUTES, **asked: Any) -> Ended:
        """The job, once."""
        parser = ArgumentParser()
        job.add(parser)
        arguments = Namespace(**({"dry_run": False} | vars(parser.parse_args([])) | asked))
        async with bench(self.settings, minutes=minutes, now=self.clock, sleep=self.clock.sleep) as here:
            return await job.run(here, arguments)

    def calls(self) -> tuple[int, int]:
        """(reads, writes) since the last time this was asked."""
        logged = self.github.requests[self._from :]
        self._from = len(self.github.requests)
        reads = sum(1 for call in logged if call.method == "GET" or _is_query(call.json))
        return reads, len(logged) - reads

    def reminders(self, issue: Issue) -> list[str]:
        """The first lines of what workflows have said there."""
        return [it.body.partition("\n")[0] for it in issue.comments.values() if it.author == "github-actions[bot]"]


def _is_query(body: Any) -> bool:
    return isinstance(body, Mapping) and str(body.get("query", "")).lstrip().startswith("query")


@asynccontextmanager
async def office(
    *, squad: str = SQUAD, others: tuple[Any, ...] = (), webhook_url: str | None = None, **more: Any
) -> AsyncIterator[Office]:
    """Everything up, until the block ends. `webhook_url` is where the App's webhooks go."""
    clock = Clock()
    repository = {"name": HOME, "people": PEOPLE, "files": {".github/prod-squad.yml": squad}}
    hub = await github.start(
        github.Config(
            seed={"tokens": {TOKEN: "github-actions[bot]"}, "repositories": [repository | more, *others]},
            webhook_url=webhook_url,
            check_contract=True,
            clock=clock,
        )
    )
    try:
        chosen = JobSettings(github_token=SecretStr(TOKEN), github_repository=HOME, github_api_url=hub.url)
        yield Office(hub, clock, chosen)
    finally:
        await hub.close()
    assert not hub.broken_contract, "\n".join(hub.broken_contract)
    assert not hub.state.violations, hub.state.violations
