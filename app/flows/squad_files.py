"""The squad's file and the owners map in force, for each repository.

| looked for          | where, the first that there is                                                       |
|---------------------|--------------------------------------------------------------------------------------|
| the squad's file    | `.github/prod-squad.yml` of the repository, of its owner's `.github`, of the App's   |
|                     | own repository                                                                       |
| the owners map      | `.github/PRODOWNERS` of the same three; else the repository's CODEOWNERS             |
| manuals             | where the squad's file says (`app/flows/manuals.py`)                                 |

Rules: a bad squad's file never stops the squad: the last good one stays in force, across restarts too, and its faults
are shown on the commit. They are read again on a push that touches them, and every six hours in case a push was
missed; after a push to a manual, with the next ticket that needs it. While GitHub can't be reached what was read last
stays in force. Where several processes share a store, what one of them has read is in force in the others within
`KEEPS_UP`: the doors of each redact by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.matching import CompiledMap
from app.domain.errors import SystemRefusedError, UnavailableError
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.domain.manuals import Manual
from app.domain.owners import Fault
from app.domain.squad import Squad
from app.flows.manuals import Manuals, ManualText, faults_of
from app.flows.systems import Checks, Files
from app.intake import owners_map, squad_file
from app.intake.redaction import Redactor

SQUAD_FILE: Final = ".github/prod-squad.yml"
PRODOWNERS: Final = ".github/PRODOWNERS"
CODEOWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for it, in its order."""
_FRESH: Final = timedelta(hours=6)
_HOME: Final = "squad-files:home"
KEEPS_UP: Final = 10.0
"""Seconds between two looks for what another process has read."""
_log: Final = structlog.get_logger("squad files")


class Memory(Protocol):
    """What stays across restarts."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class _Texts(Fact, frozen=True, kw_only=True):
    """The files as they were read last; of the squad's file, the last good text."""

    squad: str = ""
    owners: str = ""
    owners_from: str = ""
    owners_in: Repository | None = None
    manuals: tuple[ManualText, ...] = ()


class InForce(Fact, frozen=True, kw_only=True):
    """What a repository's tickets go by."""

    squad: Squad
    owners: CompiledMap
    owners_in: Repository | None
    """The repository in which the map stands; None where there is no map."""
    read_at: datetime
    manuals: tuple[Manual, ...] = ()
    faults: tuple[Fault, ...] = ()


