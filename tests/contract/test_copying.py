"""`copy-database`: everything, in either direction; broken off and gone on; refused where it would do harm."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from app import serving
from app.domain.errors import UserError
from app.domain.mail import ByError, ByKey, TimerFell
from app.domain.mailboxes import Fate, Timer
from app.domain.tickets import Counters, Ticket
from app.ledger.budget import Budgets
from app.ledger.copying.copying import End, copy
from app.ledger.copying.note import Note
from app.ledger.copying.on_postgres import postgres_end
from app.ledger.copying.on_sqlite import sqlite_end
from app.ledger.copying.tables import TABLES, Row, Table
from app.ledger.database import Database, DatabaseInUseError
from app.ledger.limits import Limits
from app.ledger.postgres.database import Database as PostgresDatabase
from app.mailroom.postgres import PostgresMailroom
from app.mailroom.sqlite import SqliteMailroom
from app.settings import Settings
from tests.contract.app_side import settings
from tests.contract.stores import NOON, Clock
from tests.contract.test_mailroom import ISSUE, claimed, comment, letter
from tests.journey.stage import free_port
from tests.postgres import databases
from tests.unit.cli.test_files import Terminal

ROOT = Path(__file__).parents[2]
ROWS = 8_000
AT_ONCE = 3
"""Rows in a batch, so that few rows are many batches."""


@pytest.fixture(autouse=True)
def _small_batches() -> Iterator[None]:
    usual = [table.at_once for table in TABLES]
    for table in TABLES:
        object.__setattr__(table, "at_once", AT_ONCE)  # it is frozen
    yield
    for table, number in zip(TABLES, usual, strict=True):
        object.__setattr__(table, "at_once", number)


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A store that holds something of everything."""
    path = tmp_path / "source.db"
    database, clock = Database.open(path), Clock()
    mailroom = SqliteMailroom(database, clock)
    budgets = Budgets(database, Limits(), clock)
    for number in range(10):
        await mailroom.receive(letter(f"d-{number}", error=f"e{number % 4}", occurrence=f"o-{number}"))
    await mailroom.receive(letter("signed", address=ByError(signature="v1s:x", words="key error\0 in document")))
    await mailroom.receive(comment("strange", ours=True))
    for number in range(5):
        fell = TimerFell(name="start", due=NOON)
        await mailroom.receive(letter(f"t-{number}", address=ByKey(key=f"office:{number}"), mail=fell))
        await mailroom.receive_dead(
            sender="github",
            delivery_id=f"odd-{number}",
            kind="issues",
            payload=b'{"a": 1}',
            reason="odd",
            received_at=NOON,
        )
        await mailroom.remember(f"name-{number}", bytes(range(256)), NOON)
        await budgets.take(9, creates=1, points=5, urgent=False)
    await budgets.block(9, NOON + timedelta(hours=1))
    settled = await claimed(mailroom, clock)
    ticket = Ticket(id=1, issue=ISSUE, counters=Counters(occurrences=3), opened_at=NOON)
    timers = tuple(Timer(name=f"look {number}", due=NOON + timedelta(days=number + 1)) for number in range(4))
    await mailroom.finish(settled, through=4, now=NOON, ticket=ticket, timers=timers)
    failed = await claimed(mailroom, clock)
    await mailroom.newcomer(failed, at=NOON, within=timedelta(minutes=5), most=0)
    await mailroom.begin(failed, "2.open.1", NOON)
    await mailroom.begin(failed, "2.open.2", NOON)
    await mailroom.done(failed, "2.open.2", b'{"number": 7}')
    await mailroom.retry(failed, not_before=NOON + timedelta(minutes=1), error="LaterError: down", lane=9)
    await mailroom.drop(5)  # so that the highest number is no row's any more
    await claimed(mailroom, clock)
    await database.close()
    return path


@asynccontextmanager
async def opened(where: Path | str, *, is_source: bool = False) -> AsyncIterator[End]:
    end = postgres_end(where, is_source=is_source) if isinstance(where, str) else sqlite_end(where, is_source=is_source)
    async with end as one:
        yield one


async def copied(source: Path | str, target: Path | str) -> None:
    async with opened(source, is_source=True) as one, opened(target) as other:
        await copy(one, other, lambda *_: None)


async def everything(where: Path | str) -> dict[str, tuple[list[Row], int]]:
    """All rows of each table, and the number that was given last."""
    found = {}
    async with opened(where, is_source=True) as end:
        for table in TABLES:
            rows: list[Row] = []
            while page := await end.page(table, table.key_of(rows[-1]) if rows else None):
                rows += page
            found[table.name] = (sorted(rows, key=repr), await end.last_number(table) if table.numbered else 0)
    return found


