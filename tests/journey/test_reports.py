"""A person's issue: the form, free text labelled by hand, and a report of an error that has a ticket already."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.texts.body import split
from sandbox.github import shapes
from sandbox.github.state import Actor
from tests.journey.stage import (
    CHANGE_ISSUE,
    GRAPHQL,
    OPEN_ISSUE,
    READ_ISSUE,
    by_the_app,
    stage,
    told,
)


def form(
    *,
    app: str = "Reader",
    link: str = "_No response_",
    seen: str = "The page stays white.",
    impact: str = "annoying: obviously annoying to end users, but not corrupting data or causing a major user work stoppage",  # noqa: E501 - as the form has it
    when: str = "_No response_",
) -> str:
    """The form's body as GitHub renders it."""
    answers = {
        "App": app,
        "Sentry link": link,
        "What do users see?": seen,
        "Impact": impact,
        "When did it start?": when,
    }
    return "\n\n".join(f"### {label}\n\n{answer}" for label, answer in answers.items())


async def test_a_persons_form_becomes_the_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        text = form()
        await here.act("open", title="Reader is white", body=text, labels=["prod-alert", "wcag"], actor="jo")
        await here.quiet()
        assert here.calls() == [READ_ISSUE, CHANGE_ISSUE]
        ticket = here.ticket
        assert split(ticket.body or "").before == text, "to the letter"
        assert set(ticket.labels) == {"prod-alert", "wcag", "app:Reader", "team:Whiskey", "impact:annoying"}
        assert ticket.assignees == ["mark"]
        assert ticket.title == "Reader is white"
        assert told(ticket).occurrences == 1
        assert not by_the_app(ticket)
        assert "Please complete" not in (ticket.body or "")


async def test_what_is_wrong_with_a_form_is_said_on_the_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        text = form(app="_No response_", seen="_No response_", impact="whatever")
        await here.act("open", title="Something", body=text, labels=["prod-alert"], actor="jo")
        await here.quiet()
        part = (here.ticket.body or "").removeprefix(text)
        assert "Please complete the report" in part
        for label in ("App", "What do users see?", "Impact"):
            assert label in part
        assert here.ticket.assignees == ["nick"], "none of it stops the routing"


async def test_whom_a_person_assigned_stays_assigned(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.act("open", title="White", body=form(), labels=["prod-alert"], assignees=["alex"], actor="jo")
        await here.quiet()
        assert here.ticket.assignees == ["alex"]


async def test_labelling_any_issue_by_hand_makes_it_a_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.act("open", title="Dispatch hangs", body="It just hangs.", actor="jo")
        await here.quiet()
        assert here.calls() == []
        await here.act("label", number=1, labels=["prod-alert"], actor="nick")
        await here.quiet()
        assert told(here.ticket).occurrences == 1
        assert (here.ticket.body or "").startswith("It just hangs.\n\n<!--")
        assert here.ticket.assignees == ["nick"]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(["opened", "labeled"], id="opened, then labelled"),
        pytest.param(["labeled", "opened"], id="labelled, then opened"),
        pytest.param(["labeled"], id="labelled alone"),
        pytest.param(["opened"], id="opened alone, its label not shown yet"),
        pytest.param(["opened", "labeled", "labeled", "opened"], id="each twice"),
    ],
)
async def test_opened_and_labelled_make_one_ticket_in_any_order(tmp_path: Path, order: list[str]) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.webhooks_lost = 1
        await here.act("open", title="White", body=form(), labels=["prod-alert"], actor="jo")
        here.github.faults.webhooks_lost = 0
        shown = shapes.issue(here.github.state, here.ticket)
        label = shapes.label(here.github.state, here.home, here.home.labels["prod-alert"])
        for action in order:
            seen = shown | {"labels": []} if action == "opened" else shown
            more = {"label": label} if action == "labeled" else {}
            here.github.hooks.emit("issues", action, here.home, "jo", issue=seen, **more)
            await here.delivered()
        await here.quiet()
        assert told(here.ticket).occurrences == 1
        assert here.calls() == [READ_ISSUE, CHANGE_ISSUE]
        assert "prod-alert" in here.ticket.labels


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            form(link="https://sentry.example/organizations/acme/issues/4500001/?project=1"), id="by its Sentry link"
        ),
        pytest.param(
            form(seen="It says: ActiveRecord::RecordNotFound: Couldn't find Document with 'id'=99"),
            id="by the error's signature",
        ),
    ],
)
async def test_a_report_of_an_error_that_has_a_ticket_is_its_duplicate(tmp_path: Path, body: str) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        here.calls()
        await here.act("open", title="I can't open documents", body=body, labels=["prod-alert"], actor="jo")
        await here.quiet()
        ticket, report = here.issues
        assert (report.state, report.state_reason, report.duplicate_of) == ("closed", "duplicate", ticket.id)
        (pointer,) = by_the_app(report)
        assert "/issues/1" in pointer.body
        assert report.body == body
        assert told(ticket).occurrences == 2
        assert here.calls().count(OPEN_ISSUE) == 0


