"""Wiring: the only module that knows every concrete class. It builds the App from its settings.

Rule: what is opened here is closed here. `serving.py` has what was built work, and says in which order it stops.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

import aiohttp
import structlog

from app import stores
from app.domain.errors import UserError
from app.domain.mail import Letter
from app.flows.action_items import ActionItems
from app.flows.acts import Acts
from app.flows.announcing import Announcing
from app.flows.announcing_post_mortems import AnnouncingPostMortems
from app.flows.boards import OnBoard
from app.flows.bodies import Bodies
from app.flows.drafting import Drafting
from app.flows.duty import OnDuty
from app.flows.early_closing import EarlyClosing
from app.flows.feedback import Feedback
from app.flows.look_ups import LookUps
from app.flows.merging import Merging
from app.flows.naming import Naming
from app.flows.notices import Notices
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
from app.flows.settle_office import SettleOffice
from app.flows.settle_post_mortem import SettlePostMortem
from app.flows.settle_slack import SettleSlack
from app.flows.settle_ticket import SettleTicket
from app.flows.squad_files import SquadFiles
from app.flows.storms import Storms
from app.flows.sweep import Seen, Sweep
from app.flows.triage import Triage
from app.flows.triage_acts import TriageActs
from app.github.apps import Apps
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
from app.mailroom.port import Mailroom
from app.mailroom.worker import Worker
from app.pagerduty.client import OnCalls
from app.pagerduty.events import Events
from app.sentry.client import QUERY, SentryErrors
from app.settings import Settings
from app.slack.client import SlackChannel
from app.web import server
from app.web.doors import Doors
from app.web.keeping import kept
from app.web.metrics import Metrics
from app.web.readiness import Readiness
from app.web.server import Door
from app.web.shared import SharedLook
from app.web.slack import SlackDoor
from app.web.support import SupportDoor

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
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class Role(StrEnum):
    """What a process is for."""

    BOTH = "both"
    DOOR = "door"
    """It opens the doors, and settles nothing."""
    WORKER = "worker"
    """It settles, and opens no door."""

    @property
    def opens_doors(self) -> bool:
        """Whether senders come to it."""
        return self is not Role.WORKER

    @property
    def works(self) -> bool:
        """Whether it settles."""
        return self is not Role.DOOR


class House:
    """The App, built: what the command line and the tests may want to reach."""

    def __init__(
        self,
        settings: Settings,
        mailroom: Mailroom,
        budget: stores.SharedBudget,
        session: aiohttp.ClientSession,
        now: Clock,
        role: Role,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.role = role
        self.shares_its_store = settings.database_url is not None
        self.mailroom = mailroom
        wire = Wire(session, base_url=settings.github_api_url)
        key = settings.github_private_key.get_secret_value()
        tokens = Tokens(wire, app_id=str(settings.github_app_id), private_key=key, now=now)
        self.client = Client(wire, tokens, budget, now=now, sleep=asyncio.sleep, counts=metrics)
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
        naming = Naming(self.mailroom, self.squad_files, people, ticket_label=settings.ticket_label)
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
        triage_acts = TriageActs(issues, people, post_mortems, errors=sentry, now=now, counts=metrics)
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
        notices = Notices(issues, people, once)
        beginning = Beginning(drafting, naming, triage)
        settle_post_mortem = SettlePostMortem(
            self.mailroom,
            issues,
            self.squad_files,
            begin=beginning.begin,
            command=PostMortemCommands(notices, triage, beginning, drafting, naming).heard,
            action_items=ActionItems(issues, notices, SubIssues(self.client), self.mailroom, once, now=now).settled,
            followers=(
                EarlyClosing(issues, Remarks(self.client), notices),
                OnBoard(Projects(self.client), notices, self.mailroom, now=now),
                Feedback(notices, Remarks(self.client), now=now),
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
                Sweep(self.apps, self.mailroom, seen=seen, squad=lambda: self.squad_files.squad, now=now),
                Promoting(self.mailroom, issues, self.squad_files, triage, notices, now=now),
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
        self.worker = Worker(
            self.mailroom,
            settle,
            slots=settings.workers,
            now=now,
            spread=random.random,
            counts=metrics,
        )
        claims = (lambda: self.worker.claims) if role.works else None
        self.readiness = Readiness(self.mailroom, claims=claims, now=now)
        doors = (
            Door("/github", "github", self.doors.github),
            Door("/sentry", "sentry", self.doors.sentry),
            Door("/slack/actions", "slack", self.slack_door.actions),
            Door("/support", "support", support.support),
        )
        standing_of, left_of = SharedLook(self.mailroom.standing), SharedLook(budget.left)
        self.web = server.make(
            doors if role.opens_doors else (),
            standing_of,
            self.readiness,
            lambda: metrics.page(standing_of, left_of, now()),
            metrics,
            now,
        )


@asynccontextmanager
async def house(
    settings: Settings, now: Clock = clock, *, role: Role = Role.BOTH, attach: bool = False
) -> AsyncIterator[House]:
    """The App, built but not at work. Raises what opening its store raises, and UserError for a role it can't take.

    `attach` is for a command beside an App that is at work.
    """
    if settings.database_url is None and role is not Role.BOTH:
        raise UserError(
            f"One process serves a SQLite file, so there is no --role {role} on it. Leave --role out, or name a "
            "PostgreSQL database in DATABASE_URL; nothing was started."
        )
    metrics = Metrics()
    watch = metrics.asked(_systems(settings))
    store = stores.of(settings, now, attach=attach)
    async with store as (mailroom, budget), aiohttp.ClientSession(trace_configs=[watch]) as session:
        yield House(settings, mailroom, budget, session, now, role, metrics)


def _systems(settings: Settings) -> dict[str, str]:
    """The name of each system among the figures, by its address."""
    return {
        settings.github_api_url: "github",
        settings.sentry_url: "sentry",
        settings.pagerduty_url: "pagerduty",
        settings.pagerduty_events_url: "pagerduty",
        settings.slack_api_url: "slack",
        "https://hooks.slack.com": "slack",  # answers to presses
    }


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
