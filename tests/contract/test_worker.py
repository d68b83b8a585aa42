"""The worker over the real mailroom: each mailbox by one at a time, many side by side, and nothing ends it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.decisions.retrying import GIVE_UP_AFTER, NARROW_FROM
from app.domain.errors import HeldBackError, InDoubtError, LaterError, StoreError, UnavailableError
from app.domain.mail import ByKey, Letter, TimerFell
from app.domain.mailboxes import URGENT, Claim, StaleClaimError, Timer
from app.domain.outcomes import Ending
from app.mailroom import worker as worker_module
from app.mailroom.port import Mailroom
from app.mailroom.worker import Worker
from tests.contract.stores import NOON, STORES, Clock, Store

SLOTS = 4
Act = Callable[[Claim, int | None], Awaitable[None]]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_BROKEN_PAUSE", 0.01)


class Office:
    """A mailroom with a worker at it, whose settles are scripted."""

    def __init__(self, mailroom: Mailroom, clock: Clock) -> None:
        self.mailroom = mailroom
        self.clock = clock
        self.settled: list[str] = []
        self.tried: list[tuple[str, int | None]] = []
        self.at_work: Counter[str] = Counter()
        self.most = 0
        self.act: Act = self.finish
        self.worker = Worker(mailroom, self._settle, slots=SLOTS, now=clock, spread=lambda: 0.0)
        self._running: asyncio.Task[None] | None = None
        self._letters = 0

    def start(self) -> None:
        """Begin to work."""
        self._running = asyncio.create_task(self.worker.run())

    async def stop(self, within: float = 1.0) -> None:
        """As when the App is told to stop."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await self.worker.drain(within)

    async def write(self, *keys: str, priority: int = 0) -> None:
        """A letter into each of these mailboxes; its name is told when it is settled."""
        for key in keys:
            self._letters += 1
            await self.mailroom.receive(
                Letter(
                    sender="test",
                    delivery_id=str(self._letters),
                    address=ByKey(key=key),
                    mail=TimerFell(name=f"{key}-{self._letters}", due=NOON),
                    received_at=self.clock(),
                    prompt=True,
                    priority=priority,
                )
            )

    async def later(self, **span: float) -> None:
        """Time passes, and the worker looks again."""
        self.clock.turn(**span)
        await self.write("nothing")

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for something that must come."""
        async with asyncio.timeout(60):
            while not met():  # noqa: ASYNC110 - what is waited for is a figure, not an event
                await asyncio.sleep(0.002)

    async def quiet(self) -> None:
        """Until nobody is at work, and nothing that is due is left."""
        calm = 0
        async with asyncio.timeout(60):
            while calm < 5:
                await asyncio.sleep(0.004)
                due = await self.mailroom.next_due({})
                busy = (await self.mailroom.standing()).claimed or sum(self.at_work.values())
                calm = 0 if busy or (due is not None and due <= self.clock() and not self.worker._held) else calm + 1

    async def finish(self, claim: Claim, most: int | None) -> None:
        """Settle what there is, as a flow does."""
        letters = await self.mailroom.pending(claim, after=0, limit=most or 100)
        for letter in letters:
            assert isinstance(letter.mail, TimerFell)
            self.settled.append(letter.mail.name)
        await self.mailroom.finish(claim, through=letters[-1].seq if letters else 0, now=self.clock())

    def fail(self, error: Exception, *, key: str = "bad") -> Act:
        """Settles of this mailbox raise, the others end well."""

        async def settle(claim: Claim, most: int | None) -> None:
            if claim.key == key:
                raise error
            await self.finish(claim, most)

        return settle

    def tries(self, key: str) -> int:
        """How often this mailbox was tried."""
        return sum(tried == key for tried, _ in self.tried)

    async def _settle(self, claim: Claim, most: int | None) -> None:
        self.tried.append((claim.key, most))
        self.at_work[claim.key] += 1
        assert self.at_work[claim.key] == 1, f"{claim.key} is settled twice at once"
        self.most = max(self.most, sum(self.at_work.values()))
        try:
            await self.act(claim, most)
        finally:
            self.at_work[claim.key] -= 1


@pytest.fixture
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    clock = Clock()
    async with store(tmp_path, clock) as mailroom:
        opened = Office(mailroom, clock)
        yield opened
        await opened.stop()


# Side by side


async def test_many_mailboxes_are_settled_side_by_side_up_to_the_slots(office: Office) -> None:
    gate = asyncio.Event()

    async def wait(claim: Claim, most: int | None) -> None:
        await gate.wait()
        await office.finish(claim, most)

    office.act = wait
    await office.write(*(f"box-{number}" for number in range(3 * SLOTS)))
    office.start()
    await office.until(lambda: sum(office.at_work.values()) == SLOTS)
    await asyncio.sleep(0.05)
    assert len(office.tried) == SLOTS
    gate.set()
    await office.until(lambda: len(office.settled) == 3 * SLOTS)
    assert office.most == SLOTS


async def test_one_mailbox_is_settled_by_one_at_a_time_however_much_comes(office: Office) -> None:
    async def slowly(claim: Claim, most: int | None) -> None:
        await asyncio.sleep(0.002)
        await office.finish(claim, most)

    office.act = slowly
    office.start()
    for _ in range(50):
        await office.write("one", "other")
    await office.until(lambda: len(office.settled) == 100)
    ones = [name for name in office.settled if name.startswith("one")]
    assert ones == sorted(ones, key=lambda name: int(name.split("-")[1]))
    assert len(set(ones)) == 50


async def test_the_urgent_goes_ahead_of_what_has_waited_longer(office: Office) -> None:
    await office.write(*(f"routine-{number}" for number in range(10)))
    office.clock.turn(seconds=1)
    await office.write("page", priority=URGENT)
    office.start()
    await office.until(lambda: len(office.settled) == 11)
    assert office.tried[0][0] == "page"


# What fails


async def test_a_mailbox_that_waits_to_be_tried_again_stops_no_other(office: Office) -> None:
    office.act = office.fail(InDoubtError("the answer was lost"))
    await office.write("bad", *(f"good-{number}" for number in range(20)))
    office.start()
    await office.until(lambda: len(office.settled) == 20)
    assert office.tries("bad") == 1


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        pytest.param(InDoubtError("lost"), timedelta(seconds=1), id="a lost answer: a second"),
        pytest.param(
            LaterError("limited", not_before=NOON + timedelta(minutes=7)), timedelta(minutes=7), id="as long as told"
        ),
        pytest.param(UnavailableError("locked", reason="locked"), timedelta(minutes=15), id="for a person: 15 minutes"),
        pytest.param(ValueError("a fault of ours"), timedelta(seconds=1), id="a fault of ours: a second"),
        pytest.param(StoreError("full"), timedelta(milliseconds=10), id="a store that fails: the pause it gets"),
    ],
)
async def test_a_settle_that_fails_is_tried_again_when_it_is_time(
    office: Office, error: Exception, waits: timedelta
) -> None:
    office.act = office.fail(error)
    await office.write("bad")
    office.start()
    await office.until(lambda: office.tries("bad") == 1)
    await office.quiet()
    assert await office.mailroom.next_due({}) == NOON + waits
    ((key, told),) = (await office.mailroom.standing()).failing
    assert (key, told) == ("bad", f"{type(error).__name__}: {error}")

    await office.later(seconds=waits.total_seconds() - 0.001)
    await office.quiet()
    assert office.tries("bad") == 1, "it was tried too early"
    office.act = office.finish
    await office.later(seconds=0.001)
    await office.until(lambda: "bad-1" in office.settled)
    await office.quiet()
    assert (await office.mailroom.standing()).failing == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("half a \ud83d pair", "half a \ufffd pair", id="half a character"),
        pytest.param("a \0 in it", "a \ufffd in it", id="NUL"),
    ],
)
async def test_whatever_an_error_says_its_mailbox_is_given_back(office: Office, text: str, kept: str) -> None:
    office.act = office.fail(ValueError(text))
    await office.write("bad")
    office.start()
    for number in range(GIVE_UP_AFTER):
        await office.until(lambda: office.tries("bad") > number)  # noqa: B023 - awaited within its turn
        await office.quiet()
        told = (await office.mailroom.standing()).failing
        assert [error for key, error in told if key == "bad"] == [f"ValueError: {kept}"]
        await office.later(minutes=10)
    (dead,) = await office.mailroom.dead_letters(10)
    assert dead.reason == f"ValueError: {kept}"


async def test_what_fails_by_itself_is_given_up_alone_and_what_is_behind_it_is_settled(office: Office) -> None:
    poison = "bad-1"

    async def choke(claim: Claim, most: int | None) -> None:
        letters = await office.mailroom.pending(claim, after=0, limit=most or 100)
        if any(isinstance(letter.mail, TimerFell) and letter.mail.name == poison for letter in letters):
            raise ValueError("not to be swallowed")
        await office.finish(claim, most)

    office.act = choke
    await office.write("bad", "bad", "bad")
    office.start()
    for _ in range(GIVE_UP_AFTER):
        await office.quiet()
        await office.later(minutes=10)
    await office.until(lambda: {"bad-2", "bad-3"} <= set(office.settled))
    (dead,) = await office.mailroom.dead_letters(10)
    assert (dead.kind, dead.delivery_id) == ("mail", "1")
    assert dead.reason == "ValueError: not to be swallowed"
    widths = [most for key, most in office.tried if key == "bad"][:GIVE_UP_AFTER]
    assert widths == [None] * (NARROW_FROM - 1) + [1] * (GIVE_UP_AFTER - NARROW_FROM + 1)


async def test_what_a_system_s_state_brought_about_is_never_given_up(office: Office) -> None:
    office.act = office.fail(InDoubtError("GitHub is down"))
    await office.write("bad")
    office.start()
    for _ in range(GIVE_UP_AFTER + 4):
        await office.quiet()
        await office.later(minutes=10)
    await office.until(lambda: office.tries("bad") > GIVE_UP_AFTER)
    assert await office.mailroom.dead_letters(10) == ()
    office.act = office.finish
    await office.quiet()
    await office.later(minutes=10)
    await office.until(lambda: "bad-1" in office.settled)


async def test_a_mailbox_without_mail_that_can_t_be_settled_rests(office: Office) -> None:
    async def fail_when_empty(claim: Claim, most: int | None) -> None:
        if claim.key == "bad":
            letters = await office.mailroom.pending(claim, after=0, limit=10)
            for letter in letters:
                await office.mailroom.bury(claim, seq=letter.seq, reason="to empty it", now=office.clock())
            raise ValueError("still")
        await office.finish(claim, most)

    office.act = fail_when_empty
    await office.write("bad")
    office.start()
    for _ in range(GIVE_UP_AFTER + 2):
        await office.quiet()
        await office.later(minutes=6)
    assert office.tries("bad") <= GIVE_UP_AFTER + 3


async def test_a_claim_that_is_over_is_left_alone(office: Office) -> None:
    office.act = office.fail(StaleClaimError("somebody else has it"))
    await office.write("bad", "good")
    office.start()
    await office.until(lambda: office.settled == ["good-2"])
    assert (await office.mailroom.standing()).failing == ()


# Budgets


def held_back(office: Office, until: datetime, *, installation: int = 9, urgent: bool = False) -> HeldBackError:
    return HeldBackError("no room", not_before=until, installation=installation, urgent=urgent)


async def _noisy(office: Office, opens: datetime, count: int) -> list[str]:
    """So many mailboxes of one installation whose budget is spent until then; each has learnt it once."""

    async def deny(claim: Claim, most: int | None) -> None:
        if claim.key.startswith("noisy") and not claim.urgent:
            raise held_back(office, max(opens, office.clock() + timedelta(minutes=1)))
        await office.finish(claim, most)

    office.act = deny
    noisy = [f"noisy-{number}" for number in range(count)]
    await office.write(*noisy)
    office.start()
    await office.until(lambda: len(set(office.tried)) == count)
    await office.quiet()
    return noisy


async def test_a_held_lane_lets_a_slotful_try_each_time_it_opens(office: Office) -> None:
    count = 1_000
    await _noisy(office, NOON + timedelta(minutes=1), count)
    assert len(office.tried) <= count + 1, "none is tried again while the lane is held, but who was being claimed then"
    for opening in range(1, 4):
        before = sum(key.startswith("noisy") for key, _ in office.tried)
        await office.later(minutes=1)
        await office.until(lambda since=before: sum(key.startswith("noisy") for key, _ in office.tried) > since)  # type: ignore[misc]
        await asyncio.sleep(0.1)
        tried = sum(key.startswith("noisy") for key, _ in office.tried) - before
        assert tried <= SLOTS, f"{tried} tries at opening {opening}"


async def test_a_page_passes_where_routine_is_held(office: Office) -> None:
    await _noisy(office, NOON + timedelta(hours=1), 50)
    await office.write("noisy-7", priority=URGENT)
    await office.until(lambda: any(name.startswith("noisy-7-") for name in office.settled))


async def test_not_even_a_page_passes_where_the_whole_budget_is_spent(office: Office) -> None:
    office.act = office.fail(held_back(office, NOON + timedelta(minutes=1), urgent=True))
    await office.write("bad", priority=URGENT)
    office.start()
    await office.until(lambda: office.tries("bad") >= 1)
    await office.write("bad", "good", priority=URGENT)
    await office.until(lambda: "good-3" in office.settled)
    tries = office.tries("bad")
    assert tries <= 2, "one claim may have been on its way as the lane was shut"
    await office.write("bad", "good", priority=URGENT)
    await office.until(lambda: "good-5" in office.settled)
    assert office.tries("bad") == tries
    office.act = office.finish
    await office.later(minutes=1)
    await office.until(lambda: {"bad-1", "bad-2", "bad-4"} <= set(office.settled))


async def test_another_installation_s_mailboxes_are_not_held(office: Office) -> None:
    await _noisy(office, NOON + timedelta(hours=1), 50)
    await office.write(*(f"quiet-{number}" for number in range(20)))
    await office.until(lambda: sum(name.startswith("quiet") for name in office.settled) == 20)


async def test_being_held_back_counts_as_no_attempt(office: Office) -> None:
    office.act = office.fail(held_back(office, NOON))
    await office.write("bad")
    office.start()
    await office.until(lambda: office.tries("bad") > GIVE_UP_AFTER)
    office.act = office.finish
    await office.until(lambda: office.settled == ["bad-1"])
    assert {most for _, most in office.tried} == {None}


# A store that fails


class Broken:
    """The mailroom, of which some methods fail so often."""

    def __init__(self, mailroom: Mailroom, error: Exception | None = None, **times: int) -> None:
        self._mailroom = mailroom
        self._error = error or StoreError("the disk is full")
        self.times = Counter(times)
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._mailroom, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] += 1
            if self.times[name] > 0:
                self.times[name] -= 1
                raise self._error
            return await method(*args, **kwargs)

        return call


@pytest.mark.parametrize(
    "times",
    [
        pytest.param({"claim": 3}, id="claiming"),
        pytest.param({"next_due": 3}, id="looking what is next"),
        pytest.param({"finish": 12}, id="finishing, more often than a letter is tried"),
        pytest.param({"finish": 1, "retry": 3}, id="finishing, and giving back"),
    ],
)
async def test_a_store_that_fails_for_a_while_loses_nothing(office: Office, times: dict[str, int]) -> None:
    broken = Broken(office.mailroom, **times)
    real, office.mailroom = office.mailroom, broken  # type: ignore[assignment]  # it has all of the port's methods
    office.worker = Worker(office.mailroom, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0)
    await office.write("one")
    office.start()
    async with asyncio.timeout(60):
        while (await real.standing()).pending or sum(broken.times.values()):
            office.clock.turn(seconds=1)
            await office.write("nothing")
            await asyncio.sleep(0.02)
    assert await real.dead_letters(10) == ()


async def test_whatever_ails_the_giving_back_a_mailbox_is_given_back_in_the_end(office: Office) -> None:
    broken = Broken(office.mailroom, KeyError("a fault of ours"), retry=3)
    office.worker = Worker(broken, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0)  # type: ignore[arg-type]  # it has all of the port's methods
    office.act = office.fail(InDoubtError("GitHub is down"))
    await office.write("bad")
    office.start()
    await office.until(lambda: broken.calls["retry"] == 4)
    await office.quiet()
    assert (await office.mailroom.standing()).claimed == 0


# Beginning, waiting, ending


async def test_nobody_asks_the_store_while_nothing_is_due(office: Office) -> None:
    counting = Broken(office.mailroom)
    office.mailroom = counting  # type: ignore[assignment]  # it has all of the port's methods
    office.worker = Worker(office.mailroom, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0)
    await office.write("one")
    office.start()
    await office.until(lambda: office.settled == ["one-1"])
    await asyncio.sleep(0.1)
    before = counting.calls["claim"]
    await asyncio.sleep(0.5)
    assert counting.calls["claim"] == before
    await office.write("two")
    await office.until(lambda: office.settled == ["one-1", "two-2"])


async def test_a_timer_is_waited_for(office: Office) -> None:
    async def set_timer(claim: Claim, most: int | None) -> None:
        (letter,) = await office.mailroom.pending(claim, after=0, limit=1)
        timer = Timer(name="wake", due=office.clock() + timedelta(milliseconds=80))
        await office.mailroom.finish(claim, through=letter.seq, now=office.clock(), timers=(timer,))
        office.act = office.finish

    office.act = set_timer
    office.worker = Worker(office.mailroom, office._settle, slots=SLOTS, now=_running(office), spread=lambda: 0.0)
    await office.write("one")
    office.start()
    await office.until(lambda: office.settled == ["wake"])


def _running(office: Office) -> Callable[[], datetime]:
    """The office's clock, running as true time does."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    def now() -> datetime:
        office.clock.now = NOON + timedelta(seconds=loop.time() - began)
        return office.clock.now

    return now


