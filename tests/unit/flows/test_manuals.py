"""Manuals are read where the squad's file says; what can't be read stops nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.errors import LaterError, SystemRefusedError, UnavailableError
from app.domain.issues import Repository
from app.domain.manuals import Manual
from app.domain.owners import Fault
from app.domain.squad import App, Squad
from app.domain.squad_pointers import ManualAt
from app.flows.manuals import Manuals, ManualText, faults_of
from app.flows.squad_files import SQUAD_FILE, SquadFiles
from app.intake import manual
from tests.unit.flows.squad_store import Store

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOME = Repository(id=7, name="octo-org/alerts", installation=1)
ELSEWHERE = Repository(id=8, name="octo-org/manuals", installation=1, default_branch="trunk")
READER = App(name="Reader", manual="docs/reader.md")
BOTH = Squad(manual=ManualAt(repository=ELSEWHERE.name, path="docs/m.md"), apps=(READER, App(name="Dispatch")))
OLD = ManualText(repository=ELSEWHERE, path="docs/m.md", text="# Old\n")
OLD_READER = ManualText(repository=ELSEWHERE, path="docs/reader.md", app="Reader", text="# Old reader\n")


class Files:
    """Repositories' files, or how they are refused."""

    def __init__(self, texts: dict[str, str], refused: dict[str, SystemRefusedError] | None = None) -> None:
        self.texts = texts
        self.refused = refused or {}
        self.asked: list[str] = []

    async def text(self, repository: Repository, path: str) -> str | None:
        self.asked.append(f"{repository.name}:{path}")
        if path in self.refused:
            raise self.refused[path]
        return self.texts.get(path)

    async def find(self, name: str) -> Repository | None:
        if name in self.refused:
            raise self.refused[name]
        return ELSEWHERE if name == ELSEWHERE.name else None


def manuals(files: Files) -> Manuals:
    return Manuals(files, files.find)


async def test_nothing_named_nothing_asked() -> None:
    files = Files({})
    assert await manuals(files).texts(Squad(), HOME, (OLD,)) == ((), ())
    assert files.asked == []


async def test_an_apps_own_is_in_the_repository_of_the_squads() -> None:
    files = Files({"docs/m.md": "# M\n", "docs/reader.md": "# R\n"})
    texts, faults = await manuals(files).texts(BOTH, HOME, ())
    assert texts == (
        ManualText(repository=ELSEWHERE, path="docs/m.md", text="# M\n"),
        ManualText(repository=ELSEWHERE, path="docs/reader.md", app="Reader", text="# R\n"),
    )
    assert faults == ()
    await manuals(files).texts(Squad(apps=(READER,)), HOME, ())
    assert files.asked[-1] == "octo-org/alerts:docs/reader.md"


@pytest.mark.parametrize(
    ("files", "texts", "faults"),
    [
        pytest.param(
            Files({"docs/reader.md": "# R\n"}),
            ("# R\n",),
            ("manual: there is no docs/m.md in octo-org/manuals, on its branch trunk",),
            id="one is not there",
        ),
        pytest.param(
            Files({"docs/m.md": "# M\n"}, {"docs/reader.md": LaterError("down")}),
            ("# M\n", "# Old reader\n"),
            (),
            id="one can't be read now",
        ),
        pytest.param(
            Files({}, {"docs/m.md": UnavailableError("no", reason="forbidden"), "docs/reader.md": LaterError("down")}),
            ("# Old\n", "# Old reader\n"),
            (),
            id="GitHub is down, or refuses",
        ),
        pytest.param(
            Files({}, {ELSEWHERE.name: LaterError("down")}), ("# Old\n", "# Old reader\n"), (), id="nobody can be asked"
        ),
        pytest.param(
            Files({"docs/m.md": "x" * (manual.LONGEST + 1), "docs/reader.md": ""}),
            ("x" * manual.LONGEST, ""),
            ("manual: of docs/m.md only the first 200,000 characters are read",),
            id="one is too long",
        ),
    ],
)
async def test_what_stays_and_what_is_told(files: Files, texts: tuple[str, ...], faults: tuple[str, ...]) -> None:
    found, told = await manuals(files).texts(BOTH, HOME, (OLD, OLD_READER))
    assert tuple(each.text for each in found) == texts
    assert told == faults


