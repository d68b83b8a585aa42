"""The client against the lookalike Sentry, over real HTTP, with the faults that Sentry has."""

from __future__ import annotations

import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from app.domain.alerts import Alert
from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.domain.identity import fingerprint
from app.domain.mail import AlertArrived, ByError, Letter
from app.flows.systems import Errors
from app.intake.redaction import Redactor
from app.intake.sentry import read
from app.sentry import client, wire
from app.sentry.client import Seen, SentryErrors
from sandbox.sentry import Config, Sandbox, start
from sandbox.sentry.api import READ, WRITE
from tests.contract.lookalike import Clock

TOKEN = "sntrys_a-token-nobody-may-see"
TOKENS = {TOKEN: WRITE, "reads": frozenset({"event:read"}), "projects": frozenset({"project:read"})}
READER: dict[str, Any] = {"project": "reader", "type": "KeyError", "culprit": "Reader::DocumentController#show"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sentry(clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = await start(Config(tokens=TOKENS, clock=clock, public_url="https://sentry.example"))
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def errors(sentry: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> SentryErrors:
    return SentryErrors(session, url=sentry.url, organization="acme", token=TOKEN, clock=clock)


async def sweep(errors: SentryErrors, clock: Clock, **ago: float) -> Seen:
    return await errors.seen_since(clock.now - timedelta(**ago), redactor=Redactor())


def alerts(seen: Seen) -> list[Alert]:
    return [letter.mail.alert for letter in seen.letters if isinstance(letter.mail, AlertArrived)]


async def test_an_error_is_resolved_and_again_without_harm(sentry: Sandbox, errors: SentryErrors) -> None:
    issue = sentry.acts.raise_error(value="x", **READER)
    speaks_back: Errors = errors
    await speaks_back.resolve(str(issue.id))
    await speaks_back.resolve(str(issue.id))
    assert issue.status == "resolved"
    assert [(call.method, call.path, call.json) for call in sentry.requests] == [
        ("PUT", f"/api/0/organizations/acme/issues/{issue.id}/", {"status": "resolved"})
    ] * 2
    assert [it.action for it in sentry.state.deliveries] == ["created", "triggered", "resolved"]


async def test_sentry_tells_how_many_events_and_users_there_were(sentry: Sandbox, errors: SentryErrors) -> None:
    issue = sentry.acts.raise_error(value="x", times=7, user="judge-1", **READER)
    sentry.acts.again(issue, user="judge-2")
    totals = await errors.totals(str(issue.id))
    assert (totals.events, totals.users) == (8, 2)


async def test_totals_that_can_t_be_had_say_why(sentry: Sandbox, errors: SentryErrors) -> None:
    with pytest.raises(UnavailableError):
        await errors.totals("4711")
    with pytest.raises(InvalidError):
        await errors.totals("../me")
    sentry.faults.change({"errors_next": 1})
    with pytest.raises(LaterError):
        await errors.totals("4711")


@pytest.mark.parametrize(
    ("faults", "resolved"),
    [
        pytest.param({"errors_next": 1}, False, id="a server error: nothing was done"),
        # aiohttp itself asks once more where a PUT's connection breaks, so two answers have to be lost
        pytest.param({"lost_next": 2}, True, id="a lost answer: it was done, and is done again"),
        pytest.param({"slow_ms": 400}, False, id="no answer in time"),
        pytest.param({"limited_next": 1}, False, id="too many calls"),
    ],
)
async def test_what_is_lost_may_be_made_again(
    sentry: Sandbox,
    session: aiohttp.ClientSession,
    clock: Clock,
    faults: dict[str, Any],
    resolved: bool,
) -> None:
    issue = sentry.acts.raise_error(value="x", **READER)
    hasty = aiohttp.ClientTimeout(total=0.2)
    errors = SentryErrors(session, url=sentry.url, organization="acme", token=TOKEN, clock=clock, timeout=hasty)
    sentry.faults.change(faults)
    with pytest.raises(LaterError) as raised:
        await errors.resolve(str(issue.id))
    assert_keeps_the_token(raised.value)
    assert (issue.status == "resolved") is resolved
    sentry.faults.change({"slow_ms": 0})
    await errors.resolve(str(issue.id))
    assert issue.status == "resolved"


@pytest.mark.parametrize(
    ("faults", "wait"),
    [
        pytest.param({"retry_after": 30}, 30, id="as long as Retry-After says"),
        pytest.param({"retry_after": None, "reset_in": 7}, 7, id="else until the window ends"),
        pytest.param({"retry_after": None, "reset_in": -5}, 1, id="else a second, where it ended"),
    ],
)
async def test_too_many_calls_say_when_to_come_back(
    sentry: Sandbox, errors: SentryErrors, clock: Clock, faults: dict[str, Any], wait: int
) -> None:
    issue = sentry.acts.raise_error(value="x", **READER)
    sentry.faults.change({"limited_next": 1, **faults})
    with pytest.raises(LaterError) as raised:
        await errors.resolve(str(issue.id))
    assert raised.value.not_before == clock.now + timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("token", "organization", "issue", "reason", "said"),
    [
        pytest.param("wrong", "acme", "4500001", "forbidden", "event:write", id="a wrong token"),
        pytest.param("reads", "acme", "4500001", "forbidden", "event:write", id="a token that may only read"),
        pytest.param(TOKEN, "other", "4500001", "gone", "not there", id="another organisation"),
        pytest.param(TOKEN, "acme", "4599999", "gone", "deleted", id="an issue that is gone"),
    ],
)
async def test_what_a_person_has_to_change(
    sentry: Sandbox,
    session: aiohttp.ClientSession,
    clock: Clock,
    token: str,
    organization: str,
    issue: str,
    reason: str,
    said: str,
) -> None:
    sentry.acts.raise_error(value="x", **READER)
    errors = SentryErrors(session, url=sentry.url, organization=organization, token=token, clock=clock)
    with pytest.raises(UnavailableError, match=said) as raised:
        await errors.resolve(issue)
    assert raised.value.reason == reason
    assert_keeps_the_token(raised.value)


@pytest.mark.parametrize("ref", ["", "../../projects/acme", "7/../8", "7?status=", "a" * 200])
async def test_what_is_no_issue_is_never_asked_for(sentry: Sandbox, errors: SentryErrors, ref: str) -> None:
    with pytest.raises(InvalidError):
        await errors.resolve(ref)
    assert sentry.requests == []


async def test_an_organisation_that_is_no_slug_is_refused(session: aiohttp.ClientSession, clock: Clock) -> None:
    with pytest.raises(InvalidError, match="SENTRY_ORGANIZATION"):
        SentryErrors(session, url="https://sentry.example", organization="acme/shop", token=TOKEN, clock=clock)


async def test_what_is_unresolved_and_was_seen_since_becomes_letters(
    sentry: Sandbox, errors: SentryErrors, clock: Clock
) -> None:
    sentry.acts.raise_error(value="long ago", **READER | {"type": "OldError"})
    mended = sentry.acts.raise_error(value="mended", **READER | {"type": "MendedError"})
    clock.pass_by(hours=2)
    for user in ("judge-1", "judge-2"):
        sentry.acts.raise_error(value="ssn 000-12-3456", times=30, user=user, **READER)
    sentry.acts.raise_error(value="x", **READER | {"type": "MendedError"})
    sentry.acts.resolve(mended)
    clock.pass_by(minutes=1)
    newest = sentry.acts.raise_error(value="y", **READER | {"type": "NewError", "level": "fatal"})
    clock.pass_by(minutes=1)

    seen = await sweep(errors, clock, hours=1)
    assert seen.complete
    assert seen.unread == ()
    assert [alert.error_type for alert in alerts(seen)] == ["NewError", "KeyError"]
    letter, alert = seen.letters[0], alerts(seen)[0]
    assert letter.delivery_id == f"reconcile:{newest.id}:{newest.last_seen.isoformat()}"
    assert isinstance(letter.address, ByError)
    assert letter.address.fingerprint == fingerprint("sentry", str(newest.id))
    assert alert.occurred_at == newest.last_seen
    assert alert.link == f"https://sentry.example/organizations/acme/issues/{newest.id}/"
    many = alerts(seen)[1]
    assert (many.sender_count, many.users) == (60, 2)
    assert "000-12-3456" not in many.error_value + many.title


async def test_the_webhook_that_was_lost_and_its_listing_go_to_one_mailbox(
    sentry: Sandbox, errors: SentryErrors, clock: Clock
) -> None:
    sentry.faults.change({"hooks_lost_next": 2})
    sentry.acts.raise_example("dispatch-claim")
    created, triggered = sentry.state.deliveries
    (listed,) = (await sweep(errors, clock, hours=1)).letters
    for lost in (created, triggered):
        assert lost.status == "LOST"
        hooked = read(lost.resource, lost.body, delivery_id="d", received_at=clock.now, redactor=Redactor())
        assert isinstance(hooked, Letter)
        assert listed.address == hooked.address


async def test_a_long_list_is_read_page_by_page(
    sentry: Sandbox, errors: SentryErrors, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(250):
        clock.pass_by(seconds=1)
        sentry.acts.raise_error(project="reader", type=f"Error{chr(97 + number % 26)}", value="x", culprit=f"c{number}")
    seen = await sweep(errors, clock, hours=1)
    assert seen.complete
    assert len(seen.letters) == 250
    assert [call.method for call in sentry.requests] == ["GET"] * 3

    monkeypatch.setattr(client, "MOST_PAGES", 2)
    bounded = await sweep(errors, clock, hours=1)
    assert not bounded.complete
    assert bounded.letters == seen.letters[:200]


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        pytest.param({"errors_next": 1}, LaterError, id="a server error"),
        pytest.param({"limited_next": 1, "retry_after": 5}, LaterError, id="too many calls"),
        pytest.param({"odd_next": 1}, InvalidError, id="a page for people, as from a proxy"),
    ],
)
async def test_a_sweep_that_fails_tells_nothing(
    sentry: Sandbox, errors: SentryErrors, clock: Clock, faults: dict[str, Any], kind: type[SystemRefusedError]
) -> None:
    sentry.acts.raise_error(value="x", **READER)
    sentry.faults.change(faults)
    with pytest.raises(kind) as raised:
        await sweep(errors, clock, hours=1)
    assert_keeps_the_token(raised.value)
    assert len((await sweep(errors, clock, hours=1)).letters) == 1


async def test_listing_needs_to_read_alone(sentry: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> None:
    reads = SentryErrors(session, url=sentry.url, organization="acme", token="reads", clock=clock)
    assert (await sweep(reads, clock, hours=1)).letters == ()
    other = SentryErrors(session, url=sentry.url, organization="acme", token="projects", clock=clock)
    with pytest.raises(UnavailableError, match="event:read"):
        await sweep(other, clock, hours=1)
    assert "event:read" in READ


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def scripted(session: aiohttp.ClientSession, clock: Clock) -> AsyncIterator[Callable[[Answer], SentryErrors]]:
    """A server that answers as told, for what the lookalike never says."""
    told: list[Answer] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        return await told[0](request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    def script(answer: Answer) -> SentryErrors:
        told.append(answer)
        return SentryErrors(session, url=url + "/sentry/", organization="acme", token=TOKEN, clock=clock)

    yield script
    await runner.cleanup()


async def test_a_refusal_names_the_fields(scripted: Callable[[Answer], SentryErrors]) -> None:
    async def refuse(request: web.Request) -> web.Response:
        assert request.path == "/sentry/api/0/organizations/acme/issues/7/"
        return web.json_response({"status": ["not a valid choice"]}, status=400)

    with pytest.raises(InvalidError) as raised:
        await scripted(refuse).resolve("7")
    assert raised.value.fields == ("status",)


async def test_a_refusal_that_is_no_json_names_none(scripted: Callable[[Answer], SentryErrors]) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=400, body=b"\xff<html>")

    with pytest.raises(InvalidError) as raised:
        await scripted(refuse).resolve("7")
    assert raised.value.fields == ()


async def test_the_token_follows_no_redirect_and_no_link(
    sentry: Sandbox, scripted: Callable[[Answer], SentryErrors], clock: Clock
) -> None:
    elsewhere = f"{sentry.url}/api/0/organizations/acme/issues/"
    asked: list[str] = []

    async def lead_away(request: web.Request) -> web.Response:
        asked.append(request.query.get("cursor", ""))
        if request.method == "PUT":
            raise web.HTTPFound(elsewhere)
        more = str(len(asked) == 2).lower()
        link = f'<{elsewhere}?cursor=0:100:0>; rel="next"; results="{more}"; cursor="0:100:0"'
        return web.json_response([], headers={"Link": link})

    errors = scripted(lead_away)
    with pytest.raises(UnavailableError, match="SENTRY_URL"):
        await errors.resolve("7")
    assert (await sweep(errors, clock, hours=1)).complete
    assert asked == ["", "", "0:100:0"]
    assert sentry.requests == []


async def test_one_issue_that_cannot_be_read_hides_no_other(
    scripted: Callable[[Answer], SentryErrors], clock: Clock
) -> None:
    async def listing(_: web.Request) -> web.Response:
        return web.json_response([{"id": "1"}, {"id": "2", "lastSeen": "2026-03-02T08:59:00Z"}, None])

    seen = await sweep(scripted(listing), clock, hours=1)
    assert [alert.sender_ref for alert in alerts(seen)] == ["2"]
    assert [json.loads(it.payload) for it in seen.unread] == [{"id": "1"}, None]
    assert "last seen" in seen.unread[0].reason


async def test_an_issue_on_two_pages_of_a_list_that_moves_is_one_letter(
    scripted: Callable[[Answer], SentryErrors], clock: Clock
) -> None:
    pages = {"": ("3", "2"), "0:2:0": ("2", "1")}

    async def listing(request: web.Request) -> web.Response:
        cursor = request.query.get("cursor", "")
        page = [{"id": number, "lastSeen": f"2026-03-02T08:59:0{number}Z"} for number in pages[cursor]]
        more = str(cursor == "").lower()
        link = f'<http://sentry.example>; rel="next"; results="{more}"; cursor="0:2:0"'
        return web.json_response(page, headers={"Link": link})

    seen = await sweep(scripted(listing), clock, hours=1)
    assert [alert.sender_ref for alert in alerts(seen)] == ["3", "2", "1"]


async def test_a_body_is_read_up_to_a_limit(
    scripted: Callable[[Answer], SentryErrors], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LARGEST_BODY", 10_000)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b" " * 1_000)
        return response

    errors = scripted(endless)
    with pytest.raises(InvalidError, match="larger"):
        await sweep(errors, clock, hours=1)
    await errors.resolve("7")


async def test_a_broken_answer_and_a_closed_door_are_made_again(
    scripted: Callable[[Answer], SentryErrors], session: aiohttp.ClientSession, clock: Clock
) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 nonsense\r\n\r\n")
        request.transport.close()
        return web.Response()

    nobody = SentryErrors(session, url="http://127.0.0.1:9", organization="acme", token=TOKEN, clock=clock)
    for errors in (scripted(broken), nobody):
        with pytest.raises(LaterError) as raised:
            await errors.resolve("7")
        assert_keeps_the_token(raised.value)


def assert_keeps_the_token(error: SystemRefusedError) -> None:
    """Neither in the error nor in anything that it drags along."""
    shown: list[BaseException] = [error]
    while (before := shown[-1].__cause__ or shown[-1].__context__) is not None:
        shown.append(before)
    told = "".join(traceback.format_exception(error)) + "".join(repr(it) + repr(vars(it)) for it in shown)
    assert TOKEN not in told
