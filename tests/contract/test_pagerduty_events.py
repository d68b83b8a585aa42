"""The events' client against the lookalike PagerDuty, over real HTTP; and the lookalike's own rules."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.domain.paging import PageEvent, PageLink, Told
from app.flows.paging import Pager
from app.pagerduty.events import Events
from sandbox.pagerduty import Config, Sandbox, start
from tests.contract.lookalike import Clock

KEY = "abcdef0123456789abcdef0123456789"
AT = datetime(2026, 11, 24, 12, 0, 30, 500_000, tzinfo=UTC)
EVENT = PageEvent(
    key="prod-squad:7:ticket:31:1",
    told=Told.TRIGGER,
    summary="Severe: it is white (Reader, production)",
    source="reader.example.org",
    component="Reader",
    group="Whiskey",
    at=AT,
    details=(("occurrences", "3"),),
    links=(PageLink(text="The ticket", url="https://github.com/acme/shop/issues/12"),),
)
BARE = PageEvent(key="k", told=Told.TRIGGER, summary="s", source="h")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def pagerduty(clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = await start(Config(routing_keys=frozenset({KEY}), clock=clock))
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def events(pagerduty: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> Pager:
    return Events(session, url=pagerduty.events_url, routing_key=KEY, clock=clock)


def told(told: Told, key: str = EVENT.key) -> PageEvent:
    return PageEvent(key=key, told=told)


def assert_keeps_the_key(error: BaseException) -> None:
    assert KEY not in "".join(traceback.format_exception(error)) + repr(vars(error))


# The client


async def test_a_page_is_one_alert_however_often_it_is_sent(events: Pager, pagerduty: Sandbox) -> None:
    for _ in range(3):
        await events.send(EVENT)
    (alert,) = pagerduty.alerts
    assert alert.state == "triggered"
    assert pagerduty.events[0] == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "prod-squad:7:ticket:31:1",
        "payload": {
            "summary": "Severe: it is white (Reader, production)",
            "source": "reader.example.org",
            "severity": "critical",
            "component": "Reader",
            "group": "Whiskey",
            "timestamp": "2026-11-24T12:00:30.500+00:00",
            "custom_details": {"occurrences": "3"},
        },
        "client": "Prod Squad",
        "client_url": "https://github.com/acme/shop/issues/12",
        "links": [{"href": "https://github.com/acme/shop/issues/12", "text": "The ticket"}],
    }
    assert pagerduty.answers == [202, 202, 202]


async def test_a_page_is_acknowledged_and_resolved_by_its_key_alone(events: Pager, pagerduty: Sandbox) -> None:
    await events.send(EVENT)
    states = []
    for each in (Told.ACKNOWLEDGE, Told.TRIGGER, Told.RESOLVE):
        await events.send(EVENT if each is Told.TRIGGER else told(each))
        states.append(pagerduty.alerts[0].state)
    assert states == ["acknowledged", "acknowledged", "resolved"], "no second trigger calls anybody again"
    assert pagerduty.events[-1] == {"routing_key": KEY, "event_action": "resolve", "dedup_key": EVENT.key}
    await events.send(told(Told.RESOLVE, "nobody knows"))
    assert len(pagerduty.alerts) == 1


async def test_what_may_be_left_out_is(events: Pager, pagerduty: Sandbox) -> None:
    await events.send(BARE)
    assert set(pagerduty.events[0]["payload"]) == {"summary", "source", "severity"}
    assert "links" not in pagerduty.events[0]


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        pytest.param({"errors_next": 1}, LaterError, "did not take the event (50", id="a server's error"),
        pytest.param({"lost_next": 1}, LaterError, "can't be reached: ServerDisconnectedError", id="a lost answer"),
        pytest.param({"limited_next": 1}, LaterError, "(429): too many events at a time", id="too many events"),
        pytest.param({"odd_next": 1}, UnavailableError, "(200): its Events API is not there", id="a page for people"),
    ],
)
async def test_what_goes_wrong(
    events: Pager, pagerduty: Sandbox, fault: dict[str, Any], kind: type[SystemRefusedError], said: str
) -> None:
    pagerduty.faults.change(fault)
    with pytest.raises(kind) as caught:
        await events.send(EVENT)
    assert said in str(caught.value)
    assert_keeps_the_key(caught.value)
    await events.send(EVENT)
    assert len(pagerduty.alerts) == 1, "asked again, it is one page"


async def test_a_slow_answer_is_not_waited_for(
    pagerduty: Sandbox, session: aiohttp.ClientSession, clock: Clock
) -> None:
    short = aiohttp.ClientTimeout(total=0.2)
    events = Events(session, url=pagerduty.events_url, routing_key=KEY, clock=clock, timeout=short)
    pagerduty.faults.change({"slow_ms": 2_000})
    with pytest.raises(LaterError, match="in time") as caught:
        await events.send(EVENT)
    assert_keeps_the_key(caught.value)


async def test_a_wrong_key_is_told_and_never_shown(
    pagerduty: Sandbox, session: aiohttp.ClientSession, clock: Clock
) -> None:
    wrong = KEY[::-1]
    events = Events(session, url=pagerduty.events_url, routing_key=wrong, clock=clock)
    with pytest.raises(InvalidError, match=r"Invalid routing key\. Is PAGERDUTY_ROUTING_KEY") as caught:
        await events.send(EVENT)
    assert wrong not in "".join(traceback.format_exception(caught.value))


ANSWERS = [
    pytest.param(400, f'{{"errors":["{KEY} is odd","b","c","d"]}}', InvalidError, ": … is odd; b; c. Is", id="faults"),
    pytest.param(400, '{"errors":"one"}', InvalidError, ": one. Is", id="one fault"),
    pytest.param(400, "no JSON", InvalidError, ": it calls the event invalid. Is", id="nothing is said"),
    pytest.param(401, "", UnavailableError, "Correct PAGERDUTY_EVENTS_URL", id="something else answers"),
    pytest.param(404, "", UnavailableError, "Correct PAGERDUTY_EVENTS_URL", id="nothing is there"),
    pytest.param(302, "", UnavailableError, "Correct PAGERDUTY_EVENTS_URL", id="it is elsewhere"),
    pytest.param(408, "", LaterError, "it is tried again", id="too slow for it"),
]


@pytest.mark.parametrize(("status", "body", "kind", "said"), ANSWERS)
async def test_what_answers_mean(
    session: aiohttp.ClientSession, clock: Clock, status: int, body: str, kind: type[SystemRefusedError], said: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers={"Location": "https://elsewhere.example/"})

    server = web.Application()
    server.router.add_post("/v2/enqueue", answer)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v2/enqueue"
    try:
        with pytest.raises(kind) as caught:
            await Events(session, url=url, routing_key=KEY, clock=clock).send(EVENT)
    finally:
        await runner.cleanup()
    assert said in str(caught.value)
    assert_keeps_the_key(caught.value)


async def test_a_limit_that_says_when_is_obeyed(session: aiohttp.ClientSession, clock: Clock) -> None:
    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "7"})

    server = web.Application()
    server.router.add_post("/", limited)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        with pytest.raises(LaterError) as caught:
            await Events(session, url=url, routing_key=KEY, clock=clock).send(EVENT)
    finally:
        await runner.cleanup()
    assert caught.value.not_before == clock() + timedelta(seconds=7)


# The lookalike


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"routing_key": "short"}, "Length of 'routing_key' is incorrect", id="a short key"),
        pytest.param({"routing_key": "0" * 32}, "Invalid routing key", id="nobody's key"),
        pytest.param({"event_action": "page"}, "'event_action' must be one of", id="an unknown action"),
        pytest.param({"event_action": "resolve", "dedup_key": ""}, "'dedup_key' is missing", id="whose end is it"),
        pytest.param({"dedup_key": "x" * 256}, "'dedup_key' must be a text", id="a long key"),
        pytest.param({"payload": None}, "'payload' is missing", id="no payload"),
        pytest.param({"severity": "critical"}, "'severity' is not known", id="a field in the wrong place"),
        pytest.param({"links": [{"text": "x"}]}, "'links' must each have an 'href'", id="a link to nowhere"),
        pytest.param({"payload": {"summary": " "}}, "'payload.summary' is missing", id="nothing to say"),
        pytest.param({"payload": {"summary": "x" * 1025}}, "is longer than 1024", id="too much to say"),
        pytest.param({"payload": {"severity": "bad"}}, "'payload.severity' must be one of", id="another severity"),
        pytest.param({"payload": {"timestamp": "noon"}}, "'payload.timestamp' is no time", id="no time"),
        pytest.param({"payload": {"custom_details": []}}, "must be an object", id="details in a list"),
        pytest.param({"payload": {"impact": "x"}}, "'payload.impact' is not known", id="a field it does not have"),
    ],
)
async def test_a_wrong_event_is_refused(
    pagerduty: Sandbox, session: aiohttp.ClientSession, change: dict[str, Any], fault: str
) -> None:
    payload = {"summary": "s", "source": "h", "severity": "critical"}
    event: dict[str, Any] = {"routing_key": KEY, "event_action": "trigger", "dedup_key": "k", "payload": payload}
    if isinstance(change.get("payload"), dict):
        change = {"payload": payload | change["payload"]}
    async with session.post(pagerduty.events_url, json=event | change) as answer:
        said = await answer.json()
        assert (answer.status, said["status"]) == (400, "invalid event")
        assert fault in "; ".join(said["errors"])
    assert pagerduty.alerts == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{", "Unrecognized object", id="no JSON"),
        pytest.param(b"[]", "Unrecognized object", id="no object"),
        pytest.param(msgspec.json.encode({"links": "x" * 600_000}), "invalid event", id="too large"),
    ],
)
async def test_what_is_no_event(pagerduty: Sandbox, session: aiohttp.ClientSession, body: bytes, status: str) -> None:
    async with session.post(pagerduty.events_url, data=body) as answer:
        assert (answer.status, (await answer.json())["status"]) == (400, status)


async def test_a_trigger_without_a_key_is_given_one(pagerduty: Sandbox, session: aiohttp.ClientSession) -> None:
    payload = {"summary": "s", "source": "h", "severity": "info"}
    async with session.post(
        pagerduty.events_url, json={"routing_key": KEY, "event_action": "trigger", "payload": payload}
    ) as answer:
        assert (answer.status, (await answer.json())["dedup_key"]) == (202, "made-0")


async def test_people_see_who_was_called_for_what(
    events: Pager, pagerduty: Sandbox, session: aiohttp.ClientSession
) -> None:
    async with session.get(pagerduty.url) as answer:
        assert "Nobody was called." in await answer.text()
    await events.send(msgspec.structs.replace(EVENT, summary="<b>It is white</b>"))
    await events.send(told(Told.ACKNOWLEDGE))
    async with session.get(pagerduty.url) as answer:
        page = await answer.text()
    assert "&lt;b&gt;It is white&lt;/b&gt;" in page
    assert "acknowledged" in page
