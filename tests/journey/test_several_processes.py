"""Doors and workers apart, on one PostgreSQL database; and the move from one store to the other, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import serving
from app.cli.copy_database import _copied
from app.settings import Settings
from app.wiring import House, Role
from tests.contract.app_side import alert
from tests.journey.stage import SQUAD, STORE, Stage, free_port, stage, told
from tests.postgres import databases

BADGE = "redaction:\n  - name: badge\n    pattern: 'B-\\d{4}'\n"


@pytest.fixture
def on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE, "postgresql")


@asynccontextmanager
async def apart(here: Stage) -> AsyncIterator[tuple[House, House]]:
    """In the App's place a door alone and, on another port, a worker alone."""
    await here.stop()
    away = here.settings.model_copy(update={"port": free_port()})
    async with (
        serving.running(here.settings, here.clock, role=Role.DOOR) as door,
        serving.running(away, here.clock, role=Role.WORKER) as worker,
    ):
        here._house.append(door)
        yield door, worker
        here._house.clear()
    await here.start()


async def asked(here: Stage, house: House, path: str, method: str = "GET") -> tuple[int, str]:
    """What a process answers."""
    async with here.http.request(method, f"http://127.0.0.1:{house.settings.port}{path}") as answer:
        return answer.status, await answer.text()


@pytest.mark.usefixtures("on_postgresql")
async def test_a_door_alone_takes_and_a_worker_alone_settles(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, apart(here) as (door, worker):
        error = await here.first()
        await here.again(error)
        assert told(here.ticket).occurrences == 2
        assert [(await asked(here, house, "/ready"))[0] for house in (door, worker)] == [200, 200]
        assert (await asked(here, worker, "/sentry", "POST"))[0] == 404, "a worker has no doors"
        _, of_the_door = await asked(here, door, "/metrics")
        _, of_the_worker = await asked(here, worker, "/metrics")
    assert 'prod_squad_deliveries_total{door="sentry",fate="saved"} 0.0' not in of_the_door
    assert 'prod_squad_settles_total{outcome="settled"} 0.0' in of_the_door, "a door settles nothing"
    assert 'door="sentry"' not in of_the_worker
    assert 'prod_squad_settles_total{outcome="settled"} 0.0' not in of_the_worker
    for page in (of_the_door, of_the_worker):
        assert "prod_squad_tickets 1.0" in page, "the store's figures are the same, whoever is asked"


@pytest.mark.usefixtures("on_postgresql")
async def test_a_door_alone_redacts_by_a_rule_that_a_worker_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "KEEPS_UP", 0.05)
    async with stage(tmp_path) as here, apart(here) as (door, _):
        assert door.squad_files.redactor.redact("B-1234") == "B-1234"
        await here.act("file", path=".github/prod-squad.yml", content=SQUAD + BADGE, actor="nick")
        await here.quiet()
        async with asyncio.timeout(60):
            while door.squad_files.redactor.redact("B-1234") != "[badge removed]":  # noqa: ASYNC110 - it has no bell
                await asyncio.sleep(0.02)
        await here.post_sentry(
            alert(metadata={"type": "KeyError", "value": "B-1234"}), resource="event_alert", request_id="r-1"
        )
        await here.quiet()
        assert here.ticket.title == "KeyError: [badge removed]"


def _on(settings: Settings, where: Path | str) -> Settings:
    if isinstance(where, Path):
        return settings.model_copy(update={"database": where, "database_url": None})
    return settings.model_copy(update={"database_url": SecretStr(where)})


async def test_after_the_move_to_the_other_store_and_back_everything_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STORE, raising=False)
    first, second, third = tmp_path / "prod-squad.db", databases.fresh(), tmp_path / "back.db"
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.post_sentry(alert(), resource="event_alert", request_id="r-known")
        await here.quiet()
        assert len(here.issues) == 2
        for source, target, count in ((first, second, 2), (second, third, 3)):
            await here.stop()
            await _copied(str(source), str(target))
            here.settings = _on(here.settings, target)
            await here.start()
            assert await here.post_sentry(alert(), resource="event_alert", request_id="r-known") == 202
            await here.again(error)
            assert len(here.issues) == 2, "no error has a second ticket"
            assert [told(issue).occurrences for issue in here.issues] == [count, 1], "and a repeated delivery is known"
