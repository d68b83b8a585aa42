"""The squad's file and the owners map in force, for each repository.

| looked for          | where, the first that there is                                                       |
|---------------------|--------------------------------------------------------------------------------------|
| the squad's file    | `.github/prod-squad.yml` of the repository, of its owner's `.github`, of the App's   |
|                     | own repository                                                                       |
| the owners map      | `.github/PRODOWNERS` of the same three; else the repository's CODEOWNERS             |
| manuals             | where the squad's file says (`app/flows/manuals.py`)                                 |

| they are read                               | by                                                           |
|---------------------------------------------|--------------------------------------------------------------|
| for the first time                          | whoever needs them first                                     |
| after a push that touches them              | the office, and after it what inherits from there            |
| after a push to a manual                    | the office, for each squad's file that names it              |
| when they are six hours old, in case a push | the office: the App's own repository's by its timer, others  |
| was missed                                  | when they are needed                                         |

Rules: whoever settles is told at once what is known, however old: no page waits for GitHub. A bad squad's file never
stops the squad: the last good one stays in force, across restarts too, and its faults are shown on the commit. While
GitHub can't be reached what was read last stays in force. One reading of a repository is under way at a time, and one
that began before another was remembered never takes its place, in this process or another: it is done again. Where
several processes share a store, what one of them has read is in force in the others within `KEEPS_UP`: the doors of
each redact by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.matching import CompiledMap
from app.domain.errors import LaterError, UnavailableError
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.domain.mail import Letter
from app.domain.mailboxes import Receipt
from app.domain.manuals import Manual
from app.domain.owners import Fault
from app.domain.squad import Squad
from app.flows.asking import Asking
from app.flows.finding import FRESH, Finding
from app.flows.manuals import Manuals, ManualText, faults_of
from app.flows.sharing import Shared
from app.flows.systems import Checks, Files
from app.intake import owners_map, squad_file
from app.intake.redaction import Redactor

SQUAD_FILE: Final = ".github/prod-squad.yml"
PRODOWNERS: Final = ".github/PRODOWNERS"
CODEOWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for it, in its order."""
_HOME: Final = "squad-files:home"
KEEPS_UP: Final = 10.0
"""Seconds between two looks for what another process has read."""
_MOST_TRIES: Final = 3
"""So often the files are read in a row, where other processes read them at the same time."""
_log: Final = structlog.get_logger("squad files")


class Memory(Protocol):
    """What stays across restarts, and how the office is written to."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...
    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool: ...
    async def receive(self, letter: Letter) -> Receipt: ...


class _Texts(Fact, frozen=True, kw_only=True):
    """The files as they were read last; of the squad's file, the last good text."""

    squad: str = ""
    owners: str = ""
    owners_from: str = ""
    owners_in: Repository | None = None
    manuals: tuple[ManualText, ...] = ()
    number: int = 0
    """Readings of the repository are counted: the greater is the later one."""
    read_at: datetime | None = None

    def says_the_same_as(self, other: _Texts) -> bool:
        """Whether it is only another reading."""
        return msgspec.structs.replace(self, number=other.number, read_at=other.read_at) == other

    @property
    def stamp(self) -> str:
        """Which reading it is."""
        return f"{self.number}.{'' if self.read_at is None else self.read_at.isoformat()}"


class InForce(Fact, frozen=True, kw_only=True):
    """What a repository's tickets go by."""

    squad: Squad
    owners: CompiledMap
    owners_in: Repository | None
    """The repository in which the map stands; None where there is no map."""
    manuals: tuple[Manual, ...] = ()
    faults: tuple[Fault, ...] = ()


class _Known(Fact, frozen=True, kw_only=True):
    """What is in force, and from which reading."""

    repository: Repository
    remembered: bytes
    texts: _Texts
    in_force: InForce


class _Reading(Fact, frozen=True, kw_only=True):
    """What a reading came to."""

    in_force: InForce
    faults: tuple[Fault, ...]
    squad_in: Repository | None
    owners_in: Repository | None
    changed: bool


