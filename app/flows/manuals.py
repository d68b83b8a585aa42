"""The manuals that a squad's file names, read and kept with it.

| the manual                                       | then                                                            |
|--------------------------------------------------|-----------------------------------------------------------------|
| is there                                         | its text is in force, up to the length that is read             |
| is not there, or the App is not installed there, | a fault of the squad's file; tickets show none                  |
| or it is another owner's                         |                                                                 |
| can't be read now: GitHub is down, or refuses    | what was read last stays in force; said in the log              |

Rules: a manual is never read for a ticket, and never stops one. It belongs to the owner of the squad's file: else who
writes a squad's file could have the App read what other owners keep to themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import cachetools
import structlog

from app.domain.errors import SystemRefusedError
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.domain.manuals import Manual, Passage
from app.domain.owners import Fault
from app.domain.squad import Squad
from app.flows.systems import Files
from app.intake import manual

_log: Final = structlog.get_logger("manuals")


class ManualText(Fact, frozen=True, kw_only=True):
    """A manual as it was read last."""

    repository: Repository
    path: str
    app: str = ""
    text: str = ""


class Manuals:
    """See the module's rule. `find` gives a repository by its name, None where the App is not installed on it."""

    def __init__(self, files: Files, find: Callable[[str], Awaitable[Repository | None]]) -> None:
        self._files = files
        self._find = find
        self._read: cachetools.LRUCache[str, tuple[Passage, ...]] = cachetools.LRUCache(100)

    async def texts(
        self, squad: Squad, squad_in: Repository, known: tuple[ManualText, ...]
    ) -> tuple[tuple[ManualText, ...], tuple[str, ...]]:
        """What the squad's file names, as it is now, and what is wrong with it."""
        named = squad.manuals
        elsewhere = squad.manual.repository if squad.manual is not None else ""
        if not named:
            return (), ()
        if elsewhere and elsewhere.partition("/")[0].casefold() != squad_in.owner.casefold():
            return (), (f"manual.repository: {elsewhere} is another owner's; name one of {squad_in.owner}",)
        try:
            repository = await self._find(elsewhere) if elsewhere else squad_in
        except SystemRefusedError as error:
            return self._last(known, named, str(error)), ()
        if repository is None:
            return (), (f"manual.repository: the App is not installed on {elsewhere}; install it there",)
        texts: list[ManualText] = []
        faults: list[str] = []
        for app, path in named.items():
            try:
                text = await self._files.text(repository, path)
            except SystemRefusedError as error:
                texts.extend(self._last(known, {app: path}, str(error)))
                continue
            if text is None:
                faults.append(
                    f"manual: there is no {path} in {repository.name}, on its branch {repository.default_branch}"
                )
                continue
            if len(text) > manual.LONGEST:
                faults.append(f"manual: of {path} only the first {manual.LONGEST:,} characters are read")
            texts.append(ManualText(repository=repository, path=path, app=app, text=text[: manual.LONGEST]))
        return tuple(texts), tuple(faults)

    async def read(self, texts: tuple[ManualText, ...]) -> tuple[Manual, ...]:
        """The manuals; a text that was read before is not read again, and a new one in a thread of its own."""
        manuals: list[Manual] = []
        for each in texts:
            passages = self._read.get(each.text)
            if passages is None:
                passages = self._read[each.text] = await asyncio.to_thread(manual.read, each.text)
            manuals.append(Manual(repository=each.repository, path=each.path, app=each.app, passages=passages))
        return tuple(manuals)

    def _last(self, known: tuple[ManualText, ...], named: dict[str, str], error: str) -> tuple[ManualText, ...]:
        _log.warning("a manual could not be read; the last one stays", paths=sorted(named.values()), error=error)
        return tuple(each for each in known if named.get(each.app) == each.path)


def faults_of(messages: tuple[str, ...], squad_text: str, path: str) -> tuple[Fault, ...]:
    """The faults, each at the line that names the manual."""
    lines = squad_text.splitlines()
    line = next((nth for nth, line in enumerate(lines, 1) if line.lstrip(" -{").startswith("manual:")), 0)
    return tuple(Fault(line=line, message=message, path=path) for message in messages)
