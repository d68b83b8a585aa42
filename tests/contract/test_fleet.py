"""What only several processes on one PostgreSQL database can get wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import AsyncConnection

from app.domain.issues import IssueRef, Repository
from app.domain.mail import ByError, ByIssue, Letter
from app.domain.mailboxes import Claim, StaleClaimError
from app.domain.tickets import Ticket
from app.ledger.postgres.database import SCHEMA
from app.mailroom import postgres_queries
from app.mailroom.postgres import PostgresMailroom
from app.mailroom.postgres_letters import parted
from app.mailroom.presence import Pace
from app.mailroom.worker import Worker
from tests.contract.fleet import QUICK, claimed, names, note, process, settle
from tests.contract.stores import NOON, Clock
from tests.postgres import databases

ROOT = Path(__file__).parents[2]
ISSUE = IssueRef(repository=Repository(id=1, name="acme/shop", installation=9), number=7, id=70, node_id="I_7")


@pytest.fixture
def url() -> str:
    return databases.fresh()


@pytest.fixture
async def one(url: str) -> AsyncIterator[PostgresMailroom]:
    async with process(url, Clock()) as mailroom:
        yield mailroom


@pytest.fixture
async def other(url: str) -> AsyncIterator[PostgresMailroom]:
    async with process(url, Clock()) as mailroom:
        yield mailroom


@pytest.fixture
async def heir(url: str) -> AsyncIterator[PostgresMailroom]:
    """A process that soon misses whoever is dead."""
    async with process(url, Clock(), QUICK) as mailroom:
        yield mailroom


@pytest.fixture
async def door(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection whose transactions a test holds open: a process that was stopped before it could commit."""
    async with await AsyncConnection.connect(url, options=f"-c search_path={SCHEMA}") as connection:
        yield connection


async def half_received(door: AsyncConnection, letter: Letter) -> None:
    """Received, but not committed."""
    await door.execute("SELECT * FROM receive(%s::json, %b::bytea[])", parted([letter]))


def by_hand(url: str, statement: str) -> int:
    """Somebody meddles with the tables."""
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        return connection.execute(statement).rowcount  # type: ignore[call-overload, no-any-return]


