"""The database: one SQLite connection, one thread that writes, many units of work in one commit.

Rule: a unit of work is a function of the connection. It is answered only after the commit it is part of, and it
may be run twice: a batch first runs bare; if any unit of it raises, the batch is rolled back and run again with
a savepoint around each, so that only the unit at fault fails. Hence a unit touches nothing but the connection.

Every statement gives up Python's interpreter lock and has to win it back, so what costs is the number of calls
to `sqlite3`, not the SQL: the bare first run saves two of about six for each saved letter. Waking a thread costs
as much, so the units of one turn of the event loop are handed over together.

WAL with `synchronous=FULL` is durable at each commit (https://www.sqlite.org/pragma.html#pragma_synchronous); the
automatic checkpoint is left on, or the write-ahead log would grow without bound under load.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from app.domain.errors import ProdSquadError
from app.ledger.schema import MIGRATIONS, RESET

T = TypeVar("T")
Unit = Callable[[sqlite3.Connection], T]
_Outcome = tuple[Any, Exception | None]

_BATCH: Final = 256
_PRAGMAS: Final = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)


class DatabaseInUseError(ProdSquadError):
    """Another process serves this database."""


class SchemaError(ProdSquadError):
    """The database's tables are not those of this version."""


class UnusableDatabaseError(ProdSquadError):
    """The file can't be opened, or is no database."""


class DatabaseClosedError(ProdSquadError):
    """Work was handed in after the database was closed; it was not done."""


class _Job:
    """One unit of work and who waits for it."""

    __slots__ = ("future", "loop", "unit")

    def __init__(self, unit: Unit[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.unit = unit
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()


class Database:
    """See the module's rule. Made by `Database.open`; used from one event loop."""

    def __init__(self, connection: sqlite3.Connection, lock: int | None) -> None:
        self._connection = connection
        self._lock = lock
        self._closed = False
        self._gathered: list[_Job] = []
        self._handed: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="database", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, *, attach: bool = False) -> Database:
        """Open for serving: take the lock, bring the tables up to date, free what a dead process held.

        `attach` is for operator commands beside a running App: no lock, no new tables, nothing freed.

        Errors: `DatabaseInUseError`, `SchemaError`, `UnusableDatabaseError`.
        """
        try:
            return cls._opened(path, attach=attach)
        except (sqlite3.Error, OSError) as error:
            raise UnusableDatabaseError(
                f"{path} can't be used as the database: {error}. Name another file in DATABASE, or mend this one; "
                "nothing was started."
            ) from error

    @classmethod
    def _opened(cls, path: Path, *, attach: bool) -> Database:
        if attach:
            if not path.exists():
                raise SchemaError(f"There is no database at {path}. Name the file the App serves, or start the App.")
            return cls(_connect(path, attach=True), None)
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(path)
        try:
            return cls(_connect(path, attach=False), lock)
        except BaseException:
            os.close(lock)
            raise

    async def run(self, unit: Unit[T]) -> T:
        """Do the unit on the writing thread and return its value once it is committed.

        Whatever the unit raises is raised here, and nothing of it was written. Cancelling the caller does not
        stop a unit. Errors: `DatabaseClosedError`.
        """
        if self._closed:
            raise DatabaseClosedError("The database is closed; the App is stopping. Send it again after the restart.")
        loop = asyncio.get_running_loop()
        job = _Job(unit, loop)
        if not self._gathered:
            loop.call_soon(self._hand_over)
        self._gathered.append(job)
        value: T = await job.future
        return value

    async def close(self) -> None:
        """Finish what was handed in, then let go of the file and its lock. May be called twice."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._handed.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        if self._gathered:
            self._handed.put(self._gathered)
            self._gathered = []

    def _serve(self) -> None:
        handed = self._handed.get()
        while handed is not None:
            waiting, handed = handed, []
            while handed is not None and len(waiting) < _BATCH:
                try:
                    handed = self._handed.get_nowait()
                except queue.Empty:
                    break
                waiting += handed or ()
            for first in range(0, len(waiting), _BATCH):
                batch = waiting[first : first + _BATCH]
                _answer(batch, self._commit(batch))
            if handed is not None:
                handed = self._handed.get()
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)

    def _commit(self, batch: Sequence[_Job]) -> Sequence[_Outcome]:
        try:
            return self._transaction(batch, _bare)
        except Exception as error:  # noqa: BLE001 - handed to those who wait for the units
            if len(batch) == 1:
                return [(None, error)]
        try:
            return self._transaction(batch, _guarded)
        except sqlite3.Error as error:
            return [(None, error)] * len(batch)

    def _transaction(
        self, batch: Sequence[_Job], run: Callable[[sqlite3.Connection, Sequence[_Job]], Sequence[_Outcome]]
    ) -> Sequence[_Outcome]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = run(connection, batch)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return outcomes


def _bare(connection: sqlite3.Connection, batch: Sequence[_Job]) -> Sequence[_Outcome]:
    return [(job.unit(connection), None) for job in batch]


def _guarded(connection: sqlite3.Connection, batch: Sequence[_Job]) -> Sequence[_Outcome]:
    outcomes: list[_Outcome] = []
    for job in batch:
        connection.execute("SAVEPOINT unit")
        try:
            outcomes.append((job.unit(connection), None))
        except Exception as error:  # noqa: BLE001 - handed to the one who waits for this unit
            connection.execute("ROLLBACK TO unit")
            outcomes.append((None, error))
        connection.execute("RELEASE unit")
    return outcomes


def _answer(batch: Sequence[_Job], outcomes: Sequence[_Outcome]) -> None:
    """Wake each waiting loop once for the whole batch."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Job, _Outcome]]] = {}
    for job, outcome in zip(batch, outcomes, strict=True):
        loops.setdefault(job.loop, []).append((job, outcome))
    for loop, answers in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[_Job, _Outcome]]) -> None:
    for job, (value, error) in answers:
        if job.future.done():
            continue
        if error is None:
            job.future.set_result(value)
        else:
            job.future.set_exception(error)


def _connect(path: Path, *, attach: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _migrate(connection, path, attach=attach)
        if not attach:
            connection.execute(RESET)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, *, attach: bool) -> None:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise SchemaError(
            f"{path} was written by a newer version (tables {version}, this one knows {len(MIGRATIONS)}). "
            "Run that version again, or restore the copy from before the upgrade; nothing was changed."
        )
    if attach and version < len(MIGRATIONS):
        raise SchemaError(f"{path} has the tables of an older version. Start the App once: it brings them up to date.")
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {number}; COMMIT;")


def _take_lock(path: Path) -> int:
    """A lock the kernel drops with the process, however it ends."""
    name = path.with_name(path.name + ".lock")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise DatabaseInUseError(
            f"{path} is served by another process (id {holder}). Stop that one first, or give this one a database "
            "file of its own; nothing was started."
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
