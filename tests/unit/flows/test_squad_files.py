"""Whoever settles is told at once what is known; and an older reading never takes a newer one's place."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import LaterError, SystemRefusedError, UnavailableError
from app.domain.issues import Repository
from app.domain.owners import Fault
from app.flows.squad_files import PRODOWNERS, SQUAD_FILE, SquadFiles
from tests.unit.flows.squad_store import Store

HOME = Repository(id=7, name="octo-org/alerts", installation=1)
SHARED = Repository(id=8, name="octo-org/.github", installation=1)
OTHER = Repository(id=9, name="octo-org/reader", installation=1)
ELSE = Repository(id=10, name="others/site", installation=2)
NEW_YORK, BERLIN, TOKYO = (f"time_zone: {zone}\n" for zone in ("America/New_York", "Europe/Berlin", "Asia/Tokyo"))
AGED = timedelta(hours=6)


class Gate:
    """A call that comes here waits until it is let through."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def passed(self) -> None:
        self.reached.set()
        await self.opened.wait()


class World:
    """GitHub, and the time."""

    def __init__(self, **texts: str) -> None:
        self.now = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
        self.there = {each.name: each for each in (HOME, SHARED, OTHER, ELSE)}
        self.texts = {(HOME.name, SQUAD_FILE): NEW_YORK}
        self.calls = 0
        self.down: SystemRefusedError | None = None
        self.slow: Gate | None = None
        """Where the next call of the owners map waits."""
        self.shown: list[str] = []

    async def find(self, name: str) -> Repository | None:
        await self._asked()
        return self.there.get(name)

    async def text(self, repository: Repository, path: str) -> str | None:
        text = self.texts.get((repository.name, path))
        await self._asked()
        if path == PRODOWNERS and self.slow is not None:
            gate, self.slow = self.slow, None
            await gate.passed()
        return text

    async def report(self, repository: Repository, commit: str, faults: tuple[Fault, ...]) -> None:
        self.shown.append(commit)

    async def _asked(self) -> None:
        self.calls += 1
        await asyncio.sleep(0)
        if self.down is not None:
            raise self.down


def process(world: World, store: Store) -> SquadFiles:
    return SquadFiles(world, world, store, home=HOME.name, now=lambda: world.now)


async def zone(files: SquadFiles, repository: Repository = HOME) -> str:
    return (await files.of(repository)).squad.time_zone


async def cost(world: World, files: SquadFiles, times: int = 1) -> int:
    """The calls of GitHub for so many settles of a ticket at once."""

    async def settle() -> None:
        await files.home()
        await files.of(OTHER)

    before = world.calls
    await asyncio.gather(*(settle() for _ in range(times)))
    return world.calls - before


async def test_the_first_reading_is_made_once_for_all_who_need_it() -> None:
    world = World()
    alone = await cost(world, process(world, Store()))
    assert await cost(world, process(world, Store()), times=16) == alone
    files = process(world, Store())
    assert await cost(world, files) == alone
    assert await cost(world, files, times=16) == 0


async def test_a_first_reading_that_fails_is_told_to_all_who_need_it_and_made_again() -> None:
    world, store = World(), Store()
    files, world.down = process(world, store), LaterError("down")
    told = await asyncio.gather(*(files.of(OTHER) for _ in range(16)), return_exceptions=True)
    assert [type(error) for error in told] == [LaterError] * 16
    assert world.calls == 1
    world.down = None
    assert await zone(files, OTHER) == "America/New_York"


async def test_a_first_reading_goes_on_though_who_asked_has_left() -> None:
    world, store = World(), Store()
    files, gate = process(world, store), Gate()
    world.slow = gate
    asking = asyncio.create_task(files.of(HOME))
    await gate.reached.wait()
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    gate.opened.set()
    assert await zone(files) == "America/New_York"
    calls, world.calls = world.calls, 0
    await process(world, Store()).of(HOME)
    assert calls == world.calls, "nothing was read twice"


@pytest.mark.parametrize("down", [None, LaterError("down")], ids=["up", "down"])
async def test_what_has_aged_is_told_at_once_and_the_office_reads_it_again(down: LaterError | None) -> None:
    world, store = World(), Store()
    files = process(world, store)
    await cost(world, files)
    world.now += AGED - timedelta(seconds=1)
    assert await cost(world, files) == 0
    assert store.asked() == []
    world.now += timedelta(seconds=1)
    world.texts[HOME.name, SQUAD_FILE], world.down = BERLIN, down
    assert await cost(world, files, times=16) == 0
    assert store.asked() == [OTHER.name], "the App's own repository is read by the office's timer"
    if down is not None:
        with pytest.raises(LaterError):
            await store.settle(files)
        world.now += timedelta(hours=3)
        received = store.received
        assert await cost(world, files) == 0
        assert store.received == received, "who has asked does not write again"
        assert store.asked() == [OTHER.name], "the letter waits, and there is no other"
        world.down = None
    await store.settle(files)
    assert await zone(files, OTHER) == "Europe/Berlin"
    assert store.asked() == []
    world.now += AGED
    await cost(world, files)
    assert store.asked() == [OTHER.name]