async def test_what_is_under_way_may_end_when_the_app_stops(office: Office) -> None:
    async def slowly(claim: Claim, most: int | None) -> None:
        await asyncio.sleep(0.1)
        await office.finish(claim, most)

    office.act = slowly
    await office.write("one", "two")
    office.start()
    await office.until(lambda: sum(office.at_work.values()) == 2)
    await office.stop(within=5)
    assert sorted(office.settled) == ["one-1", "two-2"]
    assert (await office.mailroom.standing()).pending == 0


async def test_what_takes_too_long_is_cancelled_and_free_after_the_restart(store: Store, tmp_path: Path) -> None:
    clock = Clock()
    async with store(tmp_path, clock) as mailroom:
        office = Office(mailroom, clock)

        async def for_ever(claim: Claim, most: int | None) -> None:
            await asyncio.Event().wait()

        office.act = for_ever
        await office.write("one")
        office.start()
        await office.until(lambda: office.at_work["one"] == 1)
        await office.stop(within=0.05)
        assert office.at_work["one"] == 0
        assert (await mailroom.standing()).pending == 1
    async with store(tmp_path, clock) as mailroom:
        claim = await mailroom.claim(clock(), {})
        assert claim is not None
        assert (claim.key, claim.attempt) == ("one", 1)


