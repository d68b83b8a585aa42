"""The client against the lookalike PagerDuty, over real HTTP, with the faults that PagerDuty has."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from app.decisions.on_duty import duty_at, line_of_calls
from app.domain.duty import OnCall
from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.domain.squad import Person
from app.flows.duty import OnCalls as WhoKeepsTheSchedule
from app.pagerduty import client
from app.pagerduty.answers import refusal
from app.pagerduty.client import OnCalls
from sandbox.pagerduty import Config, Sandbox, start
from tests.contract.lookalike import Clock

KEY = "u+a-key-nobody-may-see"
POLICY = "PABC123"
MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
"""Four hours before the clock's beginning."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def pagerduty(clock: Clock) -> AsyncIterator[Sandbox]:
    """Two schedules whose users take turns by the week, the second one turn ahead; the director is there for good."""
    sandbox = await start(Config(keys=frozenset({KEY}), clock=clock))
    state = sandbox.state
    emails = [state.add_user(name, f"{name.lower()}@va.gov").email for name in ("Mark", "Jo", "Alex")]
    nick = state.add_user("Nick", "nick@va.gov").email
    first = state.add_schedule("Primary", emails, starts=MONDAY).id
    second = state.add_schedule("Secondary", [*emails[1:], emails[0]], starts=MONDAY).id
    state.add_policy("Prod squad", [first], [second], [nick], id=POLICY)
    state.add_policy("Others", [nick], id="POTHER1")
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def oncalls(pagerduty: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> OnCalls:
    return OnCalls(session, url=pagerduty.url + "/", token=KEY, clock=clock)


def assert_keeps_the_key(error: BaseException) -> None:
    assert KEY not in "".join(traceback.format_exception(error)) + repr(vars(error))


async def test_who_is_on_call_now_at_each_level(oncalls: WhoKeepsTheSchedule, pagerduty: Sandbox, clock: Clock) -> None:
    week_ends = MONDAY + timedelta(days=7)
    assert await oncalls.on_call(POLICY) == (
        OnCall(level=1, name="Mark", email="mark@va.gov", until=week_ends),
        OnCall(level=2, name="Jo", email="jo@va.gov", until=week_ends),
        OnCall(level=3, name="Nick", email="nick@va.gov"),
    )
    clock.now = week_ends
    assert [it.name for it in await oncalls.on_call(POLICY)] == ["Jo", "Alex", "Nick"]
    assert {call.path for call in pagerduty.requests} == {
        "/oncalls?escalation_policy_ids%5B%5D=PABC123&include%5B%5D=users&limit=100&offset=0"
    }


async def test_the_pair_by_their_logins(oncalls: OnCalls, clock: Clock) -> None:
    people = (Person(login="mark-va", email="Mark@va.gov"), Person(login="jo_va", email="jo@va.gov"))
    duty = duty_at(line_of_calls(await oncalls.on_call(POLICY), people, clock.now), [], clock.now)
    assert (duty.primary, duty.secondary) == ("mark-va", "jo_va")
    assert "on call at level 3" in duty.notes[0]
    assert "Nick" not in duty.notes[0], "a name from outside is nobody's business on GitHub"


async def test_an_override_at_pagerduty_counts(oncalls: OnCalls, pagerduty: Sandbox, clock: Clock) -> None:
    back = clock.now + timedelta(hours=2)
    pagerduty.state.override("PSCHED01", "alex@va.gov", start=clock.now, end=back)
    assert (await oncalls.on_call(POLICY))[0] == OnCall(level=1, name="Alex", email="alex@va.gov", until=back)
    clock.now = back
    assert (await oncalls.on_call(POLICY))[0].name == "Mark"


async def test_a_policy_that_nobody_has_is_nobody_on_call(oncalls: OnCalls) -> None:
    assert await oncalls.on_call("PNOBODY") == ()


async def test_a_long_list_is_read_page_by_page(
    oncalls: OnCalls, pagerduty: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [pagerduty.state.add_user(f"U{number}", f"u{number}@va.gov").email for number in range(250)]
    pagerduty.state.add_policy("All hands", many, id="PALL")
    assert [it.email for it in await oncalls.on_call("PALL")] == many
    assert len(pagerduty.requests) == 3
    monkeypatch.setattr(client, "MOST_PAGES", 2)
    with pytest.raises(InvalidError, match="more than 200"):
        await oncalls.on_call("PALL")


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"errors_next": 1}, id="a server error"),
        pytest.param({"lost_next": 2}, id="a lost answer, and the second one that aiohttp asks for by itself"),
        pytest.param({"slow_ms": 500}, id="no answer in time"),
        pytest.param({"limited_next": 1, "reset_in": None}, id="too many calls"),
    ],
)
async def test_what_passes_may_be_asked_again(
    pagerduty: Sandbox, session: aiohttp.ClientSession, clock: Clock, faults: dict[str, Any]
) -> None:
    hasty = aiohttp.ClientTimeout(total=0.3)
    oncalls = OnCalls(session, url=pagerduty.url, token=KEY, clock=clock, timeout=hasty)
    pagerduty.faults.change(faults)
    with pytest.raises(LaterError) as raised:
        await oncalls.on_call(POLICY)
    assert raised.value.not_before is None
    assert_keeps_the_key(raised.value)
    pagerduty.faults.change({"slow_ms": 0})
    assert len(await oncalls.on_call(POLICY)) == 3


