"""The mailroom's contract about waves of new errors, for every store: which of them came together, across restarts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.mailboxes import Claim, StaleClaimError
from app.domain.storms import Wave
from app.mailroom.port import Mailroom
from tests.contract.killed import letter
from tests.contract.stores import NOON, STORES, Clock, Store

WITHIN = timedelta(minutes=10)
MOST = 3


class Errors:
    """New errors, each with its claim; `minute` is when one arrives."""

    def __init__(self, mailroom: Mailroom) -> None:
        self.mailroom = mailroom
        self._claims: dict[int, Claim] = {}

    async def claim(self, error: int) -> Claim:
        if error not in self._claims:
            await self.mailroom.receive(letter(error))
            claim = await self.mailroom.claim(NOON, {})
            assert claim is not None
            self._claims[error] = claim
        return self._claims[error]

    async def arrive(self, error: int, minute: float, *, most: int = MOST) -> Wave | None:
        at = NOON + timedelta(minutes=minute)
        return await self.mailroom.newcomer(await self.claim(error), at=at, within=WITHIN, most=most)

    async def all(self, *minutes: float, first: int = 0) -> list[bool]:
        """Whether each of them is part of a wave."""
        return [await self.arrive(first + nth, minute) is not None for nth, minute in enumerate(minutes)]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param]


@pytest.fixture
async def errors(store: Store, tmp_path: Path) -> AsyncIterator[Errors]:
    async with store(tmp_path, Clock()) as opened:
        yield Errors(opened)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param((0, 1, 2), "---", id="as many as may come are no wave"),
        pytest.param((0, 1, 2, 3), "---w", id="one more, and it is one"),
        pytest.param((0, 0, 0, 0, 0), "---ww", id="all in one moment"),
        pytest.param((0, 1, 2, 9.9), "---w", id="just within the time"),
        pytest.param((0, 1, 2, 10), "----", id="the first of them is too long ago"),
        pytest.param((0, 1, 2, 3, 13, 23, 33), "---wwww", id="it goes on as long as they come no further apart"),
        pytest.param((0, 1, 2, 3, 13.1), "---w-", id="one later than that is none of it"),
        pytest.param((0, 1, 2, 3, 14, 15, 16, 17), "---w---w", id="another wave"),
        pytest.param((2, 1, 0, 3), "---w", id="settled in another order than they came"),
        pytest.param((3, 2, 1, 0, -1), "---ww", id="one that came just before, settled late"),
        pytest.param((0, 1, 2, 3, -11), "---w-", id="one that came long before, settled late"),
    ],
)
async def test_which_new_errors_come_together(errors: Errors, minutes: tuple[float, ...], expected: str) -> None:
    assert "".join("w" if part else "-" for part in await errors.all(*minutes)) == expected


async def test_a_wave_knows_when_it_began_and_who_came_just_before(errors: Errors) -> None:
    await errors.all(-30, 1, 2, 3)
    wave = await errors.arrive(4, 4)
    assert wave is not None
    assert (wave.began_at, wave.before) == (NOON + timedelta(minutes=1), (2, 3, 4))
    assert await errors.arrive(5, 12) == wave


async def test_asked_again_it_answers_as_before(errors: Errors) -> None:
    await errors.all(0, 1, 2, 3)
    assert await errors.arrive(0, 3) is None, "it came before the wave, and has its issue"
    first = await errors.arrive(3, 3)
    assert await errors.arrive(3, 300) == first is not None


async def test_a_wave_that_was_ended_takes_nobody_and_begins_no_other(errors: Errors) -> None:
    await errors.all(0, 1, 2, 3)
    wave = await errors.arrive(4, 4)
    assert wave is not None
    await errors.mailroom.end_wave(wave.id, NOON + timedelta(minutes=5))
    await errors.mailroom.end_wave(wave.id, NOON + timedelta(minutes=9))  # once is enough
    assert await errors.all(6, 7, 8, 9, first=5) == [False, False, False, True]
    again = await errors.arrive(9, 10)
    assert again is not None
    assert again.id != wave.id
    assert again.before == (6, 7, 8)
    assert await errors.arrive(4, 4) == wave, "who was part of it stays so"


async def test_an_error_whose_issue_may_be_there_is_part_of_no_wave(errors: Errors) -> None:
    await errors.all(0, 1, 2)
    claim = await errors.claim(3)
    await errors.mailroom.begin(claim, "4.open.1", NOON)
    assert await errors.arrive(3, 3) is None
    await errors.mailroom.undo(claim, "4.open.1")
    assert await errors.arrive(3, 3) is None, "as before"


async def test_the_squads_numbers_count_as_they_are_when_asked(errors: Errors) -> None:
    await errors.all(0, 1)
    assert await errors.arrive(2, 2, most=2) is not None


async def test_a_claim_that_is_over_notes_nobody(errors: Errors) -> None:
    claim = await errors.claim(0)
    await errors.mailroom.finish(claim, through=1, now=NOON)
    with pytest.raises(StaleClaimError):
        await errors.arrive(0, 0)


async def test_a_wave_goes_on_after_a_restart(store: Store, tmp_path: Path) -> None:
    async with AsyncExitStack() as rooms:
        before = Errors(await rooms.enter_async_context(store(tmp_path, Clock())))
        assert await before.all(0, 1, 2, 3) == [False, False, False, True]
    async with store(tmp_path, Clock()) as opened:
        after = Errors(opened)
        for _ in range(4):  # what was claimed is free again
            claim = await opened.claim(NOON, {})
            assert claim is not None
            await opened.finish(claim, through=100, now=NOON)
        assert await after.arrive(10, 5) is not None
