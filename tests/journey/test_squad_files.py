"""The squad's file: what is pushed takes force; what is bad is shown on the commit, and the last good one stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.journey.stage import APPS, OWNERS, PEOPLE, SQUAD, Stage, by_the_app, seed, stage, tickets, told

FILE = ".github/prod-squad.yml"
MAP = ".github/PRODOWNERS"


async def _push(here: Stage, path: str, content: str | None, repository: str = "acme/caseflow") -> None:
    await here.act("file", repository=repository, path=path, content=content, actor="nick")
    await here.quiet()


async def test_a_good_push_takes_force(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await _push(here, MAP, OWNERS.replace("@mark", "@jo"))
        await here.first()
        assert here.ticket.assignees == ["jo"]
        assert [check["conclusion"].lower() for check in here.home.checks] == ["success"]


async def test_a_bad_push_keeps_the_last_good_one_and_shows_its_faults(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(most_comments="1"))) as here:
        await _push(here, FILE, APPS + "tickets:\n  most_coments: 7\n")
        (check,) = here.home.checks
        assert check["conclusion"].lower() == "failure"
        assert check["headSha"] == here.home.head
        assert "most_coments" in str(check)
        assert "most_comments" in str(check), "the nearest key is named"
        error = await here.first()
        for _ in range(2):
            await here.later(hours=2)
            await here.again(error)
        assert len(by_the_app(here.ticket)) == 1, "one comment at most, as the last good file says"
        await _push(here, FILE, tickets(most_comments="5"))
        assert [it["conclusion"].lower() for it in here.home.checks] == ["failure", "success"]
        await here.later(hours=2)
        await here.again(error)
        assert len(by_the_app(here.ticket)) == 2


async def test_the_last_good_one_stays_across_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(most_comments="1"))) as here:
        await _push(here, FILE, "tickets: [")
        await here.stop()
        await here.start()
        error = await here.first()
        for _ in range(2):
            await here.later(hours=2)
            await here.again(error)
        assert len(by_the_app(here.ticket)) == 1
        assert told(here.ticket).app == "Reader"


async def test_a_bad_line_of_the_map_is_shown_and_the_rest_routes(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await _push(here, MAP, "/docs/[ab]/ @nick\n" + OWNERS.replace("@mark", "@jo"))
        (check,) = here.home.checks
        assert check["conclusion"].lower() == "failure"
        assert "1" in str(check["output"])
        await here.first()
        assert here.ticket.assignees == ["jo"]


async def test_the_owners_own_repository_stands_in(tmp_path: Path) -> None:
    shared = {"name": "acme/.github", "files": {FILE: tickets(), MAP: "* @kim\n"}}
    home = {"name": "acme/caseflow", "people": PEOPLE}
    async with stage(tmp_path, world={"repositories": [home, shared]}) as here:
        await here.first()
        assert here.ticket.assignees == ["kim"]
        assert "app:Reader" in here.ticket.labels


async def test_faults_of_a_map_that_is_inherited_are_not_shown_on_a_push_of_the_heirs(tmp_path: Path) -> None:
    heir = {"name": "acme/reader", "people": PEOPLE}
    async with stage(tmp_path, world=seed(owners="/docs/[ab]/ @nick\n" + OWNERS, others=(heir,))) as here:
        await _push(here, FILE, tickets(), repository="acme/reader")
        assert [it["conclusion"].lower() for it in here.github.state.repository("acme/reader").checks] == ["success"]
        await _push(here, FILE, tickets())
        assert [it["conclusion"].lower() for it in here.home.checks] == ["failure"], "there they can be mended"


async def test_a_push_elsewhere_changes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.calls(all=True)
        await _push(here, "README.md", "# Caseflow\n")
        assert here.calls(all=True) == []


async def test_a_push_that_was_missed_is_read_six_hours_later(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.webhooks_lost = 1
        await _push(here, MAP, OWNERS.replace("@mark", "@jo"))
        here.github.faults.webhooks_lost = 0
        await here.later(hours=6, minutes=1)
        await here.quiet()
        await here.first()
        assert here.ticket.assignees == ["jo"]


async def test_a_rule_of_the_squads_own_redacts_from_the_push_on(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await _push(here, FILE, APPS + "redaction:\n  - {name: claim number, pattern: '\\b[0-9]{9}\\b'}\n")
        await here.first("dispatch-claim")
        assert "600118951" not in (here.ticket.body or "") + here.ticket.title
        assert "claim number removed" in here.ticket.title


# A repository of an app's own

READER = "acme/reader"
_ITS_OWN = SQUAD.replace("projects: [reader]", f"repository: {READER}\n    projects: [reader]")


def _assigned(here: Stage) -> list[str]:
    issues = here.github.state.repository(READER).issues
    return issues[max(issues)].assignees


async def test_a_push_to_the_home_takes_force_for_what_inherits_from_it(tmp_path: Path) -> None:
    world = seed(squad=_ITS_OWN, others=({"name": READER, "people": PEOPLE},))
    async with stage(tmp_path, world=world) as here:
        await here.first("reader-document")
        assert _assigned(here) == ["mark"]
        await _push(here, MAP, OWNERS.replace("@mark", "@jo"))
        await here.first("reader-annotations")
        assert _assigned(here) == ["jo"]


async def test_files_that_have_aged_are_read_when_github_is_back_though_the_app_has_died_meanwhile(
    tmp_path: Path,
) -> None:
    own = {"name": READER, "people": PEOPLE, "files": {MAP: "* @mark\n"}}
    async with stage(tmp_path, world=seed(squad=_ITS_OWN, others=(own,))) as here:
        error = await here.first("reader-document")
        here.github.faults.webhooks_lost = 1
        await _push(here, MAP, "* @jo\n", READER)
        here.github.faults.webhooks_lost = 0
        here.github.faults.change({"server_errors": 1.0})
        await here.later(hours=7)
        here.sentry.acts.again(error)
        await here.waits()
        await here.stop()
        here.github.faults.change({"server_errors": 0.0})
        here.clock.ahead += timedelta(minutes=6)
        await here.start()
        await here.quiet()
        await here.first("reader-annotations")
        assert _assigned(here) == ["jo"]