async def test_there_and_back_it_is_the_same(file: Path, tmp_path: Path) -> None:
    before = await everything(file)
    assert all(rows for rows, _ in before.values()), "there is something of everything"
    url = databases.empty()
    await copied(file, url)
    assert await everything(url) == before
    await copied(url, tmp_path / "back.db")
    assert await everything(tmp_path / "back.db") == before
    await copied(tmp_path / "back.db", tmp_path / "beside.db")
    assert await everything(tmp_path / "beside.db") == before


class Broken:
    """An end that breaks in a commit: what it was to write is not written."""

    def __init__(self, end: End, at: int) -> None:
        self._end = end
        self._left = at

    def __getattr__(self, name: str) -> object:
        return getattr(self._end, name)

    async def put(self, table: Table, rows: Sequence[Row], note: Note) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConnectionResetError("the cable was pulled")
        await self._end.put(table, rows, note)


@pytest.mark.parametrize("to_postgresql", [True, False], ids=["to PostgreSQL", "to SQLite"])
async def test_broken_off_again_and_again_it_ends_the_same(file: Path, tmp_path: Path, to_postgresql: bool) -> None:
    target = databases.fresh() if to_postgresql else tmp_path / "target.db"
    breaks = 0
    while True:
        async with opened(file, is_source=True) as one, opened(target) as other:
            try:
                await copy(one, Broken(other, at=2), lambda *_: None)  # type: ignore[arg-type]  # the rest is the end's
            except ConnectionResetError:
                breaks += 1
            else:
                break
    assert breaks > 8
    assert await everything(target) == await everything(file)


