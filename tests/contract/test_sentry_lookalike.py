"""The lookalike Sentry keeps Sentry's habits, over real HTTP: its webhooks are signed and read by the App's reader."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from yarl import URL

from app.domain.alerts import Alert
from app.domain.mail import AlertArrived, ByError, Letter, SenderSaid
from app.intake.reading import Ignored
from app.intake.redaction import Redactor
from app.intake.sentry import read
from sandbox.sentry import Config, Sandbox, start
from sandbox.sentry.catalogue import EXAMPLES
from sandbox.sentry.server import RESOURCES
from tests.contract.lookalike import Clock

SECRET = "the integration's client secret"
TOKEN = "sntrys_lookalike_token_of_the_app"


@dataclass
class Door:
    """Where the App listens."""

    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    slow: float = 0.0
    status: int = 202

    def letters(self) -> list[Letter | Ignored]:
        """What the App's reader makes of it, in the order in which it came."""
        clock = Clock()
        return [
            read(
                headers["Sentry-Hook-Resource"],
                body,
                delivery_id=headers["Request-ID"],
                received_at=clock.now,
                redactor=Redactor(),
            )
            for headers, body in self.heard
        ]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()

    async def hear(request: web.Request) -> web.Response:
        door.heard.append((dict(request.headers), await request.read()))
        await asyncio.sleep(door.slow)
        return web.Response(status=door.status)

    app = web.Application()
    app.router.add_post("/sentry", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/sentry"
    yield door
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sentry(door: Door, clock: Clock) -> AsyncIterator[Sandbox]:
    config = Config(
        webhook_url=door.url,
        client_secret=SECRET,
        clock=clock,
        resources=RESOURCES | {"error"},
        public_url="https://sentry.example",
    )
    sandbox = await start(config)
    yield sandbox
    await sandbox.close()


async def settled(sentry: Sandbox, door: Door) -> list[str]:
    """What was sent since the last time, as `resource.action`, in order; all of it must have arrived."""
    await sentry.hooks.drain()
    sent = [f"{it.resource}.{it.action}" for it in sentry.state.deliveries]
    assert sorted(it.body for it in sentry.state.deliveries) == sorted(body for _, body in door.heard)
    sentry.state.deliveries.clear()
    door.heard.clear()
    return sent


async def test_webhooks_are_signed_over_the_raw_body_and_named(sentry: Sandbox, door: Door, clock: Clock) -> None:
    sentry.acts.raise_example("reader-document")
    await sentry.hooks.drain()
    for headers, body in door.heard:
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["Sentry-Hook-Signature"] == signature
        assert headers["Sentry-Hook-Timestamp"] == str(int(clock.now.timestamp()))
        assert headers["Sentry-Hook-Resource"] in {"issue", "event_alert", "error"}
        assert headers["Content-Type"] == "application/json"
    assert len({headers["Request-ID"] for headers, _ in door.heard}) == len(door.heard) == 3


@pytest.mark.parametrize("example", [pytest.param(it, id=it.name) for it in EXAMPLES])
async def test_every_example_is_read_into_one_error_without_what_is_private(
    sentry: Sandbox, door: Door, example: Any
) -> None:
    issue = sentry.acts.raise_example(example.name)
    await sentry.hooks.drain()
    letters = [letter for letter in door.letters() if isinstance(letter, Letter)]
    alerts = [letter.mail.alert for letter in letters if isinstance(letter.mail, AlertArrived)]
    assert len(alerts) == 3
    assert len({letter.address for letter in letters}) == 1
    assert {alert.sender_ref for alert in alerts} == {str(issue.id)}
    assert {alert.project for alert in alerts} == {example.project}
    assert all(
        alert.link.startswith(f"https://sentry.example/organizations/acme/issues/{issue.id}/") for alert in alerts
    )
    assert len({letter.occurrence for letter in letters if letter.occurrence}) == 1
    triggered = next(alert for alert in alerts if alert.rule)
    assert triggered.frames[-1].path == example.report.frames[-1]["filename"]
    assert triggered.url == example.report.url.partition("?")[0]
    kept = msgspec.json.encode(letters).decode()
    for private in ("192.0.2.17", "secret-", "hunter2", "000-12-3456", "@appeals.example", "ghp_", "breadcrumb"):
        assert private not in kept


async def test_the_life_of_an_error(sentry: Sandbox, door: Door) -> None:
    acts = sentry.acts
    issue = acts.raise_error(project="reader", type="KeyError", value="x", culprit="c", user="judge-1")
    assert await settled(sentry, door) == ["issue.created", "error.created", "event_alert.triggered"]
    acts.again(issue, times=3, user="judge-2")
    assert await settled(sentry, door) == ["error.created", "event_alert.triggered"] * 3
    acts.resolve(issue, inRelease="caseflow@2026.11.4")
    acts.resolve(issue, inRelease="caseflow@2026.11.4")
    assert await settled(sentry, door) == ["issue.resolved"]
    same = acts.raise_error(project="reader", type="KeyError", value="y", culprit="c")
    assert same is issue
    assert (issue.status, issue.substatus, issue.count, len(issue.users)) == ("unresolved", "regressed", 5, 2)
    assert await settled(sentry, door) == ["issue.unresolved", "error.created", "event_alert.triggered"]
    acts.archive(issue, until="forever")
    acts.again(issue)
    assert await settled(sentry, door) == ["issue.archived", "error.created"]
    acts.escalate(issue)
    acts.assign(issue, "mark")
    acts.resolve(issue)
    acts.unresolve(issue)
    assert await settled(sentry, door) == ["issue.unresolved", "issue.assigned", "issue.resolved", "issue.unresolved"]


@pytest.mark.parametrize(
    ("act", "verb", "detail", "actor"),
    [
        pytest.param(lambda a, i: a.resolve(i, inRelease="r@2"), "resolved", "r@2", "nick", id="resolved in a release"),
        pytest.param(
            lambda a, i: a.resolve(i, inNextRelease=True), "resolved", "next release", "nick", id="in the next"
        ),
        pytest.param(lambda a, i: a.escalate(i), "escalating", "escalating", "Sentry", id="escalating"),
        pytest.param(lambda a, i: a.archive(i), "archived", "archived_until_escalating", "nick", id="archived"),
        pytest.param(lambda a, i: a.assign(i, "mark"), "assigned", "mark", "nick", id="assigned"),
    ],
)
async def test_what_is_done_to_an_issue_is_read_as_said(
    sentry: Sandbox, door: Door, act: Any, verb: str, detail: str, actor: str
) -> None:
    issue = sentry.acts.raise_error(project="reader", type="KeyError", value="x")
    await settled(sentry, door)
    act(sentry.acts, issue)
    await sentry.hooks.drain()
    (letter,) = door.letters()
    assert isinstance(letter, Letter)
    assert isinstance(letter.mail, SenderSaid)
    assert (letter.mail.verb, letter.mail.detail, letter.mail.actor) == (verb, detail, actor)


async def test_a_regression_is_read_as_one(sentry: Sandbox, door: Door) -> None:
    issue = sentry.acts.resolve(sentry.acts.raise_error(project="reader", type="KeyError", value="x"))
    await settled(sentry, door)
    sentry.acts.again(issue)
    await sentry.hooks.drain()
    verbs = [it.mail.verb for it in door.letters() if isinstance(it, Letter) and isinstance(it.mail, SenderSaid)]
    assert verbs == ["regressed"]


async def test_the_first_event_and_its_issue_have_one_time_however_slow_the_machine_is(door: Door) -> None:
    clock = Clock()
    clock.now -= timedelta(hours=1)  # what is said of the future is read as now

    def ticking() -> datetime:
        clock.now += timedelta(seconds=2)
        return clock.now

    slow = await start(Config(webhook_url=door.url, client_secret=SECRET, clock=ticking))
    slow.acts.raise_error(project="reader", type="KeyError", value="4711")
    await slow.hooks.drain()
    await slow.close()
    arrived = [it.mail.alert for it in door.letters() if isinstance(it, Letter) and isinstance(it.mail, AlertArrived)]
    assert len(arrived) > 1
    assert len({alert.occurred_at for alert in arrived}) == 1


async def test_what_a_person_unresolves_is_no_regression(sentry: Sandbox, door: Door) -> None:
    issue = sentry.acts.resolve(sentry.acts.raise_error(project="reader", type="KeyError", value="x"))
    await settled(sentry, door)
    sentry.acts.unresolve(issue)
    await sentry.hooks.drain()
    (letter,) = door.letters()
    assert isinstance(letter, Letter)
    assert isinstance(letter.mail, SenderSaid)
    assert (letter.mail.verb, letter.mail.detail, letter.mail.actor) == ("unresolved", "ongoing", "nick")


async def test_metric_alerts_and_installations(sentry: Sandbox, door: Door) -> None:
    sentry.acts.metric_alert("critical")
    await sentry.hooks.drain()
    (begun,) = door.letters()
    assert isinstance(begun, Letter)
    assert isinstance(begun.mail, AlertArrived)
    alert: Alert = begun.mail.alert
    assert (alert.title, alert.level) == ("Error rate of Reader", "critical")
    assert alert.link == "https://sentry.example/organizations/acme/alerts/rules/details/77/"
    await settled(sentry, door)
    sentry.acts.metric_alert("resolved")
    await sentry.hooks.drain()
    (ended,) = door.letters()
    assert isinstance(ended, Letter)
    assert isinstance(ended.address, ByError)
    assert ended.address == msgspec.structs.replace(begun.address, may_make=False)
    await settled(sentry, door)
    sentry.acts.install("created")
    await sentry.hooks.drain()
    assert [type(it) for it in door.letters()] == [Ignored]


async def test_a_rule_fires_at_most_every_so_often(door: Door, clock: Clock) -> None:
    sentry = await start(Config(clock=clock, rule_every=timedelta(minutes=30)))
    issue = sentry.acts.raise_error(project="reader", type="KeyError", value="x", times=5)
    clock.pass_by(minutes=29)
    sentry.acts.again(issue)
    clock.pass_by(minutes=1)
    sentry.acts.again(issue)
    await sentry.close()
    assert issue.count == 7
    assert [it.resource for it in sentry.state.deliveries] == ["issue", "event_alert", "event_alert"]
    assert {it.status for it in sentry.state.deliveries} == {"NO URL"}


@pytest.mark.parametrize(
    ("slow", "status", "fate"),
    [
        pytest.param(0.0, 202, "OK", id="answered"),
        pytest.param(1.3, 202, "timed out", id="a second is all there is"),
        pytest.param(0.0, 500, "answered 500", id="refused"),
    ],
)
async def test_a_webhook_is_sent_once_whatever_becomes_of_it(
    sentry: Sandbox, door: Door, slow: float, status: int, fate: str
) -> None:
    door.slow, door.status = slow, status
    sentry.acts.install("created")
    await sentry.hooks.drain()
    await asyncio.sleep(0.1)
    assert [it.status for it in sentry.state.deliveries] == [fate]
    assert len(door.heard) == 1


async def test_a_lost_webhook_never_comes_and_a_dead_door_is_noted(sentry: Sandbox, door: Door) -> None:
    sentry.faults.change({"hooks_lost_next": 1})
    sentry.acts.install("created")
    sentry.hooks.url = "http://127.0.0.1:9/sentry"
    sentry.acts.install("deleted")
    await sentry.hooks.drain()
    assert [it.status for it in sentry.state.deliveries] == ["LOST", "failed to connect"]
    assert door.heard == []


async def call(sentry: Sandbox, method: str, path: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, sentry.url + path, json=body, headers=headers) as answer,
    ):
        told = await answer.read()
        return answer.status, json.loads(told) if answer.content_type == "application/json" else told, answer


