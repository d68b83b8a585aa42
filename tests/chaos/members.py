"""The places of a fleet, where one process after the other lives and is killed or paused."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.texts.body import state_in
from sandbox import github
from sandbox.github.server import Logged
from tests.chaos import witness
from tests.chaos.killable import KillableApp
from tests.postgres.databases import Server

WAKES: Final = timedelta(seconds=0.5)
PAUSED: Final = timedelta(seconds=12)
"""At most; the fleet has six seconds' patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trespass:
    """A ticket was written on GitHub by who did not hold its mailbox."""

    who: str
    at: datetime
    what: str


class Member:
    """One place in the fleet, where one process after the other lives: each under a role of its own."""

    def __init__(self, folder: Path, name: str, server: Server, more: dict[str, str]) -> None:
        folder.mkdir()
        self._app = KillableApp(folder, **more)
        self._name = name
        self._server = server
        self._lives = 0
        self.absences: dict[str, list[witness.Absence]] = {}

    @property
    def app(self) -> KillableApp:
        return self._app

    @property
    def name(self) -> str:
        return self._name

    async def start(self, hub: github.Sandbox) -> None:
        """A new life."""
        self._lives += 1
        role = f"{self._name}_{self._lives}"
        await asyncio.to_thread(self._server.execute, f'CREATE ROLE "{role}" LOGIN SUPERUSER')
        self.absences[role] = []
        self._app.more["DATABASE_URL"] = self._server.url_of("squad", role)
        await self._app.start(hub)
        await self._app.listening()

    async def kill(self) -> None:
        """The end of it."""
        self._absent(None)
        await self._app.kill()

    async def pause(self) -> None:
        """As on a machine that is busy with something else, until its claims are just being settled by the other."""
        began = datetime.now(UTC)
        self._app.signal(signal.SIGSTOP)
        url, role = self._server.url_of("squad"), f"{self._name}_{self._lives}"
        ends = began + PAUSED
        while datetime.now(UTC) < ends and not await asyncio.to_thread(witness.is_robbed, url, role, began):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        self._app.signal(signal.SIGCONT)
        self._gone().append(witness.Absence(since=began, until=datetime.now(UTC)))

    def woke_before(self, trespass: Trespass) -> bool:
        """It was paused, and made just then the call that it had been about to make: no store can take that back.

        What it writes is the ticket as it knew it, which the next settle puts right; what it creates is found by its
        mark.
        """
        if trespass.who != self._name:
            return False
        ends = [gone.until for absences in self.absences.values() for gone in absences if gone.until is not None]
        return any(end <= trespass.at <= end + WAKES for end in ends)

    def _absent(self, until: datetime | None) -> None:
        self._gone().append(witness.Absence(since=datetime.now(UTC), until=until))

    def _gone(self) -> list[witness.Absence]:
        return self.absences[f"{self._name}_{self._lives}"]


def trespasses(requests: Iterable[Logged], seen: witness.Seen, names: Mapping[str, str]) -> Iterator[Trespass]:
    """Calls that write a ticket's body and were made by a process that did not hold its mailbox.

    `names` are the members' by the name under which they call GitHub.
    """
    for call in requests:
        sent = call.json.get("variables", call.json) if isinstance(call.json, dict) else {}
        state = state_in(str(sent.get("body") or "")) if isinstance(sent, dict) else None
        if state is None:
            continue
        name, key = names[call.host.partition(":")[0]], f"ticket:{state.ticket}"
        holders = seen.holders(key, call.at)
        if not any(holder.startswith(f"{name}_") for holder in holders):
            what = f"{key}: written by {name} at {call.at:%H:%M:%S.%f}, held by {' and '.join(holders) or 'nobody'}"
            yield Trespass(who=name, at=call.at, what=what)
