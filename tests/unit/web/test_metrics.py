"""The figures: named as Prometheus wants it, from 0 on, and the store's read when asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client.parser import text_string_to_metric_families

from app.domain.errors import StoreError
from app.domain.mailboxes import Standing
from app.domain.outcomes import Ending, Left
from app.web.metrics import DOORS, Metrics

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WAITS = Standing(
    pending=3,
    oldest=NOON - timedelta(seconds=90),
    claimed=2,
    failing=(("ticket:1", "LaterError: people's words"),),
    dead=4,
    tickets=5,
    support=6,
)


class Store:
    """A mailroom and a budget."""

    def __init__(self, standing: Standing | None = WAITS) -> None:
        self._standing = standing

    async def standing(self) -> Standing:
        if self._standing is None:
            raise StoreError("the disk is full")
        return self._standing

    async def left(self) -> Left:
        return Left(creates_minute=80, creates_hour=499, points_minute=895, blocked=1)


async def figures(metrics: Metrics, store: Store | None = None) -> dict[str, float]:
    """Every sample of the page, by its name and labels as they are written."""
    store = store or Store()
    page = (await metrics.page(store.standing, store.left, NOON)).decode()
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_the_stores_figures_are_read_when_asked() -> None:
    found = await figures(Metrics())
    assert {name.removeprefix("prod_squad_"): value for name, value in found.items() if name in STORE} == {
        "store_works": 1,
        "pending_letters": 3,
        "oldest_letter_age_seconds": 90,
        "claims": 2,
        "failing_mailboxes": 1,
        "dead_letters": 4,
        "tickets": 5,
        "quiet_support_tickets": 6,
        "github_budget_left creates_minute": 80,
        "github_budget_left creates_hour": 499,
        "github_budget_left points_minute": 895,
        "github_blocked_installations": 1,
    }


STORE = {
    f"prod_squad_{name}"
    for name in (
        "store_works",
        "pending_letters",
        "oldest_letter_age_seconds",
        "claims",
        "failing_mailboxes",
        "dead_letters",
        "tickets",
        "quiet_support_tickets",
        "github_budget_left creates_minute",
        "github_budget_left creates_hour",
        "github_budget_left points_minute",
        "github_blocked_installations",
    )
}


async def test_a_store_that_fails_is_a_figure_itself_and_hides_no_other() -> None:
    metrics = Metrics()
    metrics.settled(Ending.UNSAVED, 0.2)
    found = await figures(metrics, Store(None))
    assert found["prod_squad_store_works"] == 0
    assert found["prod_squad_settles_total unsaved"] == 1
    assert "prod_squad_pending_letters" not in found


async def test_nothing_waits_is_an_age_of_0() -> None:
    empty = Standing(pending=0, oldest=None, claimed=0, failing=(), dead=0, tickets=0)
    assert (await figures(Metrics(), Store(empty)))["prod_squad_oldest_letter_age_seconds"] == 0


async def test_what_was_told_is_counted() -> None:
    metrics = Metrics()
    for door in DOORS:
        metrics.opens(door)
    metrics.delivery("github", "saved", 0.002)
    metrics.delivery("github", "saved", 0.02)
    for ending in Ending:
        metrics.settled(ending, 3)
    metrics.held_back()
    metrics.limited()
    metrics.pinged(proved=True)
    metrics.pinged(proved=False)
    metrics.pinged(proved=False)
    found = await figures(metrics)
    assert found["prod_squad_deliveries_total github saved"] == 2
    assert found["prod_squad_deliveries_total support unverified"] == 0, "it begins at 0, not when it first happens"
    assert found["prod_squad_door_seconds_count github"] == 2
    assert found["prod_squad_door_seconds_bucket github 0.0025"] == 1
    assert {found[f"prod_squad_settles_total {ending}"] for ending in Ending} == {1}
    assert found["prod_squad_settle_seconds_sum"] == 3 * len(Ending)
    assert found["prod_squad_github_held_back_calls_total"] == found["prod_squad_github_limits_total"] == 1
    assert (found["prod_squad_pings_total proved"], found["prod_squad_pings_total unproved"]) == (1, 2)


async def test_names_are_as_prometheus_wants_them_and_nobodys_words_are_in_the_page() -> None:
    metrics, store = Metrics(), Store()
    metrics.opens("github")
    page = (await metrics.page(store.standing, store.left, NOON)).decode()
    assert "people's words" not in page
    assert "ticket:1" not in page
    families = list(text_string_to_metric_families(page))
    for family in families:
        assert re.fullmatch(r"(prod_squad|process)_[a-z_]+", family.name), family.name
        assert family.documentation, family.name
        for sample in family.samples if family.type == "counter" else ():
            assert sample.name.endswith(("_total", "_created")), sample.name
    assert len({family.name for family in families}) == len(families), "each is told once"


async def test_two_apps_in_one_process_count_each_for_itself() -> None:
    one, two = Metrics(), Metrics()
    one.pinged(proved=True)
    assert (await figures(two))["prod_squad_pings_total proved"] == 0


# The wire


@pytest.fixture
async def system() -> AsyncIterator[TestServer]:
    """A system that answers with the status that is asked for."""

    async def answer(request: web.Request) -> web.Response:
        headers = {"Retry-After": "60"} if "wait" in request.query else {}
        if "spent" in request.query:
            headers["X-RateLimit-Remaining"] = "0"
        if "hang-up" in request.query:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=int(request.match_info["status"]), headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{status}", answer)
    async with TestServer(app) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        pytest.param("/200", "ok", id="it was done"),
        pytest.param("/304", "ok", id="nothing changed"),
        pytest.param("/404", "refused", id="it is not there"),
        pytest.param("/403", "refused", id="it is forbidden"),
        pytest.param("/403?wait", "limited", id="a secondary limit of GitHub's"),
        pytest.param("/403?spent", "limited", id="nothing remains of the hour"),
        pytest.param("/429", "limited", id="too many"),
        pytest.param("/502", "failed", id="it is down"),
        pytest.param("/200?hang-up", "lost", id="no answer came"),
    ],
)
async def test_a_call_is_counted_by_what_came_of_it(system: TestServer, path: str, outcome: str) -> None:
    metrics = Metrics()
    watch = metrics.asked({str(system.make_url("/api/v3")): "sentry"})
    async with aiohttp.ClientSession(trace_configs=[watch]) as session:
        try:
            async with session.post(system.make_url(path)):  # which aiohttp does not send again by itself
                pass
        except aiohttp.ClientError:
            assert outcome == "lost"
    found = await figures(metrics)
    calls = {name: value for name, value in found.items() if name.startswith("prod_squad_calls_total")}
    assert {name for name, value in calls.items() if value} == {f"prod_squad_calls_total {outcome} sentry"}
    assert found["prod_squad_call_seconds_count sentry"] == 1


async def test_a_host_that_nobody_named_is_other(system: TestServer) -> None:
    metrics = Metrics()
    watch = metrics.asked({"https://sentry.io": "sentry"})
    async with aiohttp.ClientSession(trace_configs=[watch]) as session, session.get(system.make_url("/200")):
        pass
    assert (await figures(metrics))["prod_squad_calls_total ok other"] == 1
