"""What has become of issues and pull requests: the module's table, over real HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.errors import LaterError
from app.domain.links import End, Place
from app.github.client import Client
from app.github.ground import NO_INSTALLATION
from app.github.links import AT_ONCE, Links
from sandbox.github.state import Actor
from scripts.job import bench
from tests.journey.office import HOME, Office, office
from tests.journey.test_items_by_links import pull

MARK = Actor(login="mark")


def at(number: int, repository: str = HOME) -> Place:
    return Place(repository=repository, number=number)


def issue(here: Office, reason: str | None = None, **more: str) -> int:
    opened = here.github.acts.open_issue(here.home, MARK, title="t", labels=("prod-alert",))
    if reason is not None:
        here.github.acts.close(opened, MARK, reason=reason)
    return opened.number


async def ends(here: Office, *places: Place) -> list[End | str | None]:
    async with bench(here.settings, now=here.clock, sleep=here.clock.sleep) as job:
        found = await Links(job.client).seen(places, installation=NO_INSTALLATION)
    return [found[place].end if place in found else "not shown" for place in places]


async def test_what_has_become_of_each() -> None:
    async with office(others=({"name": "acme/shop", "people": {}},)) as here:
        numbers = [issue(here), issue(here, "completed"), issue(here, "not_planned"), issue(here, "duplicate")]
        numbers += [pull(here), pull(here, merged=True), pull(here, merged=False)]
        elsewhere = at(pull(here, merged=True, at="acme/shop"), "acme/shop")
        here.calls()
        places = [*map(at, numbers), elsewhere, at(900), at(1, "acme/none")]
        assert await ends(here, *places) == [
            None, End.COMPLETED, End.GIVEN_UP, End.GIVEN_UP, None, End.MERGED, End.GIVEN_UP, End.MERGED,
            "not shown", "not shown",
        ]  # fmt: skip
        assert here.calls() == (1, 0)


async def test_when_it_ended_and_its_labels_are_told() -> None:
    async with office() as here:
        here.clock.at += timedelta(hours=1)
        closed, merged = issue(here, "completed"), pull(here, merged=True)
        async with bench(here.settings, now=here.clock, sleep=here.clock.sleep) as job:
            found = await Links(job.client).seen([at(closed), at(merged)], installation=NO_INSTALLATION)
        assert (found[at(closed)].at, found[at(closed)].labels) == (here.clock(), ("prod-alert",))
        assert (found[at(merged)].at, found[at(merged)].labels) == (here.clock(), ())
        assert found[at(merged)].url == f"{here.github.url}/{HOME}/pull/{merged}"


async def test_so_many_are_asked_for_and_nothing_for_none() -> None:
    async with office() as here:
        numbers = [issue(here) for _ in range(AT_ONCE + 1)]
        here.calls()
        assert (await ends(here, *map(at, numbers)))[-2:] == [None, "not shown"]
        assert await ends(here) == []
        assert here.calls() == (1, 0)


async def test_a_failure_is_none_of_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office() as here:
        number = issue(here)

        async def fails(self: Client, call: object) -> object:
            raise LaterError("GitHub is down.")

        monkeypatch.setattr(Client, "call", fails)
        with pytest.raises(LaterError):
            await ends(here, at(number))