ISSUES = "/api/0/organizations/acme/issues/"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["C", "B", "A"], id="an empty query: all, latest first"),
        pytest.param("is:unresolved", ["C", "A"], id="unresolved"),
        pytest.param("is:resolved", ["B"], id="resolved"),
        pytest.param("project:efolder", ["C"], id="of a project"),
        pytest.param("lastSeen:>=2026-03-02T09:10:00Z", ["C", "B"], id="seen then or later"),
        pytest.param("lastSeen:>2026-03-02T09:10:00", ["C"], id="seen later; no zone is UTC"),
        pytest.param("lastSeen:<=2026-03-02T09:10:00+00:00", ["B", "A"], id="seen then or before"),
        pytest.param("lastSeen:<-10m", ["A"], id="seen more than ten minutes ago"),
        pytest.param("is:unresolved issue.category:error lastSeen:>-15m", ["C"], id="all of it at once"),
    ],
)
async def test_issues_are_found_by_query(sentry: Sandbox, clock: Clock, query: str, expected: list[str]) -> None:
    sentry.acts.raise_error(project="reader", type="A", value="x")
    clock.pass_by(minutes=10)
    sentry.acts.resolve(sentry.acts.raise_error(project="reader", type="B", value="x"))
    clock.pass_by(minutes=10)
    sentry.acts.raise_error(project="efolder", type="C", value="x")
    path = str(URL(ISSUES).with_query(query=query))
    status, told, answer = await call(sentry, "GET", path)
    assert (status, [issue["metadata"]["type"] for issue in told]) == (200, expected)
    assert answer.headers["X-Hits"] == str(len(expected))
    assert int(answer.headers["X-Sentry-Rate-Limit-Reset"]) >= int(clock.now.timestamp())


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("GET", f"{ISSUES}?query=colour:red", None, 400, id="an unknown search word"),
        pytest.param("GET", f"{ISSUES}?query=lastSeen:>soon", None, 400, id="no time"),
        pytest.param("GET", f"{ISSUES}?limit=101", None, 400, id="too many at once"),
        pytest.param("GET", f"{ISSUES}?cursor=x", None, 400, id="no cursor"),
        pytest.param("GET", f"{ISSUES}?sort=freq", None, 400, id="an order it has not"),
        pytest.param("GET", f"{ISSUES}4500001/", None, 200, id="an issue is shown"),
        pytest.param("GET", f"{ISSUES}4500009/", None, 404, id="no such issue"),
        pytest.param("PUT", f"{ISSUES}4500001/", {"status": "mended"}, 400, id="no such state"),
        pytest.param("PUT", f"{ISSUES}4500001/", [], 400, id="no object"),
        pytest.param("PUT", f"{ISSUES}4500001/", {"hasSeen": True}, 200, id="a field that changes nothing here"),
    ],
)
async def test_what_the_api_answers(sentry: Sandbox, method: str, path: str, body: Any, status: int) -> None:
    sentry.acts.raise_error(project="reader", type="A", value="x")
    assert (await call(sentry, method, path, body))[0] == status


