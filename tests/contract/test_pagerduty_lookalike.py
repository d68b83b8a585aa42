"""The lookalike PagerDuty itself: what the client's tests and the demo lean on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.pagerduty import Config, Sandbox, start
from sandbox.pagerduty.api import ACCEPT
from tests.contract.lookalike import Clock

HEADERS = {"Authorization": "Token token=key", "Accept": ACCEPT}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def pagerduty(clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = await start(Config(keys=frozenset({"key"}), clock=clock))
    yield sandbox
    await sandbox.close()


async def get(sandbox: Sandbox, query: str = "", **headers: str) -> tuple[int, Any]:
    where = f"{sandbox.url}/oncalls{query}"
    async with aiohttp.ClientSession(headers=HEADERS | headers) as session, session.get(where) as answer:
        return answer.status, await answer.json()


async def post(sandbox: Sandbox, path: str, wish: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(f"{sandbox.url}/_sandbox/{path}", json=wish) as answer:
        return answer.status, await answer.json()


async def test_acts_over_http_put_somebody_on_call(pagerduty: Sandbox, clock: Clock) -> None:
    for name in ("Mark", "Jo"):
        await post(pagerduty, "act", {"act": "add_user", "name": name, "email": f"{name}@va.gov"})
    schedule = {"name": "S", "emails": ["Mark@va.gov", "Jo@va.gov"], "starts": "2026-03-02T00:00:00Z", "days": 1}
    assert await post(pagerduty, "act", {"act": "add_schedule", **schedule}) == (200, {"id": "PSCHED01"})
    policy = {"act": "add_policy", "name": "P", "levels": [["PSCHED01"], ["Mark@va.gov"]]}
    assert await post(pagerduty, "act", policy) == (200, {"id": "PPOL01"})
    status, told = await get(pagerduty)
    assert (status, told["more"], told["limit"]) == (200, False, 25)
    assert [(it["escalation_level"], it["user"]["summary"], it["end"]) for it in told["oncalls"]] == [
        (1, "Mark", "2026-03-03T00:00:00Z"),
        (2, "Mark", None),
    ]
    assert told["oncalls"][0]["user"]["type"] == "user_reference"
    assert "email" not in told["oncalls"][0]["user"]
    override = {"schedule": "PSCHED01", "email": "Jo@va.gov"}
    times = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}
    await post(pagerduty, "act", {"act": "override", **override, **times})
    _, told = await get(pagerduty, "?include[]=users&limit=1")
    assert (told["more"], told["oncalls"][0]["user"]["email"]) == (True, "Jo@va.gov")
    clock.now -= timedelta(days=1)
    _, told = await get(pagerduty)
    assert [it["escalation_level"] for it in told["oncalls"]] == [2]


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        pytest.param("", {"Authorization": "Token token=other"}, 401, id="another key"),
        pytest.param("", {"Authorization": "Bearer key"}, 401, id="another scheme"),
        pytest.param("", {"Accept": "application/json"}, 400, id="another version"),
        pytest.param("?policy=P", {}, 400, id="an unknown parameter"),
        pytest.param("?limit=101", {}, 400, id="too much at once"),
        pytest.param("?offset=x", {}, 400, id="no offset"),
    ],
)
async def test_what_is_refused(pagerduty: Sandbox, query: str, headers: dict[str, str], status: int) -> None:
    found, body = await get(pagerduty, query, **headers)
    assert found == status
    assert body["error"]["code"] in {2001, 2006}
    assert pagerduty.requests[-1].status == status


async def test_faults_over_http(pagerduty: Sandbox) -> None:
    assert (await post(pagerduty, "faults", {"limited_next": 1, "seed": 5}))[1]["limited_next"] == 1
    status, body = await get(pagerduty)
    assert (status, body["error"]["code"]) == (429, 2020)
    assert (await get(pagerduty))[0] == 200
    for wrong in ({"nonsense": 1}, {"slow_ms": "x"}):
        assert (await post(pagerduty, "faults", wrong))[0] == 400
    async with aiohttp.ClientSession() as session, session.get(f"{pagerduty.url}/_sandbox/faults") as answer:
        assert (await answer.json())["limited_next"] == 0


async def test_an_act_that_is_none(pagerduty: Sandbox) -> None:
    for wrong in ({"act": "dance"}, {"act": "add_user"}, {"act": "add_policy", "name": "P", "levels": [["nobody"]]}):
        assert (await post(pagerduty, "act", wrong))[0] == 400