async def test_a_copy_that_is_done_is_compared_and_nothing_else(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.db"
    await copied(file, target)
    await copied(file, target)
    assert await everything(target) == await everything(file)
    await _change(file)
    with pytest.raises(UserError, match=r"was copied .* before, and one of the two was used since: memory \(6 and 5"):
        await copied(file, target)


async def _change(path: Path) -> None:
    database = Database.open(path)
    await SqliteMailroom(database, Clock()).remember("news", b"", NOON)
    await database.close()


async def test_a_source_that_changes_meanwhile_is_found_out(file: Path, tmp_path: Path) -> None:
    url = databases.fresh()
    async with opened(file, is_source=True) as one, opened(url) as other:
        with closing(sqlite3.connect(file)) as meddler:

            def meddle(table: str, _: int) -> None:
                if table == "newcomer":
                    meddler.execute("UPDATE ticket SET words = 'other' WHERE id = 2")
                    meddler.commit()

            with pytest.raises(UserError, match=r"not the same .*ticket \(5 and 5 rows\) differ.*DROP SCHEMA"):
                await copy(one, other, meddle)
    with pytest.raises(UserError, match=r"is a copy of .* that is not done"):
        async with serving.running(_settings(tmp_path, url)):
            pass


def _settings(folder: Path, url: str) -> Settings:
    usual = settings(folder, port=free_port(), github_api_url="http://127.0.0.1:9")
    return usual.model_copy(update={"database_url": SecretStr(url)})


# What is refused


async def test_what_holds_something_else_is_not_copied_to(file: Path, tmp_path: Path) -> None:
    url = databases.fresh()
    database = await PostgresDatabase.open(url)
    mailroom = PostgresMailroom(database, Clock())
    await mailroom.receive(letter("d-1"))
    await mailroom.close()
    await database.close()
    with pytest.raises(UserError, match=r"did not come from this copy \(inbox\)"):
        await copied(file, url)


async def test_a_copy_of_another_store_is_not_copied_to(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.db"
    await copied(file, target)
    await _change(other := tmp_path / "other.db")
    with pytest.raises(UserError, match=r"is a copy of .*source\.db"):
        await copied(other, target)


async def test_half_a_copy_is_no_source_and_no_store(file: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.db"
    async with opened(file, is_source=True) as one, opened(half) as other:
        with pytest.raises(ConnectionResetError):
            await copy(one, Broken(other, at=1), lambda *_: None)  # type: ignore[arg-type]  # the rest is the end's
    with pytest.raises(UserError, match="itself a copy that is not done"):
        await copied(half, tmp_path / "third.db")
    with pytest.raises(UserError, match="goes on where it was; nothing was started"):
        async with serving.running(settings(tmp_path, database=half, port=free_port())):
            pass


async def test_a_file_that_is_served_is_neither_source_nor_target(file: Path, tmp_path: Path) -> None:
    database = Database.open(file)
    with pytest.raises(DatabaseInUseError):
        await copied(file, tmp_path / "target.db")
    with pytest.raises(DatabaseInUseError):
        await copied(await _other(tmp_path), file)
    await database.close()


async def _other(tmp_path: Path) -> Path:
    await _change(tmp_path / "other.db")
    return tmp_path / "other.db"


@pytest.mark.parametrize("claims", [False, True], ids=["a door alone", "a worker"])
async def test_a_database_that_is_served_is_neither_source_nor_target(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claims: bool
) -> None:
    monkeypatch.setattr("app.ledger.postgres.alone._TRIES", 1)
    url = databases.fresh()
    database = await PostgresDatabase.open(url)
    mailroom = PostgresMailroom(database, Clock())
    if claims:
        await mailroom.claim(NOON, {})
    for source, target in ((url, tmp_path / "target.db"), (file, url)):
        with pytest.raises(UserError, match="An App is at work there"):
            await copied(source, target)
    await mailroom.close()
    await database.close()


async def test_nobody_starts_beside_a_copy_and_two_copies_are_one_too_many(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.fresh()
    async with opened(url, is_source=True):
        with pytest.raises(UserError, match="is being copied"):
            async with serving.running(_settings(tmp_path, url)):
                pass
        with pytest.raises(UserError, match="Another copy-database"):
            await copied(url, tmp_path / "target.db")
    async with serving.running(_settings(tmp_path, url)):
        pass


# The command


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


async def test_the_command_tells_what_was_copied(file: Path, terminal: Terminal) -> None:
    url = databases.empty()
    assert await asyncio.to_thread(terminal.run, "copy-database", str(file), url) == 0, terminal.err
    assert "inbox: 17 rows\n" in terminal.out
    assert "the same in both" in terminal.out
    assert "put the old one away" in terminal.out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(("no.db", "to.db"), "There is no database at no.db", id="no source"),
        pytest.param(("a.db", "a.db"), "the same database", id="to itself"),
        pytest.param(("a.db", "./there/../a.db"), "the same database", id="to itself by another way"),
        pytest.param(("mysql://x/y", "to.db"), "mysql:// is no database", id="another kind of store"),
        pytest.param(
            ("postgresql://jo:hunter2@127.0.0.1:9/none", "to.db"),
            "PostgreSQL can't be used",
            id="a server that is down",
        ),
    ],
)
def test_what_can_t_be_copied_is_said(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert terminal.run("copy-database", *argv) == 1
    assert says in terminal.err
    assert "hunter2" not in terminal.err + terminal.out
    assert list(tmp_path.glob("no*")) == []


async def test_a_copy_that_is_killed_goes_on(tmp_path: Path) -> None:
    path, url = tmp_path / "source.db", databases.fresh()
    await Database.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(
            "INSERT INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority, settled_at) "
            "VALUES ('sentry', ?, 'ticket:1', 'alert', ?, 1, 0, 0, 1)",
            [(f"d-{number}", b"x" * 500) for number in range(ROWS)],
        )
        connection.commit()
    command = (sys.executable, "-m", "app", "copy-database", str(path), url)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    with psycopg.connect(url, autocommit=True) as watcher:

        def there() -> int:
            (number,) = watcher.execute("SELECT count(*) FROM prod_squad.inbox").fetchone() or (0,)
            return int(number)

        async with asyncio.timeout(30):
            while there() < ROWS // 10:  # noqa: ASYNC110 - another process rings no bell
                await asyncio.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        number = there()
    assert number < ROWS, "it was killed too late to prove anything"
    again = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await again.communicate()
    assert again.returncode == 0
    assert f"inbox: {ROWS - number:,} rows".encode() in said, "what was there was not copied again"
    assert said.count(b"the same in both") == len(TABLES)


async def test_what_goes_on_in_the_copy_goes_on_as_before(file: Path) -> None:
    url, clock = databases.fresh(), Clock()
    await copied(file, url)
    database = await PostgresDatabase.open(url)
    mailroom = PostgresMailroom(database, clock)
    assert (await mailroom.receive(letter("d-3", error="e3"))).fate is Fate.REPEATED
    known = await mailroom.receive(letter("d-new", error="e0"))
    assert (known.fate, known.key) == (Fate.SAVED, "ticket:1")
    assert (await mailroom.receive(letter("brand-new", error="unheard"))).key == "ticket:6"
    keys = []
    while (claim := await mailroom.claim(clock.turn(minutes=2), {})) is not None:
        keys.append(claim.key)
        mail = await mailroom.pending(claim, after=0, limit=100)
        await mailroom.finish(claim, through=mail[-1].seq if mail else 0, now=clock())
    assert {f"ticket:{number}" for number in range(1, 7)} | {f"office:{number}" for number in range(5)} <= set(keys)
    assert (await mailroom.standing()).pending == 0
    await mailroom.close()
    await database.close()