class SquadFiles:
    """See the module's rules."""

    def __init__(self, files: Files, checks: Checks, memory: Memory, *, home: str, now: Callable[[], datetime]) -> None:
        self._files = files
        self._checks = checks
        self._memory = memory
        self._home = home
        self._now = now
        self._known: dict[int, _Known] = {}
        self._readings: Shared[int, _Reading] = Shared()
        self._ask = Asking(memory, now)
        self._finding = Finding(files, memory, self._aged, now=now)
        self._manuals = Manuals(files, self._finding.fresh)
        self.redactor = Redactor()
        """By the rules of the home repository's file; the doors ask for it with each delivery."""
        self.squad = Squad()
        """The home repository's file, as it is in force; the doors ask for it, too."""

    @property
    def manual_paths(self) -> frozenset[str]:
        """The paths of all manuals that a squad's file in force names: the doors look out for pushes to them."""
        return frozenset(path for known in self._known.values() for path in known.in_force.squad.manuals.values())

    async def home(self) -> Repository:
        """The App's own repository, where tickets go that no app names another for.

        Errors: UnavailableError where the App is not installed on it.
        """
        return self._installed(await self._finding.find(self._home))

    def _installed(self, found: Repository | None) -> Repository:
        if found is None:
            raise UnavailableError(
                f"The App is not installed on {self._home} (TICKETS_REPOSITORY). Install it there.",
                reason="not-installed",
            )
        return found

    async def find(self, name: str) -> Repository | None:
        """A repository by its name, at once where it was ever found: a ticket must not cost calls to look it up."""
        return await self._finding.find(name)

    async def of(self, repository: Repository) -> InForce:
        """What is in force for a repository, however old. Raises what GitHub raises if nothing was ever read."""
        known = self._known.get(repository.id)
        if known is None:
            remembered = await self._memory.recall(_name(repository))
            if remembered is None:
                return (await self._readings.joined(repository.id, lambda: self._read(repository))).in_force
            known = await self._adopt(repository, remembered)
        if known.texts.read_at is None or self._now() - known.texts.read_at >= FRESH:
            await self._aged(repository, f"read.{known.texts.stamp}")
        return known.in_force

    # For the office

    async def refresh_home(self) -> InForce:
        """Read the files of the App's own repository anew. Raises what GitHub raises."""
        return await self.refresh(self._installed(await self._finding.fresh(self._home)))

    async def refresh(self, repository: Repository, commit: str = "") -> InForce:
        """Read the files anew; the faults are shown on the commit, where one is given."""
        reading = await self._readings.anew(repository.id, lambda: self._read(repository))
        if commit or reading.changed:
            await self._ask_heirs(repository)
        if commit:
            await self._show(repository, commit, reading)
        return reading.in_force

    async def renew(self, repository: Repository) -> None:
        """Where it is, and its files if they are in use, are looked up again: they have aged, or what they inherit."""
        found = await self._finding.fresh(repository.name)
        remembered = await self._memory.recall(_name(repository))
        if remembered is None:
            return
        if found is not None:
            await self.refresh(found if found.id == repository.id else repository)
            return
        _log.warning("the App is not installed there any more; what was read stays", repository=repository.name)
        texts = msgspec.json.decode(remembered, type=_Texts)
        stays = msgspec.structs.replace(texts, number=texts.number + 1, read_at=self._now())
        if await self._memory.exchange(_name(repository), remembered, msgspec.json.encode(stays), self._now()):
            await self._adopt(repository, msgspec.json.encode(stays))

    async def manuals_pushed(self, paths: Collection[str], commit: str) -> None:
        """Have what names a manual at one of these paths read again."""
        for known in list(self._known.values()):
            if not set(known.in_force.squad.manuals.values()).isdisjoint(paths):
                await self._ask(known.repository, f"manual.{commit}")

    # Asking the office

    async def _ask_heirs(self, repository: Repository) -> None:
        """Have what others inherit from this repository read again."""
        is_home = self._is_home(repository)
        if not is_home and repository.name.casefold() != f"{repository.owner}/.github".casefold():
            return
        stamp = self._known[repository.id].texts.stamp
        for other in [known.repository for known in self._known.values()]:
            if other.id != repository.id and (is_home or other.owner.casefold() == repository.owner.casefold()):
                await self._ask(other, f"heir.{repository.id}.{stamp}")

    async def _aged(self, repository: Repository, why: str) -> None:
        """Have it read again, unless it is the App's own repository: that one is, by the office's timer."""
        if not self._is_home(repository):
            await self._ask(repository, why)

    # What other processes have read

    async def recall_home(self) -> None:
        """Put in force at once what was in force before a restart: the doors redact by the squad's own rules."""
        for home in await self._known_home():
            self._finding.knows(self._home, home)
            await self._catch_up(home)

    async def keep_up(self) -> None:
        """Put in force what another process has read since."""
        for repository in {*await self._known_home(), *(known.repository for known in self._known.values())}:
            if await self._catch_up(repository):
                await self._ask_heirs(repository)

    async def _known_home(self) -> tuple[Repository, ...]:
        """The App's own repository, if any process has read its files."""
        known = await self._memory.recall(_HOME)
        home = None if known is None else msgspec.json.decode(known, type=Repository)
        return () if home is None or not self._is_home(home) else (home,)

    async def _catch_up(self, repository: Repository) -> bool:
        """Put in force what is remembered of the repository; whether that says something else."""
        remembered = await self._memory.recall(_name(repository))
        before = self._known.get(repository.id)
        if remembered is None or (before is not None and remembered == before.remembered):
            return False
        known = await self._adopt(repository, remembered)
        return before is None or not known.texts.says_the_same_as(before.texts)

    # Reading

    async def _read(self, repository: Repository) -> _Reading:
        """Read the files and put them in force. What another process remembers meanwhile may be older, or newer."""
        for _ in range(_MOST_TRIES):
            remembered = await self._memory.recall(_name(repository))
            last = _Texts() if remembered is None else msgspec.json.decode(remembered, type=_Texts)
            known = self._known.get(repository.id)
            number = max(last.number, 0 if known is None else known.texts.number) + 1
            texts, faults, squad_in = await self._asked_of_github(repository, last, number)
            read = msgspec.json.encode(texts)
            if await self._memory.exchange(_name(repository), remembered, read, self._now()):
                break
        else:
            raise LaterError(f"Other processes are reading the squad's files of {repository.name}, too.")
        if self._is_home(repository):
            await self._memory.remember(_HOME, msgspec.json.encode(repository), self._now())
        for fault in faults:
            _log.warning("a fault", repository=repository.name, path=fault.path, line=fault.line, fault=fault.message)
        return _Reading(
            in_force=(await self._adopt(repository, read, faults)).in_force,
            faults=faults,
            squad_in=squad_in,
            owners_in=texts.owners_in,
            changed=remembered is None or not texts.says_the_same_as(last),
        )

    async def _asked_of_github(
        self, repository: Repository, last: _Texts, number: int
    ) -> tuple[_Texts, tuple[Fault, ...], Repository | None]:
        """The files as they are, their faults, and where the squad's file is."""
        places = [repository]
        for name in (f"{repository.owner}/.github", self._home):
            found = await self._finding.fresh(name)
            if found is not None and all(found.id != place.id for place in places):
                places.append(found)
        squad_in, squad_from, squad_text = await self._first(places, (SQUAD_FILE,))
        owners_in, owners_from, owners_text = await self._first(places, (PRODOWNERS,))
        if owners_in is None:
            owners_in, owners_from, owners_text = await self._first([repository], CODEOWNERS)
        read = squad_file.read(squad_text, squad_from) if squad_in is not None else Squad()
        faults: tuple[Fault, ...] = ()
        if not isinstance(read, Squad):
            faults = read
            squad_text = last.squad
        manuals, missing = await self._manuals.texts(_squad(squad_text), squad_in or repository, last.manuals)
        faults = faults or faults_of(missing, squad_text, squad_from)
        texts = _Texts(
            squad=squad_text,
            owners=owners_text,
            owners_from=owners_from,
            owners_in=owners_in,
            manuals=manuals,
            number=number,
            read_at=self._now(),
        )
        return texts, (*faults, *owners_map.read(owners_text, owners_from).faults), squad_in

    async def _first(self, places: list[Repository], paths: tuple[str, ...]) -> tuple[Repository | None, str, str]:
        """(repository, path, text) of the first of the files that there is."""
        for place in places:
            for path in paths:
                text = await self._files.text(place, path)
                if text is not None:
                    return place, path, text
        return None, "", ""

    async def _adopt(
        self, repository: Repository, remembered: bytes, faults: tuple[Fault, ...] | None = None
    ) -> _Known:
        """Put a reading in force, unless a later one is; nothing is compiled anew that says the same."""
        texts = msgspec.json.decode(remembered, type=_Texts)
        before = self._known.get(repository.id)
        same = before is not None and texts.says_the_same_as(before.texts)
        in_force = before.in_force if before is not None and same else await self._compiled(texts)
        if faults is not None:
            in_force = msgspec.structs.replace(in_force, faults=faults)
        newest = self._known.get(repository.id)
        if newest is not None and newest.texts.number > texts.number:
            return newest
        adopted = _Known(repository=repository, remembered=remembered, texts=texts, in_force=in_force)
        self._known[repository.id] = adopted
        if self._is_home(repository) and not same:
            self.redactor, self.squad = redactor_of(in_force.squad), in_force.squad
        return adopted

    async def _compiled(self, texts: _Texts) -> InForce:
        owners = owners_map.read(texts.owners, texts.owners_from)
        return InForce(
            squad=_squad(texts.squad),
            owners=CompiledMap(owners),
            owners_in=texts.owners_in,
            manuals=await self._manuals.read(texts.manuals),
            faults=owners.faults,
        )

    async def _show(self, repository: Repository, commit: str, reading: _Reading) -> None:
        """Show the faults of what stands in this repository, or nowhere."""
        faults = tuple(
            fault
            for fault in reading.faults
            if (place := reading.squad_in if fault.path == SQUAD_FILE else reading.owners_in) is None
            or place.id == repository.id
        )
        try:
            await self._checks.report(repository, commit, faults)
        except UnavailableError as error:  # the file is in force all the same; a missing permission is told in the log
            _log.warning("the faults could not be shown on the commit", repository=repository.name, error=str(error))

    def _is_home(self, repository: Repository) -> bool:
        return repository.name.casefold() == self._home.casefold()


def _squad(text: str) -> Squad:
    read = squad_file.read(text, SQUAD_FILE) if text else Squad()
    return read if isinstance(read, Squad) else Squad()


def redactor_of(squad: Squad) -> Redactor:
    """The built-in rules and the squad's own."""
    return Redactor([(rule.name, re.compile(rule.pattern), f"[{rule.name} removed]") for rule in squad.redaction])


def _name(repository: Repository) -> str:
    return f"squad-files:{repository.id}"
