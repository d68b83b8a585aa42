"""People write in a post-mortem while the App writes there, too: nothing of theirs is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.texts.body import part_in
from sandbox.github.acts import Acts
from sandbox.github.state import Actor, Issue
from tests.journey.stage import Stage, stage
from tests.journey.test_post_mortem_house import begun, edits, says, squad

WORDS = "It was the connection pool.\n\n"
SUB_ISSUES = "post_mortem: {sub_issues: true}\n"
ITEM = "/action @jo by 2099-12-01: alert on a full queue"


@pytest.fixture
def just_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[Issue], None]:
    """Jo edits the issue's text after the App has read it, the moment before it writes there, once."""
    edit_text = Acts.edit_text
    waiting: list[Issue] = []

    def edited_first(self: Acts, issue: Issue, actor: Actor, **how: Any) -> None:
        if actor.is_app and issue in waiting:
            waiting.remove(issue)
            edit_text(self, issue, Actor(login="jo"), body=WORDS + (issue.body or ""))
        edit_text(self, issue, actor, **how)

    monkeypatch.setattr(Acts, "edit_text", edited_first)
    return waiting.append


async def drafted(here: Stage) -> Issue:
    await here.first()
    await says(here, here.issues[0], "/post-mortem")
    (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
    return issue


@pytest.mark.parametrize(
    ("on_ticket", "text", "done"),
    [
        pytest.param(True, "/post-mortem", "## Timeline", id="drawn up anew from the ticket"),
        pytest.param(False, "/post-mortem", "## Timeline", id="drawn up anew"),
        pytest.param(False, ITEM, "- [ ] @jo by 2099-12-01: alert on a full queue\n", id="an action item"),
        pytest.param(True, ITEM, "- [ ] @jo by 2099-12-01: alert on a full queue\n", id="an action item of the ticket"),
        pytest.param(False, "/discussed", "- [x] The action items were discussed", id="they were discussed"),
    ],
)
async def test_what_is_written_just_before_a_command_is_carried_out_stays(
    tmp_path: Path, just_before: Callable[[Issue], None], on_ticket: bool, text: str, done: str
) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await drafted(here)
        just_before(issue)
        signs = await says(here, here.issues[0] if on_ticket else issue, text)
        assert signs == ["eyes", "+1"]
        body = issue.body or ""
        assert body.startswith(WORDS)
        assert body.count(WORDS) == 1
        assert body.count(done) == 1
        assert body.count("## Timeline") == 1


async def test_what_is_written_while_it_begins_stays(tmp_path: Path, just_before: Callable[[Issue], None]) -> None:
    async with stage(tmp_path, world=squad()) as here:
        done = await here.act("open", title="The database", body="It was away.", actor="jo")
        await here.quiet()
        issue = here.home.issues[int(done["number"])]
        just_before(issue)
        await here.act("label", number=issue.number, labels=["post-mortem"], actor="mark")
        await here.quiet()
        body = issue.body or ""
        assert body.startswith(f"{WORDS}It was away.")
        assert part_in(body)
        assert body.count("## Root cause") == 1


async def test_what_is_written_while_items_become_issues_stays(
    tmp_path: Path, just_before: Callable[[Issue], None]
) -> None:
    async with stage(tmp_path, world=squad(SUB_ISSUES)) as here:
        issue = await begun(here, "The database was away.")
        just_before(issue)
        await edits(here, issue, (issue.body or "").replace("- [ ]\n", "- [ ] @mark by 2099-12-04: say when\n", 1))
        (item,) = [it for it in here.issues if "action-item" in it.labels]
        body = issue.body or ""
        assert body.startswith(WORDS)
        assert f"- [ ] @mark by 2099-12-04: say when (#{item.number})\n" in body