async def test_the_person_insists_that_it_is_another_error(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        body = form(link="https://sentry.example/organizations/acme/issues/4500001/")
        await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
        await here.quiet()
        await here.act("reopen", number=2, actor="jo")
        await here.quiet()
        report = here.issues[1]
        assert report.state == "open"
        assert len(by_the_app(report)) == 1
        assert told(here.issues[0]).occurrences == 2


async def test_a_near_miss_is_only_suggested(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        seen = "It says: ActiveRecord::RecordNotFound: Couldn't find Documents with ids=99 and=1"
        await here.act("open", title="Broken", body=form(seen=seen), labels=["prod-alert"], actor="jo")
        await here.quiet()
        ticket, report = here.issues
        assert report.state == "open"
        (hint,) = by_the_app(report)
        assert "may be the same error" in hint.body
        assert "/issues/1" in hint.body
        assert (told(ticket).occurrences, told(report).occurrences) == (1, 1)
        assert not by_the_app(ticket)


async def test_an_alert_finds_the_ticket_that_a_person_opened_for_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        body = form(link="https://sentry.example/organizations/acme/issues/4500001/")
        await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
        await here.quiet()
        here.calls()
        await here.first()
        assert len(here.issues) == 1
        assert here.calls()[:1] == [GRAPHQL]
        assert told(here.ticket).occurrences == 2
        assert split(here.ticket.body or "").before == body


async def test_ten_people_report_the_same_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        body = form(link="https://sentry.example/organizations/acme/issues/4500001/")
        for nth in range(10):
            here.github.acts.open_issue(
                here.home, Actor(login="jo"), title=f"Broken {nth}", body=body, labels=("prod-alert",)
            )
        await here.quiet()
        still_open = [issue for issue in here.issues if issue.state == "open"]
        assert len(still_open) == 1
        assert told(still_open[0]).occurrences == 10
        assert [len(by_the_app(issue)) for issue in here.issues if issue.state == "closed"] == [1] * 9


async def test_a_report_that_was_closed_before_it_was_read(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.stop()
        await here.act("open", title="Reader is white", body=form(), labels=["prod-alert"], actor="jo")
        await here.act("close", number=1, actor="jo", reason="not_planned")
        await here.start()
        await here.later(hours=1)  # the sweep asks for what was not delivered
        await here.quiet()
        await here.delivered()
        await here.quiet()
        assert here.ticket.state == "closed"
        assert not by_the_app(here.ticket)


async def test_a_report_that_says_severe_calls_at_once_who_must_know(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        severe = form(impact="severe: potentially corrupting data or causing a major user work stoppage")
        await here.act("open", title="Documents are lost", body=severe, labels=["prod-alert"], actor="jo")
        await here.quiet()
        (call,) = by_the_app(here.ticket)
        assert call.body.startswith("🚨 @mark: ")
        assert "impact:severe" in here.ticket.labels