async def test_what_is_broken_off_is_given_back_for_another_process_to_take(office: Office) -> None:
    async def for_ever(claim: Claim, most: int | None) -> None:
        await asyncio.Event().wait()

    office.act = for_ever
    await office.write("one")
    office.start()
    await office.until(lambda: office.at_work["one"] == 1)
    await office.stop(within=0.05)
    assert (await office.mailroom.standing()).claimed == 0
    again = await office.mailroom.claim(office.clock(), {})
    assert again is not None
    assert (again.key, again.attempt) == ("one", 1), "its being broken off counts as no attempt"


async def test_what_ends_in_the_moment_it_is_broken_off_is_not_given_back(office: Office) -> None:
    async def ends_all_the_same(claim: Claim, most: int | None) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await office.finish(claim, most)

    office.act = ends_all_the_same
    await office.write("one")
    office.start()
    await office.until(lambda: office.at_work["one"] == 1)
    await office.stop(within=0.05)
    standing = await office.mailroom.standing()
    assert (standing.pending, standing.claimed) == (0, 0)


class SlowToHandOut:
    """The mailroom, whose claims are committed a while before they are answered."""

    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom
        self.committed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailroom, name)

    async def claim(self, now: datetime, held: Any) -> Claim | None:
        claim = await self._mailroom.claim(now, held)
        if claim is not None:
            self.committed.set()
            await asyncio.sleep(0.2)
        return claim


