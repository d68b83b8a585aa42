"""Who and what there is at Sentry and at PagerDuty: the clients against the lookalikes, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.pagerduty.users import Users
from app.pagerduty.wire import PagerDutyWire
from app.sentry import directory
from app.sentry.directory import SentryDirectory
from app.sentry.wire import SentryWire
from sandbox import pagerduty, sentry
from sandbox.sentry.state import Member
from tests.contract.lookalike import Clock

TOKENS = {"all": frozenset({"org:read", "member:read"}), "events": frozenset({"event:read"})}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def there() -> AsyncIterator[sentry.Sandbox]:
    running = await sentry.start(sentry.Config(tokens=TOKENS, clock=Clock()))
    yield running
    await running.close()


@pytest.fixture
async def duty() -> AsyncIterator[pagerduty.Sandbox]:
    running = await pagerduty.start(pagerduty.Config(keys=frozenset({"key"}), clock=Clock()))
    for name, email in (("Jo", "jo@va.gov"), ("Jo Ann", "not-jo@va.gov")):
        running.state.add_user(name, email)
    yield running
    await running.close()


def at_sentry(there: sentry.Sandbox, session: aiohttp.ClientSession, token: str = "all") -> SentryDirectory:
    return SentryDirectory(SentryWire(session, url=there.url + "/", organization="acme", token=token, clock=Clock()))


def at_pagerduty(duty: pagerduty.Sandbox, session: aiohttp.ClientSession, token: str = "key") -> Users:
    return Users(PagerDutyWire(session, url=duty.url + "/", token=token, clock=Clock()))


async def test_all_projects_are_listed_over_all_pages(there: sentry.Sandbox, session: aiohttp.ClientSession) -> None:
    for n in range(250):
        there.state.project(f"project-{n:03}")
    assert await at_sentry(there, session).projects() == tuple(f"project-{n:03}" for n in range(250))
    assert len(there.requests) == 3


async def test_who_has_come_and_is_active_has_access(there: sentry.Sandbox, session: aiohttp.ClientSession) -> None:
    there.state.members += [
        Member(email="Jo@VA.gov"),
        Member(email="invited@va.gov", pending=True),
        Member(email="gone@va.gov", active=False),
    ]
    assert await at_sentry(there, session).members() == {"jo@va.gov"}


async def test_a_list_without_an_end_is_no_answer(
    there: sentry.Sandbox, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_PAGES", 2)
    for n in range(201):
        there.state.project(f"project-{n}")
    with pytest.raises(InvalidError, match="more than 2 pages"):
        await at_sentry(there, session).projects()


@pytest.mark.parametrize(
    ("faults", "token", "error", "told"),
    [
        pytest.param({}, "events", UnavailableError, "`org:read`", id="a token without the scope"),
        pytest.param({}, "unknown", UnavailableError, "SENTRY_TOKEN", id="an unknown token"),
        pytest.param({"errors_next": 1}, "all", LaterError, "list its projects", id="a failure"),
        pytest.param({"odd_next": 1}, "all", InvalidError, "SENTRY_URL", id="a page for people"),
    ],
)
async def test_what_sentry_refuses(
    there: sentry.Sandbox,
    session: aiohttp.ClientSession,
    faults: dict[str, Any],
    token: str,
    error: type[SystemRefusedError],
    told: str,
) -> None:
    there.faults.change(faults)
    with pytest.raises(error, match=told):
        await at_sentry(there, session, token).projects()


@pytest.mark.parametrize(
    ("email", "known"),
    [
        pytest.param("jo@va.gov", True, id="theirs"),
        pytest.param("JO@VA.GOV", True, id="in any letters"),
        pytest.param("o@va.gov", False, id="a part of theirs is not theirs"),
        pytest.param("mark@va.gov", False, id="nobody's"),
    ],
)
async def test_a_user_is_found_by_the_whole_address(
    duty: pagerduty.Sandbox, session: aiohttp.ClientSession, email: str, known: bool
) -> None:
    assert await at_pagerduty(duty, session).has(email) is known


@pytest.mark.parametrize(
    ("faults", "token", "error", "told"),
    [
        pytest.param({}, "unknown", UnavailableError, "PAGERDUTY_TOKEN", id="an unknown key"),
        pytest.param({"lost_next": 9}, "key", LaterError, "list its users", id="an answer lost"),
        pytest.param({"odd_next": 1}, "key", InvalidError, "PAGERDUTY_URL", id="a page for people"),
    ],
)
async def test_what_pagerduty_refuses(
    duty: pagerduty.Sandbox,
    session: aiohttp.ClientSession,
    faults: dict[str, Any],
    token: str,
    error: type[SystemRefusedError],
    told: str,
) -> None:
    duty.faults.change(faults)
    with pytest.raises(error, match=told):
        await at_pagerduty(duty, session, token).has("jo@va.gov")


async def test_a_token_stands_in_no_error(duty: pagerduty.Sandbox, session: aiohttp.ClientSession) -> None:
    hasty = aiohttp.ClientTimeout(total=timedelta(milliseconds=50).total_seconds())
    duty.faults.slow_ms = 500
    wire = PagerDutyWire(session, url=duty.url, token="key-to-keep", clock=Clock(), timeout=hasty)
    with pytest.raises(LaterError) as raised:
        await Users(wire).has("jo@va.gov")
    assert "key-to-keep" not in repr(vars(raised.value)) + str(raised.value)
    assert raised.value.__context__ is None
