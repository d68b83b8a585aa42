"""What a ticket sends its reader to: the section of the manual, and the logs around the occurrence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests import payloads
from tests.journey.stage import APPS, HOME, OPEN_ISSUE, PEOPLE, Stage, seed, stage
from tests.unit.texts.page import rendered
from tests.unit.texts.test_pointers import Console

FILE = ".github/prod-squad.yml"
PATH = "docs/first-responder-manual.md"
MANUALS = "acme/appeals-deployment"
MANUAL = """\
# First Responder's Manual

## Reader

### Documents do not load

See `ActiveRecord::RecordNotFound`.

## Dispatch
"""
LOGS = "logs: {region: us-gov-west-1, groups: [/prod/caseflow, /prod/workers]}\n"
SQUAD = f"{APPS}{LOGS}manual: {{repository: {MANUALS}, path: {PATH}}}\ntickets: {{gather: 1s}}\n"
READ = "GET /repos/{owner}/{repo}/contents/{path:.+}"


def world(*, squad: str = SQUAD, manual: str | None = MANUAL, **more: Any) -> dict[str, Any]:
    files = {} if manual is None else {PATH: manual}
    return seed(squad=squad, others=({"name": MANUALS, "people": PEOPLE, "files": files},), **more)


def row(here: Stage, name: str, nth: int = 0) -> str:
    """The value of the ticket's row; empty where there is none."""
    lines = (here.issues[nth].body or "").splitlines()
    return next((line.split(" | ", 1)[1].removesuffix(" |") for line in lines if line.startswith(f"| {name} | ")), "")


def link(here: Stage, name: str, nth: int = 0) -> str:
    (found,) = rendered(row(here, name, nth)).links
    return found


async def _push(here: Stage, path: str, content: str | None, repository: str) -> None:
    await here.act("file", repository=repository, path=path, content=content, actor="nick")
    await here.quiet()


async def test_a_ticket_links_the_section_and_the_logs_and_still_costs_one_call(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        await here.first()
        assert here.calls() == [OPEN_ISSUE]
        assert rendered(row(here, "Manual")).shown == "Reader › Documents do not load"
        assert link(here, "Manual") == f"{here.github.url}/{MANUALS}/blob/main/{PATH}?plain=1#L5"
        async with here.http.get(link(here, "Manual")) as page:
            assert "Documents do not load" in await page.text()
        assert row(here, "Logs").endswith(" in 2 log groups")
        assert Console(link(here, "Logs")).facts["source"] == ["/prod/caseflow", "/prod/workers"]
        query = Console(link(here, "Logs")).facts["editorString"]
        assert "| filter @message like /ActiveRecord::RecordNotFound/\n" in query


async def test_no_file_is_read_for_a_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        here.calls(all=True)
        await here.first()
        assert READ not in here.calls(all=True)


async def test_sentrys_own_payload_gets_both_links(tmp_path: Path) -> None:
    manual = "# Manual\n\n## NoMethodError\n"
    async with stage(tmp_path, world=world(manual=manual)) as here:
        body = payloads.body("sentry", "event_alert.triggered")
        assert await here.post_sentry(body, resource="event_alert", request_id="r-1") == 202
        await here.quiet()
        assert link(here, "Manual").endswith(f"{PATH}?plain=1#L3")
        assert "like /NoMethodError/" in Console(link(here, "Logs")).facts["editorString"]


async def test_the_window_moves_with_the_latest_occurrence(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        error = await here.first()
        first = Console(link(here, "Logs")).facts["start"]
        await here.later(hours=2)
        await here.again(error)
        assert Console(link(here, "Logs")).facts["start"] > first


async def test_an_error_that_no_section_is_for_shows_none(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        await here.first("certification-missing-form")
        assert row(here, "Manual") == ""
        assert row(here, "Logs")


async def test_a_squad_without_manual_and_logs_shows_neither(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        assert row(here, "Manual") == row(here, "Logs") == ""


async def test_a_push_to_the_manual_takes_force_with_the_next_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        await _push(here, PATH, f"Words before.\n\n{MANUAL}", MANUALS)
        assert here.github.state.repository(MANUALS).checks == [], "a manual is no squad's file"
        await here.first()
        assert link(here, "Manual").endswith("#L7")


async def test_the_manual_stands_where_the_squads_file_is_unless_it_says_another_repository(tmp_path: Path) -> None:
    squad = f"{APPS}manual: {{path: {PATH}}}\ntickets: {{gather: 1s}}\n"
    async with stage(tmp_path, world=world(squad=squad, manual=None)) as here:
        await _push(here, PATH, MANUAL, HOME)
        await here.first()
        assert link(here, "Manual") == f"{here.github.url}/{HOME}/blob/main/{PATH}?plain=1#L5"


async def test_a_manual_that_is_not_there_is_a_fault_of_the_file_and_stops_no_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world(manual=None)) as here:
        await _push(here, FILE, SQUAD, HOME)
        (check,) = here.home.checks
        assert check["conclusion"].lower() == "failure"
        assert f"there is no {PATH} in {MANUALS}" in str(check)
        await here.first()
        assert row(here, "Manual") == ""
        await _push(here, PATH, MANUAL, MANUALS)
        await here.first("reader-annotations")
        assert row(here, "Manual", 1), "now it is there"


async def test_a_manual_where_the_app_is_not_installed_is_a_fault_too(tmp_path: Path) -> None:
    squad = SQUAD.replace(MANUALS, "acme/unknown")
    async with stage(tmp_path, world=world(squad=squad)) as here:
        await _push(here, FILE, squad, HOME)
        assert "the App is not installed on acme/unknown" in str(here.home.checks)
        await here.first()
        assert row(here, "Manual") == ""


async def test_an_apps_own_manual_is_linked_where_no_section_is_for_the_error(tmp_path: Path) -> None:
    apps = APPS.replace("- name: Dispatch", "- name: Dispatch\n    manual: docs/dispatch.md")
    squad = apps + "tickets: {gather: 1s}\n"
    async with stage(tmp_path, world=world(squad=squad)) as here:
        await _push(here, "docs/dispatch.md", "# Getting started\n", HOME)
        await here.first("dispatch-claim")
        assert link(here, "Manual") == f"{here.github.url}/{HOME}/blob/main/docs/dispatch.md"
