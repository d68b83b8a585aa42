"""Wiring: the only module that knows every concrete class. It builds the App from its settings, and runs it.

Rule: what is opened here is closed here, in the opposite order: the doors first, so that nothing is accepted any more;
then the worker, whose settles may end; then the store, which finishes what was handed in.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import structlog
from aiohttp import web

from app.domain.errors import SystemRefusedError, UserError
from app.domain.mail import Letter
from app.flows.action_items import ActionItems
from app.flows.acts import Acts
from app.flows.announcing import Announcing
from app.flows.announcing_post_mortems import AnnouncingPostMortems
from app.flows.boards import OnBoard
from app.flows.bodies import Bodies
from app.flows.drafting import Drafting
from app.flows.duty import OnDuty
from app.flows.feedback import Feedback
from app.flows.look_ups import LookUps
from app.flows.merging import Merging
from app.flows.naming import Naming
from app.flows.once import Once
from app.flows.opening import Opening
from app.flows.outages import Outages
from app.flows.paging import Paging
from app.flows.post_mortem_beginning import Beginning
from app.flows.post_mortem_commands import PostMortemCommands
from app.flows.post_mortems import PostMortems
from app.flows.pressing import Pressing
from app.flows.promoting import Promoting
from app.flows.settle import Settle
from app.flows.settle_office import SettleOffice, opening_letters
from app.flows.settle_post_mortem import SettlePostMortem
from app.flows.settle_slack import SettleSlack
from app.flows.settle_ticket import SettleTicket
from app.flows.squad_files import SquadFiles
from app.flows.storms import Storms
from app.flows.sweep import Seen, Sweep
from app.flows.triage import Triage
from app.flows.triage_acts import TriageActs
from app.github.apps import Apps
from app.github.budget import Budget
from app.github.changes import Changes
from app.github.checks import Checks
from app.github.client import Client
from app.github.files import Files
from app.github.issues import Issues
from app.github.people import People
from app.github.projects import Projects
from app.github.remarks import Remarks
from app.github.sub_issues import SubIssues
from app.github.tokens import Tokens
from app.github.wire import Wire
from app.ledger.budget import Budgets
from app.ledger.database import Database
from app.ledger.limits import Limits
from app.mailroom.port import Mailroom
from app.mailroom.sqlite import SqliteMailroom
from app.mailroom.worker import Worker
from app.pagerduty.client import OnCalls
from app.pagerduty.events import Events
from app.sentry.client import QUERY, SentryErrors
from app.settings import Settings
from app.slack.client import SlackChannel
from app.web import server
from app.web.doors import Doors
from app.web.keeping import kept
from app.web.slack import SlackDoor
from app.web.support import SupportDoor

_ASK_AGAIN = 60.0
"""Seconds."""
_DRAIN = 10.0
"""Seconds that settles under way have to end when the App stops."""
_log = structlog.get_logger("app")


Clock = Callable[[], datetime]


def clock() -> datetime:
    """The time, in UTC. Everything else is told it."""
    return datetime.now(UTC)  # noqa: TID251 - the one place where the App asks


def log_to(stream: str, level: str) -> None:
    """Lines for people on a terminal, JSON for machines; both on standard error."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if stream == "people" else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class House:
    """The App, built: what the command line and the tests may want to reach."""

    def __init__(
        self, settings: Settings, mailroom: Mailroom, budget: Budget, session: aiohttp.ClientSession, now: Clock
    ) -> None:
        self.settings = settings
        self.mailroom = mailroom
        wire = Wire(session, base_url=settings.github_api_url)
        key = settings.github_private_key.get_secret_value()
        tokens = Tokens(wire, app_id=str(settings.github_app_id), private_key=key, now=now)
        self.client = Client(wire, tokens, budget, now=now, sleep=asyncio.sleep)
        self.apps = Apps(self.client)
        issues = Issues(self.client, self.apps)
        self.squad_files = SquadFiles(
            Files(self.client), Checks(self.client), self.mailroom, home=settings.tickets_repository, now=now
        )
        sentry = _sentry(settings, session, now)
        bodies = Bodies(issues, self.squad_files, pages=_pages(settings.github_api_url), now=now)
        once = Once(self.mailroom, now)
        opening = Opening(
            issues,
            self.squad_files,
            bodies,
            once,
            ticket_label=settings.ticket_label,
            support_label=settings.support_label,
            now=now,
        )
        people = People(self.client)
        naming = Naming(self.mailroom, self.squad_files, people)
        triage = Triage(
            people,
            OnDuty(_pagerduty(settings, session, now), self.mailroom, now=now),
            self.squad_files,
            self.mailroom,
            Merging(naming),
            naming,
            speaks_back=sentry is not None,
            now=now,
        )
        outages = Outages(self.mailroom, Changes(self.client), self.squad_files, now=now)
        drafting = Drafting(self.mailroom, self.squad_files, outages, now=now)
        post_mortems = PostMortems(issues, drafting, self.mailroom, once)
        triage_acts = TriageActs(issues, people, post_mortems, errors=sentry, now=now)
        paging = Paging(
            _events(settings, session, now),
            self.mailroom,
            self.squad_files,
            pages=_pages(settings.github_api_url),
            now=now,
        )
        acts = Acts(issues, self.squad_files, bodies, opening, once, triage_acts, errors=sentry, now=now)
        storms = Storms(self.mailroom, opening, triage, self.squad_files, now=now)
        seen: Seen | None = None
        if sentry is not None and settings.sentry_sweep:
            seen = partial(_seen_at_sentry, sentry, self.mailroom, self.squad_files, now)
        slack, announcing, settle_slack = _slack(settings, session, now), None, None
        if slack is not None:
            announcing = Announcing(Pressing(triage, slack, self.mailroom, now=now), now=now)
            settle_slack = SettleSlack(self.mailroom, slack, self.squad_files, once, self.mailroom, now=now)
        beginning = Beginning(drafting, naming, triage)
        settle_post_mortem = SettlePostMortem(
            self.mailroom,
            issues,
            self.squad_files,
            begin=beginning.begin,
            command=PostMortemCommands(issues, people, triage, beginning, drafting, naming, once).heard,
            action_items=ActionItems(issues, SubIssues(self.client), self.mailroom, once, now=now).settled,
            followers=(
                OnBoard(Projects(self.client), issues, once, self.mailroom, now=now),
                Feedback(issues, Remarks(self.client), once, now=now),
                *((AnnouncingPostMortems(self.mailroom, now=now),) if slack is not None else ()),
            ),
            now=now,
        )
        settle = Settle(
            self.mailroom,
            SettleTicket(
                self.mailroom,
                acts,
                bodies,
                self.squad_files,
                triage,
                paging,
                storms,
                LookUps(self.mailroom, errors=sentry),
                announcing=announcing,
                now=now,
            ),
            settle_post_mortem,
            SettleOffice(
                self.mailroom,
                self.squad_files,
                Sweep(self.apps, self.mailroom, seen=seen, now=now),
                Promoting(self.mailroom, issues, people, self.squad_files, triage, once, now=now),
                keep=timedelta(days=settings.keep_days),
                now=now,
            ),
            settle_slack,
        )
        self.doors = Doors(
            self.mailroom,
            github_secrets=[secret.get_secret_value().encode() for secret in settings.github_webhook_secrets],
            sentry_secrets=[secret.get_secret_value().encode() for secret in settings.sentry_client_secrets],
            app_slug=settings.github_app_slug,
            ticket_label=settings.ticket_label,
            in_force=self.squad_files,
            now=now,
        )
        self.slack_door = SlackDoor(
            self.mailroom,
            secrets=[secret.get_secret_value().encode() for secret in settings.slack_signing_secrets],
            api_url=settings.slack_api_url,
            redactor=lambda: self.squad_files.redactor,
            now=now,
        )
        support = SupportDoor(
            self.mailroom,
            tokens=[token.get_secret_value().encode() for token in settings.support_tokens],
            redactor=lambda: self.squad_files.redactor,
            now=now,
        )
        self.web = server.make(self.doors, self.slack_door, support, self.mailroom, now)
        self.worker = Worker(
            self.mailroom,
            settle,
            slots=settings.workers,
            now=now,
            spread=random.random,
        )


