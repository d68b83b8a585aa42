"""Rules of the squad's file about impact: from an alert to the people who are called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import serving
from app.ledger.limits import Call, Limits, ceilings
from sandbox import pagerduty
from tests import payloads
from tests.journey.stage import GRAPHQL, OPEN_ISSUE, SQUAD, Stage, by_the_app, seed, stage
from tests.journey.test_triage import ROTATION, labels, passes, says

RULES = """\
impact:
  - when: {users: 100}
    set: severe
  - when: {level: [fatal, critical], environment: production}
    set: severe
  - when: {error_type: 'ActiveRecord::*', app: reader}
    set: annoying
  - when: {tags: {component: certification}}
    suggest: unsure
"""
FATAL = json.loads(payloads.body("sentry", "event_alert.triggered"))
FATAL["data"]["event"]["level"] = "fatal"


def ruled(more: str = "") -> dict[str, Any]:
    return seed(squad=SQUAD + RULES + more)


def body(here: Stage) -> str:
    return here.ticket.body or ""


def heads(here: Stage, issue: int = 0) -> list[str]:
    """Of each of the App's comments what stands before the colon."""
    return [comment.body.split(":")[0] for comment in by_the_app(here.issues[issue])]


@asynccontextmanager
async def called(folder: Path, world: dict[str, Any], **more: Any) -> AsyncIterator[tuple[Stage, pagerduty.Sandbox]]:
    """A stage beside a lookalike PagerDuty that is told of what is severe."""
    tower = await pagerduty.start(pagerduty.Config())
    try:
        where = {"pagerduty_events_url": tower.events_url, "pagerduty_routing_key": pagerduty.ROUTING_KEY}
        async with stage(folder, world=world, **where, **more) as here:
            yield here, tower
    finally:
        await tower.close()


async def fatal(here: Stage, request_id: str = "1") -> None:
    """A fatal error's alert, as Sentry sends it."""
    assert await here.post_sentry(json.dumps(FATAL).encode(), resource="event_alert", request_id=request_id) == 202


# What a rule sets


async def test_an_alert_that_a_rule_makes_severe_is_one_issue_and_one_comment(tmp_path: Path) -> None:
    async with called(tmp_path, ruled("severe: {ping: [nick, sharon]}\n")) as (here, tower):
        await fatal(here)
        await here.quiet()
        assert here.calls() == [OPEN_ISSUE, GRAPHQL]
        assert labels(here) == {"impact:severe"}
        assert "severe, set by rule 2 of `.github/prod-squad.yml` (level `fatal` or `critical`, environment" in body(
            here
        )
        (call,) = by_the_app(here.ticket)
        assert call.body.startswith("🚨 @mark @nick @sharon: ")
        assert "It was set by rule 2 of `.github/prod-squad.yml`" in call.body
        (alert,) = tower.alerts
        assert (alert.state, alert.payload["severity"], alert.payload["component"]) == (
            "triggered",
            "critical",
            "Reader",
        )
        assert alert.payload["summary"].startswith("Severe: NoMethodError: undefined method")
        assert "veteran" not in str(alert.payload).lower(), "what was redacted stays so"


