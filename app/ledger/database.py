"""The database: one SQLite connection, many units of work in one commit, and a thread that waits for the disk.

Rule: a unit of work is a function of the connection. It is answered only after the commit it is part of, and it
may be run twice: a batch first runs bare; if any unit of it raises, the batch is rolled back and run again with
a savepoint around each, so that only the unit at fault fails. Hence a unit touches nothing but the connection,
and takes a few milliseconds at most: it runs on the event loop.

Why there: every statement gives up Python's interpreter lock and has to win it back. On a thread beside a busy loop
that costs more than the SQL itself; on the loop nobody contends for it. What takes long is the disk, so the commit
alone is handed to a thread, and what is asked for meanwhile becomes the next batch. Never do both use the connection
at once. A lock that another process holds is waited for on that thread, too.

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
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, NamedTuple, TypeVar

from app.domain.errors import ProdSquadError
from app.ledger.schema import MIGRATIONS, RESET

T = TypeVar("T")
Unit = Callable[[sqlite3.Connection], T]
_Outcome = tuple[Any, Exception | None]

_BATCH: Final = 256
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)
_PATIENCE: Final = 5.0
"""Seconds to wait for another process's write lock."""
_TRY_AGAIN: Final = 0.01


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

    __slots__ = ("future", "unit")

    def __init__(self, unit: Unit[Any], future: asyncio.Future[Any]) -> None:
        self.unit = unit
        self.future = future


class _Errand(NamedTuple):
    """What the thread does on the connection, and what the loop does then, told the error if there was one."""

    do: Callable[[], None]
    then: Callable[[Exception | None], None]
    loop: asyncio.AbstractEventLoop


class Database:
    """See the module's rule. Made by `Database.open`; used on one event loop."""

    def __init__(self, connection: sqlite3.Connection, lock: int | None) -> None:
        self._connection = connection
        self._lock = lock
        self._closed = False
        self._waiting: list[_Job] = []
        self._busy = False
        self._idle: asyncio.Future[None] | None = None
        self._errands: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="commits", daemon=True)
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
        """Do the unit and return its value once it is committed.

        Whatever the unit raises is raised here, and nothing of it was written. Cancelling the caller does not
        stop a unit. Errors: `DatabaseClosedError`.
        """
        if self._closed:
            raise DatabaseClosedError("The database is closed; the App is stopping. Send it again after the restart.")
        loop = asyncio.get_running_loop()
        job = _Job(unit, loop.create_future())
        self._waiting.append(job)
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next, loop)
        value: T = await job.future
        return value

    async def close(self) -> None:
        """Finish what was handed in, then let go of the file and its lock. May be called twice."""
        if not self._closed:
            self._closed = True
            if self._busy:
                self._idle = asyncio.get_running_loop().create_future()
                await self._idle
            self._errands.put(None)
        await asyncio.to_thread(self._thread.join)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a batch of what waits; where another process writes, as soon as it has done."""
        batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
        if not batch:
            self._busy = False
            if self._idle is not None:
                self._idle.set_result(None)
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._errands.put(_Errand(self._begin_patiently, partial(self._begun, batch, loop), loop))
        except sqlite3.Error as error:
            loop.call_soon(self._committed, batch, loop, (), error)
        else:
            self._begun(batch, loop, None)

    def _begun(self, batch: Sequence[_Job], loop: asyncio.AbstractEventLoop, error: Exception | None) -> None:
        """Run the units, and have them committed."""
        if error is None:
            try:
                outcomes = self._outcomes(batch)
            except sqlite3.Error as failed:
                error = failed
            else:
                self._errands.put(_Errand(self._commit, partial(self._committed, batch, loop, outcomes), loop))
                return
        self._committed(batch, loop, (), error)

    def _committed(
        self,
        batch: Sequence[_Job],
        loop: asyncio.AbstractEventLoop,
        outcomes: Sequence[_Outcome],
        error: Exception | None,
    ) -> None:
        """Answer those who wait, and go on with what has come meanwhile."""
        if error is not None:
            outcomes = [(None, error)] * len(batch)
        for job, (value, failed) in zip(batch, outcomes, strict=True):
            if job.future.done():
                continue
            if failed is None:
                job.future.set_result(value)
            else:
                job.future.set_exception(failed)
        self._next(loop)

    def _outcomes(self, batch: Sequence[_Job]) -> Sequence[_Outcome]:
        """What the units of an open transaction come to. Raises sqlite3.Error where the transaction itself fails."""
        connection = self._connection
        try:
            return _bare(connection, batch)
        except Exception as error:  # noqa: BLE001 - handed to those who wait for the units
            _roll_back(connection)
            connection.execute("BEGIN IMMEDIATE")
            if len(batch) == 1:
                return [(None, error)]
        try:
            return _guarded(connection, batch)
        except BaseException:
            _roll_back(connection)
            raise

    # On the thread

    def _serve(self) -> None:
        while (errand := self._errands.get()) is not None:
            failed: Exception | None = None
            try:
                errand.do()
            except Exception as error:  # noqa: BLE001 - told to the loop, where somebody waits for it
                failed = error
            if not errand.loop.is_closed():
                errand.loop.call_soon_threadsafe(errand.then, failed)
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            _roll_back(self._connection)
            raise

    def _begin_patiently(self) -> None:
        until = monotonic() + _PATIENCE
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                if monotonic() > until:
                    raise
                sleep(_TRY_AGAIN)
            else:
                return


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


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


def _connect(path: Path, *, attach: bool) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # what it holds is the squad's alone
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256)
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


def version_of(path: Path) -> int:
    """Of which version a file's tables are; 0 where there is none. Errors: `UnusableDatabaseError`."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        raise UnusableDatabaseError(f"{path} can't be read: {error}. Name another file in DATABASE.") from error


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
