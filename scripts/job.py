"""What every job is: its arguments, its GitHub, its time, its summary and its end.

| a job ended with …                   | exit code |
|--------------------------------------|-----------|
| everything done, or nothing to do    | 0         |
| something left undone, or refused    | 1         |
| arguments that make no sense         | 2         |

Rules: progress goes to standard error, the summary to standard output and, within Actions, to the run's page. A dry
run reads as always and writes nothing. A job ends by itself before its time is up, and says what it left.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import aiohttp
from pydantic import SecretStr

from app.domain.duty import Duty
from app.domain.errors import ProdSquadError, UserError
from app.domain.issues import Repository
from app.domain.squad import Squad
from app.flows.duty import OnDuty, SquadAt
from app.flows.pacing import Pace
from app.github.client import Client
from app.github.ground import NO_INSTALLATION, Ground, Grounds
from app.github.tokens import GivenToken, Tokens
from app.github.wire import Wire
from app.intake import squad_file
from app.ledger.budget import ScratchBudgets
from app.ledger.limits import Limits
from app.pagerduty.client import OnCalls
from app.pagerduty.wire import PagerDutyWire
from app.sentry.wire import SentryWire
from app.texts.markdown import Markdown
from app.wiring import clock
from scripts import settings
from scripts.settings import JobSettings

LIMITS: Final = Limits(creates_short=40, creates_long=300, points=450)
"""About half of what GitHub allows, for people and the App share it."""
MINUTES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a job came to: its summary, and whether anything was left undone."""

    summary: Markdown
    complete: bool


class Bench:
    """What a job works with."""

    def __init__(
        self,
        chosen: JobSettings,
        session: aiohttp.ClientSession,
        budgets: ScratchBudgets,
        *,
        until: datetime,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.settings = chosen
        self.now = now
        self.pace = Pace(until=until, now=now, sleep=sleep)
        self.sleep = sleep
        self._wire = Wire(session, base_url=chosen.github_api_url)
        self._budgets = budgets
        self.client = self._with(chosen.github_token)
        """With the workflow's token."""
        self.grounds = Grounds(self.client)
        self.made = partial(budgets.made, NO_INSTALLATION)
        """To be told when something was made by another run, within the last hour."""
        self.session = session

    @property
    def pagerduty(self) -> PagerDutyWire | None:
        """None without a key."""
        key = self.settings.pagerduty_token
        if key is None:
            return None
        return PagerDutyWire(
            self.session, url=self.settings.pagerduty_url, token=key.get_secret_value(), clock=self.now
        )

    @property
    def looking(self) -> Client:
        """To look with where the workflow's token may not, if there is another one."""
        return self.client if self.settings.access_token is None else self._with(self.settings.access_token)

    def as_app(self) -> Client | None:
        """As the App itself; None without its key."""
        number, key = self.settings.github_app_id, self.settings.github_private_key
        if number is None or key is None:
            return None
        tokens = Tokens(self._wire, app_id=str(number), private_key=key.get_secret_value(), now=self.now)
        return Client(self._wire, tokens, self._budgets, now=self.now, sleep=self.sleep)

    @property
    def sentry(self) -> SentryWire | None:
        """None without a token."""
        token, organization = self.settings.sentry_token, self.settings.sentry_organization
        if token is None or organization is None:
            return None
        return SentryWire(
            self.session,
            url=self.settings.sentry_url,
            organization=organization,
            token=token.get_secret_value(),
            clock=self.now,
        )

    def _with(self, token: SecretStr) -> Client:
        given = GivenToken(token.get_secret_value(), self.now)
        return Client(self._wire, given, self._budgets, now=self.now, sleep=self.sleep)

    async def ground(self, label: str) -> Ground:
        """The repository, its files, and the label's id, in one read."""
        return await self.pace(lambda: self.grounds.of(self.settings.github_repository, label))

    async def duty(self, home: Repository, squad: Squad) -> Duty:
        """Who is on duty, as far as can be known here: what people told the App (`/away`) is not."""
        key = self.settings.pagerduty_token
        oncalls = None
        if key is not None:
            oncalls = OnCalls(
                self.session, url=self.settings.pagerduty_url, token=key.get_secret_value(), clock=self.now
            )
        return await OnDuty(oncalls, _Nothing(), now=self.now).current(SquadAt(home=home, squad=squad))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`add` says what it takes besides the usual, `run` does it."""

    name: str
    help: str
    run: Callable[[Bench, argparse.Namespace], Awaitable[Ended]]
    add: Callable[[argparse.ArgumentParser], None] = lambda _: None


def squad_of(ground: Ground) -> Squad:
    """The squad's file; an empty one where there is none.

    Raises UserError where it has faults: a job does not know the last good one, and must not guess.
    """
    if ground.squad is None:
        return Squad()
    read = squad_file.read(ground.squad.text, ground.squad.path)
    if isinstance(read, Squad):
        return read
    faults = "\n".join(f"  {fault.path}:{fault.line}: {fault.message}" for fault in read)
    raise UserError(f"The squad's file of {ground.squad.repository.name} has faults; nothing was done.\n{faults}")


def tell(line: str) -> None:
    """Progress."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@asynccontextmanager
async def bench(
    chosen: JobSettings,
    *,
    minutes: float = MINUTES,
    now: Callable[[], datetime] = clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    limits: Limits = LIMITS,
) -> AsyncIterator[Bench]:
    """What a job works with, for so many minutes."""
    budgets = ScratchBudgets(limits, now)
    try:
        async with aiohttp.ClientSession() as session:
            yield Bench(chosen, session, budgets, until=now() + timedelta(minutes=minutes), now=now, sleep=sleep)
    finally:
        budgets.close()


def main(job: Job, argv: list[str] | None = None) -> None:
    """Run the job and end the process; see the module's table."""
    parser = argparse.ArgumentParser(prog=f"python -m scripts.{job.name}", description=job.help)
    parser.add_argument("--dry-run", action="store_true", help="read as always, write nothing, tell what would be done")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="by default GITHUB_REPOSITORY")
    parser.add_argument(
        "--minutes",
        type=float,
        default=MINUTES,
        help="stop after so many minutes, and tell what was left (%(default)s)",
    )
    job.add(parser)
    asked = parser.parse_args(argv)
    try:
        chosen = settings.read(asked.repository)
        ended = asyncio.run(_run(job, chosen, asked))
    except ProdSquadError as error:
        sys.exit(f"{error}")
    sys.exit(0 if ended.complete else 1)


async def _run(job: Job, chosen: JobSettings, asked: argparse.Namespace) -> Ended:
    async with bench(chosen, minutes=asked.minutes) as here:
        ended = await job.run(here, asked)
    sys.stdout.write(f"{ended.summary}\n")
    if chosen.github_step_summary is not None:
        with chosen.github_step_summary.open("a", encoding="utf-8") as page:
            page.write(f"{ended.summary}\n")
    return ended


class _Nothing:
    """A memory that has none: a job lives for one run."""

    async def recall(self, name: str) -> bytes | None:
        return None

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        return None

    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        return True
