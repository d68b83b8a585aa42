"""Where a ticket can't be written to, or is no longer where it was: its alerts go on being told, and somebody hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.github.state import Issue
from tests.journey.stage import (
    CHANGE_ISSUE,
    HOME,
    OPEN_ISSUE,
    READ_ISSUE,
    Stage,
    by_the_app,
    seed,
    stage,
    tickets,
    told,
)

READER = "acme/reader"
SQUAD = f"apps:\n  - {{name: Reader, projects: [reader], repository: {READER}}}\ntickets:\n  gather: 1s\n"
ELSEWHERE = {"name": READER, "people": {"mark": "write", "nick": "admin"}}


def _two(squad: str = SQUAD) -> dict[str, Any]:
    return seed(squad=squad, others=(ELSEWHERE,))


def _at_reader(here: Stage) -> list[Issue]:
    return list(here.github.state.repository(READER).issues.values())


async def test_a_locked_ticket_goes_on_in_its_body(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("lock", number=1, actor="nick")
        await here.quiet()
        here.calls()
        await here.again(error)
        assert here.calls() == [READ_ISSUE, CHANGE_ISSUE], "it is heard of, so nothing is tried in vain"
        assert (told(here.ticket).occurrences, by_the_app(here.ticket)) == (2, [])
        await here.act("unlock", number=1, actor="nick")
        await here.quiet()
        await here.later(minutes=1)
        await here.again(error)
        assert len(by_the_app(here.ticket)) == 1


@pytest.mark.parametrize("before", ["a new comment", "an edit"])
async def test_a_lock_that_was_not_heard_of(tmp_path: Path, before: str) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        if before == "an edit":
            await here.again(error)
        here.ticket.locked = True
        for _ in range(2):
            await here.later(minutes=1)
            await here.again(error)
        assert told(here.ticket).occurrences == (4 if before == "an edit" else 3)
        assert (await here.house.mailroom.standing()).failing == ()


async def test_a_locked_ticket_that_comes_back_is_reopened(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        here.ticket.locked = True
        for _ in range(2):
            await here.later(minutes=5)
            await here.again(error)
        assert here.ticket.state == "open"
        assert (told(here.ticket).occurrences, told(here.ticket).regressions) == (3, 1)


async def test_a_ticket_with_too_many_comments_goes_on_in_its_body(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.ticket.comments = {nth: None for nth in range(2_500)}  # type: ignore[misc]
        await here.again(error)
        here.calls()
        await here.later(minutes=1)
        await here.again(error)
        assert here.calls() == [READ_ISSUE, CHANGE_ISSUE]
        assert told(here.ticket).occurrences == 3


@pytest.mark.parametrize(
    ("trouble", "mended", "said"),
    [
        pytest.param("archive", "unarchive", "archived", id="its repository is archived"),
        pytest.param("issues_off", "issues_on", "ssues", id="issues are switched off"),
    ],
)
async def test_what_cannot_be_written_to_goes_on_at_home(tmp_path: Path, trouble: str, mended: str, said: str) -> None:
    async with stage(tmp_path, world=_two()) as here:
        error = await here.first()
        assert [len(_at_reader(here)), len(here.issues)] == [1, 0]
        await here.act(trouble, repository=READER, actor="nick")
        await here.quiet()
        await here.again(error)
        body = here.ticket.body or ""
        assert f"can't be kept in `{READER}`" in body
        assert said in body
        assert f"/{READER}/issues/1" in body, "the earlier ticket is linked"
        assert told(here.ticket).occurrences == 2
        (alarm,) = by_the_app(here.ticket)
        assert "🚨 @nick" in alarm.body, "who answers for what nobody owns is told aloud, and once"
        await here.again(error)
        assert (told(here.ticket).occurrences, len(by_the_app(here.ticket))) == (3, 2)
        await here.first("reader-annotations")
        assert len(here.issues) == 2, "new errors of the app, too"
        await here.act(mended, repository=READER, actor="nick")
        await here.first("reader-document", culprit="Reader::Another#show")
        assert len(_at_reader(here)) == 2


@pytest.mark.parametrize("trouble", [("archive", "unarchive"), ("issues_off", "issues_on")])
async def test_the_apps_own_repository_cannot_be_written_to_so_mail_waits(
    tmp_path: Path, trouble: tuple[str, str]
) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act(trouble[0], actor="nick")
        here.sentry.acts.again(error)
        assert "UnavailableError" in await here.waits()
        here.sentry.acts.again(error, times=3)
        here.sentry.acts.raise_example("dispatch-claim")
        await here.tried()
        await here.act(trouble[1], actor="nick")
        await here.later(minutes=20)
        await here.quiet()
        assert [told(issue).occurrences for issue in here.issues] == [5, 1]


@pytest.mark.parametrize("heard", [True, False])
async def test_a_transferred_ticket_is_followed(tmp_path: Path, heard: bool) -> None:
    async with stage(tmp_path, world=_two(tickets())) as here:
        error = await here.first()
        await here.again(error)
        here.github.faults.webhooks_lost = 0 if heard else 1
        await here.act("transfer", number=1, to=READER, actor="nick")
        here.github.faults.webhooks_lost = 0
        await here.quiet()
        for _ in range(2):
            await here.later(minutes=1)
            await here.again(error)
        (moved,) = _at_reader(here)
        assert here.issues == []
        assert told(moved).occurrences == 4
        assert "**4 times**" in by_the_app(moved)[-1].body
        await here.act("close", repository=READER, number=moved.number, actor="jo")
        await here.quiet()
        await here.later(minutes=5)
        await here.again(error)
        assert (moved.state, told(moved).regressions) == ("open", 1)


async def test_a_ticket_transferred_to_where_the_app_is_not_goes_on_at_home(tmp_path: Path) -> None:
    world = seed(others=({"name": "other/place", "people": {"jo": "write"}},))
    async with stage(tmp_path, world=world) as here:
        error = await here.first()
        await here.act("transfer", number=1, to="other/place", actor="nick")
        await here.quiet()
        await here.again(error)
        assert told(here.ticket).occurrences == 2


async def test_a_renamed_repository_is_found(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("rename", name="caseflow-2", actor="nick")
        await here.quiet()
        await here.again(error)
        (ticket,) = here.github.state.repository("acme/caseflow-2").issues.values()
        assert told(ticket).occurrences == 2
        await here.first("dispatch-claim")
        await here.act("close", repository="acme/caseflow-2", number=1, actor="jo")
        await here.quiet()
        await here.later(minutes=5)
        await here.again(error)
        assert (told(ticket).regressions, ticket.state) == (1, "open")


@pytest.mark.parametrize("heard", [True, False])
async def test_a_deleted_ticket_is_opened_anew_by_the_next_alert(tmp_path: Path, heard: bool) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.again(error)
        here.github.faults.webhooks_lost = 0 if heard else 1
        here.delete(here.ticket)
        here.github.faults.webhooks_lost = 0
        await here.quiet()
        assert here.issues == []
        await here.again(error)
        assert (here.ticket.number, told(here.ticket).occurrences) == (2, 3)
        await here.again(error)
        assert len(by_the_app(here.ticket)) == 1
        assert here.calls().count(OPEN_ISSUE) == 2


@pytest.mark.parametrize("trouble", ["locked", "deleted"])
async def test_a_report_that_cannot_be_written_to_holds_no_ticket_up(tmp_path: Path, trouble: str) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        body = f"https://sentry.example/organizations/acme/issues/{error.id}/"
        await here.stop()
        await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
        report = here.issues[1]
        report.locked = trouble == "locked"
        if trouble == "deleted":
            del here.home.issues[report.number]
        await here.start()
        await here.later(hours=1)
        await here.quiet()
        await here.again(error)
        assert told(here.issues[0]).occurrences == 3
        assert (await here.house.mailroom.standing()).failing == ()
        if trouble == "locked":
            assert (report.state, by_the_app(report)) == ("closed", [])


async def test_a_report_deleted_before_it_was_read(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        body = "https://sentry.example/organizations/acme/issues/4500001/"
        await here.stop()
        await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
        del here.home.issues[1]
        await here.start()
        await here.later(hours=1)
        await here.quiet()
        await here.first()
        assert told(here.ticket).occurrences == 2


async def test_the_app_is_not_installed_where_an_apps_tickets_go(tmp_path: Path) -> None:
    squad = SQUAD.replace(READER, "other/place")
    async with stage(tmp_path, world=seed(squad=squad)) as here:
        await here.first()
        assert "The App is not installed on `other/place`" in (here.ticket.body or "")
        assert here.github.state.repository(HOME).issues


@pytest.mark.parametrize("trouble", ["archive", "issues_off"])
async def test_a_report_in_a_repository_that_cannot_be_written_to_gets_its_ticket_at_home(
    tmp_path: Path, trouble: str
) -> None:
    async with stage(tmp_path, world=_two(tickets())) as here:
        await here.stop()
        await here.act("open", repository=READER, title="It is white", labels=["prod-alert"], body="!", actor="jo")
        await here.act(trouble, repository=READER, actor="nick")
        await here.start()
        await here.later(hours=1)
        await here.quiet()
        assert told(here.ticket).occurrences == 1
        assert f"can't be kept in `{READER}`" in (here.ticket.body or "")
