"""Serving: the App at work, and how it stops.

| it is told to stop (SIGTERM, SIGINT)                                              | at most                        |
|-----------------------------------------------------------------------------------|--------------------------------|
| `/ready` says 503; all else goes on, so that a load balancer can turn away        | `STOP_GRACE`, or a second      |
|                                                                                   | signal                         |
| the doors close: nothing is accepted any more, what is being saved is answered    | 5 s                            |
| the worker claims no more; settles under way end, the rest is given back          | 10 s                           |
| the store finishes what was handed in, and is closed                              |                                |

Rules: what is opened here is closed here, in the opposite order, whatever fails on the way. A process whose role is
one half does that half alone: a worker still answers `/health`, `/ready` and `/metrics`. What goes on in the background
goes on until the end: if any of it dies, the App stops as if it were told to, and ends with a fault, so that whoever
supervises it starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from app.domain.errors import ProdSquadError, StoreError, SystemRefusedError, UserError
from app.flows.settle_office import opening_letters
from app.flows.squad_files import KEEPS_UP
from app.ledger.copying.note import refuse_half_a_copy
from app.settings import Settings
from app.wiring import Clock, House, Role, clock, house

_ASK_AGAIN: Final = 60.0
"""Seconds."""
_DRAIN: Final = 10.0
"""Seconds that settles under way have to end when the App stops."""
_log: Final = structlog.get_logger("app")


class DutyError(ProdSquadError):
    """Something that goes on until the App stops died before."""


@asynccontextmanager
async def running(
    settings: Settings, now: Clock = clock, *, role: Role = Role.BOTH, died: Callable[[], None] | None = None
) -> AsyncIterator[House]:
    """The App at work: its doors open, its worker busy, as far as its role goes.

    `died` is called once a duty dies; it is raised as DutyError at the end, when all is closed.
    """
    async with house(settings, now, role=role) as built:
        await refuse_half_a_copy(built.mailroom)
        await built.squad_files.recall_home()
        runner = web.AppRunner(built.web, access_log=None, shutdown_timeout=5)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise UserError(
                f"{settings.host}:{settings.port} can't be listened on: {error.strerror}. Set HOST and PORT to what is "
                "free; nothing was started."
            ) from error
        if role.works:
            for letter in opening_letters(now()):
                await built.mailroom.receive(letter)
        tasks = [asyncio.create_task(work, name=name) for name, work in _duties(built)]
        for task in tasks:
            task.add_done_callback(partial(_ended, died=died))
        _log.info("open", host=settings.host, port=settings.port, tickets=settings.tickets_repository, role=role.value)
        try:
            yield built
        finally:
            _log.info("closing")
            built.readiness.closing = True
            try:
                await runner.cleanup()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)  # of what died `_ended` has told
                await built.worker.drain(_DRAIN)
        dead = [task.get_name() for task in tasks if _fault_of(task) is not None]
        if dead:
            raise DutyError(f"The App stopped, since a duty of its died: {', '.join(dead)}. The log says why.")


def _ended(task: asyncio.Task[None], died: Callable[[], None] | None) -> None:
    fault = _fault_of(task)
    if fault is not None:
        _log.error("a duty died: the App has to be started again", duty=task.get_name(), exc_info=fault)
        if died is not None:
            died()


def _fault_of(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _duties(built: House) -> list[tuple[str, Coroutine[None, None, None]]]:
    """What goes on until the process stops, by its role."""
    duties: list[tuple[str, Coroutine[None, None, None]]] = []
    if built.shares_its_store:
        duties.append(("squad's files", _keep_up(built)))
    if built.role.opens_doors:
        duties.append(("slug", _know_its_name(built)))
    if built.role.works:
        duties.append(("worker", built.worker.run()))
    return duties


async def _keep_up(built: House) -> None:
    """What another process has read of the squad's files is in force here, too: doors redact by it."""
    while True:
        await asyncio.sleep(KEEPS_UP)
        try:
            await built.squad_files.keep_up()
        except StoreError as error:
            _log.warning("the squad's files could not be compared with the store's", error=str(error))


async def _know_its_name(built: House) -> None:
    """By its name the App knows its own acts; what GitHub says counts for more than the setting."""
    while True:
        try:
            slug = await built.apps.slug()
        except SystemRefusedError as error:
            _log.warning("GitHub does not say what the App is called", error=str(error))
            await asyncio.sleep(_ASK_AGAIN)
            continue
        if slug != built.settings.github_app_slug:
            _log.error(
                "GITHUB_APP_SLUG is wrong; GitHub's own word is taken", set=built.settings.github_app_slug, is_=slug
            )
        built.doors.app_slug = slug
        return


async def serve(settings: Settings, role: Role) -> None:
    """Run until told to stop by SIGINT or SIGTERM, or until a duty dies; a second signal ends the grace.

    Raises DutyError at the end if one died.
    """
    loop = asyncio.get_running_loop()
    stop, hurry = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (hurry if stop.is_set() else stop).set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told)
    async with running(settings, role=role, died=stop.set) as built:
        await stop.wait()
        built.readiness.closing = True
        _log.info("not ready: it stops", doors_close_in=settings.stop_grace)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.stop_grace):
                await hurry.wait()
