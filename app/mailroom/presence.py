"""A process's presence in the fleet: registered with procrastinate while it claims mailboxes, heard, woken, and missed.

procrastinate is the waker (the notification that its table sends with each job), the lock (one `doing` job for each
key) and the heartbeat. Its own worker loop is not used: the reasons are in
docs/adr/0014-postgresql-beneath-one-port.md.

| every so often                                | why                                                                |
|-----------------------------------------------|--------------------------------------------------------------------|
| say that this process is alive                | or it is missed                                                    |
| give back claims that nobody here knows of    | the answer to a claim was lost on the way                          |
| take over the claims of a process that is missed | they are queued ahead of all else; `generation` stops a slow one |
| put right what does not fit together          | somebody meddled with procrastinate's tables                       |

Rules: a process that could not say that it was alive, or begins where nobody has said so of late, takes nothing over
for a while, since the others may not have been able to say so either: PostgreSQL was down. Nothing that it waits for
stops its heart for good: what lies between it and PostgreSQL may be stuck without a word.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Iterator
from typing import Any, Final, TypeVar

import psycopg
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector

from app.domain.errors import StoreError
from app.domain.facts import Fact
from app.ledger.postgres.database import CONNECTION, PATIENCE, Database, configure, told

T = TypeVar("T")

QUEUE: Final = "prod_squad"
"""procrastinate's queue; the functions of the database name it, too."""

_log: Final = structlog.get_logger("fleet")
_CHANNEL: Final = f"procrastinate_queue_v1#{QUEUE}"
_SOMEBODY_LIVES: Final = """
SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s) LIMIT 1
"""
_IS_REGISTERED: Final = "SELECT 1 FROM procrastinate_workers WHERE id = %s"
_GIVE_BACK_BUT: Final = "SELECT give_back_but(%s, %s::text[])"
_TAKE_OVER: Final = "SELECT take_over(%s::bigint[])"
_MEND: Final = "SELECT mend()"
_SOON: Final = 0.1
_LATE: Final = 2.0


class Pace(Fact, frozen=True, kw_only=True):
    """How often, in seconds. A process that dies is missed after `stale`, and found so by another within `beat`."""

    beat: float = 2.0
    stale: float = 6.0
    mend: float = 30.0
    look_again: float = 5.0
    """How long a process waits at most before it looks of itself, whatever it was not told."""


