"""Several processes share a store: what one reads of the squad's files is in force in the others, doors first."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.issues import Repository
from app.domain.owners import Fault
from app.flows.squad_files import SQUAD_FILE, SquadFiles
from tests.unit.flows.squad_store import Store

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOME = Repository(id=7, name="octo-org/alerts", installation=1)
OTHER = Repository(id=8, name="octo-org/reader", installation=1)
BADGE = "redaction:\n  - name: badge\n    pattern: 'B-\\d{4}'\n"
CASE = "redaction:\n  - name: case\n    pattern: 'C-\\d{4}'\n"
MANUAL = "apps:\n  - name: Reader\n    manual: docs/reader.md\n"


class GitHub:
    """The files of both repositories, and how often they were asked for."""

    def __init__(self, **texts: str) -> None:
        self.texts = {HOME.name: texts.get("home"), OTHER.name: texts.get("other")}
        self.asked = 0

    async def find(self, name: str) -> Repository | None:
        return {HOME.name: HOME, OTHER.name: OTHER}.get(name)

    async def text(self, repository: Repository, path: str) -> str | None:
        self.asked += 1
        return self.texts[repository.name] if path == SQUAD_FILE else "# M\n" if path.endswith(".md") else None

    async def report(self, repository: Repository, commit: str, faults: tuple[Fault, ...]) -> None: ...


def process(github: GitHub, store: Store) -> SquadFiles:
    return SquadFiles(github, github, store, home=HOME.name, now=lambda: NOW)


async def test_a_door_that_was_started_first_redacts_by_what_a_worker_reads_later() -> None:
    github, store = GitHub(home=BADGE), Store()
    door, worker = process(github, store), process(github, store)
    await door.recall_home()
    await door.keep_up()
    assert door.redactor.redact("B-1234") == "B-1234", "nobody has read the rule yet"
    await worker.refresh(HOME)
    await door.keep_up()
    assert door.redactor.redact("B-1234") == "[badge removed]"


async def test_a_door_learns_of_every_change_without_asking_github() -> None:
    github, store = GitHub(home=BADGE), Store()
    door, worker = process(github, store), process(github, store)
    await worker.refresh(HOME)
    await door.recall_home()
    github.texts[HOME.name] = CASE + MANUAL
    await worker.refresh(HOME, "c1")
    asked = github.asked
    await door.keep_up()
    assert door.redactor.redact("B-1234 C-1234") == "B-1234 [case removed]"
    assert door.manual_paths == {"docs/reader.md"}
    assert door.squad.apps[0].name == "Reader"
    assert github.asked == asked


async def test_nothing_is_compiled_anew_while_nothing_changed() -> None:
    github, store = GitHub(home=BADGE), Store()
    door, worker = process(github, store), process(github, store)
    await worker.refresh(HOME)
    await door.recall_home()
    redactor = door.redactor
    await worker.refresh(HOME)
    await door.keep_up()
    await door.keep_up()
    assert door.redactor is redactor


async def test_another_worker_goes_by_it_too_in_all_repositories() -> None:
    github, store = GitHub(home=BADGE, other=CASE), Store()
    one, two = process(github, store), process(github, store)
    assert (await two.of(OTHER)).squad.redaction[0].name == "case"
    github.texts[OTHER.name] = BADGE
    await one.refresh(OTHER, "c2")
    await two.keep_up()
    asked = github.asked
    assert (await two.of(OTHER)).squad.redaction[0].name == "badge"
    assert github.asked == asked


async def test_what_another_repository_inherits_is_read_again_after_the_homes_changed() -> None:
    github, store = GitHub(home=BADGE), Store()
    one, two = process(github, store), process(github, store)
    assert (await two.of(OTHER)).squad.redaction[0].name == "badge", "its own repository has none"
    github.texts[HOME.name] = CASE
    await one.refresh(HOME, "c3")
    await two.keep_up()
    assert store.asked() == [OTHER.name]
    await store.settle(one)
    await two.keep_up()
    assert (await two.of(OTHER)).squad.redaction[0].name == "case"
    assert store.asked() == []


async def test_a_home_that_was_another_before_is_not_taken() -> None:
    github, store = GitHub(home=BADGE), Store()
    await process(github, store).refresh(HOME)
    renamed = SquadFiles(github, github, store, home="octo-org/elsewhere", now=lambda: NOW)
    await renamed.recall_home()
    await renamed.keep_up()
    assert renamed.redactor.redact("B-1234") == "B-1234"
