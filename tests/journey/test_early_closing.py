"""A post-mortem that is closed with action items open: `flows/early_closing.py`, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import post_mortems
from app.domain.following_up import FollowUp, Memory
from app.texts.follow_ups import comment as follow_up
from sandbox.github.state import Actor, Issue
from tests.journey.stage import CHANGE_ISSUE, GRAPHQL, Stage, stage
from tests.journey.test_post_mortem_house import answers, begun, record, says, squad

ITEM = "- [ ] @mark by 2099-12-04: alert on a full queue"
LINKED = "- [ ] @mark by 2099-12-04: alert on a full queue, acme/reader#3"
BOT = Actor(login="github-actions[bot]")


def text(*items: str) -> str:
    return "\n".join(("The database was away.", "", "## Action items", "", *items))


async def closes(here: Stage, issue: Issue, reason: str = "completed") -> list[str]:
    """Mark closes it; the App's calls."""
    here.calls()
    await here.act("close", number=issue.number, actor="mark", reason=reason)
    await here.quiet()
    return here.calls()


async def test_it_is_opened_again_once_and_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(ITEM, "- [x] @jo: done", "- [ ] @jo by 2099-12-04: rename it"))
        calls = await closes(here, issue)
        assert issue.state == "open"
        (said,) = answers(issue)
        assert "closed with 2 action items open" in said.body
        assert calls.count(CHANGE_ISSUE) == 1
        known = await record(here, issue)
        assert (known.stage, known.reopened) == (post_mortems.Stage.IN_PROGRESS, True)
        await closes(here, issue)
        assert issue.state == "closed", "not a second time"
        assert (await record(here, issue)).stage is post_mortems.Stage.DONE
        assert len(answers(issue)) == 1


@pytest.mark.parametrize(
    ("items", "reason", "says_why"),
    [
        pytest.param((ITEM,), "not_planned", "", id="as not planned"),
        pytest.param(("- [x] @mark: done",), "completed", "", id="with every item ticked"),
        pytest.param((), "completed", "", id="with none"),
        pytest.param((LINKED,), "completed", "", id="with one that what it links may have done"),
        pytest.param((ITEM,), "completed", "The queue is gone.", id="with a word why"),
    ],
)
async def test_it_stays_closed(tmp_path: Path, items: tuple[str, ...], reason: str, says_why: str) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(*items))
        if says_why:
            await says(here, issue, says_why)
        await closes(here, issue, reason)
        assert issue.state == "closed"
        assert answers(issue) == []


@pytest.mark.parametrize(
    ("word", "by"),
    [
        pytest.param("/help", "mark", id="a command is no word"),
        pytest.param("Deployed.", BOT.login, id="nor is a bot's"),
    ],
)
async def test_what_is_no_word(tmp_path: Path, word: str, by: str) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(ITEM))
        await here.act("comment", number=issue.number, actor=by, body=word)
        await here.quiet()
        await closes(here, issue)
        assert issue.state == "open"


async def test_a_word_from_long_before_says_nothing_of_the_closing(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(ITEM))
        await says(here, issue, "It was the index.")
        await here.later(hours=2)
        await closes(here, issue)
        assert issue.state == "open"


async def test_what_the_job_opened_again_is_left(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(ITEM))
        memory = str(follow_up(FollowUp(issue=(await record(here, issue)).issue, memory=Memory(reopened=True))))
        here.github.acts.comment(issue, BOT, memory)
        await here.quiet()
        await closes(here, issue)
        assert issue.state == "closed"
        assert (await record(here, issue)).reopened


@pytest.mark.parametrize("lost", [GRAPHQL, CHANGE_ISSUE])
async def test_where_an_answer_is_lost_it_is_said_once(tmp_path: Path, lost: str) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(ITEM))
        here.github.faults.change({"route": lost, "lost_next": 1})
        await here.act("close", number=issue.number, actor="mark", reason="completed")
        await here.waits()
        for _ in range(3):
            await here.later(minutes=2)
            await here.tried()
        await here.quiet()
        assert issue.state == "open"
        assert len(answers(issue)) == 1


async def test_where_it_cannot_be_opened_again_it_stays_as_people_left_it(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, text(ITEM))
        here.github.acts.close(issue, Actor(login="mark"))
        here.home.archived = True
        await here.quiet()
        assert issue.state == "closed"
        assert (await record(here, issue)).stage is post_mortems.Stage.DONE
