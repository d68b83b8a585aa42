"""A process whose way to PostgreSQL is stuck, or breaks at a bad moment: its heart goes on once the way is free."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self, TypeVar

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from app.domain.errors import StoreError
from app.domain.mailboxes import StaleClaimError
from app.ledger.postgres import database as database_module
from app.ledger.postgres.database import SCHEMA
from app.mailroom import postgres_letters, presence
from app.mailroom.postgres import PostgresMailroom
from tests.contract.fleet import claimed, note, process
from tests.contract.stores import NOON, Clock
from tests.postgres import databases

T = TypeVar("T")
_BEATS = """
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => 0.5)
"""


class Proxy:
    """A pooler or proxy before PostgreSQL that can get stuck: it takes what it is sent, and passes nothing on."""

    def __init__(self, url: str) -> None:
        where = conninfo_to_dict(url)
        self._socket = f"{where['host']}/.s.PGSQL.{where.get('port', 5432)}"
        self._open: dict[asyncio.Task[None], bool] = {}
        """Whether each of them is stuck."""
        self._target = where
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        while self._open:
            for task in self._open:
                task.cancel()
            await asyncio.sleep(0.01)

    @property
    def url(self) -> str:
        """The database through it."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://{self._target['user']}@127.0.0.1:{port}/{self._target['dbname']}"

    def stick(self) -> None:
        """Nothing goes through the connections that are open now."""
        self._open = dict.fromkeys(self._open, True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = False
        back, onward = await asyncio.open_unix_connection(self._socket)

        async def pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65_536):
                if not self._open[task]:
                    sink.write(data)
                    await sink.drain()
            sink.close()

        try:
            await asyncio.gather(pour(reader, onward), pour(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, onward):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()
            del self._open[task]


@pytest.fixture
def url() -> str:
    where = databases.fresh()
    if not conninfo_to_dict(where).get("host", "").startswith("/"):
        pytest.skip("the server is not on a socket of this machine")
    return where


@pytest.fixture
async def one(url: str) -> AsyncIterator[PostgresMailroom]:
    async with process(url, Clock()) as mailroom:
        yield mailroom


async def _at_last(act: Callable[[], Awaitable[T]]) -> T:
    """Each connection that is stuck is found out by one call."""
    while True:
        try:
            return await act()
        except StoreError:
            continue


async def beats(url: str, within: float) -> None:
    """Until a process has just said that it lives."""
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(_beats_now, url):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def _beats_now(url: str) -> int:
    with psycopg.connect(url, options=f"-c search_path={SCHEMA}") as connection:
        row = connection.execute(_BEATS).fetchone()
    return 0 if row is None else int(row[0])


async def test_a_heart_that_got_no_answer_beats_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """psycopg gives a server that does not answer five seconds to break the statement off."""
    monkeypatch.setattr(presence, "PATIENCE", 0.5)
    monkeypatch.setattr(database_module, "_ANSWER", 0.5)
    async with Proxy(url) as proxy, process(proxy.url, Clock()) as mailroom:
        await mailroom.receive(note("1"))
        await mailroom.finish(await claimed(mailroom), through=1, now=NOON)
        proxy.stick()
        await asyncio.sleep(1)
        assert await asyncio.to_thread(_beats_now, url) == 0
        await beats(url, within=30)
        await _at_last(lambda: mailroom.receive(note("2")))
        claim = await _at_last(lambda: claimed(mailroom, within=30))
        await _at_last(lambda: mailroom.retry(claim, not_before=NOON, error=""))


async def test_a_door_answers_in_time_for_its_sender(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_letters, "_SENDERS_WAIT", 0.3)
    dead = {"sender": "test", "kind": "odd", "payload": b"", "reason": "why", "received_at": NOON}
    async with Proxy(url) as proxy, process(proxy.url, Clock()) as mailroom:
        await mailroom.receive(note("1"))
        proxy.stick()
        for saving in (mailroom.receive(note("2")), mailroom.receive_dead(delivery_id="3", **dead)):
            with pytest.raises(StoreError, match="does not answer"):
                async with asyncio.timeout(2):
                    await saving


async def test_a_heart_beats_although_the_first_look_at_the_others_fails(
    url: str, one: PostgresMailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, failed = one._database.row, list[str]()

    async def fails_once(query: Any, *args: Any, **more: Any) -> Any:
        if query == presence._SOMEBODY_LIVES and not failed:
            failed.append(query)
            raise StoreError("PostgreSQL does not answer.")
        return await row(query, *args, **more)

    monkeypatch.setattr(one._database, "row", fails_once)
    await one.receive(note("1"))
    with pytest.raises(StoreError):
        await one.claim(NOON, {})
    await claimed(one)
    await asyncio.sleep(1)
    assert await asyncio.to_thread(_beats_now, url) == 1


async def test_a_claim_that_was_taken_over_may_end_beside_its_successor_in_one_process(
    url: str, one: PostgresMailroom
) -> None:
    await one.receive(note("1"))
    old = await claimed(one)
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        connection.execute("SELECT give_back(ARRAY(SELECT id FROM procrastinate_jobs WHERE status = 'doing'))")
    new = await claimed(one)
    assert (new.key, new.generation) == (old.key, old.generation + 1)
    late, ended = await asyncio.gather(
        one.finish(old, through=1, now=NOON), one.finish(new, through=1, now=NOON), return_exceptions=True
    )
    assert isinstance(late, StaleClaimError)
    assert ended is None
    assert (await one.standing()).pending == 0
