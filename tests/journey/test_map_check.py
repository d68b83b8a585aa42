"""The check of the squad's files of a pull request, as Actions runs it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.domain.owners import Fault
from app.texts.body import About
from sandbox.github.state import Actor
from sandbox.sentry import Config, Sandbox, start
from scripts.map_check import JOB, annotation
from tests.journey.office import SQUAD, Office, office

MAP = """\
* @nick
[Whiskey] @mark
app:Reader
/app/reader/**
[Foxtrot] @alex
app:eFolder
"""
APPS = "apps: [{name: Reader, projects: [reader]}, {name: eFolder, projects: [efolder]}]\n"
FILES = {".github/PRODOWNERS": MAP, ".github/prod-squad.yml": SQUAD + APPS}


def proposed(here: Office, *, owners: str = MAP, squad: str = SQUAD + APPS) -> str:
    """A commit with these files."""
    files = {".github/PRODOWNERS": owners, ".github/prod-squad.yml": squad}
    here.home.elsewhere["c0ffee"] = files
    return "c0ffee"


async def test_a_good_change_is_tried_on_the_tickets_there_were() -> None:
    async with office(files=FILES) as here:
        here.ticket(1, about=About(project="reader", frames=(("app/reader/x.rb", ""),)), app="Reader")
        here.ticket(2, about=About(project="efolder"), app="eFolder")
        here.ticket(3)  # written before there was such a thing
        closed = here.ticket(4, about=About(project="efolder"), app="eFolder")
        here.github.acts.close(closed, Actor(login="nick"))
        here.clock.at += timedelta(days=29)
        commit = proposed(here, owners=MAP.replace("[Foxtrot] @alex", "[Foxtrot] @sharon"))
        here.calls()
        ended = await here.run(JOB, commit=commit)
        assert here.calls() == (5, 0), "files twice, assignees, labels, one page of tickets"
    told = str(ended.summary)
    assert ended.complete
    assert "**Nothing to put right.**" in told
    assert "**2** of 3 tickets would have gone elsewhere." in told
    assert "| `@alex` · eFolder · Foxtrot · line 6 | `@sharon` · eFolder · Foxtrot · line 6 |" in told
    assert "1 ticket could not be tried" in told


async def test_old_tickets_are_left_out() -> None:
    async with office(files=FILES) as here:
        here.ticket(1, about=About(project="reader"))
        here.clock.at += timedelta(days=31)
        ended = await here.run(JOB, commit=proposed(here))
    assert "Of 0 tickets none would have gone elsewhere." in str(ended.summary)


@pytest.mark.parametrize(
    ("owners", "squad", "told"),
    [
        pytest.param("* @nick @[x]\n" + MAP, SQUAD, "PRODOWNERS:1", id="syntax of the map"),
        pytest.param(MAP, "nag: {sever: 1d}\n", "prod-squad.yml:1", id="syntax of the squad's file"),
        pytest.param(MAP, "nag: {sever: 1d}\n", "checked and tried without it", id="… and that it counts as empty"),
        pytest.param(MAP + "app:X @stranger\n", SQUAD, "@stranger can't be assigned here", id="an unassignable person"),
        pytest.param(MAP + "app:X @acme/ghosts\n", SQUAD, "Nobody is in the team acme/ghosts", id="an empty team"),
        pytest.param(MAP + "app:X @acme/hidden\n", SQUAD, "who is in acme/hidden", id="a team that can't be seen"),
        pytest.param("/app/x @mark\n* @nick\n", SQUAD, "never applies", id="a shadowed line"),
        pytest.param(
            "* @nick\n", SQUAD + APPS, "No line owns the app Reader (reader at its sender)", id="an unowned app"
        ),
        pytest.param(MAP, SQUAD + "nag: {keep: [roadmap]}\n", "no label “roadmap”", id="a missing label"),
    ],
)
async def test_what_is_wrong(owners: str, squad: str, told: str) -> None:
    async with office(files=FILES) as here:
        here.github.state.teams["acme/ghosts"] = ()
        ended = await here.run(JOB, commit=proposed(here, owners=owners, squad=squad))
    assert told in str(ended.summary).replace("\\", "").replace("&#x200B;", "")


async def told_of_projects(here: Office, sentry: Sandbox, token: str, squad: str = SQUAD + APPS) -> str:
    here.settings = here.settings.model_copy(
        update={"sentry_url": sentry.url, "sentry_token": SecretStr(token), "sentry_organization": "acme"}
    )
    ended = await here.run(JOB, commit=proposed(here, squad=squad))
    assert ended.complete or squad != SQUAD + APPS, "a hint is no fault"
    return str(ended.summary)


async def test_projects_at_sentry_that_no_app_names() -> None:
    tokens = {"reads": frozenset({"org:read"}), "events": frozenset({"event:read"})}
    sentry = await start(Config(tokens=tokens))
    try:
        async with office(files=FILES) as here:
            assert "projects at Sentry no app names: set SENTRY_TOKEN" in str(
                (await here.run(JOB, commit=proposed(here))).summary
            )
            for slug in ("reader", "efolder", "hearings", "dispatch"):
                sentry.state.project(slug)
            told = await told_of_projects(here, sentry, "reads")
            assert "- `.github/prod-squad.yml:3`: No app names these projects at Sentry" in told
            assert "`dispatch`, `hearings`. Write those" in told
            for number in range(150):
                sentry.state.project(f"project-{number:03}")
            assert "`project-012` and 137 more." in await told_of_projects(here, sentry, "reads"), "pages are read"
            told = await told_of_projects(here, sentry, "events")
            assert "Sentry does not tell its projects" in told
            assert "scope `org:read`" in told
            broken = await told_of_projects(here, sentry, "reads", squad="nag: {sever: 1d}\n")
            assert "No app names" not in broken, "nobody knows the apps of a faulty file"
    finally:
        await sentry.close()


async def test_without_projects_in_the_file_nobody_is_told_to_set_a_token() -> None:
    async with office(files=FILES) as here:
        ended = await here.run(JOB, commit=proposed(here, squad=SQUAD))
    assert "SENTRY" not in str(ended.summary)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        pytest.param(
            Fault(path=".github/PRODOWNERS", line=7, message="100%\nsure"),
            "::error file=.github/PRODOWNERS,line=7::100%25%0Asure\n",
            id="at its line, whatever its words hold",
        ),
        pytest.param(
            Fault(path="a:b,c", line=0, message="x"), "::error file=a%3Ab%2Cc,line=1::x\n", id="of the whole file"
        ),
        pytest.param(Fault(line=0, message="x"), "::error title=The squad's files::x\n", id="of no file"),
    ],
)
def test_annotations(fault: Fault, line: str) -> None:
    assert annotation("error", fault) == line
