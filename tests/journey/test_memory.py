"""What a ticket remembers: who fixed it before, what reads the same, what happened to it; and its post-mortem."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.domain.history import Kind
from app.domain.mailboxes import Claim
from app.domain.tickets import Ticket
from app.flows.once import SURFACES
from sandbox.github.state import Issue
from tests.journey.stage import GRAPHQL, LIST_ISSUES, OPEN_ISSUE, SQUAD, Stage, by_the_app, seed, stage

PULL = {"closer": {"pull_request": 31}}
ZONE = "time_zone: America/New_York\n"
ROTATION = "rotation:\n  members: [jo, kim, mark]\n  starts: 2026-11-02\n"


def squad(more: str = "") -> dict[str, Any]:
    return seed(squad=SQUAD + ZONE + more)


async def remembers(here: Stage, ticket: int = 1) -> Ticket:
    """The ticket as the App's ledger has it."""
    found = await here.house.mailroom.look(ticket)
    assert found is not None
    return found


async def says(here: Stage, text: str, number: int = 1, by: str = "jo") -> None:
    await here.act("comment", number=number, actor=by, body=text)
    await here.quiet()


async def closes(here: Stage, number: int = 1, **how: Any) -> None:
    await here.act("close", number=number, **({"actor": "jo"} | how))
    await here.quiet()


def post_mortem(here: Stage) -> Issue:
    """The one there is."""
    (found,) = [issue for issue in here.issues if "post-mortem" in issue.labels]
    return found


# Recurrence