@contextmanager
def holding_process(url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process that has claimed a mailbox, and its key."""
    command = [sys.executable, "-m", "tests.contract.fleet", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        try:
            yield held, held.stdout.readline().decode().strip()
        finally:
            held.kill()


# One claim at a time


async def test_a_mailbox_is_claimed_by_one_process_at_a_time_and_nothing_is_lost(
    one: PostgresMailroom, other: PostgresMailroom
) -> None:
    """Letters come through both doors while both work; a mailbox that is given back is taken at once by either."""
    total, seen, busy = 600, list[str](), set[str]()

    async def send(mailroom: PostgresMailroom, first: int) -> None:
        for number in range(first, total, 4):
            await mailroom.receive(note(str(number), f"box-{number % 7}"))

    async def work(mailroom: PostgresMailroom) -> None:
        while len(seen) < total:
            claim = await mailroom.claim(NOON, {})
            if claim is None:
                await mailroom.changed(0.2)
                continue
            assert claim.key not in busy
            busy.add(claim.key)
            mail = await mailroom.pending(claim, after=0, limit=20)
            await asyncio.sleep(0)
            busy.discard(claim.key)
            await mailroom.finish(claim, through=mail[-1].seq if mail else 0, now=NOON)
            seen.extend(str(item.seq) for item in mail)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(send(mailroom, first) for first, mailroom in enumerate((one, other, one, other))),
            *(work(mailroom) for mailroom in (one, one, other, other)),
        )
    assert (len(seen), max(Counter(seen).values())) == (total, 1)
    standing = await one.standing()
    assert (standing.pending, standing.claimed) == (0, 0)


async def test_a_mailbox_is_not_handed_out_again_where_its_end_was_not_heard_of(
    one: PostgresMailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of its last settle is committed, but the answer is still on its way."""
    row, committed, heard = one._database.row, asyncio.Event(), asyncio.Event()

    async def slow(query: LiteralString, params: Sequence[object] = (), *, again: bool = False) -> Any:
        found = await row(query, params, again=again)
        if query == postgres_queries.FINISH:
            committed.set()
            await heard.wait()
        return found

    monkeypatch.setattr(one._database, "row", slow)
    await one.receive(note("first"))
    await one.receive(note("second"))
    ending = asyncio.create_task(one.finish(await claimed(one), through=1, now=NOON))
    await committed.wait()
    claiming = asyncio.create_task(claimed(one))
    await asyncio.wait([claiming], timeout=0.3)
    assert not claiming.done()
    heard.set()
    await ending
    assert await names(one, await claiming) == ["second"]


async def test_another_process_is_woken_by_what_one_receives(one: PostgresMailroom, other: PostgresMailroom) -> None:
    assert await other.claim(NOON, {}) is None
    await other.changed(0.01)
    waiting = asyncio.create_task(claimed(other))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await one.receive(note("a"))
    assert (await waiting).key == "box"
    assert time.monotonic() - began < QUICK.look_again / 2, "it was told, and did not just look again"


async def test_what_falls_due_later_is_told_to_the_others(url: str, one: PostgresMailroom) -> None:
    clock = Clock()
    async with process(url, clock) as other:
        await one.receive(note("a"))
        claim = await claimed(other)
        await other.finish(claim, through=1, now=NOON, gap=timedelta(seconds=15))
        assert await other.claim(NOON, {}) is None
        await other.changed(0.01)
        waiting = asyncio.create_task(other.changed(60))
        await asyncio.sleep(0.05)
        routine = Letter(
            sender="test", delivery_id="b", address=note("b").address, mail=note("b").mail, received_at=NOON
        )
        await one.receive(routine)
        await asyncio.wait_for(waiting, QUICK.look_again / 2)
        assert await other.next_due({}) == NOON + timedelta(seconds=15)


# Nothing is overtaken


async def test_a_letter_that_is_not_committed_yet_is_not_settled_unread(
    one: PostgresMailroom, door: AsyncConnection
) -> None:
    """Its number must not be lower than that of one that was committed, and settled, before it."""
    seen = list[str]()

    async def work() -> None:
        while (claim := await one.claim(NOON, {})) is not None:
            seen.extend(await settle(one, claim))

    await one.receive(note("first"))
    await half_received(door, note("slow"))
    quick = asyncio.create_task(one.receive(note("quick")))
    await asyncio.wait([quick], timeout=0.3)
    working = asyncio.create_task(work())
    await asyncio.wait([working], timeout=0.3)
    await door.commit()
    await asyncio.gather(quick, working)
    await work()
    assert seen == ["first", "slow", "quick"]


async def test_mail_that_comes_as_its_mailbox_is_claimed_is_read_or_wakes_again(
    one: PostgresMailroom, door: AsyncConnection
) -> None:
    """The lost wake-up: the mailbox is queued already, so the letter adds no job; and the job is being taken."""
    await one.receive(note("first"))
    await half_received(door, note("late"))
    claiming = asyncio.create_task(claimed(one))
    await asyncio.sleep(0.3)
    assert not claiming.done(), "a claim reads no mail before those who are saving some have done so"
    await door.commit()
    assert await settle(one, await claiming) == ["first", "late"]


async def test_no_wake_up_is_lost_in_a_race_between_doors_and_workers(
    one: PostgresMailroom, other: PostgresMailroom
) -> None:
    """Each mailbox gets its second letter at the moment at which it is claimed for the first."""
    boxes = [f"box-{number}" for number in range(60)]
    for box in boxes:
        await one.receive(note(f"{box} first", box))
    seen = list[str]()

    async def work() -> None:
        while (claim := await one.claim(NOON, {})) is not None:
            seen.extend(await settle(one, claim))

    async def send() -> None:
        for box in boxes:
            await other.receive(note(f"{box} second", box))

    await asyncio.gather(work(), work(), send(), work())
    await work()
    assert sorted(seen) == sorted(f"{box} {nth}" for box in boxes for nth in ("first", "second"))


# One ticket


async def test_two_doors_make_one_ticket_of_an_error_that_only_its_text_names(
    one: PostgresMailroom, door: AsyncConnection
) -> None:
    await half_received(door, note("a", address=ByError(signature="v1s:x")))
    second = asyncio.create_task(one.receive(note("b", address=ByError(fingerprint="v1:b", signature="v1s:x"))))
    await asyncio.sleep(0.2)
    await door.commit()
    assert (await second).key == "ticket:1"
    assert (await one.standing()).tickets == 1


async def test_many_doors_at_once_make_one_ticket(one: PostgresMailroom, other: PostgresMailroom) -> None:
    letters = [note(str(number), address=ByError(signature="v1s:x", fingerprint="v1:x")) for number in range(40)]
    receipts = await asyncio.gather(*((one, other)[nth % 2].receive(letter) for nth, letter in enumerate(letters)))
    assert {receipt.key for receipt in receipts} == {"ticket:1"}


async def test_a_comment_saved_while_its_ticket_is_recorded_is_not_stranded(
    one: PostgresMailroom, door: AsyncConnection
) -> None:
    await one.receive(note("alert", address=ByError(fingerprint="v1:x")))
    opening = await claimed(one)
    await half_received(door, note("comment", address=ByIssue(repository_id=1, number=7, ours=True)))
    recorded = asyncio.create_task(one.finish(opening, through=1, now=NOON, ticket=Ticket(id=1, issue=ISSUE)))
    await asyncio.sleep(0.2)
    await door.commit()
    await recorded
    again = await claimed(one)
    assert (again.key, await names(one, again)) == (opening.key, ["comment"])


async def test_letters_that_cross_are_both_received(one: PostgresMailroom, other: PostgresMailroom) -> None:
    """Two settles write to each other's mailboxes, again and again: neither waits for the other without end."""
    claims = {}
    for mailroom, box in ((one, "a"), (other, "b")):
        await mailroom.receive(note(f"{box} begins", box))
        claims[box] = await claimed(mailroom)

    async def settle_to(mailroom: PostgresMailroom, box: str, to: str) -> None:
        claim = claims[box]
        for turn in range(30):
            words = tuple(note(f"{box} {turn} {nth}", to) for nth in range(3))
            await mailroom.finish(claim, through=10_000, now=NOON, letters=(*words, note(f"{box} {turn}", box)))
            async with asyncio.timeout(60):
                while (found := await mailroom.claim(NOON, {})) is None or found.key != box:
                    if found is not None:
                        await mailroom.retry(found, not_before=NOON, error="")
            claim = found

    await asyncio.gather(settle_to(one, "a", "b"), settle_to(other, "b", "a"))


# Who is gone


async def test_a_killed_process_is_missed_and_its_mailbox_taken_over(url: str, heir: PostgresMailroom) -> None:
    for number in range(30):
        await heir.receive(note(f"backlog {number}", f"backlog-{number}"))
    await heir.receive(note("held", "held", priority=1))
    with holding_process(url) as (dead, key):
        assert key == "held"
        assert await heir.claim(NOON, {}) is not None, "the others go on"
        await asyncio.sleep(2 * QUICK.stale)
        assert (await heir.standing()).claimed == 2, "while it lives, it is not missed"
        dead.kill()
        killed = time.monotonic()
        while (claim := await claimed(heir)).key != "held":
            await heir.retry(claim, not_before=NOON + timedelta(hours=1), error="")
            await asyncio.sleep(0.05)
    assert time.monotonic() - killed < QUICK.stale + 10 * QUICK.beat + 2
    assert (claim.attempt, await names(heir, claim)) == (1, ["held"])


async def test_what_a_dead_process_held_goes_ahead_of_the_backlog(url: str, heir: PostgresMailroom) -> None:
    await heir.receive(note("held", "held"))
    with holding_process(url) as (dead, _):
        dead.kill()
    for number in range(30):
        await heir.receive(note(f"backlog {number}", f"backlog-{number}"))
    first = await claimed(heir)
    assert first.key == "backlog-0"
    await asyncio.sleep(QUICK.stale + 5 * QUICK.beat)
    assert (await claimed(heir)).key == "held"


async def test_a_process_that_begins_where_nobody_is_heard_of_takes_nobody_for_dead_yet(
    url: str, one: PostgresMailroom
) -> None:
    """PostgreSQL may have been down until now, so that the others could not say that they are alive."""
    await one.receive(note("held", "held"))
    async with process(url, Clock(), Pace(beat=3600, stale=3600)) as unheard:
        assert (await claimed(unheard)).key == "held"
        by_hand(url, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        begun = time.monotonic()
        async with process(url, Clock(), QUICK) as fresh:
            assert await fresh.claim(NOON, {}) is None
            claim = await claimed(fresh)
        assert (claim.key, claim.generation) == ("held", 2)
        assert time.monotonic() - begun >= QUICK.stale, "they had time to say so"


async def test_a_process_that_begins_beside_others_takes_over_at_once(url: str) -> None:
    async with process(url, Clock(), Pace(beat=0.1, stale=3600)) as living:
        assert await living.claim(NOON, {}) is None, "it is at work, and takes nothing over itself"
        await living.receive(note("held", "held"))
        with holding_process(url) as (dead, _):
            dead.kill()
        others = f"id <> {living._presence.worker}"
        by_hand(url, f"UPDATE procrastinate_workers SET last_heartbeat = '2026-01-01' WHERE {others}")
        async with process(url, Clock(), Pace(beat=0.1, stale=30)) as fresh, asyncio.timeout(60):
            assert (await claimed(fresh)).key == "held"


async def test_a_process_that_was_only_slow_can_write_nothing_any_more(url: str, heir: PostgresMailroom) -> None:
    await heir.receive(note("a"))
    async with process(url, Clock(), Pace(beat=3600, stale=3600)) as slow:
        stale = await claimed(slow)
        fresh = await claimed(heir)
        assert (fresh.key, fresh.generation) == (stale.key, stale.generation + 1)
        for write in (
            slow.finish(stale, through=9, now=NOON, letters=(note("late", "elsewhere"),)),
            slow.retry(stale, not_before=NOON, error=""),
            slow.begin(stale, "1.open.1", NOON),
            slow.bury(stale, seq=1, reason="", now=NOON),
        ):
            with pytest.raises(StaleClaimError):
                await write
        assert await names(heir, fresh) == ["a"]
        assert await heir.claim(NOON, {}) is None, "nothing was said by who holds no claim"
        await heir.receive(note("b", "elsewhere"))
        assert (await claimed(slow)).key == "elsewhere", "it has registered anew"


async def test_a_claim_whose_answer_was_lost_is_given_back(url: str, one: PostgresMailroom) -> None:
    """It was committed, and nobody knows of it; the process lives, so nobody else would take it over."""
    assert await one.claim(NOON, {}) is None
    await one.receive(note("a"))
    assert by_hand(url, f"SELECT claim(0, '{{}}', {one._presence.worker}, true)") == 1
    assert (await one.standing()).claimed == 1
    claim = await claimed(one)
    assert (claim.key, claim.attempt) == ("box", 1)


async def test_a_process_that_ends_gives_back_at_once(url: str, one: PostgresMailroom) -> None:
    await one.receive(note("a"))
    async with process(url, Clock(), Pace(stale=3600)) as ending:
        await claimed(ending)
    assert (await one.claim(NOON, {})) is not None


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM procrastinate_jobs", id="all jobs deleted"),
        pytest.param("TRUNCATE procrastinate_jobs CASCADE", id="the table emptied"),
        pytest.param("UPDATE procrastinate_jobs SET status = 'failed'", id="all jobs failed"),
    ],
)
@pytest.mark.parametrize("under_way", [False, True])
async def test_what_does_not_fit_procrastinate_s_jobs_is_put_right(
    url: str, one: PostgresMailroom, statement: str, *, under_way: bool
) -> None:
    assert await one.claim(NOON, {}) is None
    await one.receive(note("a"))
    if under_way:
        await claimed(one)
    by_hand(url, statement)
    assert await names(one, await claimed(one)) == ["a"]