async def test_after_a_restart_what_was_read_is_told_at_once_however_old() -> None:
    world, store = World(), Store()
    await cost(world, process(world, store))
    world.now += 9 * AGED
    started, world.down = process(world, store), LaterError("down")
    await started.recall_home()
    assert await cost(world, started) == 0
    assert await zone(started, OTHER) == "America/New_York"
    assert store.asked() == [OTHER.name]


async def test_the_home_is_read_by_the_office_and_looked_up_with_it() -> None:
    world, store = World(), Store()
    files = process(world, store)
    await files.refresh_home()
    world.now += AGED
    world.there[HOME.name] = moved = Repository(id=HOME.id, name=HOME.name, installation=3)
    world.texts[HOME.name, SQUAD_FILE] = BERLIN
    assert await files.home() == HOME
    assert await zone(files) == "America/New_York"
    await files.refresh_home()
    assert (await files.home(), await zone(files)) == (moved, "Europe/Berlin")
    assert store.asked() == []


async def test_where_the_app_is_not_installed() -> None:
    world = World()
    del world.there[HOME.name]
    files = process(world, Store())
    for asked in (files.home(), files.refresh_home()):
        with pytest.raises(UnavailableError, match="TICKETS_REPOSITORY"):
            await asked
    world.there[HOME.name] = HOME
    assert await files.home() == HOME


# Where repositories are


async def test_where_a_repository_is_is_known_for_six_hours_then_looked_up_by_the_office() -> None:
    world, store = World(), Store()
    one, two = process(world, store), process(world, store)
    assert [await files.find(ELSE.name) for files in (one, two)] == [ELSE, ELSE]
    assert world.calls == 1, "it is known to all processes"
    world.now += AGED
    world.there[ELSE.name] = moved = Repository(id=10, name="others/page", installation=3)
    assert [await files.find(ELSE.name) for files in (one, two)] == [ELSE, ELSE]
    assert world.calls == 1
    assert store.asked() == [ELSE.name]
    await store.settle(one)
    assert world.calls == 2, "its files are not in use"
    assert [await files.find(ELSE.name) for files in (one, two)] == [moved, moved]


async def test_after_a_restart_a_repository_is_looked_up_again_but_nobody_waits_for_it() -> None:
    world, store = World(), Store()
    await process(world, store).find(ELSE.name)
    world.now += timedelta(minutes=1)
    started = process(world, store)
    assert await started.find(ELSE.name) == ELSE
    assert (world.calls, store.asked()) == (1, [ELSE.name])
    await store.settle(started)
    assert await started.find(ELSE.name) == ELSE
    assert (world.calls, store.asked()) == (2, [])


async def test_what_is_not_there_is_looked_for_each_time_and_what_is_gone_keeps_its_files() -> None:
    world, store = World(), Store()
    files = process(world, store)
    assert await files.find("octo-org/none") is await files.find("octo-org/none") is None
    await files.find(OTHER.name)
    await cost(world, files)
    del world.there[OTHER.name]
    world.now += AGED
    await cost(world, files)
    await store.settle(files)
    assert await files.find(OTHER.name) is None
    assert await cost(world, files) == 0
    assert (await zone(files, OTHER), store.asked()) == ("America/New_York", [])
    world.there[OTHER.name] = OTHER
    assert await files.find(OTHER.name) == OTHER


# One reading at a time


async def test_a_reading_that_began_before_a_push_does_not_take_its_place() -> None:
    world, store = World(), Store()
    files, gate = process(world, store), Gate()
    world.slow = gate
    older = asyncio.create_task(files.of(HOME))
    await gate.reached.wait()
    world.texts[HOME.name, SQUAD_FILE] = BERLIN
    pushed = [asyncio.create_task(files.refresh(HOME, commit)) for commit in ("c1", "c2")]
    await asyncio.sleep(0)
    before = world.calls
    gate.opened.set()
    await asyncio.gather(older, *pushed)
    assert await zone(files) == files.squad.time_zone == "Europe/Berlin"
    assert sorted(world.shown) == ["c1", "c2"]
    assert world.calls - before < 16, "both pushes were read in one go"


async def test_nor_does_it_in_another_process() -> None:
    world, store = World(), Store()
    one, two = process(world, store), process(world, store)
    await one.refresh(HOME)
    world.slow = gate = Gate()
    older = asyncio.create_task(one.refresh(HOME))
    await gate.reached.wait()
    world.texts[HOME.name, SQUAD_FILE] = BERLIN
    await two.refresh(HOME, "c1")
    gate.opened.set()
    await older
    await two.keep_up()
    assert [await zone(files) for files in (one, two)] == ["Europe/Berlin"] * 2


async def test_a_reading_that_began_after_a_push_is_not_lost_to_one_that_began_before() -> None:
    world, store = World(), Store()
    one, two = process(world, store), process(world, store)
    readings = []
    for files, text in ((one, NEW_YORK), (two, BERLIN)):
        world.texts[HOME.name, SQUAD_FILE] = text
        world.slow = gate = Gate()
        readings.append((gate, asyncio.create_task(files.refresh(HOME, "c1"))))
        await gate.reached.wait()
    for gate, reading in readings:
        gate.opened.set()
        await reading
    await one.keep_up()
    assert [await zone(files) for files in (one, two)] == ["Europe/Berlin"] * 2


