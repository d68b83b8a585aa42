"""Missed webhooks and errors without a ticket, as Actions runs the job; the App's door is one that may be shut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp import web
from pydantic import SecretStr

from app.domain.tickets import Around
from app.texts.body import Part, State, merged, state_marker
from sandbox import sentry
from sandbox.github.state import Actor, RefusedError
from scripts.job import Ended
from scripts.redeliver import JOB
from tests.journey.office import APP, SQUAD, Office, office

RECORD = "GET /app/hook/deliveries"
AGAIN = "POST /app/hook/deliveries/{delivery_id}/attempts"


class Door:
    """The App's: shut, it answers 503."""

    def __init__(self) -> None:
        self.url = ""
        self.open = True
        self.took: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        if not self.open:
            return web.Response(status=503)
        self.took.append(request.headers["X-GitHub-Delivery"])
        return web.Response(status=202)


@asynccontextmanager
async def ready(squad: str = SQUAD) -> AsyncIterator[tuple[Office, Door]]:
    """An office whose job has the App's key."""
    door, app = Door(), web.Application()
    app.router.add_post("/", door.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    others = ({"name": "acme/reader", "people": {"nick": "admin"}},)
    try:
        async with office(squad=squad, others=others, webhook_url=door.url) as here:
            key = SecretStr(here.github.private_key)
            here.settings = here.settings.model_copy(update={"github_app_id": 1, "github_private_key": key})
            sleep = here.clock.sleep

            async def sleep_while_github_delivers(seconds: float) -> None:
                await sleep(seconds)
                await here.github.hooks.drain()

            here.clock.sleep = sleep_while_github_delivers  # type: ignore[method-assign]
            await here.github.hooks.drain()
            yield here, door
    finally:
        await runner.cleanup()


async def missed(here: Office, door: Door, number: int, *, lost: bool = False) -> None:
    """So many webhooks come while the door is shut, or get lost on the way."""
    door.open, here.github.faults.webhooks_lost = False, float(lost)
    for n in range(number):
        here.github.acts.open_issue(here.home, Actor(login="jo"), title=f"Missed {n}", body="")
        await here.github.hooks.drain()
        here.clock.at += timedelta(minutes=1)
    door.open, here.github.faults.webhooks_lost = True, 0.0


def calls(here: Office, route: str) -> int:
    return sum(call.route == route for call in here.github.requests)


async def test_what_was_missed_is_sent_again_and_counted() -> None:
    async with ready() as (here, door):
        here.github.acts.open_issue(here.home, Actor(login="jo"), title="Arrives", body="")
        await here.github.hooks.drain()
        await missed(here, door, 3)
        await missed(here, door, 2, lost=True)
        dry = await here.run(JOB, dry_run=True)
        assert "5 webhooks are to be sent again" in str(dry.summary)
        assert calls(here, AGAIN) == 0
        ended = await here.run(JOB)
        assert ended.complete
        assert "6 sent · **5 missed** at first · **5 recovered** · **0 lost**" in str(ended.summary)
        assert (calls(here, AGAIN), len(set(door.took))) == (5, 6)
        before = calls(here, RECORD)
        again = await here.run(JOB)
        assert (calls(here, AGAIN), calls(here, RECORD)) == (5, before + 1), "a second run only reads"
        assert "**5 recovered**" in str(again.summary)


async def test_what_still_fails_is_lost_and_given_up_in_the_end() -> None:
    async with ready() as (here, door):
        await missed(here, door, 1)
        door.open = False
        for attempts in (2, 3, 4, 5):
            ended = await here.run(JOB)
            assert not ended.complete
            assert "**1 lost**" in str(ended.summary)
            assert calls(here, AGAIN) == attempts - 1
        ended = await here.run(JOB)
        assert calls(here, AGAIN) == 4
        assert "given up" in str(ended.summary)


async def test_what_github_has_not_sent_yet_is_open() -> None:
    async with ready() as (here, door):
        await missed(here, door, 1)
        here.github.hooks.redeliver = lambda _id: None  # type: ignore[method-assign]
        ended = await here.run(JOB)
        assert not ended.complete
        assert "1 still open" in str(ended.summary)
        assert here.clock.waited == timedelta(seconds=60)


async def test_what_is_older_than_three_days_is_not_asked_for() -> None:
    async with ready() as (here, door):
        await missed(here, door, 1)
        here.clock.at += timedelta(days=3)
        await missed(here, door, 1)
        ended = await here.run(JOB)
        assert "1 sent · **1 missed** at first · **1 recovered**" in str(ended.summary)


async def test_what_github_refuses_to_send_is_lost_and_a_failed_call_is_made_again() -> None:
    def refuse(_: int) -> None:
        raise RefusedError(422, "Validation Failed")

    async with ready() as (here, door):
        await missed(here, door, 1)
        here.github.faults.change({"route": "attempts", "errors_next": 2})
        assert (await here.run(JOB)).complete
        await missed(here, door, 1)
        here.github.hooks.redeliver = refuse  # type: ignore[method-assign]
        ended = await here.run(JOB)
        assert not ended.complete
        assert "it is too old" in str(ended.summary)


async def test_what_there_was_no_time_for_is_told() -> None:
    async with ready() as (here, door):
        await missed(here, door, 2)
        here.github.faults.change({"route": "attempts", "server_errors": 1.0})
        ended = await here.run(JOB, minutes=0.1)
        assert not ended.complete
        assert "2 still open" in str(ended.summary)
        assert here.clock.waited < timedelta(seconds=6), "for what nobody asked nobody waits"


async def test_a_long_record_is_read_to_its_end() -> None:
    async with ready() as (here, door):
        await missed(here, door, 1)
        for n in range(230):
            here.github.acts.open_issue(here.home, Actor(login="jo"), title=f"{n}", body="")
        await here.github.hooks.drain()
        ended = await here.run(JOB)
        assert ended.complete
        assert "231 sent · **1 missed** at first · **1 recovered**" in str(ended.summary)
        assert calls(here, RECORD) == 4, "three pages, and one more look"


# Sentry's ledger


@asynccontextmanager
async def with_sentry(here: Office) -> AsyncIterator[sentry.Sandbox]:
    """A lookalike Sentry in the office's time, that the job may ask."""
    there = await sentry.start(
        sentry.Config(
            tokens={"reads": frozenset({"event:read"})}, clock=here.clock, public_url="https://acme.sentry.io"
        )
    )
    here.settings = here.settings.model_copy(
        update={
            "sentry_url": there.url,
            "sentry_token": SecretStr("reads"),
            "sentry_organization": "acme",
            "sentry_sweep": "is:unresolved issue.category:error",
        }
    )
    try:
        yield there
    finally:
        await there.close()


def raised(there: sentry.Sandbox, value: str) -> str:
    """Sentry sees a new error; its id."""
    return str(there.acts.raise_error(project="reader", type="KeyError", value=value, culprit=value).id)


def ticketless(ended: Ended) -> list[str]:
    return [
        row.split("](")[0].removeprefix("| [") for row in str(ended.summary).splitlines() if row.startswith("| [Key")
    ]


async def test_errors_that_no_ticket_names() -> None:
    squad = SQUAD + "apps: [{name: Reader, repository: acme/reader}, {name: Other, repository: acme/nowhere}]\n"
    async with ready(squad) as (here, _), with_sentry(here) as there:
        known, closed, linked, elsewhere = (raised(there, it) for it in ("known", "closed", "linked", "elsewhere"))
        here.ticket(1, errors=("1", known))
        here.github.acts.close(here.ticket(2, errors=(closed,)), Actor(login="nick"))
        page = f"See https://acme.sentry.io/organizations/acme/issues/{linked}/?project=1"
        here.github.acts.open_issue(here.home, Actor(login="jo"), title="A report", body=page, labels=("prod-alert",))
        body = str(merged(Around(), Part(variants=(state_marker(State(ticket=3, errors=(elsewhere,))),))))
        reader = here.github.state.repository("acme/reader")
        here.github.acts.open_issue(reader, APP, title="KeyError", body=body, labels=("prod-alert",))
        ended = await here.run(JOB)
        assert ended.complete
        assert "4 · **0 without a ticket**" in str(ended.summary)
        assert "acme/nowhere: the App is not installed there" in str(ended.summary)

        raised(there, "nobody")
        ended = await here.run(JOB)
        assert not ended.complete
        assert ticketless(ended) == ["KeyError: nobody"]
        assert "https://acme.sentry.io/organizations/acme/issues/" in str(ended.summary)
        assert "`SENTRY_SWEEP`" in str(ended.summary)


async def test_a_ticket_that_was_left_alone_for_long_still_names_its_error() -> None:
    async with ready() as (here, _), with_sentry(here) as there:
        error = there.acts.raise_error(project="reader", type="KeyError", value="old")
        here.ticket(1, errors=(str(error.id),))
        here.clock.at += timedelta(days=9)
        there.acts.again(error)
        assert (await here.run(JOB)).complete
        here.clock.at += timedelta(days=9)
        ended = await here.run(JOB)
        assert "0 · **0 without a ticket**" in str(ended.summary), "it was not seen within three days"


async def test_an_error_that_is_just_getting_its_ticket_is_not_told() -> None:
    async with ready() as (here, _), with_sentry(here) as there:
        number = raised(there, "new")
        sleep = here.clock.sleep

        async def sleep_while_the_app_works(seconds: float) -> None:
            await sleep(seconds)
            here.ticket(1, errors=(number,))

        here.clock.sleep = sleep_while_the_app_works  # type: ignore[method-assign]
        assert (await here.run(JOB)).complete


async def test_without_key_and_token_it_says_what_to_set() -> None:
    async with office() as here:
        ended = await here.run(JOB)
        assert not ended.complete, "it has looked at nothing"
        assert here.calls() == (0, 0)
        assert "Webhooks were not looked at" in str(ended.summary)
        assert "Sentry was not asked" in str(ended.summary)
        async with with_sentry(here) as there:
            raised(there, "nobody")
            ended = await here.run(JOB)
            assert ticketless(ended) == ["KeyError: nobody"], "the ledger of errors needs no App"