async def test_a_page_for_people_as_from_a_proxy(oncalls: OnCalls, pagerduty: Sandbox) -> None:
    pagerduty.faults.change({"odd_next": 1})
    with pytest.raises(InvalidError, match="PAGERDUTY_URL"):
        await oncalls.on_call(POLICY)


async def test_where_nobody_listens(session: aiohttp.ClientSession, clock: Clock) -> None:
    oncalls = OnCalls(session, url="http://127.0.0.1:9", token=KEY, clock=clock)
    with pytest.raises(LaterError, match="ClientConnectorError") as raised:
        await oncalls.on_call(POLICY)
    assert_keeps_the_key(raised.value)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"ratelimit-reset": "30"}, 30, id="until the window ends"),
        pytest.param({"ratelimit-reset": "0"}, 1, id="a second, where it is just ending"),
        pytest.param({"ratelimit-reset": "1e9"}, 3_600, id="an hour at the most"),
        pytest.param({"Retry-After": "7"}, 7, id="as a proxy says it"),
        pytest.param({"ratelimit-reset": "soon", "Retry-After": "7"}, 7, id="what is no number says nothing"),
        pytest.param({"ratelimit-reset": "-5"}, None, id="the past says nothing"),
        pytest.param({"ratelimit-reset": "inf"}, None, id="nor does for ever"),
        pytest.param({}, None, id="nothing said"),
    ],
)
def test_too_many_calls_say_when_to_come_back(clock: Clock, headers: dict[str, str], wait: int | None) -> None:
    refused = refusal(429, headers, call="list", now=clock.now)
    assert isinstance(refused, LaterError)
    assert refused.not_before == (None if wait is None else clock.now + timedelta(seconds=wait))


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        pytest.param(302, UnavailableError, "gone", id="it moved"),
        pytest.param(401, UnavailableError, "forbidden", id="no valid key"),
        pytest.param(403, UnavailableError, "forbidden", id="a key that may not read"),
        pytest.param(402, UnavailableError, "forbidden", id="a plan without it"),
        pytest.param(404, UnavailableError, "gone", id="no such policy"),
        pytest.param(410, UnavailableError, "gone", id="no such policy any more"),
        pytest.param(408, LaterError, "", id="too slow"),
        pytest.param(500, LaterError, "", id="a server error"),
        pytest.param(503, LaterError, "", id="an outage"),
        pytest.param(400, InvalidError, "", id="a wrong call"),
        pytest.param(422, InvalidError, "", id="a wrong value"),
    ],
)
def test_what_an_answer_means(clock: Clock, status: int, kind: type[SystemRefusedError], reason: str) -> None:
    refused = refusal(status, {}, call="list who is on call", now=clock.now)
    assert type(refused) is kind
    assert getattr(refused, "reason", "") == reason
    assert f"PagerDuty would not list who is on call ({status})" in str(refused)