async def test_who_is_always_overtaken_tries_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world, store = World(), Store()

    async def lost(name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        return False

    monkeypatch.setattr(store, "exchange", lost)
    with pytest.raises(LaterError, match="Other processes"):
        await process(world, store).refresh(HOME)


async def test_what_was_recalled_before_a_reading_ended_is_not_put_in_force_after_it() -> None:
    world, store = World(), Store()
    files = process(world, store)
    await files.refresh(HOME)
    recalled = store.kept[f"squad-files:{HOME.id}"]
    world.texts[HOME.name, SQUAD_FILE] = BERLIN
    await files.refresh(HOME, "c1")
    await files._adopt(HOME, recalled)
    assert await zone(files) == "Europe/Berlin"


async def test_readings_are_counted_on_though_the_store_has_forgotten_them() -> None:
    world, store = World(), Store()
    files = process(world, store)
    for _ in range(3):
        await files.refresh(HOME)
    store.kept.clear()
    world.texts[HOME.name, SQUAD_FILE] = BERLIN
    await files.refresh(HOME)
    assert await zone(files) == "Europe/Berlin"


# What others inherit


async def test_a_push_to_the_home_has_what_inherits_from_it_read_again_once() -> None:
    world, store = World(), Store()
    one, two = process(world, store), process(world, store)
    for files in (one, two):
        await files.refresh(HOME)
        assert [await zone(files, each) for each in (OTHER, ELSE)] == ["America/New_York"] * 2
    world.texts[HOME.name, SQUAD_FILE] = BERLIN
    await one.refresh(HOME, "c1")
    await two.keep_up()
    assert sorted(store.asked()) == sorted([OTHER.name, ELSE.name])
    await store.settle(two)
    await one.keep_up()
    assert [await zone(files, each) for files in (one, two) for each in (OTHER, ELSE)] == ["Europe/Berlin"] * 4


async def test_a_push_that_mends_the_homes_file_reaches_who_was_first_read_while_it_was_bad() -> None:
    world, store = World(), Store()
    files = process(world, store)
    await files.refresh(HOME)
    world.texts[HOME.name, SQUAD_FILE] = "teams: 1\n"
    await files.refresh(HOME, "c1")
    assert await zone(files, OTHER) == await zone(process(world, Store()), OTHER), "there was no good one for it"
    world.texts[HOME.name, SQUAD_FILE] = TOKYO
    await files.refresh(HOME, "c2")
    world.texts[HOME.name, SQUAD_FILE] = "teams: 1\n"
    await files.refresh(HOME, "c3")
    await files.of(ELSE)
    world.texts[HOME.name, SQUAD_FILE] = TOKYO
    await files.refresh(HOME, "c4")
    await store.settle(files)
    assert [await zone(files, each) for each in (OTHER, ELSE)] == ["Asia/Tokyo"] * 2


async def test_a_push_to_an_owners_repository_reaches_that_owners_and_ends_there() -> None:
    world, store = World(), Store()
    files = process(world, store)
    for each in (HOME, OTHER, ELSE):
        await files.of(each)
    world.texts[SHARED.name, SQUAD_FILE] = BERLIN
    await files.refresh(SHARED, "c1")
    assert sorted(store.asked()) == sorted([HOME.name, OTHER.name])
    for _ in range(9):
        await store.settle(files)
    assert store.asked() == []
    assert [await zone(files, each) for each in (OTHER, ELSE)] == ["Europe/Berlin", "America/New_York"]


async def test_the_offices_timer_has_others_read_again_only_if_a_push_was_missed() -> None:
    world, store = World(), Store()
    files = process(world, store)
    await files.refresh_home()
    await files.of(OTHER)
    await files.refresh_home()
    assert store.asked() == []
    world.texts[HOME.name, SQUAD_FILE] = TOKYO
    await files.refresh_home()
    assert store.asked() == [OTHER.name]


async def test_a_push_to_a_manual_has_who_names_it_read_again() -> None:
    world, store = World(), Store()
    world.texts[HOME.name, SQUAD_FILE] = "manual: {path: docs/m.md}\n"
    world.texts[HOME.name, "docs/m.md"] = "# Old\n"
    files = process(world, store)
    await files.refresh(HOME)
    await files.of(ELSE)
    world.texts[HOME.name, "docs/m.md"] = "# New\n"
    for _ in range(2):
        await files.manuals_pushed({"docs/m.md"}, "c1")
    assert sorted(store.asked()) == sorted([HOME.name, ELSE.name])
    await store.settle(files)
    in_force = await files.of(HOME)
    assert [passage.heading for each in in_force.manuals for passage in each.passages] == ["New"]
    asked = len(store.asked())
    await files.manuals_pushed({"docs/other.md"}, "c2")
    assert len(store.asked()) == asked