class Presence:
    """See the module's rule. Nothing is begun before `work` or `listen` is called: a door needs neither."""

    def __init__(self, database: Database, pace: Pace, *, heard: Callable[[], None]) -> None:
        self._database = database
        self._pace = pace
        self._heard = heard
        self._connector = PsycopgConnector(
            conninfo=database.url,
            kwargs={name: value for name, value in CONNECTION.items() if name != "autocommit"},  # its own business
            min_size=1,
            max_size=1,
            timeout=PATIENCE,
            reconnect_timeout=PATIENCE,
            configure=configure,
        )
        self._jobs = JobManager(self._connector)
        self._tasks: list[asyncio.Task[None]] = []
        self._listens = asyncio.Event()
        self._opening = asyncio.Lock()
        self._listener: asyncio.Task[None] | None = None
        self._shaken_until = 0.0
        self.worker: int | None = None
        self.claiming = asyncio.Lock()
        """Held while a claim is asked for, so that one which nobody knows of yet is told from one that was lost."""
        self.known: dict[str, int] = {}
        """The claims of this process: mailbox and generation."""

    async def listen(self) -> None:
        """From now on `heard` is called whenever a mailbox may have become due. Errors: `StoreError`."""
        async with self._opening:
            if self._listener is not None:
                return
            with self._as_store_errors():
                await self._database.carried_through(_in_time(self._connector.open_async()))
            self._listener = asyncio.create_task(self._listen(), name="listen")
            self._tasks.append(self._listener)
        with contextlib.suppress(TimeoutError):  # it is tried on and on; until then `look_again` has to do
            async with asyncio.timeout(PATIENCE):
                await self._listens.wait()

    async def work(self) -> int:
        """The number that this process claims with. Errors: `StoreError`."""
        if self.worker is None:
            await self.listen()
            if await self._database.row(_SOMEBODY_LIVES, (2 * self._pace.beat,), again=True) is None:
                self._shaken_until = asyncio.get_running_loop().time() + self._pace.stale
            self.worker = await self._register()
            self._tasks.append(asyncio.create_task(self._beat_on(), name="heartbeat"))
        return self.worker

    async def register_anew(self) -> int:
        """This process was taken for dead: its claims are others' now. Errors: `StoreError`."""
        self.worker = await self._register()
        _log.warning("this process was taken for dead; its claims were given to others", worker=self.worker)
        return self.worker

    async def _register(self) -> int:
        with self._as_store_errors():
            return await self._database.carried_through(_in_time(self._jobs.register_worker()))

    async def leave(self) -> None:
        """Give all claims back at once, and be missed by nobody."""
        await _ended(self._tasks)
        await self._database.quiet()  # a claim, say, for which nobody waits any more
        if self.worker is not None:
            try:
                await self._database.rows(_GIVE_BACK_BUT, (self.worker, []), again=True)
                await _in_time(self._jobs.unregister_worker(self.worker))
            except (StoreError, ConnectorException, TimeoutError) as error:
                _log.warning("claims could not be given back; others take them over", error=self._why(error))
        await self._connector.close_async()

    async def _listen(self) -> None:
        """The connection that hears is made again whenever it breaks; what was said meanwhile counts as heard."""
        pause = _SOON
        while True:
            channels = _Channels(self._is_heard_again)
            try:
                await self._connector.listen_notify(on_notification=self._on_notification, channels=channels)
            except ConnectorException as error:
                self._listens.clear()
                if channels.heard:
                    pause = _SOON
                _log.warning("PostgreSQL is not heard; trying again", error=self._why(error))
            except Exception:  # noqa: BLE001 - a process that is not woken is no use
                _log.exception("PostgreSQL is not heard; trying again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LATE)

    async def _on_notification(self, *, channel: str, payload: str) -> None:
        del channel, payload
        self._heard()

    def _is_heard_again(self) -> None:
        self._listens.set()
        self._heard()

    async def _beat_on(self) -> None:
        loop = asyncio.get_running_loop()
        mended = loop.time()
        while True:
            await asyncio.sleep(self._pace.beat)
            try:
                await _in_time(self._beat())
                if loop.time() >= mended + self._pace.mend:
                    mended = loop.time()
                    await _in_time(self._mend())
            except (StoreError, ConnectorException, TimeoutError) as error:
                self._shaken_until = loop.time() + self._pace.stale
                _log.warning("no heartbeat", error=self._why(error))
            except Exception:  # noqa: BLE001 - without heartbeats every claim of this process would be taken over
                _log.exception("the heartbeat failed; going on")

    async def _beat(self) -> None:
        if self.worker is None:
            return
        await self._jobs.update_heartbeat(self.worker)
        async with self.claiming:
            if await self._database.row(_IS_REGISTERED, (self.worker,)) is None:
                await self.register_anew()
            await self._tell(_GIVE_BACK_BUT, (self.worker, list(self.known)), "a claim was lost on the way")
        if asyncio.get_running_loop().time() < self._shaken_until:
            return
        stalled = await self._jobs.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self._pace.stale)
        ids = [job.id for job in stalled]
        if ids:
            await self._tell(_TAKE_OVER, (ids,), "claims of a process that is gone are free again")
        await self._jobs.prune_stalled_workers(seconds_since_heartbeat=self._pace.stale)

    async def _tell(self, query: Any, params: tuple[object, ...], what: str) -> None:
        row = await self._database.row(query, params)
        if row is not None and row[0]:
            _log.warning(what, mailboxes=row[0])

    async def _mend(self) -> None:
        row = await self._database.row(_MEND)
        if row is not None and row[0]:
            _log.error("mailboxes did not fit procrastinate's jobs, and were put right", mailboxes=row[0])
            self._heard()

    @contextlib.contextmanager
    def _as_store_errors(self) -> Iterator[None]:
        try:
            yield
        except (ConnectorException, psycopg.Error, TimeoutError) as error:
            raise StoreError(f"PostgreSQL failed: {self._why(error)}") from error

    def _why(self, error: BaseException) -> str:
        cause = error if isinstance(error, TimeoutError) else error.__cause__ or error
        return (
            told(cause, self._database.url) if isinstance(cause, psycopg.Error) else str(cause) or "no answer in time"
        )


async def _in_time(work: Coroutine[Any, Any, T]) -> T:
    """procrastinate waits for an answer as long as the connection stands. Errors: TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        return await work


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until they have ended: `asyncio.wait_for`, which the libraries wait with, loses a cancellation that comes
    together with what it waits for (https://github.com/python/cpython/issues/86296)."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_SOON)


class _Channels(Collection[str]):
    """The channel, which tells when the connection listens to it: `listen_notify` goes through it at each connection,
    and hears nothing of what was said before."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then
        self.heard = False

    def __iter__(self) -> Iterator[str]:
        yield _CHANNEL
        self.heard = True
        self._then()

    def __len__(self) -> int:
        return 1

    def __contains__(self, name: object) -> bool:
        return name == _CHANNEL