@pytest.mark.parametrize("asked", ["resolved", "resolvedInNextRelease"])
async def test_a_state_set_by_the_api_sends_its_webhook(sentry: Sandbox, asked: str) -> None:
    issue = sentry.acts.raise_error(project="reader", type="A", value="x")
    answer = await call(sentry, "PUT", f"{ISSUES}{issue.id}/", {"status": asked})
    assert (answer[0], answer[1]["status"], answer[1]["substatus"]) == (200, "resolved", None)
    told = json.loads(sentry.state.deliveries[-1].body)
    assert told["data"]["issue"]["status"] == "resolved"
    assert told["actor"]["type"] == "application"


async def test_the_control_surface_over_http(sentry: Sandbox, door: Door) -> None:
    async def act(**wish: Any) -> tuple[int, Any]:
        return (await call(sentry, "POST", "/_sandbox/act", wish))[:2]

    status, issue = await act(act="raise_example", name="efolder-download", times=2)
    assert (status, issue["count"], issue["project"]["slug"]) == (200, "2", "efolder")
    assert (await act(act="again", issue=issue["id"], value="once more"))[1]["count"] == "3"
    assert (await act(act="resolve", issue=issue["id"]))[1]["status"] == "resolved"
    frames = [{"filename": "app/a.rb", "function": "f", "lineno": 1, "in_app": True}]
    raised = await act(
        act="raise_error", project="reader", type="E", value="v", frames=frames, tags=[["app", "Reader"]]
    )
    assert raised[0] == 200
    assert (await act(act="metric_alert", action="critical")) == (200, {})
    for wrong in (
        {"act": "explode"},
        {"act": "again", "issue": 1},
        {"act": "raise_example", "name": "x"},
        {"act": "raise_example", "name": "dispatch-claim", "colour": "red"},
    ):
        status, told = await act(**wrong)
        assert status in {400, 404}
        assert told["detail"]
    assert (await call(sentry, "POST", "/_sandbox/faults", {"errors_next": 1}))[1]["errors_next"] == 1
    assert (await call(sentry, "POST", "/_sandbox/faults", {"nonsense": 1}))[0] == 400
    assert (await call(sentry, "POST", "/_sandbox/faults", {"seed": "x"}))[0] == 400
    assert (await call(sentry, "GET", ISSUES))[0] in {500, 502, 503}
    await call(sentry, "POST", "/_sandbox/drain")
    state = (await call(sentry, "GET", "/_sandbox/state"))[1]
    assert {it["status"] for it in state["deliveries"]} == {"OK"}
    assert len(state["deliveries"]) == len(door.heard)
    assert [it["status"] for it in state["calls"]] == [sentry.requests[0].status]


