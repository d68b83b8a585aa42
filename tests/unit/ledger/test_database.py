"""The database: many units in few commits, each by itself; one process serves it; nothing is half written."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.ledger.database import Database, DatabaseClosedError, DatabaseInUseError, SchemaError, UnusableDatabaseError
from app.ledger.schema import MIGRATIONS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "prod-squad.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = Database.open(path)
    await opened.run(lambda connection: connection.execute("CREATE TABLE t (n INTEGER UNIQUE)"))
    yield opened
    await opened.close()


def insert(number: int) -> Callable[[sqlite3.Connection], int]:
    """A unit that writes one row."""

    def unit(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return unit


def insert_and_fail(number: int) -> Callable[[sqlite3.Connection], int]:
    """A unit that writes a row, then raises."""

    def unit(connection: sqlite3.Connection) -> int:
        insert(number)(connection)
        raise ValueError(f"no {number}")

    return unit


async def numbers(database: Database) -> list[int]:
    """All rows, in order."""
    rows = await database.run(lambda connection: connection.execute("SELECT n FROM t ORDER BY n").fetchall())
    return [row[0] for row in rows]


def commits_of(database: Database) -> list[str]:
    """From now on, each commit."""
    seen: list[str] = []
    database._connection.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)
    return seen


class HeldCommit:
    """The database's commits, which wait on their thread until they may go on."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.goes_on = threading.Event(), threading.Event()
        commit = database._commit

        def held() -> None:
            self.begun.set()
            assert self.goes_on.wait(5), "nobody let the commit go on"
            commit()

        monkeypatch.setattr(database, "_commit", held)


# Group commit


async def test_units_that_wait_together_are_few_commits(database: Database) -> None:
    commits = commits_of(database)
    values = await asyncio.gather(*(database.run(insert(number)) for number in range(1_000)))
    assert list(values) == list(range(1_000))
    assert len(commits) == 4
    assert await numbers(database) == list(range(1_000))


async def test_units_are_done_in_the_order_they_were_handed_in(database: Database) -> None:
    done: list[int] = []

    def note(number: int) -> Callable[[sqlite3.Connection], None]:
        return lambda _: done.append(number)

    await asyncio.gather(*(database.run(note(number)) for number in range(600)))
    assert done == list(range(600))


async def test_a_unit_is_answered_only_after_its_commit(database: Database, path: Path) -> None:
    await database.run(insert(1))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT n FROM t").fetchall() == [(1,)]


async def test_what_comes_while_a_commit_is_under_way_is_in_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits, waits = commits_of(database), HeldCommit(database, monkeypatch)
    first = asyncio.create_task(database.run(insert(1_000)))
    await asyncio.to_thread(waits.begun.wait, 5)
    others = [asyncio.create_task(database.run(insert(number))) for number in range(100)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in (first, *others))
    waits.goes_on.set()
    await asyncio.gather(first, *others)
    assert len(commits) == 2


# Faults


async def test_a_unit_that_fails_fails_alone_and_writes_nothing(database: Database) -> None:
    units = [insert_and_fail(number) if number % 10 == 3 else insert(number) for number in range(50)]
    outcomes = await asyncio.gather(*map(database.run, units), return_exceptions=True)
    failed = [number for number in range(50) if number % 10 == 3]
    assert [str(outcome) for outcome in outcomes if isinstance(outcome, ValueError)] == [f"no {n}" for n in failed]
    assert await numbers(database) == [number for number in range(50) if number not in failed]


async def test_a_unit_that_fails_by_itself_is_run_once(database: Database) -> None:
    runs: list[int] = []

    def fail(connection: sqlite3.Connection) -> None:
        runs.append(1)
        insert_and_fail(1)(connection)

    with pytest.raises(ValueError, match="no 1"):
        await database.run(fail)
    assert len(runs) == 1
    assert await numbers(database) == []


async def test_a_broken_rule_of_the_tables_is_its_unit_s_fault(database: Database) -> None:
    outcomes = await asyncio.gather(*(database.run(insert(7)) for _ in range(3)), return_exceptions=True)
    assert [isinstance(outcome, sqlite3.IntegrityError) for outcome in outcomes] == [False, True, True]
    assert await numbers(database) == [7]