async def test_a_job_without_a_mailbox_is_passed_over(url: str, one: PostgresMailroom) -> None:
    by_hand(
        url,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock) "
        "VALUES ('prod_squad', 'settle', 'nobody', 'nobody')",
    )
    await one.receive(note("a"))
    assert (await claimed(one)).key == "box"
    assert await one.claim(NOON, {}) is None


async def test_a_worker_ends_whenever_it_is_told_to_and_leaves_nothing_claimed(url: str) -> None:
    async def settle(claim: Claim, most: int | None) -> None:
        raise AssertionError("there is no mail")

    async with process(url, Clock(), Pace()) as mailroom:
        for nth in range(80):
            worker = Worker(mailroom, settle, slots=4, now=Clock(), spread=lambda: 0.0)
            running = asyncio.create_task(worker.run())
            await asyncio.sleep(nth * 0.0003)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(running, 5)
        await mailroom.receive(note("a"))
        asking = asyncio.create_task(mailroom.claim(NOON, {}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
    async with process(url, Clock()) as next_one:
        assert await next_one.claim(NOON, {}) is not None


async def test_a_process_ends_though_a_library_loses_a_cancellation(url: str) -> None:
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while lost < 2:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                lost += 1

    async with asyncio.timeout(60), process(url, Clock()) as ending:
        await ending.claim(NOON, {})
        ending._presence._tasks.append(asyncio.create_task(stubborn()))
        await asyncio.sleep(0)
    assert lost == 2


# Who is not heard


async def test_a_broken_ear_is_mended_and_counts_as_woken(url: str, one: PostgresMailroom) -> None:
    assert await one.claim(NOON, {}) is None
    await one.changed(0.01)
    assert by_hand(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'") == 1
    await asyncio.wait_for(one.changed(60), QUICK.look_again / 2)
    waiting = asyncio.create_task(one.changed(60))
    await asyncio.sleep(0.2)
    await one.receive(note("a"))
    await asyncio.wait_for(waiting, QUICK.look_again / 2)


async def test_one_letter_that_is_refused_takes_none_with_it(one: PostgresMailroom) -> None:
    letters = [note("a"), note("b", priority=1 << 40), note("c")]
    outcomes = await asyncio.gather(*(one.receive(letter) for letter in letters), return_exceptions=True)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, False]
    assert await names(one, await claimed(one)) == ["a", "c"]


async def test_what_postgresql_s_text_cannot_hold_is_replaced(one: PostgresMailroom) -> None:
    await one.receive(note("a\0b", address=ByError(fingerprint="v1:\0", words="null \0 byte")))
    claim = await claimed(one)
    assert await names(one, claim) == ["a\0b"], "mail is kept to the letter"
    await one.retry(claim, not_before=NOON, error="a\0b")
    assert await one.is_known("v1:\0")