@asynccontextmanager
async def house(settings: Settings, now: Clock = clock, *, attach: bool = False) -> AsyncIterator[House]:
    """The App, built but not at work. Raises what opening its store raises.

    `attach` is for a command beside an App that is at work.
    """
    limits = Limits(
        creates_short=settings.github_creates_per_minute,
        creates_long=settings.github_creates_per_hour,
        points=settings.github_points_per_minute,
    )
    store = (
        _on_sqlite(settings.database, limits, now, attach=attach)
        if settings.database_url is None
        else _on_postgresql(settings.database_url.get_secret_value(), limits, now)
    )
    async with store as (mailroom, budget), aiohttp.ClientSession() as session:
        yield House(settings, mailroom, budget, session, now)


@asynccontextmanager
async def _on_sqlite(file: Path, limits: Limits, now: Clock, *, attach: bool) -> AsyncIterator[tuple[Mailroom, Budget]]:
    """Raises what `Database.open` raises."""
    database = await asyncio.to_thread(Database.open, file, attach=attach)
    try:
        yield SqliteMailroom(database, now), Budgets(database, limits, now)
    finally:
        await database.close()


@asynccontextmanager
async def _on_postgresql(url: str, limits: Limits, now: Clock) -> AsyncIterator[tuple[Mailroom, Budget]]:
    """Raises what `migrate.check` raises. What it needs is imported here: on SQLite nobody waits for it."""
    from app.ledger.postgres.budget import PostgresBudgets
    from app.ledger.postgres.database import Database as Postgres
    from app.ledger.postgres.migrate import check
    from app.mailroom.postgres import PostgresMailroom

    await check(url)
    database = await Postgres.open(url)
    mailroom = PostgresMailroom(database, now)
    try:
        yield mailroom, PostgresBudgets(database, limits, now)
    finally:
        await mailroom.close()
        await database.close()