def test_a_good_answer_is_none(clock: Clock) -> None:
    assert refusal(200, {}, call="list", now=clock.now) is None


async def test_a_limit_that_is_reached_says_when_it_ends(session: aiohttp.ClientSession, clock: Clock) -> None:
    pagerduty = await start(Config(keys=frozenset({KEY}), clock=clock, limit=2))
    oncalls = OnCalls(session, url=pagerduty.url, token=KEY, clock=clock)
    await oncalls.on_call(POLICY)
    clock.pass_by(seconds=20)
    await oncalls.on_call(POLICY)
    with pytest.raises(LaterError) as raised:
        await oncalls.on_call(POLICY)
    assert raised.value.not_before == clock.now + timedelta(seconds=40)
    clock.pass_by(seconds=40)
    await oncalls.on_call(POLICY)
    await pagerduty.close()


async def test_a_wrong_key_says_what_to_set(pagerduty: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> None:
    with pytest.raises(UnavailableError, match="PAGERDUTY_TOKEN"):
        await OnCalls(session, url=pagerduty.url, token="wrong", clock=clock).on_call(POLICY)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def scripted(session: aiohttp.ClientSession, clock: Clock) -> AsyncIterator[Callable[[Answer], OnCalls]]:
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

    def script(answer: Answer) -> OnCalls:
        told.append(answer)
        return OnCalls(session, url=url, token=KEY, clock=clock)

    yield script
    await runner.cleanup()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>Please sign in</html>", id="a page for people"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'{"users": []}', id="another list"),
        pytest.param(b'{"oncalls": [{"escalation_level": "1", "user": {}}]}', id="a level that is no number"),
        pytest.param(
            b'{"oncalls": [{"escalation_level": 1, "user": {}, "end": "2026-11-24T10:00:00"}]}',
            id="a time without zone",
        ),
        pytest.param(b'{"oncalls": [' + b" " * 5_000_000 + b"]}", id="more than anybody reads"),
    ],
)
async def test_what_can_t_be_read(scripted: Callable[[Answer], OnCalls], body: bytes) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    with pytest.raises(InvalidError, match="PAGERDUTY_URL"):
        await scripted(answer).on_call(POLICY)


async def test_who_comes_later_or_just_went_is_left_out_and_little_is_needed(
    scripted: Callable[[Answer], OnCalls], clock: Clock
) -> None:
    def entry(name: str, start: timedelta, end: timedelta) -> dict[str, Any]:
        times = {"start": (clock.now + start).isoformat(), "end": (clock.now + end).isoformat()}
        return {"escalation_level": 1, "user": {"summary": name}, "schedule": None, **times}

    hour, none = timedelta(hours=1), timedelta(0)

    async def answer(_: web.Request) -> web.Response:
        entries = [entry("went", -hour, none), entry("there", none, hour), entry("comes", hour, 2 * hour)]
        return web.json_response({"oncalls": [*entries, {"escalation_level": 2, "user": {}}]})

    assert await scripted(answer).on_call(POLICY) == (
        OnCall(level=1, name="there", until=clock.now + hour),
        OnCall(level=2, name="somebody"),
    )


async def test_the_key_follows_no_redirect(scripted: Callable[[Answer], OnCalls], pagerduty: Sandbox) -> None:
    async def lead_away(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"{pagerduty.url}/oncalls")

    with pytest.raises(UnavailableError, match="PAGERDUTY_URL"):
        await scripted(lead_away).on_call(POLICY)
    assert pagerduty.requests == []


async def test_an_answer_that_breaks_off(scripted: Callable[[Answer], OnCalls]) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1_000
        await response.prepare(request)
        await response.write(b'{"oncalls": ')
        await asyncio.sleep(0)
        assert request.transport is not None
        request.transport.abort()
        return response

    with pytest.raises(LaterError) as raised:
        await scripted(answer).on_call(POLICY)
    assert_keeps_the_key(raised.value)
