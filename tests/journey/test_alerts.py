"""Procedure, Sentry errors, 1: make a ticket for the error; if there is one, add the link to the latest occurrence."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from sandbox.sentry import shapes
from tests.journey.stage import (
    GRAPHQL,
    OPEN_ISSUE,
    SENTRY_PAGES,
    Stage,
    by_the_app,
    seed,
    stage,
    tickets,
    told,
)


@pytest.mark.parametrize(
    ("example", "labels", "assignee", "line"),
    [
        pytest.param(
            "reader-document",
            ["prod-alert", "app:Reader", "team:Whiskey"],
            "mark",
            "line 4 of",
            id="by the path of a frame of its own",
        ),
        pytest.param(
            "certification-missing-form",
            ["prod-alert", "app:Certification", "team:Foxtrot"],
            "alex",
            "line 6 of",
            id="by the app whose project it is",
        ),
        pytest.param(
            "hearings-prep-deadlock",
            ["prod-alert", "app:hearings-prep"],
            "nick",
            "line 1 of",
            id="by the map's first line",
        ),
    ],
)
async def test_a_new_error_gets_its_ticket_in_one_call(
    tmp_path: Path, example: str, labels: list[str], assignee: str, line: str
) -> None:
    async with stage(tmp_path) as here:
        await here.first(example)
        assert here.calls() == [OPEN_ISSUE]
        ticket = here.ticket
        assert (ticket.labels, ticket.assignees, ticket.state) == (labels, [assignee], "open")
        assert line in (ticket.body or "")
        assert f"{SENTRY_PAGES}/organizations/acme/issues/4500001/" in (ticket.body or "")
        assert told(ticket).occurrences == 1


async def test_a_label_is_dressed_once_in_its_life(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first("reader-document")
        dressed = [route for route in here.calls(all=True) if "/labels/" in route]
        await here.first("reader-annotations")
        assert len(dressed) == 3
        assert here.calls(all=True) == [OPEN_ISSUE]
        label = here.home.labels["prod-alert"]
        assert (label.color, bool(label.description)) == ("006b75", True)


async def test_the_announcement_of_an_error_and_its_event_are_one_occurrence(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        assert [hook.resource for hook in here.sentry.state.deliveries] == ["issue", "event_alert"]
        assert told(here.ticket).occurrences == 1
        assert here.calls() == [OPEN_ISSUE]
        assert not by_the_app(here.ticket)


async def test_an_announcement_without_an_event_makes_a_ticket_too(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.only("issue")
        await here.first()
        assert here.calls() == [OPEN_ISSUE]
        assert told(here.ticket).occurrences == 1


async def test_an_event_that_comes_late_tells_more_and_counts_no_more(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.only("issue")
        await here.first()
        assert here.ticket.assignees == ["mark"], "the project alone says the app"
        announced = here.ticket.body or ""
        (error,) = here.sentry.state.issues.values()
        event = shapes.event(here.sentry.state, error, error.events[0])
        body = json.dumps({"action": "triggered", "data": {"event": event, "triggered_rule": "All"}})
        assert await here.post_sentry(body.encode(), resource="event_alert", request_id="late") == 202
        await here.quiet()
        assert told(here.ticket).occurrences == 1
        assert "Innermost frames" not in announced
        assert "Innermost frames" in (here.ticket.body or "")
        assert not by_the_app(here.ticket)


async def test_fifty_copies_of_one_alert_at_once_make_one_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.only("event_alert")
        here.sentry.acts.raise_example("reader-document", times=50)
        await here.quiet()
        assert len(here.issues) == 1
        assert told(here.ticket).occurrences == 50
        calls = here.calls()
        assert calls[0] == OPEN_ISSUE
        assert calls[1:] in ([], [GRAPHQL])


async def _deliver(here: Stage, times: int) -> None:
    hook = here.sentry.state.deliveries[-1]
    sent = [here.post_sentry(hook.body, resource=hook.resource, request_id=hook.request_id) for _ in range(times)]
    assert set(await asyncio.gather(*sent)) == {202}
    await here.quiet()


async def test_a_delivery_that_is_repeated_counts_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        await _deliver(here, 20)
        assert told(here.ticket).occurrences == 1
        assert here.calls() == [OPEN_ISSUE]


async def test_a_burst_is_one_comment_that_is_edited(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        here.calls()
        for so_often in range(2, 6):
            await here.later(seconds=20)
            await here.again(error)
            assert here.calls() == [GRAPHQL], so_often
            assert told(here.ticket).occurrences == so_often
        (comment,) = by_the_app(here.ticket)
        assert "**5 times**" in comment.body
        assert f"{SENTRY_PAGES}/organizations/acme/issues/{error.id}/events/{error.events[-1].id}/" in comment.body


async def test_the_tenth_of_a_burst_is_a_new_comment(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.again(error, times=8)
        await here.later(seconds=20)
        await here.again(error)
        assert ["**9 times**" in it.body or "**10 times**" in it.body for it in by_the_app(here.ticket)] == [True, True]
        assert told(here.ticket).occurrences == 10


async def test_after_a_quiet_hour_a_new_comment_notifies_people(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.again(error)
        await here.later(hours=1, minutes=1)
        await here.again(error)
        here.calls()
        await here.later(seconds=30)
        await here.again(error)
        assert here.calls() == [GRAPHQL]
        first, second = by_the_app(here.ticket)
        assert "**2 times**" in first.body
        assert "**2 times**" in second.body
        assert told(here.ticket).occurrences == 4


async def test_when_its_comments_are_spent_the_body_alone_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(squad=tickets(most_comments="1"))) as here:
        error = await here.first()
        await here.again(error)
        for _ in range(2):
            await here.later(hours=2)
            await here.again(error)
        assert len(by_the_app(here.ticket)) == 1
        assert told(here.ticket).occurrences == 4


async def test_an_alert_of_another_app_goes_where_its_tickets_are(tmp_path: Path) -> None:
    squad = "apps:\n  - {name: Reader, projects: [reader], repository: acme/reader}\n"
    other = {"name": "acme/reader", "people": {"jo": "write"}, "files": {".github/PRODOWNERS": "* @jo\n"}}
    async with stage(tmp_path, world=seed(squad=squad, others=(other,))) as here:
        await here.first()
        assert not here.issues
        (ticket,) = here.github.state.repository("acme/reader").issues.values()
        assert ticket.assignees == ["jo"]
        here.calls()
        await here.first("reader-annotations")
        assert here.calls() == [OPEN_ISSUE], "its files are warm, too"


async def test_no_personal_data_gets_onto_the_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first("certification-missing-form")
        await here.again(error)
        posted = "\n".join([here.ticket.title, here.ticket.body or "", *(it.body for it in by_the_app(here.ticket))])
        for secret in ("000-12-3456", "hunter2", "secret-", "192.0.2.17", "clerk-2"):
            assert secret not in posted