class SquadFiles:
    """See the module's rules."""

    def __init__(self, files: Files, checks: Checks, memory: Memory, *, home: str, now: Callable[[], datetime]) -> None:
        self._files = files
        self._checks = checks
        self._memory = memory
        self._home = home
        self._now = now
        self._in_force: dict[int, InForce] = {}
        self._adopted: dict[int, tuple[Repository, bytes]] = {}
        self._found: dict[str, tuple[datetime, Repository]] = {}
        self._manuals = Manuals(files, self.find)
        self.redactor = Redactor()
        """By the rules of the home repository's file; the doors ask for it with each delivery."""
        self.squad = Squad()
        """The home repository's file, as it is in force; the doors ask for it, too."""

    @property
    def manual_paths(self) -> frozenset[str]:
        """The paths of all manuals that a squad's file in force names: the doors look out for pushes to them."""
        return frozenset(path for known in self._in_force.values() for path in known.squad.manuals.values())

    async def home(self) -> Repository:
        """The App's own repository, where tickets go that no app names another for.

        Errors: UnavailableError where the App is not installed on it.
        """
        found = await self.find(self._home)
        if found is None:
            raise UnavailableError(
                f"The App is not installed on {self._home} (TICKETS_REPOSITORY). Install it there.",
                reason="not-installed",
            )
        return found

    async def find(self, name: str) -> Repository | None:
        """A repository by its name, kept for six hours: a new ticket must not cost calls to look where it goes."""
        known = self._found.get(name)
        if known is not None and self._now() - known[0] < _FRESH:
            return known[1]
        try:
            found = await self._files.find(name)
        except SystemRefusedError as error:
            if known is None:
                raise
            _log.warning("a repository could not be looked up; what was known stays", name=name, error=str(error))
            return known[1]
        if found is None:
            self._found.pop(name, None)
        else:
            self._found[name] = (self._now(), found)
        return found

    async def of(self, repository: Repository) -> InForce:
        """What is in force for a repository. Raises what GitHub raises if nothing was ever read."""
        known = self._in_force.get(repository.id)
        if known is None:
            remembered = await self._memory.recall(_name(repository))
            if remembered is not None:
                known = await self._adopt(repository, remembered)
        if known is not None and self._now() - known.read_at < _FRESH:
            return known
        try:
            return await self.refresh(repository)
        except SystemRefusedError as error:
            if known is None:
                raise
            _log.warning(
                "the files could not be read again; the last ones stay", repository=repository.name, error=str(error)
            )
            return known

    async def recall_home(self) -> None:
        """Put in force at once what was in force before a restart: the doors redact by the squad's own rules."""
        for home in await self._known_home():
            self._found.setdefault(self._home, (self._now(), home))
            await self._catch_up(home)

    async def keep_up(self) -> None:
        """Put in force what another process has read since."""
        for repository in {*await self._known_home(), *(each for each, _ in self._adopted.values())}:
            if await self._catch_up(repository):
                self._expire_others(repository)

    async def _known_home(self) -> tuple[Repository, ...]:
        """The App's own repository, if any process has read its files."""
        known = await self._memory.recall(_HOME)
        home = None if known is None else msgspec.json.decode(known, type=Repository)
        return () if home is None or home.name.casefold() != self._home.casefold() else (home,)

    async def _catch_up(self, repository: Repository) -> bool:
        """Put in force what is remembered of the repository, where that is something else; whether it was."""
        remembered = await self._memory.recall(_name(repository))
        _, adopted = self._adopted.get(repository.id, (repository, None))
        if remembered is None or remembered == adopted:
            return False
        await self._adopt(repository, remembered)
        return True

    async def refresh(self, repository: Repository, commit: str = "") -> InForce:
        """Read the files again; the faults are shown on the commit, where one is given."""
        places = [repository]
        for name in (f"{repository.owner}/.github", self._home):
            found = await self.find(name)
            if found is not None and all(found.id != place.id for place in places):
                places.append(found)
        squad_in, squad_from, squad_text = await self._first(places, (SQUAD_FILE,))
        owners_in, owners_from, owners_text = await self._first(places, (PRODOWNERS,))
        if owners_in is None:
            owners_in, owners_from, owners_text = await self._first([repository], CODEOWNERS)
        read = squad_file.read(squad_text, squad_from) if squad_in is not None else Squad()
        faults: tuple[Fault, ...] = ()
        last = await self._last(repository)
        if not isinstance(read, Squad):
            faults = read
            squad_text = last.squad
        manuals, missing = await self._manuals.texts(_squad(squad_text), squad_in or repository, last.manuals)
        faults = faults or faults_of(missing, squad_text, squad_from)
        texts = _Texts(
            squad=squad_text, owners=owners_text, owners_from=owners_from, owners_in=owners_in, manuals=manuals
        )
        remembered = msgspec.json.encode(texts)
        await self._memory.remember(_name(repository), remembered, self._now())
        if repository.name.casefold() == self._home.casefold():
            await self._memory.remember(_HOME, msgspec.json.encode(repository), self._now())
        in_force = await self._adopt(repository, remembered, faults)
        self._expire_others(repository)
        if commit:
            mine = msgspec.structs.replace(
                in_force,
                faults=tuple(
                    fault
                    for fault in in_force.faults
                    if (squad_in if fault.path == SQUAD_FILE else owners_in) in (repository, None)
                ),
            )
            await self._show(repository, commit, mine)
        return in_force

    def _expire_others(self, repository: Repository) -> None:
        """What others inherit from this repository is read again when they need it next."""
        if repository.name.casefold() not in (self._home.casefold(), f"{repository.owner}/.github".casefold()):
            return
        for other in self._in_force:
            if other != repository.id:
                self._expire(other)

    def manuals_pushed(self, paths: Collection[str]) -> None:
        """What names a manual at one of these paths is read again when it is needed next."""
        for each, known in self._in_force.items():
            if not set(known.squad.manuals.values()).isdisjoint(paths):
                self._expire(each)

    def _expire(self, repository: int) -> None:
        known = self._in_force[repository]
        self._in_force[repository] = msgspec.structs.replace(known, read_at=known.read_at - _FRESH)

    async def _first(self, places: list[Repository], paths: tuple[str, ...]) -> tuple[Repository | None, str, str]:
        """(repository, path, text) of the first of the files that there is."""
        for place in places:
            for path in paths:
                text = await self._files.text(place, path)
                if text is not None:
                    return place, path, text
        return None, "", ""

    async def _last(self, repository: Repository) -> _Texts:
        remembered = await self._memory.recall(_name(repository))
        return _Texts() if remembered is None else msgspec.json.decode(remembered, type=_Texts)

    async def _adopt(self, repository: Repository, remembered: bytes, faults: tuple[Fault, ...] = ()) -> InForce:
        texts = msgspec.json.decode(remembered, type=_Texts)
        squad = _squad(texts.squad)
        owners = owners_map.read(texts.owners, texts.owners_from)
        in_force = InForce(
            squad=squad,
            owners=CompiledMap(owners),
            owners_in=texts.owners_in,
            read_at=self._now(),
            manuals=await self._manuals.read(texts.manuals),
            faults=(*faults, *owners.faults),
        )
        self._in_force[repository.id] = in_force
        self._adopted[repository.id] = (repository, remembered)
        if repository.name.casefold() == self._home.casefold():
            self.redactor, self.squad = redactor_of(squad), squad
        for fault in in_force.faults:
            _log.warning("a fault", repository=repository.name, path=fault.path, line=fault.line, fault=fault.message)
        return in_force

    async def _show(self, repository: Repository, commit: str, in_force: InForce) -> None:
        try:
            await self._checks.report(repository, commit, in_force.faults)
        except UnavailableError as error:  # the file is in force all the same; a missing permission is told in the log
            _log.warning("the faults could not be shown on the commit", repository=repository.name, error=str(error))


def _squad(text: str) -> Squad:
    read = squad_file.read(text, SQUAD_FILE) if text else Squad()
    return read if isinstance(read, Squad) else Squad()


def redactor_of(squad: Squad) -> Redactor:
    """The built-in rules and the squad's own."""
    return Redactor([(rule.name, re.compile(rule.pattern), f"[{rule.name} removed]") for rule in squad.redaction])


def _name(repository: Repository) -> str:
    return f"squad-files:{repository.id}"