@asynccontextmanager
async def running(settings: Settings, now: Clock = clock) -> AsyncIterator[House]:
    """The App at work: its doors open, its worker busy."""
    async with house(settings, now) as built:
        await built.squad_files.recall_home()
        runner = web.AppRunner(built.web, access_log=None, shutdown_timeout=5)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise UserError(
                f"{settings.host}:{settings.port} can't be listened on: {error.strerror}. Set HOST and PORT to what is "
                "free; nothing was started."
            ) from error
        for letter in opening_letters(now()):
            await built.mailroom.receive(letter)
        work = asyncio.create_task(built.worker.run(), name="worker")
        name = asyncio.create_task(_know_its_name(built), name="slug")
        _log.info("open", host=settings.host, port=settings.port, tickets=settings.tickets_repository)
        try:
            yield built
        finally:
            _log.info("closing")
            await runner.cleanup()
            for task in (name, work):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await built.worker.drain(_DRAIN)


async def _know_its_name(built: House) -> None:
    """By its name the App knows its own acts; what GitHub says counts for more than the setting."""
    while True:
        try:
            slug = await built.apps.slug()
        except SystemRefusedError as error:
            _log.warning("GitHub does not say what the App is called", error=str(error))
            await asyncio.sleep(_ASK_AGAIN)
            continue
        if slug != built.settings.github_app_slug:
            _log.error(
                "GITHUB_APP_SLUG is wrong; GitHub's own word is taken", set=built.settings.github_app_slug, is_=slug
            )
        built.doors.app_slug = slug
        return


async def serve(settings: Settings) -> None:
    """Run until told to stop by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running(settings):
        await stop.wait()


def _sentry(settings: Settings, session: aiohttp.ClientSession, now: Clock) -> SentryErrors | None:
    if settings.sentry_token is None or settings.sentry_organization is None:
        return None
    return SentryErrors(
        session,
        url=settings.sentry_url,
        organization=settings.sentry_organization,
        token=settings.sentry_token.get_secret_value(),
        clock=now,
        query=settings.sentry_sweep or QUERY,
    )


def _pagerduty(settings: Settings, session: aiohttp.ClientSession, now: Clock) -> OnCalls | None:
    if settings.pagerduty_token is None:
        return None
    return OnCalls(session, url=settings.pagerduty_url, token=settings.pagerduty_token.get_secret_value(), clock=now)


def _slack(settings: Settings, session: aiohttp.ClientSession, now: Clock) -> SlackChannel | None:
    if settings.slack_token is None:
        return None
    return SlackChannel(session, url=settings.slack_api_url, token=settings.slack_token.get_secret_value(), clock=now)


async def whose_slack(settings: Settings, channel: str) -> str | None:
    """Whose token SLACK_TOKEN is; None where there is none. Raises what Slack raises, also where the App is not in the
    channel."""
    async with aiohttp.ClientSession() as session:
        slack = _slack(settings, session, clock)
        return None if slack is None else await slack.whose(channel)


def _events(settings: Settings, session: aiohttp.ClientSession, now: Clock) -> Events | None:
    if settings.pagerduty_routing_key is None:
        return None
    key = settings.pagerduty_routing_key.get_secret_value()
    return Events(session, url=settings.pagerduty_events_url, routing_key=key, clock=now)


async def _seen_at_sentry(
    sentry: SentryErrors, mailroom: Mailroom, squad_files: SquadFiles, now: Clock, since: datetime
) -> tuple[Letter, ...]:
    """What Sentry lists; what of it can't be read is kept as dead letters."""
    seen = await sentry.seen_since(since, redactor=squad_files.redactor)
    for unread in seen.unread:
        as_webhook = b'{"action":"created","data":{"issue":' + unread.payload + b"}}"
        await mailroom.receive_dead(
            sender="sentry",
            delivery_id="sweep:" + hashlib.sha256(unread.payload).hexdigest(),
            kind="issue",
            payload=kept(as_webhook, squad_files.redactor, sender="sentry"),
            reason=unread.reason,
            received_at=now(),
        )
    if not seen.complete:
        _log.error("the sweep left out what Sentry saw longest ago: it lists more than one sweep reads")
    return seen.letters


def _pages(api_url: str) -> str:
    """Where GitHub's pages are: https://docs.github.com/en/enterprise-server@latest/rest/overview/resources-in-the-rest-api"""
    return "https://github.com" if api_url == "https://api.github.com" else api_url.removesuffix("/api/v3")
