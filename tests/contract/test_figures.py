"""`/metrics` and `/ready` over real HTTP, beside the doors and without them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.web import refusals
from app.web.metrics import _FATES, DOORS
from tests.contract.app_side import App, alert, app, opened, read

ODD = b'{"action": "opened"}'


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[App]:
    async with app(tmp_path) as opened_:
        yield opened_


async def figures(doors: App) -> dict[str, float]:
    """The page's samples by name and labels, without what is 0."""
    async with doors.client.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        page = await answer.text()
    return {
        " ".join((sample.name.removeprefix("prod_squad_"), *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.value
    }


async def test_what_comes_to_the_doors_is_counted_by_what_became_of_it(doors: App) -> None:
    await doors.github(opened())
    await doors.github(opened())
    await doors.github(opened(), X_Hub_Signature_256="sha256=0")
    await doors.github(ODD, X_GitHub_Delivery="d-2")
    await doors.github(opened(), X_GitHub_Event=None)
    await doors.github(opened(), X_GitHub_Event="star")
    await doors.sentry(alert())
    await doors.sentry(alert(), Request_ID="r-2")
    await doors.post("/slack/actions", b"", {})
    await doors.post("/support", b"{}", {})
    found = await figures(doors)
    assert {name: value for name, value in found.items() if name.startswith("deliveries_total")} == {
        "deliveries_total github saved": 1,
        "deliveries_total github repeated": 1,
        "deliveries_total github unverified": 1,
        "deliveries_total github dead-letter": 1,
        "deliveries_total github malformed": 1,
        "deliveries_total github ignored": 1,
        "deliveries_total sentry saved": 1,
        "deliveries_total sentry same-event": 1,
        "deliveries_total slack unverified": 1,
        "deliveries_total support closed": 1,
    }
    assert found["door_seconds_count github"] == 6
    assert (found["pending_letters"], found["dead_letters"], found["tickets"]) == (2, 1, 2)


async def test_a_store_that_fails_is_seen_everywhere_and_stops_no_figure(doors: App) -> None:
    await doors.house.mailroom._database.close()  # type: ignore[attr-defined]  # the store's own, to break it
    await doors.github(opened())
    found = await figures(doors)
    assert found["deliveries_total github unsaved"] == 1
    assert "store_works" not in found, "it is 0"
    assert "pending_letters" not in found


async def test_however_many_ask_the_store_is_asked_once_a_second(doors: App, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    database = doors.house.mailroom._database  # type: ignore[attr-defined]  # the store's own, to count what it is asked
    run = database.run

    async def counted(unit: Any) -> Any:
        asked.append(unit)
        return await run(unit)

    monkeypatch.setattr(database, "run", counted)
    pages = [figures(doors) for _ in range(10)]
    healths = [doors.health() for _ in range(10)]
    await asyncio.gather(*pages, *healths)
    assert len(asked) == 2, "how it stands, and what is left of the budget"


def test_every_fate_of_a_refusal_is_among_the_figures() -> None:
    assert set(refusals._BY_STATUS.values()) < set(_FATES)


async def test_the_doors_are_those_that_are_told_of(doors: App) -> None:
    async with doors.client.get("/metrics") as answer:
        page = await answer.text()
    assert {door for door in DOORS if f'prod_squad_deliveries_total{{door="{door}",fate="saved"}} 0.0' in page} == set(
        DOORS
    )


async def test_ready_waits_for_the_worker_and_ends_before_anything_else_does(doors: App) -> None:
    async def ready() -> tuple[int, str]:
        async with doors.client.get("/ready") as answer:
            said = await read(answer)
            return said.status, said.said.get("error", "")

    assert await ready() == (
        503,
        "Its worker claims nothing: it is starting, or the store fails. The App's log says which.",
    )
    work = asyncio.create_task(doors.house.worker.run())
    async with asyncio.timeout(30):
        while (await ready())[0] != 200:  # noqa: ASYNC110 - HTTP rings no bell
            await asyncio.sleep(0.01)
    doors.house.readiness.closing = True
    assert await ready() == (503, "It stops.")
    assert (await doors.github(opened())).status == 202, "the doors are still open"
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.mark.parametrize("path", ["/ready", "/metrics", "/health"])
async def test_they_are_asked_by_get(doors: App, path: str) -> None:
    async with doors.client.post(path) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