async def test_what_was_being_claimed_as_the_app_stopped_is_given_back(office: Office) -> None:
    slow = SlowToHandOut(office.mailroom)
    office.worker = Worker(slow, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0)  # type: ignore[arg-type]  # it has all of the port's methods
    await office.write("one")
    office.start()
    await slow.committed.wait()
    await office.stop(within=5)
    assert (office.tried, (await office.mailroom.standing()).claimed) == ([], 0)
    again = await office.mailroom.claim(office.clock(), {})
    assert again is not None
    assert (again.key, again.attempt) == ("one", 1)


async def test_a_store_that_fails_keeps_nobody_from_stopping(office: Office) -> None:
    async def for_ever(claim: Claim, most: int | None) -> None:
        await asyncio.Event().wait()

    office.act = for_ever
    broken = Broken(office.mailroom, retry=1_000)
    office.worker = Worker(broken, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0)  # type: ignore[arg-type]  # it has all of the port's methods
    await office.write("one", "two")
    office.start()
    await office.until(lambda: sum(office.at_work.values()) == 2)
    async with asyncio.timeout(30):
        await office.stop(within=0.05)
    assert broken.calls["retry"] == 2


# What is told of it


class Told:
    """Who counts how settles end."""

    def __init__(self) -> None:
        self.endings: list[str] = []

    def of(self, error: Exception | None) -> list[str]:
        """Of the mailbox in question: those that only mark the time end well."""
        return self.endings if error is None else [ending for ending in self.endings if ending != "settled"]

    def settled(self, ending: Ending, seconds: float) -> None:
        assert seconds >= 0
        self.endings.append(ending.value)


