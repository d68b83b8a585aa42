"""What people write around the App's part of a ticket's body stays, to the letter, whatever happens beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.texts.body import split
from sandbox.github.state import Actor, Issue
from tests.journey.stage import CHANGE_ISSUE, GRAPHQL, by_the_app, seed, stage, tickets, told

ABOVE = "Seen by *two* customers.\n\n- [ ] call them\n"
BELOW = "\n## Notes\n\nIt began with the release."


def _with(issue: Issue, before: str, after: str) -> str:
    return f"{before}{issue.body}{after}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ABOVE, "", id="above"),
        pytest.param("", BELOW, id="below"),
        pytest.param(ABOVE, BELOW, id="both"),
        pytest.param(ABOVE.replace("\n", "\r\n") + "\r\n", BELOW.replace("\n", "\r\n"), id="as browsers send it"),
        pytest.param("```\nan open fence", "", id="an open code fence"),
        pytest.param("Her number is 000-12-3456.\n", "", id="what redaction would change"),
    ],
)
@pytest.mark.parametrize(
    "heard", [pytest.param(True, id="its webhook came"), pytest.param(False, id="its webhook was lost")]
)
async def test_peoples_text_survives_each_edit(tmp_path: Path, before: str, after: str, heard: bool) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        body = _with(here.ticket, before, after)
        wrote = split(body)
        if heard:
            await here.act("edit", number=1, body=body, actor="jo")
        else:
            here.edit_unheard(here.ticket, body)
        await here.quiet()
        for times in (2, 3):
            await here.later(minutes=1)
            await here.again(error)
            assert split(here.ticket.body or "") == wrote
            assert told(here.ticket).occurrences == times
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        await here.later(minutes=5)
        await here.again(error)
        assert split(here.ticket.body or "") == wrote
        assert told(here.ticket).regressions == 1


async def test_text_that_is_heard_of_costs_no_call_more(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("edit", number=1, body=_with(here.ticket, ABOVE, BELOW), actor="jo")
        await here.quiet()
        here.calls()
        await here.again(error)
        assert here.calls() == [GRAPHQL]


async def test_text_that_was_not_heard_of_is_put_back_by_one_call(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.edit_unheard(here.ticket, _with(here.ticket, ABOVE, BELOW))
        here.calls()
        await here.again(error)
        assert here.calls() == [GRAPHQL, CHANGE_ISSUE]
        await here.later(minutes=1)
        await here.again(error)
        assert here.calls() == [GRAPHQL], "it is known from then on"


async def test_text_that_the_app_wrote_over_comes_back_by_its_webhook(tmp_path: Path) -> None:
    """The answer that would have told of the text was lost, and the webhook comes late."""
    async with stage(tmp_path) as here:
        error = await here.first()
        body = _with(here.ticket, ABOVE, BELOW)
        wrote = split(body)
        here.edit_unheard(here.ticket, body)
        lost = next(it for it in reversed(here.github.state.deliveries.values()) if it.action == "edited")
        here.github.faults.lost_next = 1
        here.sentry.acts.again(error)
        await here.waits()
        here.github.hooks.redeliver(lost.id)
        await here.delivered()
        await here.later(minutes=2)
        await here.quiet()
        assert split(here.ticket.body or "") == wrote
        assert len(by_the_app(here.ticket)) == 1
        assert told(here.ticket).occurrences == 2


async def test_a_title_that_people_changed_stays(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("edit", number=1, title="Reader can't find documents", actor="jo")
        await here.quiet()
        await here.again(error)
        assert here.ticket.title == "Reader can't find documents"


async def test_labels_and_assignees_that_people_changed_stay(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(most_comments="1"))) as here:
        error = await here.first()
        await here.act("label", number=1, labels=["customer-visible"], actor="jo")
        await here.act("unassign", number=1, assignees=["mark"], actor="jo")
        await here.act("assign", number=1, assignees=["jo"], actor="jo")
        for _ in range(3):
            await here.later(minutes=1)
            await here.again(error)
        assert "customer-visible" in here.ticket.labels
        assert here.ticket.assignees == ["jo"]


async def test_the_part_that_a_person_deleted_comes_back_below_their_text(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("edit", number=1, body="All gone.", actor="jo")
        await here.quiet()
        await here.again(error)
        assert (here.ticket.body or "").startswith("All gone.\n\n<!-- prod-squad:v1:begin")
        assert told(here.ticket).occurrences == 2


async def test_a_body_as_long_as_github_takes(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        long = "x" * 65_000
        here.github.acts.edit_text(here.ticket, Actor(login="jo"), body=long)
        await here.quiet()
        await here.again(error)
        assert (here.ticket.body or "").startswith(long)
        assert len(by_the_app(here.ticket)) == 1