async def test_a_commit_that_fails_is_everybody_s_and_the_next_one_works(database: Database) -> None:
    await database.run(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
    large = "x" * 1_000_000
    await database.run(lambda connection: connection.execute("CREATE TEMP TABLE keep (t)"))

    def too_large(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE big (t)")
        connection.execute("INSERT INTO big VALUES (?)", (large,))

    outcomes = await asyncio.gather(*(database.run(too_large) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 3
    await database.run(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
    await database.run(insert(1))
    assert await numbers(database) == [1]


async def test_a_write_lock_held_too_long_by_another_process_fails_the_units_and_not_the_thread(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ledger.database._PATIENCE", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(*(database.run(insert(n)) for n in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 3
        other.execute("ROLLBACK")
    await database.run(insert(1))
    assert await numbers(database) == [1]


async def test_a_caller_that_is_cancelled_does_not_stop_its_unit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = HeldCommit(database, monkeypatch)
    task = asyncio.create_task(database.run(insert(1)))
    await asyncio.to_thread(waits.begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    waits.goes_on.set()
    assert await numbers(database) == [1]


# Closing


async def test_what_was_handed_in_is_done_before_it_is_closed(database: Database, path: Path) -> None:
    tasks = [asyncio.create_task(database.run(insert(number))) for number in range(300)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*tasks) == list(range(300))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM t").fetchone() == (300,)


async def test_a_closed_database_says_so(database: Database) -> None:
    await database.close()
    await database.close()
    with pytest.raises(DatabaseClosedError, match="Send it again after the restart"):
        await database.run(insert(1))


async def test_closing_lets_go_of_the_file(database: Database, path: Path) -> None:
    await database.close()
    again = Database.open(path)
    await again.close()


# Who serves it


async def test_a_second_one_is_refused_and_told_who_has_it(database: Database, path: Path) -> None:
    with pytest.raises(DatabaseInUseError, match=rf"\(id {os.getpid()}\)"):
        Database.open(path)


async def test_a_second_process_is_refused(database: Database, path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.ledger.database import Database;"
        "Database.open(Path(sys.argv[1]))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), cwd=ROOT, stderr=subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert f"is served by another process (id {os.getpid()})" in said.decode()


async def test_a_process_that_was_killed_holds_nothing(path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from app.ledger.database import Database;"
        "Database.open(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    process.kill()
    await process.wait()
    opened = Database.open(path)
    await opened.close()


async def test_a_command_attaches_beside_the_app_and_writes(database: Database, path: Path) -> None:
    beside = Database.open(path, attach=True)
    await asyncio.gather(*(database.run(insert(n)) for n in range(50)), *(beside.run(insert(n)) for n in range(50, 99)))
    await beside.close()
    assert await numbers(database) == list(range(99))


def test_attaching_makes_no_database(path: Path) -> None:
    with pytest.raises(SchemaError, match="There is no database at"):
        Database.open(path, attach=True)
    assert not path.exists()


# Its tables


def made(path: Path, version: int) -> None:
    """A database of that version, with no tables."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize(
    ("version", "attach", "says"),
    [
        pytest.param(len(MIGRATIONS) + 1, False, "written by a newer version", id="a newer one is not served"),
        pytest.param(len(MIGRATIONS) + 1, True, "written by a newer version", id="… nor attached to"),
        pytest.param(len(MIGRATIONS) - 1, True, "Start the App once", id="an older one is not attached to"),
    ],
)
async def test_tables_of_another_version_are_left_as_they_are(
    path: Path, version: int, attach: bool, says: str
) -> None:
    made(path, version)
    with pytest.raises(SchemaError, match=says):
        Database.open(path, attach=attach)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


async def test_an_older_one_is_brought_up_to_date_when_it_is_served(path: Path) -> None:
    made(path, 0)
    opened = Database.open(path)
    version = await opened.run(lambda connection: connection.execute("PRAGMA user_version").fetchone())
    await opened.close()
    assert version == (len(MIGRATIONS),)


async def test_a_refusal_lets_go_of_the_lock(path: Path) -> None:
    made(path, len(MIGRATIONS) + 1)
    for _ in range(2):
        with pytest.raises(SchemaError):
            Database.open(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all" * 100)
    for _ in range(2):
        with pytest.raises(UnusableDatabaseError, match="is not a database"):
            Database.open(path)


def test_a_folder_that_can_t_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableDatabaseError, match="Name another file in DATABASE"):
        Database.open(tmp_path / "file" / "prod-squad.db")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        pytest.param("journal_mode", "wal", id="a write-ahead log"),
        pytest.param("synchronous", 2, id="every commit is on the disk: FULL"),
    ],
)
async def test_it_is_durable(database: Database, pragma: str, value: Any) -> None:
    row = await database.run(lambda connection: connection.execute(f"PRAGMA {pragma}").fetchone())
    assert row == (value,)
