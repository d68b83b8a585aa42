"""GitHub's refusals: whatever it answers, nothing is lost and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.flows.once import SURFACES
from tests.journey.stage import GRAPHQL, OPEN_ISSUE, Stage, by_the_app, seed, stage, tickets, told

WAIT = {"seconds": SURFACES.total_seconds() + 1}


async def _in_the_end(here: Stage) -> None:
    """However long GitHub's refusals and the waits after them last."""
    for _ in range(6):
        await here.tried()
        if (await here.house.mailroom.standing()).pending == 0:
            return
        await here.later(minutes=6)
    await here.quiet()


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"lost_next": 1}, id="the answer is lost after the issue was made"),
        pytest.param({"lost_next": 2}, id="the answer is lost twice"),
        pytest.param({"errors_next": 1}, id="a 5xx, and nothing was made"),
        pytest.param({"errors_next": 3}, id="three 5xx"),
        pytest.param({"limited_next": 1}, id="403 with Retry-After"),
        pytest.param({"limited_next": 1, "retry_after": None}, id="403 without Retry-After"),
        pytest.param({"limited_next": 1, "limited_status": 429}, id="429 with Retry-After"),
        pytest.param({"limited_next": 1, "limited_status": 429, "retry_after": None}, id="429 without Retry-After"),
        pytest.param({"limited_next": 3, "retry_after": 1}, id="three limits"),
        pytest.param({"lost_next": 1, "errors_next": 1, "limited_next": 1}, id="one after the other"),
        pytest.param({"lost_next": 1, "stale_list_seconds": 30.0}, id="the answer is lost, and lists lag"),
    ],
)
@pytest.mark.parametrize("what", ["issue", "comment", "edit", "regression", "pointer"])
async def test_nothing_is_lost_and_nothing_done_twice(tmp_path: Path, what: str, faults: dict[str, Any]) -> None:
    async with stage(tmp_path) as here:
        count = 1
        error = await here.first() if what != "issue" else None
        await here.later(minutes=1)
        if what == "edit" and error is not None:
            await here.again(error)
            count = 2
        if what == "regression":
            await here.act("close", number=1, actor="jo")
            await here.quiet()
            await here.later(minutes=1)
        here.github.faults.change(faults)
        if error is None:
            here.sentry.acts.raise_example("reader-document")
        elif what == "pointer":
            body = f"https://sentry.example/organizations/acme/issues/{error.id}/"
            await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
            count = 2
        else:
            here.sentry.acts.again(error)
            count += 1
        await _in_the_end(here)
        ticket = here.issues[0]
        assert (told(ticket).occurrences, ticket.state) == (count, "open")
        assert ticket.assignees == ["mark"]
        written = {"issue": [0], "pointer": [1, 1]}.get(what, [1])
        assert [len(by_the_app(issue)) for issue in here.issues] == written
        if what == "edit":
            assert "**3 times**" in by_the_app(ticket)[0].body
        if what == "pointer":
            assert here.issues[1].state == "closed"
        assert (await here.house.mailroom.standing()).dead == 0


