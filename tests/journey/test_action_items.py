"""Action items as issues of their own: opened below the post-mortem, and in step with its lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from app.domain.mailboxes import Claim
from app.flows.once import SURFACES
from app.texts.markdown import hidden
from sandbox.github.state import Actor, Issue
from tests.journey.stage import LIST_ISSUES, OPEN_ISSUE, SQUAD, Stage, by_the_app, seed, stage

SUB_ISSUES = "post_mortem: {sub_issues: true}\n"
TEXT = """\
The database was away.

## Action items

- [ ] @mark by 2099-12-04: alert on a full queue
- [x] @jo by 2099-12-01: restart it
- [ ] @stranger and @octo-org/whiskey: close #1 for good
- [ ]
"""


@asynccontextmanager
async def outage(folder: Path, text: str = TEXT, *, squad: str = SUB_ISSUES) -> AsyncIterator[tuple[Stage, Issue]]:
    """A post-mortem with action items."""
    async with stage(folder, world=seed(squad=SQUAD + squad)) as here:
        done = await here.act("open", title="The database", body=text, labels=["post-mortem"], actor="jo")
        await here.quiet()
        yield here, here.home.issues[int(done["number"])]


def items(here: Stage) -> list[Issue]:
    return [issue for issue in here.issues if "action-item" in issue.labels]


def lines(issue: Issue) -> list[str]:
    return [line for line in (issue.body or "").split("\n") if line.startswith("- [") and "discussed" not in line]


async def acts(here: Stage, act: str, issue: Issue, **how: object) -> None:
    await here.act(act, number=issue.number, **({"actor": "mark"} | how))
    await here.quiet()


async def test_each_item_with_words_becomes_an_issue_below_the_post_mortem(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        alert, close = items(here)
        assert (alert.title, alert.assignees) == ("alert on a full queue", ["mark"])
        assert close.assignees == []
        assert "#1" not in close.title
        assert "It is due on 2099-12-04." in (alert.body or "")
        assert post_mortem.sub_issues == [alert.id, close.id]
        assert lines(post_mortem) == [
            f"- [ ] @mark by 2099-12-04: alert on a full queue (#{alert.number})",
            "- [x] @jo by 2099-12-01: restart it",
            f"- [ ] @stranger and @octo-org/whiskey: close #1 for good (#{close.number})",
            "- [ ]",
        ]
        assert (post_mortem.body or "").startswith("The database was away.\n")
        here.calls()
        await here.later(hours=2)
        await here.quiet()
        assert here.calls() == []


async def test_both_keep_in_step(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        alert, _ = items(here)
        line = f"@mark by 2099-12-04: alert on a full queue (#{alert.number})"
        await acts(here, "close", alert)
        assert f"- [x] {line}" in lines(post_mortem)
        await acts(here, "reopen", alert)
        assert f"- [ ] {line}" in lines(post_mortem)
        ticked = (post_mortem.body or "").replace(f"- [ ] {line}", f"- [x] {line}")
        await acts(here, "edit", post_mortem, body=ticked)
        assert (alert.state, alert.state_reason) == ("closed", "completed")
        await acts(here, "edit", post_mortem, body=ticked.replace(f"- [x] {line}", f"- [ ] {line}"))
        assert alert.state == "open"
        await acts(here, "close", alert, reason="not_planned")
        assert f"- [ ] {line}" in lines(post_mortem), "people say in the line what becomes of it"


async def test_a_line_is_known_by_its_number_when_its_words_change(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        alert, _ = items(here)
        body = (post_mortem.body or "").replace("alert on a full queue", "alert on a queue of 100")
        await acts(here, "edit", post_mortem, body=body)
        assert len(items(here)) == 2
        await acts(here, "edit", post_mortem, body=body.replace(f" (#{alert.number})", ""))
        assert f"queue of 100 (#{alert.number})" in (post_mortem.body or "")
        await acts(here, "close", alert)
        assert f"- [x] @mark by 2099-12-04: alert on a queue of 100 (#{alert.number})" in lines(post_mortem)


async def test_a_command_adds_one(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        await acts(here, "comment", post_mortem, body="/action @jo by 2099-12-05: test the rollback")
        *_, item = items(here)
        assert (item.title, item.assignees) == ("test the rollback", ["jo"])
        assert f"- [ ] @jo by 2099-12-05: test the rollback (#{item.number})" in lines(post_mortem)
        before = post_mortem.body
        await acts(here, "comment", post_mortem, body="/action @jo by 2099-12-05: test the rollback")
        assert post_mortem.body == before


async def test_what_a_command_says_is_an_issues_title_in_plain_words(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        await acts(here, "comment", post_mortem, body="/action @jo by 2099-12-05: retry `load!` & say [why] in #1")
        *_, item = items(here)
        assert item.title == "retry `load!` & say [why] in #\u200b1"


async def test_a_forged_marker_does_nothing(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        body, number = post_mortem.body, post_mortem.number
        forged = str(hidden("action-item", f'{{"repository":{here.home.id},"number":{number},"key":"0"}}'))
        app = Actor(login="prod-squad[bot]", installation_id=1, is_app=True)
        for author in (Actor(login="jo"), app):
            issue = here.github.acts.open_issue(here.home, author, title="x", body=forged, labels=("action-item",))
            await here.quiet()
            await acts(here, "close", issue)
        assert post_mortem.body == body
        assert (await here.house.mailroom.standing()).dead == 0


async def test_what_people_do_to_an_item_leaves_nothing_behind(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, _):
        alert, _ = items(here)
        here.calls()
        await acts(here, "comment", alert, body="Almost done.\n\n/ack")
        await acts(here, "unlabel", alert, labels=["action-item"])
        assert here.calls() == []
        await here.later(days=2)
        await here.quiet()
        standing = await here.house.mailroom.standing()
        assert (standing.dead, standing.pending) == (0, 0)


async def test_a_deleted_one_is_not_opened_again(tmp_path: Path) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        alert, close = items(here)
        here.delete(alert)
        await here.quiet()
        await acts(here, "edit", post_mortem, body="More.\n\n" + (post_mortem.body or ""))
        assert items(here) == [close]


async def test_off_they_stay_lines(tmp_path: Path) -> None:
    async with outage(tmp_path, squad="") as (here, post_mortem):
        assert items(here) == []
        assert "- [ ] @mark by 2099-12-04: alert on a full queue" in lines(post_mortem)


async def test_where_github_has_no_sub_issues_that_is_said_once(tmp_path: Path) -> None:
    async with outage(tmp_path, "The database was away.") as (here, post_mortem):
        here.home.has_sub_issues = False
        for nth in range(2):
            await acts(here, "comment", post_mortem, body=f"/action @jo by 2099-12-05: do the {nth}th")
        assert items(here) == []
        assert [1 for said in by_the_app(post_mortem) if "no sub-issues here" in said.body] == [1]
        assert "- [ ] @jo by 2099-12-05: do the 1th" in lines(post_mortem)


@pytest.mark.parametrize("at", ["open", "line"])
async def test_killed_in_between_each_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    async with outage(tmp_path, "The database was away.") as (here, post_mortem):
        reached, never = asyncio.Event(), asyncio.Event()
        mailroom = here.house.mailroom
        record, remember = mailroom.done, mailroom.remember

        async def done(claim: Claim, operation: str, result: bytes) -> None:
            if at == "open" and operation.startswith("item."):
                reached.set()
                await never.wait()
            await record(claim, operation, result)

        async def remembered(name: str, value: bytes, now: object) -> None:
            await remember(name, value, now)  # type: ignore[arg-type]  # handed on
            if at == "line" and name.endswith(":items"):
                reached.set()
                await never.wait()

        monkeypatch.setattr(mailroom, "done", done)
        monkeypatch.setattr(mailroom, "remember", remembered)
        await here.act(
            "edit",
            number=post_mortem.number,
            actor="jo",
            body=(post_mortem.body or "").replace("- [ ]\n", "- [ ] Do it\n", 1),
        )
        async with asyncio.timeout(60):
            await reached.wait()
        (busy,) = here.house.worker._busy
        busy.cancel()
        await here.stop()
        here.calls()
        await here.start()
        await here.later(seconds=SURFACES.total_seconds() + 1)
        await here.quiet()
        calls = here.calls()
        assert (calls.count(OPEN_ISSUE), calls.count(LIST_ISSUES)) == (0, int(at == "open"))
        (item,) = items(here)
        assert f"- [ ] Do it (#{item.number})" in lines(post_mortem)
        assert post_mortem.sub_issues == [item.id]


async def test_killed_as_one_was_opened_what_was_ticked_with_it_is_closed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with outage(tmp_path) as (here, post_mortem):
        alert, _ = items(here)
        reached, never = asyncio.Event(), asyncio.Event()
        remember = here.house.mailroom.remember

        async def remembered(name: str, value: bytes, now: datetime) -> None:
            await remember(name, value, now)
            if name.endswith(":items"):
                reached.set()
                await never.wait()

        monkeypatch.setattr(here.house.mailroom, "remember", remembered)
        ticked = (post_mortem.body or "").replace("- [ ] @mark", "- [x] @mark").replace("- [ ]\n", "- [ ] Do it\n", 1)
        await here.act("edit", number=post_mortem.number, actor="jo", body=ticked)
        async with asyncio.timeout(60):
            await reached.wait()
        assert (alert.state, len(items(here))) == ("open", 3)
        (busy,) = here.house.worker._busy
        busy.cancel()
        await here.stop()
        await here.start()
        assert (alert.state, alert.state_reason, len(items(here))) == ("closed", "completed", 3)
