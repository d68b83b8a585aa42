"""Processes that share a store go by the same files: what one reads, the others catch up with."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.issues import Repository
from app.domain.owners import Fault
from app.flows.squad_files import SQUAD_FILE, SquadFiles

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOME = Repository(id=7, name="octo-org/alerts", installation=1)
SHOP = Repository(id=8, name="octo-org/shop", installation=1)
REDACTS = "redaction:\n  - name: badge\n    pattern: 'B-[0-9]{6}'\n"


class GitHub:
    """What the repositories hold, and how often it was read."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], str] = {}
        self.read = 0

    async def text(self, repository: Repository, path: str) -> str | None:
        self.read += 1
        return self.texts.get((repository.name, path))

    async def find(self, name: str) -> Repository | None:
        return {HOME.name: HOME, SHOP.name: SHOP}.get(name)

    async def report(self, repository: Repository, commit: str, faults: tuple[Fault, ...]) -> None:
        raise AssertionError("there is nothing to show")


class Memory:
    """What the processes share."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def recall(self, name: str) -> bytes | None:
        return self.values.get(name)

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        del now
        self.values[name] = value


def fleet(github: GitHub) -> tuple[SquadFiles, SquadFiles]:
    memory = Memory()
    one, other = (SquadFiles(github, github, memory, home=HOME.name, now=lambda: NOW) for _ in range(2))
    return one, other


async def test_a_door_redacts_by_what_another_process_has_read() -> None:
    github = GitHub()
    one, door = fleet(github)
    await door.catch_up()
    github.texts[HOME.name, SQUAD_FILE] = REDACTS
    await one.refresh(HOME)
    assert "B-123456" in door.redactor.redact("B-123456")
    read = github.read
    await door.catch_up()
    assert "B-123456" not in door.redactor.redact("B-123456")
    assert github.read == read, "nothing is asked of GitHub for it"
    del github.texts[HOME.name, SQUAD_FILE]
    await one.refresh(HOME)
    await door.catch_up()
    assert "B-123456" in door.redactor.redact("B-123456")


async def test_who_inherits_from_what_has_changed_reads_again() -> None:
    github = GitHub()
    one, other = fleet(github)
    await one.refresh(HOME)
    await other.of(HOME)
    await other.of(SHOP)
    github.texts[HOME.name, SQUAD_FILE] = REDACTS
    await one.refresh(HOME)
    await other.catch_up()
    assert [rule.name for rule in (await other.of(SHOP)).squad.redaction] == ["badge"]