async def test_after_thirty_days_the_new_ticket_names_what_fixed_the_old_and_its_post_mortem(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await says(here, "/post-mortem")
        await closes(here, **PULL)
        await here.later(days=31)
        await here.quiet()
        here.calls()
        await here.again(error)
        assert here.calls() == [OPEN_ISSUE], "nothing is asked that the ledger knows"
        new = here.issues[-1]
        assert "/issues/1) (closed " in (new.body or "")
        assert "fixed by [acme/caseflow" in (new.body or "")
        assert "/pull/31)" in (new.body or "")
        assert "post-mortem [acme/caseflow" in (new.body or "")
        assert "**Post-mortem:**" not in (new.body or ""), "that was about the old one"


async def test_an_error_that_reads_the_same_names_the_closed_tickets(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.sentry.acts.raise_error(project="reader", type="PG::Error", value="the connection is lost")
        await here.quiet()
        await closes(here, **PULL)
        here.calls()
        here.sentry.acts.raise_error(project="dispatch", type="PG::Error", value="the connection is lost")
        await here.quiet()
        assert here.calls() == [OPEN_ISSUE]
        told = here.issues[1].body or ""
        assert "**Closed tickets of errors that read the same:** [acme/caseflow" in told
        assert "/issues/1) (closed " in told
        assert "/pull/31)" in told


async def test_open_tickets_that_read_the_same_are_not_named_as_closed(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        for project in ("reader", "dispatch"):
            here.sentry.acts.raise_error(project=project, type="PG::Error", value="the connection is lost")
            await here.quiet()
        assert "read the same" not in (here.issues[1].body or "")


async def test_closing_costs_one_read_and_a_regression_none_then(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.calls()
        await closes(here, **PULL)
        assert here.calls() == [GRAPHQL]
        await here.later(minutes=10)
        here.calls()
        await here.again(error)
        assert here.calls().count(GRAPHQL) == 1, "the comment alone: what fixed it was known"
        assert "/pull/31" in by_the_app(here.ticket)[-1].body


async def test_a_closing_waits_for_no_answer_and_the_regression_asks_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.github.faults.change({"errors_next": 9, "route": GRAPHQL})
        await closes(here, **PULL)
        ticket = await remembers(here)
        assert ticket.closing is not None
        assert ticket.closing.fix == ""
        here.github.faults.change({"errors_next": 0, "route": ""})
        await here.later(minutes=10)
        await here.again(error)
        assert "/pull/31" in by_the_app(here.ticket)[-1].body


async def test_a_regression_names_the_post_mortem(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await says(here, "/post-mortem")
        await closes(here)
        await here.later(minutes=10)
        await here.again(error)
        back = by_the_app(here.issues[0])[-1].body
        assert "It came back" in back
        assert "Its post-mortem is [acme/caseflow" in back


# History


async def test_what_happened_is_remembered_in_order_and_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        error = await here.first()
        here.github.faults.change({"errors_next": 1, "route": "reactions"})
        await here.act("comment", number=1, actor="jo", body="/impact severe documents are lost\n/ack")
        await here.waits()
        await here.later(minutes=1)
        await here.quiet()
        await says(here, "/fix", by="mark")
        await closes(here, **PULL)
        await here.later(minutes=10)
        await here.again(error)
        history = (await remembers(here)).history
        assert [line.kind for line in history] == [
            Kind.FIRST,
            Kind.OPENED,
            Kind.DECIDED,
            Kind.ACKNOWLEDGED,
            Kind.PINGED,
            Kind.TAKEN,
            Kind.CLOSED,
            Kind.FIXED,
            Kind.REGRESSED,
            Kind.PINGED,
        ]
        decided = history[2]
        assert (decided.by, decided.detail) == ("jo", "severe")
        assert "/issues/1#issuecomment-" in decided.link


async def test_what_comes_together_is_remembered_one_by_one(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await here.stop()
        await here.act("comment", number=1, actor="jo", body="/impact annoying")
        await here.act("comment", number=1, actor="kim", body="/impact unsure")
        await here.act("close", number=1, actor="jo")
        await here.act("reopen", number=1, actor="kim")
        await here.delivered()
        await here.start()
        for delivery in list(here.github.state.deliveries.values()):
            here.github.hooks.redeliver(delivery.id)
        await here.quiet()
        told = [(line.kind, line.by) for line in (await remembers(here)).history[2:]]
        assert told[:4] == [(Kind.DECIDED, "jo"), (Kind.CHANGED, "kim"), (Kind.CLOSED, "jo"), (Kind.REOPENED, "kim")]


# Post-mortems


async def test_a_post_mortem_is_drafted_from_what_happened(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(ROTATION)) as here:
        await here.first()
        await says(here, "/impact severe documents are lost")
        here.calls()
        await says(here, "/post-mortem The hour without documents", by="mark")
        calls = here.calls()
        assert (calls.count(OPEN_ISSUE), calls.count(GRAPHQL)) == (1, 2), "what was changed, and the answer"
        draft, body = post_mortem(here), post_mortem(here).body or ""
        assert draft.title == "Post-mortem: The hour without documents"
        assert (draft.labels, draft.assignees) == (["post-mortem"], [])
        for said in (
            "**severe**",
            "## Timeline",
            "America/New",
            " ES",
            "```mermaid\ngantt\n",
            "## Root cause",
            "- [ ]",
        ):
            assert said in body
        assert "- Primary: `@" in body
        assert "nobody is on record" not in body
        answer = by_the_app(here.issues[0])[-1].body
        assert "The post-mortem is [acme/caseflow" in answer
        assert "**Post-mortem:** [acme/caseflow" in (here.issues[0].body or "")


async def test_asked_again_its_timeline_is_brought_up_to_date_and_what_people_wrote_stays(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, "/post-mortem")
        draft = post_mortem(here)
        written = "First line.\n\n" + (draft.body or "").replace("- [ ]", "- [ ] @mark adds an alert")
        await here.act("edit", number=draft.number, actor="mark", body=written)
        await says(here, "/impact annoying")
        assert "decided by" not in (draft.body or "")
        here.calls()
        await says(here, "/post-mortem")
        assert OPEN_ISSUE not in here.calls()
        body = post_mortem(here).body or ""
        assert "**Impact: annoying**, decided by" in body
        assert body.startswith("First line.\n\n<!-- ")
        assert "- [ ] @mark adds an alert" in body
        assert "up to date now" in by_the_app(here.issues[0])[-1].body


async def test_who_cannot_be_assigned_never_was(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(ROTATION)) as here:
        await here.first()
        await says(here, "/assign @ghost @kim @nick")
        assert here.ticket.assignees == ["mark", "kim", "nick"]
        assert "ghost can't be assigned" in by_the_app(here.ticket)[-1].body
        lines = [line for line in (await remembers(here)).history if line.kind in {Kind.ASSIGNED, Kind.UNASSIGNED}]
        assert [(line.kind, line.whom, line.by) for line in lines] == [(Kind.ASSIGNED, ("kim", "nick"), "jo")]
        assert "#issuecomment-" in lines[0].link
        await says(here, "/post-mortem")
        assert "Taken off" not in (post_mortem(here).body or "")


async def test_two_in_one_comment_open_one(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        await says(here, "/post-mortem\n/post-mortem again")
        assert post_mortem(here).title.startswith("Post-mortem: ")
        assert len(by_the_app(here.issues[0])) == 2


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"lost_next": 1}, id="the answer is lost after it was made"),
        pytest.param({"errors_next": 1}, id="a 5xx, and nothing was made"),
        pytest.param({"limited_next": 1}, id="a limit"),
    ],
)
async def test_however_github_fails_there_is_one(tmp_path: Path, faults: dict[str, Any]) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        here.github.faults.change(faults | {"route": f"{OPEN_ISSUE}$"})
        await here.act("comment", number=1, actor="jo", body="/post-mortem")
        await here.waits()
        for _ in range(3):
            await here.later(seconds=SURFACES.total_seconds() + 1)
            await here.tried()
        await here.later(minutes=6)
        await here.quiet()
        assert (await remembers(here)).post_mortem is not None
        assert "The post-mortem is" in by_the_app(here.issues[0])[-1].body
        assert post_mortem(here)


async def test_killed_between_opening_and_recording_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        made, never = asyncio.Event(), asyncio.Event()
        record = here.house.mailroom.done

        async def stuck(claim: Claim, operation: str, result: bytes) -> None:
            if "post-mortem" in operation:
                made.set()
                await never.wait()
            await record(claim, operation, result)

        monkeypatch.setattr(here.house.mailroom, "done", stuck)
        await here.act("comment", number=1, actor="jo", body="/post-mortem")
        async with asyncio.timeout(60):
            await made.wait()
        (busy,) = here.house.worker._busy
        busy.cancel()
        await here.stop()
        assert post_mortem(here)
        here.calls()
        await here.start()
        await here.later(seconds=SURFACES.total_seconds() + 1)
        await here.quiet()
        calls = here.calls()
        assert (calls.count(OPEN_ISSUE), calls.count(LIST_ISSUES)) == (0, 1)
        assert (await remembers(here)).post_mortem is not None
        assert post_mortem(here)


async def test_what_people_do_on_it_does_nothing_to_its_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        await says(here, "/post-mortem")
        draft, before, said = post_mortem(here), await remembers(here), by_the_app(here.issues[0])
        await says(here, "It was the index.\n\n/impact severe\n/post-mortem", number=draft.number, by="mark")
        await here.act("label", number=draft.number, actor="mark", labels=["prod-alert", "impact:severe"])
        await closes(here, draft.number)
        await here.later(days=2)
        await here.quiet()
        standing = await here.house.mailroom.standing()
        assert (standing.dead, standing.pending) == (0, 0)
        assert await remembers(here) == before
        assert by_the_app(here.issues[0]) == said
        assert here.issues[0].state == "open"


async def test_a_deleted_one_is_opened_anew_and_a_locked_one_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        await says(here, "/post-mortem")
        here.delete(post_mortem(here))
        await says(here, "/post-mortem")
        draft = post_mortem(here)
        await here.act("lock", number=draft.number, actor="mark")
        await says(here, "/impact annoying")
        await says(here, "/post-mortem")
        assert "annoying" in (post_mortem(here).body or "")


async def test_on_what_is_no_ticket_nothing_is_done(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.act("open", title="A wish", body="Please.", actor="jo")
        await says(here, "/post-mortem")
        assert len(here.issues) == 1
        assert by_the_app(here.issues[0]) == []


async def test_a_severe_ticket_that_closes_is_offered_one_and_only_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await says(here, "/impact severe")
        for _ in range(2):
            await closes(here)
            await here.later(minutes=10)
            await here.again(error)
        offers = [said for said in by_the_app(here.ticket) if "`/post-mortem` drafts" in said.body]
        assert len(offers) == 1


async def test_an_action_item_is_added_to_what_people_wrote_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, "/action @mark by 2099-12-04: alert on a full queue")
        assert "`/post-mortem` drafts one" in by_the_app(here.issues[0])[-1].body
        await says(here, "/post-mortem")
        draft = post_mortem(here)
        written = (draft.body or "").replace("\n- [ ]\n", "\n- [ ] @jo by 2099-12-01: rename it\r\n- [ ]\n")
        await here.act("edit", number=draft.number, actor="jo", body=written)
        for _ in range(2):
            await says(here, "/action @mark by 2099-12-04: alert on a full queue")
        body = post_mortem(here).body or ""
        item = "- [ ] @mark by 2099-12-04: alert on a full queue\n"
        assert body.replace(item, "") == written
        assert body.count(item) == 1
        assert "has one more action item" in by_the_app(here.issues[0])[-1].body