async def test_what_the_file_names_no_more_is_not_kept() -> None:
    files = Files({}, {"docs/new.md": LaterError("down")})
    assert await manuals(files).texts(Squad(manual=ManualAt(path="docs/new.md")), HOME, (OLD,)) == ((), ())


async def test_where_the_app_is_not_installed() -> None:
    squad = Squad(manual=ManualAt(repository="octo-org/other", path="m.md"))
    told = "manual.repository: the App is not installed on octo-org/other; install it there"
    assert await manuals(Files({})).texts(squad, HOME, (OLD,)) == ((), (told,))


async def test_another_owners_manual_is_not_even_asked_for() -> None:
    files = Files({"m.md": "# Secret\n"})
    squad = Squad(manual=ManualAt(repository="others/manuals", path="m.md"))
    told = "manual.repository: others/manuals is another owner's; name one of octo-org"
    assert await manuals(files).texts(squad, HOME, ()) == ((), (told,))
    assert files.asked == []


async def test_a_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, times = manuals(Files({})), 0

    def read(text: str) -> tuple[()]:
        nonlocal times
        times += 1
        return ()

    monkeypatch.setattr(manual, "read", read)
    assert await keeper.read((OLD, OLD)) == (Manual(repository=ELSEWHERE, path="docs/m.md"),) * 2
    await keeper.read((OLD, OLD_READER))
    assert times == 2


class Checks:
    """What is shown on commits."""

    def __init__(self) -> None:
        self.faults: tuple[Fault, ...] = ()

    async def report(self, repository: Repository, commit: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults


SQUAD = f"manual: {{repository: {ELSEWHERE.name}, path: docs/m.md}}\n"


def squad_files(files: Files, memory: Store, checks: Checks | None = None) -> SquadFiles:
    return SquadFiles(files, checks or Checks(), memory, home="octo-org/none", now=lambda: NOW)


async def test_the_last_manual_stays_across_a_restart_while_it_cant_be_read() -> None:
    memory = Store()
    there = Files({SQUAD_FILE: SQUAD, "docs/m.md": "# Gone\n"})
    await squad_files(there, memory).refresh(HOME)
    started = squad_files(Files({SQUAD_FILE: SQUAD}, {"docs/m.md": LaterError("down")}), memory)
    for in_force in (await started.of(HOME), await started.refresh(HOME)):
        assert [passage.heading for each in in_force.manuals for passage in each.passages] == ["Gone"]


async def test_a_bad_squads_file_has_its_own_faults_only_and_keeps_the_last_ones_manual() -> None:
    memory, checks = Store(), Checks()
    await squad_files(Files({SQUAD_FILE: SQUAD}), memory, checks).refresh(HOME, "c1")
    assert [fault.line for fault in checks.faults] == [1]
    files = Files({SQUAD_FILE: "\nteams: 1\n", "docs/m.md": "# Gone\n"})
    in_force = await squad_files(files, memory, checks).refresh(HOME, "c2")
    assert [(fault.line, fault.message[:5]) for fault in checks.faults] == [(2, "teams")]
    assert len(in_force.manuals) == 1


@pytest.mark.parametrize(
    ("squad_text", "line"),
    [
        pytest.param("apps: []\nmanual:\n  path: m.md\n", 2, id="the squad's"),
        pytest.param("apps:\n  - manual: m.md\n", 2, id="an app's"),
        pytest.param("{apps: [], manual: {path: m.md}}", 0, id="within a line"),
    ],
)
def test_a_fault_stands_at_the_line_that_names_the_manual(squad_text: str, line: int) -> None:
    assert faults_of(("m",), squad_text, "f.yml") == (Fault(line=line, message="m", path="f.yml"),)
