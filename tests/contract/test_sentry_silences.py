"""Silences at Sentry: the client and the lookalike, which keeps to what Sentry's source does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from app.domain.errors import InvalidError, LaterError, UnavailableError
from app.domain.mail import Letter, SenderSaid
from app.domain.triage import Silence
from app.flows.systems import Errors
from app.intake.redaction import Redactor
from app.intake.sentry import read
from app.sentry.client import SentryErrors
from sandbox.sentry import Config, Sandbox, start
from sandbox.sentry.api import WRITE
from sandbox.sentry.server import RESOURCES
from sandbox.sentry.state import Issue
from tests.contract.lookalike import Clock

TOKEN = "sntrys_lookalike_token_of_the_app"
TOKENS = {TOKEN: WRITE, "reads": frozenset({"event:read"})}
ISSUES = "/api/0/organizations/acme/issues/"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sentry(clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = await start(Config(clock=clock, tokens=TOKENS, resources=RESOURCES | {"error"}))
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def errors(sentry: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> Errors:
    return SentryErrors(session, url=sentry.url, organization="acme", token=TOKEN, clock=clock)


def raised(sentry: Sandbox) -> Issue:
    """An error that Sentry knows, all of whose webhooks so far are forgotten."""
    issue = sentry.acts.raise_error(project="reader", type="A", value="x", user="judge-1")
    sentry.state.deliveries.clear()
    return issue


def sent(sentry: Sandbox) -> list[str]:
    """The webhooks since the last time."""
    told = [f"{it.resource}.{it.action}" for it in sentry.state.deliveries]
    sentry.state.deliveries.clear()
    return told


async def called(sentry: Sandbox, method: str, issue: Issue, body: Any = None) -> tuple[int, Any]:
    headers, url = {"Authorization": f"Bearer {TOKEN}"}, f"{sentry.url}{ISSUES}{issue.id}/"
    async with aiohttp.ClientSession() as session, session.request(method, url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def put(sentry: Sandbox, issue: Issue, body: Any) -> tuple[int, Any]:
    return await called(sentry, "PUT", issue, body)


def silence(clock: Clock, **more: Any) -> Silence:
    return Silence(by="jo", reason="known", at=clock.now, **more)


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("conditions", "substatus", "details"),
    [
        pytest.param({"until": 90 * MINUTE}, "archived_until_condition_met", {"ignoreDuration": 90}, id="a time"),
        pytest.param(
            {"until": 90.1 * MINUTE},
            "archived_until_condition_met",
            {"ignoreDuration": 91},
            id="to the minute, not less",
        ),
        pytest.param(
            {"until": -5 * MINUTE},
            "archived_until_condition_met",
            {"ignoreDuration": 1},
            id="a time that is past by now",
        ),
        pytest.param({"occurrences": 50}, "archived_until_condition_met", {"ignoreCount": 50}, id="occurrences"),
        pytest.param({"users": 10}, "archived_until_condition_met", {"ignoreUserCount": 10}, id="users"),
        pytest.param(
            {"until": 60 * MINUTE, "occurrences": 50, "users": 10},
            "archived_until_condition_met",
            {"ignoreDuration": 60, "ignoreCount": 50, "ignoreUserCount": 10},
            id="any one of them",
        ),
        pytest.param({"escalating": True}, "archived_until_escalating", {}, id="escalating"),
        pytest.param(
            {"escalating": True, "until": 60 * MINUTE},
            "archived_until_escalating",
            {},
            id="escalating or a time: the time is the App's to keep",
        ),
    ],
)
async def test_a_silence_is_set(
    sentry: Sandbox, errors: Errors, clock: Clock, conditions: dict[str, Any], substatus: str, details: dict[str, int]
) -> None:
    issue = raised(sentry)
    if "until" in conditions:
        conditions = conditions | {"until": clock.now + conditions["until"]}
    await errors.archive(str(issue.id), silence(clock, **conditions))
    body = {"status": "ignored", "statusDetails": details, "substatus": substatus}
    assert [(call.method, call.json, call.status) for call in sentry.requests] == [("PUT", body, 200)]
    assert (issue.status, issue.substatus, sent(sentry)) == ("ignored", substatus, ["issue.archived"])


async def test_a_silence_is_set_and_ended_again_without_harm(sentry: Sandbox, errors: Errors, clock: Clock) -> None:
    issue = raised(sentry)
    for _ in range(2):
        await errors.archive(str(issue.id), silence(clock, occurrences=2))
    assert (issue.status, sent(sentry)) == ("ignored", ["issue.archived"])
    for _ in range(2):
        await errors.unarchive(str(issue.id))
    assert (issue.status, issue.substatus, sent(sentry)) == ("unresolved", "new", [])


async def test_a_silence_that_nothing_ends_is_not_set(sentry: Sandbox, errors: Errors, clock: Clock) -> None:
    with pytest.raises(InvalidError, match="needs an end"):
        await errors.archive("4500001", silence(clock))
    with pytest.raises(InvalidError, match="no issue at Sentry"):
        await errors.archive("../me", silence(clock, users=3))
    with pytest.raises(InvalidError, match="no issue at Sentry"):
        await errors.unarchive("")
    assert sentry.requests == []


async def test_what_stands_in_the_way_of_a_silence(
    sentry: Sandbox, session: aiohttp.ClientSession, errors: Errors, clock: Clock
) -> None:
    issue = raised(sentry)
    reads = SentryErrors(session, url=sentry.url, organization="acme", token="reads", clock=clock)
    with pytest.raises(UnavailableError, match=r"would not archive issue .*event:write"):
        await reads.archive(str(issue.id), silence(clock, escalating=True))
    with pytest.raises(UnavailableError, match="would not unarchive issue 4711 "):
        await errors.unarchive("4711")
    sentry.faults.change({"limited_next": 1, "retry_after": 30})
    with pytest.raises(LaterError) as later:
        await errors.archive(str(issue.id), silence(clock, escalating=True))
    assert later.value.not_before == clock.now + timedelta(seconds=30)
    assert issue.status == "unresolved"


IGNORED = {"status": "ignored"}
CONDITION = IGNORED | {"substatus": "archived_until_condition_met"}


@pytest.mark.parametrize(
    ("body", "status", "substatus", "hook"),
    [
        pytest.param(IGNORED, "ignored", "archived_forever", "archived", id="archived without a word: for ever"),
        pytest.param(
            IGNORED | {"substatus": "archived_until_escalating", "statusDetails": {}},
            "ignored",
            "archived_until_escalating",
            "archived",
            id="archived until it escalates",
        ),
        pytest.param(
            CONDITION | {"statusDetails": {"ignoreCount": 5}},
            "ignored",
            "archived_until_condition_met",
            "archived",
            id="archived until a condition is met",
        ),
        pytest.param(
            IGNORED | {"statusDetails": {"ignoreDuration": 60}},
            "ignored",
            "archived_until_condition_met",
            "archived",
            id="a condition says so itself",
        ),
        pytest.param({"status": "unresolved"}, "unresolved", "new", None, id="unresolved as it was: nothing is told"),
    ],
)
async def test_a_silence_set_by_the_api_sends_its_webhook(
    sentry: Sandbox, body: Any, status: str, substatus: str | None, hook: str | None
) -> None:
    issue = sentry.acts.raise_error(project="reader", type="A", value="x")
    sentry.state.deliveries.clear()
    answer = await put(sentry, issue, body)
    assert (answer[0], answer[1]["status"], answer[1]["substatus"]) == (200, status, substatus)
    told = [json.loads(it.body) for it in sentry.state.deliveries]
    assert [it["action"] for it in told] == ([hook] if hook else [])
    assert all(it["data"]["issue"]["substatus"] == substatus for it in told)
    assert all(it["actor"]["type"] == "application" for it in told)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(IGNORED | {"substatus": "asleep"}, id="an unknown substatus"),
        pytest.param(IGNORED | {"statusDetails": []}, id="details that are no object"),
        pytest.param(CONDITION | {"statusDetails": {"ignoreCount": "many"}}, id="a number that is none"),
        pytest.param(CONDITION | {"statusDetails": {"ignoreCount": True}}, id="nor is this"),
        pytest.param(CONDITION | {"statusDetails": {"ignoreDuration": 0}}, id="no time at all"),
        pytest.param(CONDITION | {"statusDetails": {"ignoreWindow": 20_000}}, id="a window of more than a week"),
        pytest.param(CONDITION | {"statusDetails": {"ignoreWindow": 60}}, id="a window, which the lookalike has not"),
        pytest.param(CONDITION | {"statusDetails": {"ignoreUsers": 5}}, id="a misspelt detail"),
        pytest.param(CONDITION | {"statusDetails": {}}, id="a condition that is none"),
    ],
)
async def test_a_wrong_silence_is_refused(sentry: Sandbox, body: Any) -> None:
    issue = sentry.acts.raise_error(project="reader", type="A", value="x")
    status, told = await put(sentry, issue, body)
    assert status == 400
    assert set(told) <= {"status", "substatus", "statusDetails"}
    assert issue.status == "unresolved"


@pytest.mark.parametrize(
    ("conditions", "again", "substatus", "expected"),
    [
        pytest.param({"count": 3}, {"times": 2}, "archived_until_condition_met", [], id="one event is missing"),
        pytest.param({"count": 3}, {"times": 3}, "escalating", ["issue.unresolved"], id="so many events more"),
        pytest.param(
            {"users": 1}, {"times": 9, "user": "judge-1"}, "archived_until_condition_met", [], id="known users"
        ),
        pytest.param({"users": 1}, {"user": "judge-2"}, "escalating", ["issue.unresolved"], id="one user more"),
        pytest.param({"count": 1, "minutes": 60}, {}, "ongoing", [], id="a count beside a time: nothing is told"),
    ],
)
async def test_a_condition_that_is_met_ends_the_rest(
    sentry: Sandbox, conditions: dict[str, Any], again: dict[str, Any], substatus: str, expected: list[str]
) -> None:
    issue = sentry.acts.raise_error(project="reader", type="A", value="x", user="judge-1")
    sentry.acts.archive(issue, until="condition", **conditions)
    sent(sentry)
    sentry.acts.again(issue, **again)
    assert issue.substatus == substatus
    told = sent(sentry)
    assert [it for it in told if it.startswith("issue.")] == expected
    assert ("event_alert.triggered" in told) is (issue.status == "unresolved")


async def test_a_rest_that_is_timed_ends_without_a_word(sentry: Sandbox, clock: Clock) -> None:
    issue = sentry.acts.raise_error(project="reader", type="A", value="x")
    sentry.acts.archive(issue, until="condition", minutes=60)
    assert sent(sentry) == ["issue.created", "error.created", "event_alert.triggered", "issue.archived"]
    clock.pass_by(minutes=59)
    assert (await called(sentry, "GET", issue))[1]["status"] == "ignored"
    clock.pass_by(minutes=1)
    shown = (await called(sentry, "GET", issue))[1]
    assert (shown["status"], shown["substatus"], shown["statusDetails"]) == ("unresolved", "ongoing", {})
    assert sent(sentry) == []


async def test_what_is_archived_takes_new_conditions_without_a_word(sentry: Sandbox) -> None:
    """Sentry even keeps looking at its forecast alone, where that is what it was archived with."""
    issue = sentry.acts.raise_error(project="reader", type="A", value="x")
    sentry.acts.archive(issue)
    sent(sentry)
    status, told = await put(sentry, issue, CONDITION | {"statusDetails": {"ignoreCount": 1}})
    assert (status, told["substatus"]) == (200, "archived_until_escalating")
    sentry.acts.again(issue)
    assert (issue.status, sent(sentry)) == ("ignored", ["error.created"])


async def test_unarchiving_is_told_to_nobody(sentry: Sandbox, clock: Clock) -> None:
    issue = sentry.acts.raise_error(project="reader", type="A", value="x")
    for age, substatus in ((1, "new"), (8, "ongoing")):
        clock.pass_by(days=age)
        sentry.acts.archive(issue)
        sent(sentry)
        told = (await put(sentry, issue, {"status": "unresolved"}))[1]
        assert (told["status"], told["substatus"]) == ("unresolved", substatus)
        assert sent(sentry) == []


async def test_unresolving_what_is_resolved_looks_like_a_regression(sentry: Sandbox) -> None:
    issue = sentry.acts.resolve(sentry.acts.raise_error(project="reader", type="A", value="x"))
    sent(sentry)
    told = (await put(sentry, issue, {"status": "unresolved"}))[1]
    assert (told["status"], told["substatus"]) == ("unresolved", "regressed")
    assert sent(sentry) == ["issue.unresolved"]


async def test_archiving_may_be_called_ignoring(clock: Clock) -> None:
    sentry = await start(Config(clock=clock, archived_action="ignored"))
    sentry.acts.archive(sentry.acts.raise_error(project="reader", type="A", value="x"))
    archived = sentry.state.deliveries[-1]
    await sentry.close()
    assert archived.action == "ignored"
    letter = read("issue", archived.body, delivery_id="d", received_at=clock.now, redactor=Redactor())
    assert isinstance(letter, Letter)
    assert isinstance(letter.mail, SenderSaid)
    assert (letter.mail.verb, letter.mail.detail) == ("archived", "archived_until_escalating")