async def test_a_rule_raises_what_a_rule_has_set_and_nothing_lowers_it(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        error = await here.first(user="judge-1")
        assert labels(here) == {"impact:annoying"}
        assert by_the_app(here.ticket) == [], "annoying goes to the batch"
        error.users |= {f"judge-{number}" for number in range(2, 101)}
        await here.again(error)
        assert labels(here) == {"impact:severe"}
        assert [head for head in heads(here) if "🚨" in head] == ["🚨 @mark"]
        error.users.clear()
        await here.again(error)
        assert labels(here) == {"impact:severe"}
        assert len(tower.alerts) == 1


async def test_whoever_confirms_what_a_rule_set_calls_nobody_again(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        await here.first(level="fatal")
        before = len(by_the_app(here.ticket))
        await says(here, "/impact severe indeed")
        assert len(by_the_app(here.ticket)) == before
        assert "severe, decided by `@jo`" in body(here)
        assert len(tower.events) == 1


async def test_a_persons_decision_stands_over_every_rule(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        error = await here.first()
        await says(here, "/impact unsure")
        calls = heads(here)
        await here.again(error, level="fatal")
        assert labels(here) == {"impact:unsure"}
        assert [head for head in heads(here) if head.startswith("🚨")] == []
        assert heads(here)[: len(calls)] == calls
        assert "(rule 3 of `.github/prod-squad.yml` had set annoying)" in body(here)
        assert tower.events == []


@pytest.mark.parametrize("quiet", ["closed", "silenced"])
async def test_what_people_laid_to_rest_no_rule_wakes(tmp_path: Path, quiet: str) -> None:
    async with called(tmp_path, ruled(), sentry_token=None) as (here, tower):  # so that Sentry is not silent, too
        error = await here.first("reader-annotations")
        if quiet == "closed":
            await here.act("close", number=1, actor="nick", reason="not_planned")
        else:
            await here.act("comment", number=1, actor="nick", body="/silence 7d known")
        await here.quiet()
        before = len(by_the_app(here.ticket))
        await here.again(error, level="fatal")
        assert labels(here) <= {"silenced"}
        assert len(by_the_app(here.ticket)) == before
        assert tower.events == []
        if quiet == "silenced":
            await says(here, "/unsilence", by="nick")
            assert labels(here) == {"impact:severe"}, "it is judged when the silence is over"


async def test_a_severe_alert_goes_ahead_of_noisy_ones_from_the_door_on(tmp_path: Path) -> None:
    rule = "impact: [{when: {error_type: Corrupted}, set: severe}]\n"
    async with stage(tmp_path, world=seed(squad=SQUAD + rule), workers=1) as here:
        here.only("event_alert")
        here.github.faults.change({"slow_ms": 40})
        for number in range(60):
            here.sentry.acts.raise_error(
                project="dispatch", type="Noise", value="x", culprit="abcdefghij"[number % 10] * number
            )
        await here.until_there_are(6)
        noisy = len(here.issues)
        here.sentry.acts.raise_error(project="dispatch", type="Corrupted", value="x")
        async with asyncio.timeout(60):
            while not any("impact:severe" in issue.labels for issue in here.issues):  # noqa: ASYNC110 - no bell rings
                await asyncio.sleep(0.02)
        assert len(here.issues) - noisy < 10, "it did not wait for the others"


# What a rule suggests


async def test_a_suggestion_is_shown_and_decides_nothing(tmp_path: Path) -> None:
    async with called(tmp_path, ruled(ROTATION)) as (here, tower):
        await here.first("certification-missing-form")
        suggested = "**Suggested: unsure** – rule 4 of `.github/prod-squad.yml` (tag `component` `certification`)"
        assert labels(here) == set()
        assert suggested in body(here)
        assert by_the_app(here.ticket) == [], "the tech lead is not asked yet"
        await says(here, "/why")
        assert suggested in by_the_app(here.ticket)[-1].body
        await passes(here, minutes=31)
        ping = by_the_app(here.ticket)[-1].body
        assert suggested in ping
        assert "Decide with `/impact unsure`, or otherwise." in ping
        await says(here, "/impact annoying")
        assert "Suggested" not in body(here)
        assert tower.events == []


# PagerDuty


async def test_the_page_is_out_though_github_is_down_and_is_not_sent_twice(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        here.github.faults.change({"server_errors": 1.0})
        await fatal(here)
        await here.waits()
        assert [event["event_action"] for event in tower.events] == ["trigger"]
        await here.stop()
        here.github.faults.change({"server_errors": 0.0})
        here.clock.ahead += timedelta(minutes=6)
        await here.start()
        assert labels(here) == {"impact:severe"}
        assert len(by_the_app(here.ticket)) == 1
        assert len(tower.events) == 1


async def test_the_page_is_out_though_github_has_been_down_for_hours(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        here.github.faults.change({"server_errors": 1.0})
        await here.later(hours=7)
        await fatal(here)
        async with asyncio.timeout(60):
            while not tower.alerts:  # noqa: ASYNC110 - a lookalike rings no bell
                await asyncio.sleep(0.05)
        here.github.faults.change({"server_errors": 0.0})


async def test_what_a_rule_makes_severe_has_the_room_that_is_kept_for_pages(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, _):
        error = await here.first(user="judge-1")
        routine = ceilings(Call(installation=1, creates=1, points=5, urgent=False), Limits())
        for _ in range(routine.creates_short):
            await here.house.client._budget.take(1, creates=1, points=1, urgent=True)
        error.users |= {f"judge-{number}" for number in range(2, 101)}
        await here.again(error)
        assert [head for head in heads(here) if "🚨" in head] == ["🚨 @mark"]


@pytest.mark.parametrize("restarted", [False, True], ids=["at work", "started meanwhile"])
async def test_the_page_waits_for_no_slow_github_however_old_the_squads_files_are(
    tmp_path: Path, restarted: bool
) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        if restarted:
            await here.stop()
        here.github.faults.change({"slow_ms": 20_000})
        here.clock.ahead += timedelta(hours=7)
        if restarted:
            here._house.append(await here._rooms.enter_async_context(serving.running(here.settings, here.clock)))
        await here.later()
        await fatal(here)
        try:
            async with asyncio.timeout(18):
                while not tower.alerts:  # noqa: ASYNC110 - a lookalike rings no bell
                    await asyncio.sleep(0.05)
        finally:
            here.github.faults.change({"slow_ms": 0})


async def test_what_was_paged_before_github_came_back_is_taken_back(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        error = await here.first("reader-annotations")
        here.github.faults.change({"server_errors": 1.0})
        here.sentry.acts.again(error, level="fatal")
        await here.waits()
        assert [alert.state for alert in tower.alerts] == ["triggered"]
        await here.act("label", number=1, actor="nick", labels=["impact:annoying"])
        await here.delivered()
        here.github.faults.change({"server_errors": 0.0})
        await here.later(minutes=6)
        await here.quiet()
        assert labels(here) == {"impact:annoying"}
        assert [alert.state for alert in tower.alerts] == ["resolved"]


async def test_pagerduty_hears_of_acknowledging_closing_and_coming_back(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        error = await here.first(level="fatal")
        await says(here, "/ack", by="mark")
        assert [alert.state for alert in tower.alerts] == ["acknowledged"]
        await here.act("close", number=1, actor="mark")
        await here.quiet()
        assert [alert.state for alert in tower.alerts] == ["resolved"]
        await asyncio.sleep(1.1)  # an alert of the same second as the closing is no regression
        await here.again(error, level="fatal")
        assert [alert.state for alert in tower.alerts] == ["resolved", "triggered"]
        assert tower.alerts[0].key != tower.alerts[1].key
        await says(here, "/impact annoying", by="mark")
        assert [alert.state for alert in tower.alerts] == ["resolved", "resolved"]


async def test_an_acknowledgement_that_expired_is_another_page(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        await here.first(level="fatal")
        await says(here, "/ack 1h", by="mark")
        await passes(here, minutes=61)
        assert [alert.state for alert in tower.alerts] == ["resolved", "triggered"]


async def test_pagerduty_down_costs_no_call_and_the_ticket_says_so_until_it_is_told(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        tower.faults.change({"server_errors": 1.0})
        await fatal(here)
        await here.quiet()
        assert here.calls() == [OPEN_ISSUE, GRAPHQL]
        assert "📵 **PagerDuty was not told:** PagerDuty did not take the event (50" in body(here)
        assert "**PagerDuty could not be told**" in by_the_app(here.ticket)[0].body
        tower.faults.change({"server_errors": 0.0})
        await passes(here, minutes=1, seconds=1)
        assert [alert.state for alert in tower.alerts] == ["triggered"]
        assert "PagerDuty" not in body(here)
        assert len(by_the_app(here.ticket)) == 1


async def test_a_slow_pagerduty_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with called(tmp_path, ruled()) as (here, tower):
        tower.faults.change({"slow_ms": 8_000})
        await fatal(here)
        async with asyncio.timeout(7):
            await here.until_there_are(1)
        tower.faults.change({"slow_ms": 0})
        await here.quiet()
        assert "PagerDuty was not told" in body(here)


async def test_the_squads_file_can_switch_pagerduty_off(tmp_path: Path) -> None:
    async with called(tmp_path, ruled("severe: {pagerduty: false}\n")) as (here, tower):
        await here.first(level="fatal")
        assert labels(here) == {"impact:severe"}
        assert tower.events == []


async def test_a_severe_decision_of_a_person_is_told_too(tmp_path: Path) -> None:
    async with called(tmp_path, seed()) as (here, tower):
        await here.first()
        await says(here, "/impact severe documents are lost")
        (alert,) = tower.alerts
        why = alert.payload["custom_details"]["severe because"]
        assert why == "somebody of the squad decided so: “documents are lost”"
        assert "jo" not in str(alert.payload).split(), "nobody is named"
        assert alert.links[0] == {"href": here.github.url + "/acme/caseflow/issues/1", "text": "The ticket"}
