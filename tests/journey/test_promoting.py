"""`/prod-alert`: any issue becomes a ticket, the same way as by the label."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.github.state import Issue
from tests.journey.stage import APPS, OPEN_ISSUE, Stage, by_the_app, seed, stage, told

KNOWN = "It says: ActiveRecord::RecordNotFound: Couldn't find Document with 'id'=99"
ON_DUTY = f"{APPS}tickets: {{gather: 1s}}\nrotation: {{members: [pat, mark], starts: 2026-01-01}}\n"


async def opened(here: Stage, body: str = "The page stays white.", **more: object) -> Issue:
    """A support tool's issue, which is no ticket."""
    labels = more.pop("labels", ["support"])
    done = await here.act("open", title="Veterans can't log in", body=body, labels=labels, actor="jo", **more)
    await here.quiet()
    return here.home.issues[int(done["number"])]


async def commanded(here: Stage, number: int, text: str, actor: str = "nick") -> list[str]:
    """A comment, settled; the signs on it."""
    await here.act("comment", number=number, actor=actor, body=text)
    await here.quiet()
    comment = next(comment for comment in reversed(here.home.issues[number].comments.values()) if not comment.via_app)
    return list(comment.reactions)


async def test_any_issue_becomes_a_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        issue = await opened(here)
        assert here.calls() == []
        assert await commanded(here, 1, "/prod-alert") == ["eyes", "+1"]
        assert set(issue.labels) == {"prod-alert", "support"}
        assert issue.assignees == ["nick"]
        assert (issue.body or "").startswith("The page stays white.\n\n<!--")
        assert told(issue).occurrences == 1
        assert not by_the_app(issue)


async def test_a_comment_without_the_command_is_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        issue = await opened(here)
        for text in ("Is it down?", "/impact severe", "> /prod-alert", "`/prod-alert`"):
            assert await commanded(here, 1, text) == []
        assert issue.labels == ["support"]
        assert here.calls() == []


async def test_who_may_not_is_told_whom_to_ask(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        issue = await opened(here)
        assert await commanded(here, 1, "/prod-alert\n/impact severe", actor="stranger") == ["eyes"]
        (answer,) = by_the_app(issue)
        assert "triage permission" in answer.body
        assert issue.labels == ["support"]


async def test_who_is_on_duty_may(tmp_path: Path) -> None:
    people = {"nick": "admin", "mark": "write", "jo": "write", "pat": "read"}
    async with stage(tmp_path, world=seed(squad=ON_DUTY, people=people)) as here:
        issue = await opened(here)
        assert await commanded(here, 1, "/prod-alert", actor="pat") == ["eyes", "+1"]
        assert "prod-alert" in issue.labels


async def test_a_known_error_is_counted_there_and_the_issue_closed_as_its_duplicate(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        issue = await opened(here, KNOWN)
        here.calls()
        assert await commanded(here, 2, "/prod-alert") == ["eyes", "+1"]
        assert (issue.state, issue.state_reason, issue.duplicate_of) == ("closed", "duplicate", here.issues[0].id)
        (pointer,) = by_the_app(issue)
        assert "/issues/1" in pointer.body
        assert told(here.issues[0]).occurrences == 2
        assert OPEN_ISSUE not in here.calls()


async def test_an_impact_of_a_known_error_is_decided_where_it_is(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        await opened(here, KNOWN)
        assert await commanded(here, 2, "/prod-alert severe nobody can work") == ["eyes", "+1"]
        assert "impact:severe" in here.issues[0].labels
        assert any("🚨" in comment.body for comment in by_the_app(here.issues[0]))
        assert "“nobody can work”" in (here.issues[0].body or "")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/prod-alert severe hearings are lost", id="behind it"),
        pytest.param("/prod-alert\n\n/impact severe hearings are lost", id="after it"),
        pytest.param("/impact severe hearings are lost\n\n/prod-alert", id="before it"),
    ],
)
async def test_other_commands_of_the_comment_run_after_it(tmp_path: Path, text: str) -> None:
    async with stage(tmp_path) as here:
        issue = await opened(here)
        assert await commanded(here, 1, text) == ["eyes", "+1"]
        assert "impact:severe" in issue.labels
        (call,) = by_the_app(issue)
        assert call.body.startswith("🚨 @nick: ")
        assert "decided by" in (issue.body or "")
        assert "“hearings are lost”." in call.body


async def test_what_it_can_not_be_done_to_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        issue = await opened(here)
        await here.act("close", number=1, actor="jo", reason="completed")
        assert await commanded(here, 1, "/prod-alert") == ["eyes"]
        assert "Reopen it" in by_the_app(issue)[-1].body
        await here.act("reopen", number=1, actor="jo")
        assert await commanded(here, 1, "/prod-alert sever") == ["eyes"]
        assert "Did you mean" in by_the_app(issue)[-1].body
        assert await commanded(here, 1, "/prod-alert") == ["eyes", "+1"]
        assert await commanded(here, 1, "/prod-alert") == ["eyes"]
        assert "a ticket already" in by_the_app(issue)[-1].body


async def test_asked_twice_it_is_one_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        issue = await opened(here)
        await here.act("comment", number=1, actor="nick", body="/prod-alert")
        await here.act("comment", number=1, actor="mark", body="/prod-alert")
        await here.act("label", number=1, labels=["prod-alert"], actor="jo")
        await here.quiet()
        assert told(issue).occurrences == 1
        assert (await here.house.mailroom.standing()).tickets == 1


async def test_a_transferred_issue_becomes_one_where_it_is_now(tmp_path: Path) -> None:
    other = {"name": "acme/reader", "people": {"nick": "admin"}}
    async with stage(tmp_path, world=seed(others=(other,))) as here:
        await here.stop()
        await here.act("open", title="Veterans can't log in", body="White.", actor="jo")
        await here.act("comment", number=1, actor="nick", body="/prod-alert")
        await here.act("transfer", number=1, actor="nick", to="acme/reader")
        await here.start()
        await here.later(hours=1)
        await here.quiet()
        await here.delivered()
        await here.quiet()
        (moved,) = here.github.state.repository("acme/reader").issues.values()
        assert "prod-alert" in moved.labels


async def test_who_insists_gets_a_ticket_of_its_own(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        report = await opened(here, KNOWN, labels=["prod-alert"])
        assert report.state == "closed"
        assert await commanded(here, 2, "/prod-alert") == ["eyes"], "it is closed"
        await here.act("reopen", number=2, actor="jo")
        assert await commanded(here, 2, "/prod-alert") == ["eyes", "+1"]
        assert report.state == "open"
        assert told(report).occurrences == 1
        assert told(here.issues[0]).occurrences == 2, "the report stays counted there"
        assert await commanded(here, 2, "/impact annoying") == ["eyes", "+1"]
        assert "impact:annoying" in report.labels