@pytest.mark.parametrize(
    ("error", "tries", "endings"),
    [
        pytest.param(None, 1, ["settled"], id="it ends"),
        pytest.param(LaterError("down"), 2, ["retried", "retried"], id="a system is down"),
        pytest.param(StoreError("full"), 1, ["unsaved"], id="the store can't save"),
        pytest.param(StaleClaimError("over"), 1, ["stale"], id="somebody else has it"),
        pytest.param(
            HeldBackError("no room", not_before=NOON + timedelta(hours=1), installation=9, urgent=False),
            1,
            ["held-back"],
            id="its budget is spent",
        ),
        pytest.param(ValueError("odd"), 8, ["retried"] * 7 + ["given-up"], id="it fails by itself"),
    ],
)
async def test_how_a_settle_ends_is_counted(
    office: Office, error: Exception | None, tries: int, endings: list[str]
) -> None:
    told = Told()
    office.worker = Worker(
        office.mailroom, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0, counts=told
    )
    office.act = office.finish if error is None else office.fail(error)
    await office.write("bad")
    office.start()
    for number in range(tries):
        await office.until(lambda: len(told.of(error)) > number)  # noqa: B023 - awaited within its turn
        await office.later(minutes=10)
    assert told.of(error)[:tries] == endings


async def test_a_settle_that_waits_is_told_from_one_that_ends(office: Office) -> None:
    told = Told()

    async def waits(claim: Claim, most: int | None) -> datetime:
        until = office.clock() + timedelta(minutes=1)
        await office.mailroom.retry(claim, not_before=until, error="", counts=False)
        return until

    office.worker = Worker(office.mailroom, waits, slots=SLOTS, now=office.clock, spread=lambda: 0.0, counts=told)
    await office.write("one")
    office.start()
    await office.until(lambda: told.endings != [])
    assert told.endings == ["waiting"]


async def test_whether_it_claims_is_known(office: Office) -> None:
    broken = Broken(office.mailroom, claim=1_000_000)
    office.worker = Worker(broken, office._settle, slots=SLOTS, now=office.clock, spread=lambda: 0.0)  # type: ignore[arg-type]  # it has all of the port's methods
    assert not office.worker.claims
    office.start()
    await office.until(lambda: broken.calls["claim"] >= 2)
    assert not office.worker.claims, "the store fails"
    broken.times["claim"] = 0
    await office.until(lambda: office.worker.claims)
    await office.stop()
    assert not office.worker.claims