async def test_a_lost_answer_costs_one_look_and_no_second_issue(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.lost_next = 1
        here.sentry.acts.raise_example("reader-document")
        assert "InDoubtError" in await here.waits()
        await here.later(seconds=5)
        await here.quiet()
        assert here.calls().count(OPEN_ISSUE) == 1
        assert len(here.issues) == 1


async def test_what_never_surfaced_is_made_after_the_wait(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.errors_next = 1
        here.sentry.acts.raise_example("reader-document")
        await here.waits()
        await here.later(seconds=5)
        await here.tried()
        assert not here.issues, "it might still surface"
        await here.later(**WAIT)
        await here.quiet()
        assert len(here.issues) == 1


async def test_a_call_that_surfaces_late_is_found(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.change({"lost_next": 1, "stale_list_seconds": 20.0})
        here.sentry.acts.raise_example("reader-document")
        await here.waits()
        await here.later(seconds=5)
        await here.tried()
        await here.later(**WAIT)
        await here.quiet()
        assert len(here.issues) == 1
        assert here.calls().count(OPEN_ISSUE) == 1


async def test_what_comes_while_github_refuses_is_settled_with_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.change({"limited_next": 1, "retry_after": 60})
        error = here.sentry.acts.raise_example("reader-document")
        await here.tried()
        here.sentry.acts.again(error, times=30)
        await here.delivered()
        assert not here.issues
        await here.later(seconds=61)
        await here.quiet()
        assert told(here.ticket).occurrences == 31
        assert here.calls().count(OPEN_ISSUE) == 2, "the refused one, and one for all"


async def test_one_tickets_trouble_holds_no_other_up(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.change({"errors_next": 1, "route": OPEN_ISSUE})
        here.sentry.acts.raise_example("reader-document")
        await here.waits()
        here.sentry.acts.raise_example("dispatch-claim")
        await here.until_there_are(1)
        assert here.ticket.assignees == ["sharon"]
        await _in_the_end(here)
        assert len(here.issues) == 2


async def test_a_token_that_has_expired_is_renewed(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.later(minutes=2)
        for token in here.github.state.tokens.values():
            token.expires_at = here.clock() - timedelta(seconds=1)
        here.calls()
        await here.again(error)
        assert here.calls() == [GRAPHQL, GRAPHQL]
        assert told(here.ticket).occurrences == 2


async def test_an_hour_later_a_new_token_is_taken_before_the_old_one_ends(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.later(minutes=58)
        await here.quiet()
        here.calls()
        await here.again(error)
        assert here.calls() == [GRAPHQL]


@pytest.mark.timeout(60)
async def test_a_fresh_token_that_is_not_known_yet_is_tried_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.fresh_token_seconds = 2.0
        for token in here.github.state.tokens.values():
            token.expires_at = here.clock() - timedelta(seconds=1)
        here.house.client._tokens._kept.clear()
        await here.first()
        assert len(here.issues) == 1
        assert set(here.calls()) == {OPEN_ISSUE}


async def test_comments_that_github_deleted_are_made_anew(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.again(error)
        (comment,) = by_the_app(here.ticket)
        await here.act("delete_comment", comment_id=comment.id, actor="jo")
        await here.quiet()
        for times in (3, 4):
            await here.later(minutes=1)
            await here.again(error)
            (comment,) = by_the_app(here.ticket)
            assert f"**{times} times**" in comment.body
            assert told(here.ticket).occurrences == times


async def test_a_report_that_comes_while_an_opening_is_in_doubt_is_its_duplicate(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.lost_next = 1
        error = here.sentry.acts.raise_example("reader-document")
        await here.waits()
        body = f"https://sentry.example/organizations/acme/issues/{error.id}/"
        await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
        await _in_the_end(here)
        ticket, report = here.issues
        assert (ticket.via_app, ticket.state, told(ticket).occurrences) == (True, "open", 2)
        assert (report.state, report.state_reason, len(by_the_app(report))) == ("closed", "duplicate", 1)


async def test_a_comment_that_was_deleted_while_it_was_in_doubt_is_not_made_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.github.faults.lost_next = 2
        here.sentry.acts.again(error)
        await here.waits()
        await here.later(seconds=5)
        await here.tried()
        for comment in by_the_app(here.ticket):
            await here.act("delete_comment", comment_id=comment.id, actor="jo")
        await _in_the_end(here)
        assert told(here.ticket).occurrences == 2
        assert (await here.house.mailroom.standing()).failing == ()


@pytest.mark.parametrize("fault", [{"errors_next": 1}, {"limited_next": 1}, {"lost_next": 1}])
async def test_sentry_refuses_to_resolve_and_is_asked_again(tmp_path: Path, fault: dict[str, int]) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(resolve_at_sender="true"))) as here:
        error = await here.first()
        here.sentry.faults.change(fault)
        await here.act("close", number=1, actor="jo")
        await _in_the_end(here)
        assert error.status == "resolved"
        assert here.ticket.state == "closed"
        assert (await here.house.mailroom.standing()).dead == 0