async def test_links_lead_to_pages_where_nothing_of_the_error_is_markup(sentry: Sandbox) -> None:
    issue = sentry.acts.raise_example("efolder-download")
    sentry.acts.raise_example("reader-annotations")
    sentry.acts.metric_alert("critical")
    links = [f"/organizations/acme/issues/{issue.id}/", "/", "/organizations/acme/alerts/rules/details/77/"]
    links.append(f"{links[0]}events/{issue.events[-1].id}/")
    for link in links:
        status, told, _ = await call(sentry, "GET", link)
        assert status == 200
        assert b"VBMS::HTTPError" in told
        assert b"<img" not in told
    assert b"app/services/external_api/vbms_service.rb:44" in (await call(sentry, "GET", links[0]))[1]
    assert (await call(sentry, "GET", "/organizations/acme/issues/1/"))[0] == 404


async def test_the_same_acts_at_the_same_time_say_the_same() -> None:
    bodies = []
    for _ in range(2):
        sentry = await start(Config(clock=Clock(), public_url="https://sentry.example"))
        sentry.state.base = "http://sentry.test"
        for example in EXAMPLES:
            sentry.acts.raise_example(example.name, times=2)
        bodies.append([it.body for it in sentry.state.deliveries])
        await sentry.close()
    assert bodies[0] == bodies[1]
