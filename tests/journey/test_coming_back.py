"""An error that comes back after its ticket was closed, and what is done at Sentry about one that is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journey.stage import (
    CHANGE_ISSUE,
    GRAPHQL,
    OPEN_ISSUE,
    by_the_app,
    seed,
    stage,
    tickets,
    told,
)

CLOSING = [
    pytest.param({"actor": "jo"}, "It came back", "by @jo", "", id="by hand: who closed it is mentioned"),
    pytest.param(
        {"actor": "mark", "closer": {"pull_request": 7}},
        "It came back",
        "by @mark",
        "fixed by",
        id="by a pull request: the fix is named",
    ),
]


@pytest.mark.parametrize(("how", "said", "who", "fix"), CLOSING)
async def test_what_was_closed_as_completed_is_reopened_as_a_regression(
    tmp_path: Path, how: dict[str, Any], said: str, who: str, fix: str
) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, **how)
        await here.quiet()
        await here.later(minutes=10)
        here.calls()
        await here.again(error)
        ticket = here.ticket
        assert (ticket.state, "regression" in ticket.labels) == ("open", True)
        (comment,) = by_the_app(ticket)
        assert said in comment.body
        assert who in comment.body
        assert fix in comment.body
        assert ("pull/7" in comment.body) == bool(fix)
        assert (told(ticket).occurrences, told(ticket).regressions) == (2, 1)
        assert here.calls().count(CHANGE_ISSUE) == 1


async def test_after_the_regression_the_burst_has_a_comment_of_its_own(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        await here.later(minutes=10)
        await here.again(error)
        await here.later(minutes=1)
        await here.again(error)
        await here.later(minutes=1)
        await here.again(error)
        back, burst = by_the_app(here.ticket)
        assert "It came back" in back.body
        assert "**3 times**" in burst.body
        assert told(here.ticket).occurrences == 4


async def test_labels_that_people_put_on_stay_when_it_is_reopened(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo")
        here.github.faults.webhooks_lost = 1
        await here.act("label", number=1, labels=["customer-visible"], actor="jo")
        here.github.faults.webhooks_lost = 0
        await here.quiet()
        await here.later(minutes=10)
        await here.again(error)
        assert {"customer-visible", "regression", "prod-alert"} <= set(here.ticket.labels)


async def test_after_thirty_days_a_new_ticket_links_the_old(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        await here.later(days=31)
        await here.again(error)
        old, new = here.issues
        assert (old.state, new.state) == ("closed", "open")
        assert "/issues/1" in (new.body or "")
        assert told(new).occurrences == 2
        assert not by_the_app(old)


async def test_what_was_closed_as_not_planned_is_counted_and_stays_closed(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo", reason="not_planned")
        await here.quiet()
        here.calls()
        await here.again(error, times=3)
        assert here.calls() == []
        assert here.ticket.state == "closed"
        await here.act("reopen", number=1, actor="jo")
        await here.quiet()
        await here.later(minutes=1)
        await here.again(error)
        assert told(here.ticket).occurrences == 5, "what came while it was closed was counted"


async def test_an_alert_from_before_the_closing_is_no_regression(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.sentry.acts.again(error)
        await here.delivered()
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        assert here.ticket.state == "closed"
        hook = here.sentry.state.deliveries[-1]
        late = hook.body.replace(error.events[-1].id.encode(), b"0" * 32)
        assert await here.post_sentry(late, resource=hook.resource, request_id="late") == 202
        await here.quiet()
        assert here.ticket.state == "closed"


@pytest.mark.parametrize("reason", ["completed", "not_planned"])
async def test_a_persons_report_of_a_closed_error_reopens_it(tmp_path: Path, reason: str) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo", reason=reason)
        await here.quiet()
        link = f"https://sentry.example/organizations/acme/issues/{error.id}/"
        await here.act("open", title="It is broken again", body=f"See {link}", labels=["prod-alert"], actor="kim")
        await here.quiet()
        ticket, report = here.issues
        assert (ticket.state, "regression" in ticket.labels) == ("open", True)
        assert (report.state, report.state_reason, report.duplicate_of) == ("closed", "duplicate", ticket.id)
        assert told(ticket).occurrences == 2


async def test_a_persons_report_after_thirty_days_becomes_the_ticket_itself(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        await here.later(days=31)
        link = f"https://sentry.example/organizations/acme/issues/{error.id}/"
        await here.act("open", title="It is broken again", body=f"See {link}", labels=["prod-alert"], actor="kim")
        await here.quiet()
        old, report = here.issues
        assert (old.state, report.state) == ("closed", "open")
        assert (report.body or "").startswith(f"See {link}")
        assert "/issues/1" in (report.body or "")
        assert told(report).occurrences == 2
        await here.again(error)
        assert [len(by_the_app(issue)) for issue in here.issues] == [0, 1]


async def test_resolved_at_sentry_is_said(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.calls()
        here.sentry.acts.resolve(error, inRelease="caseflow@2026.11.4")
        await here.quiet()
        assert here.calls() == [GRAPHQL]
        (comment,) = by_the_app(here.ticket)
        assert "**Resolved at Sentry** by nick (caseflow@" in comment.body
        assert "Resolved at Sentry" in (here.ticket.body or "")
        assert here.ticket.state == "open"


async def test_resolved_at_sentry_closes_where_the_squad_wants_it(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(close_when_resolved="true"))) as here:
        error = await here.first()
        here.sentry.acts.resolve(error)
        await here.quiet()
        assert (here.ticket.state, here.ticket.state_reason) == ("closed", "completed")
        await here.later(minutes=5)
        await here.again(error)
        assert here.ticket.state == "open"
        assert "regression" in here.ticket.labels
        assert [("It came back" in it.body) for it in by_the_app(here.ticket)] == [False, True]
        assert told(here.ticket).regressions == 1


async def test_archived_at_sentry_is_shown_until_it_is_not(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.sentry.acts.archive(error)
        await here.quiet()
        assert "Silenced at Sentry:** archived until escalating" in (here.ticket.body or "")
        assert told(here.ticket).silenced == "archived_until_escalating"
        assert "silenced" in here.ticket.labels
        here.sentry.acts.escalate(error)
        await here.quiet()
        assert told(here.ticket).silenced == ""
        assert "silenced" not in here.ticket.labels


async def test_closed_here_is_resolved_at_sentry_where_the_squad_wants_it(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(resolve_at_sender="true"))) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo")
        await here.quiet()
        assert error.status == "resolved"
        assert not by_the_app(here.ticket), "what we did there ourselves is no news"


@pytest.mark.parametrize(
    ("squad", "reason"),
    [
        pytest.param({}, "completed", id="not where it is not configured"),
        pytest.param({"resolve_at_sender": "true"}, "not_planned", id="not where it was closed as not planned"),
    ],
)
async def test_closed_here_is_not_resolved_at_sentry(tmp_path: Path, squad: dict[str, str], reason: str) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(**squad))) as here:
        error = await here.first()
        await here.act("close", number=1, actor="jo", reason=reason)
        await here.quiet()
        assert error.status == "unresolved"


async def test_what_is_closed_for_good_reason_twice_comes_back_twice(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        for _ in range(2):
            await here.act("close", number=1, actor="jo")
            await here.quiet()
            await here.later(hours=2)
            await here.again(error)
        assert told(here.ticket).regressions == 2
        assert [("It came back" in it.body) for it in by_the_app(here.ticket)] == [True, True]
        assert here.calls().count(OPEN_ISSUE) == 1
