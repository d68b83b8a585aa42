"""What comes through the doors in no good order, or in no good shape; and an App that ends in the middle of it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.domain.errors import StoreError
from app.domain.mailboxes import Claim
from sandbox.github import shapes
from sandbox.sentry import shapes as shapes_at_sentry
from tests.journey.stage import GITHUB_SECRET, OPEN_ISSUE, Stage, by_the_app, stage, told


async def _post_github(here: Stage, event: str, body: bytes) -> int:
    signed = hmac.new(GITHUB_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signed}",
    }
    async with here.http.post(f"{here.url}/github", data=body, headers=headers) as answer:
        return answer.status


async def test_a_comment_that_arrives_before_its_ticket_is_recorded(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.lost_next = 1
        error = here.sentry.acts.raise_example("reader-document")
        await here.waits()
        await here.act("comment", number=1, body="I'm on it", actor="jo")
        await here.act("close", number=1, actor="jo")
        await here.delivered()
        await here.tried()
        await here.later(seconds=5)
        await here.tried()
        await here.later(minutes=3)
        await here.quiet()
        await here.again(error)
        assert (here.ticket.state, told(here.ticket).regressions) == ("open", 1), "the closing was heard of"
        assert here.calls().count(OPEN_ISSUE) == 1


@pytest.mark.parametrize("event", ["star", "workflow_run", "something_new"])
async def test_an_event_that_is_nothing_to_the_squad_is_answered_and_forgotten(tmp_path: Path, event: str) -> None:
    async with stage(tmp_path) as here:
        here.calls(all=True)
        assert await _post_github(here, event, b'{"action": "created"}') == 202
        await here.quiet()
        assert here.calls(all=True) == []
        assert (await here.house.mailroom.standing()).dead == 0


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        pytest.param("issues", {"action": "opened", "issue": "seven"}, id="an issue that is a text"),
        pytest.param("issue_comment", {"action": "created"}, id="a comment that is not there"),
        pytest.param("issues", [1, 2, 3], id="a list"),
    ],
)
async def test_what_is_not_understood_is_kept_for_the_operator(tmp_path: Path, event: str, payload: Any) -> None:
    async with stage(tmp_path) as here:
        assert await _post_github(here, event, json.dumps(payload).encode()) == 202
        (dead,) = await here.house.mailroom.dead_letters(10)
        assert (dead.sender, dead.kind) == ("github", event)
        assert dead.reason
        assert json.loads(dead.payload) == payload
        await here.first()
        assert len(here.issues) == 1, "nobody waits for it"


STORES = ("database", "database_url")


async def _operator(here: Stage, *words: str) -> str:
    """`python -m app …`, beside the App that runs; what it prints."""
    told = {
        name.upper(): str(value.get_secret_value() if isinstance(value, SecretStr) else value)
        for name, value in here.settings
        if name in {"github_app_id", "github_private_key", "github_api_url", "tickets_repository", *STORES}
        and value is not None
    }
    asked = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *words,
        env=told | {"GITHUB_WEBHOOK_SECRETS": GITHUB_SECRET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asked.communicate()
    assert asked.returncode == 0, printed.decode()
    return printed.decode()


async def test_the_operator_replays_what_was_not_understood(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.only()
        error = here.sentry.acts.raise_example("reader-document")
        event = shapes_at_sentry.event(here.sentry.state, error, error.events[0])
        await here.house.mailroom.receive_dead(
            sender="sentry",
            delivery_id="of-an-older-version",
            kind="event_alert",
            payload=json.dumps({"action": "triggered", "data": {"event": event}}).encode(),
            reason="an older version did not understand it",
            received_at=here.clock(),
        )
        assert "an older version did not understand it" in await _operator(here, "dead-letters", "list")
        assert "1: saved" in await _operator(here, "dead-letters", "replay", "--all")
        assert "No dead letters" in await _operator(here, "dead-letters", "list")
        await here.later(seconds=1)
        await here.quiet()
        assert told(here.ticket).occurrences == 1


async def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        assert await _post_github(here, "issues", b"{") == 400
        assert await here.post_sentry(b"no", resource="issue", request_id="1") == 400


async def test_mail_that_nobody_settled_is_settled_after_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.github.faults.errors_next = 1_000
        error = here.sentry.acts.raise_example("reader-document")
        here.sentry.acts.again(error, times=4)
        await here.waits()
        await here.stop()
        assert not here.issues
        here.github.faults.errors_next = 0
        here.clock.ahead += timedelta(minutes=2)
        await here.start()
        assert told(here.ticket).occurrences == 5


@pytest.mark.parametrize("lost", ["issue", "comment"])
async def test_an_app_that_ended_before_the_answer_came_does_nothing_twice(tmp_path: Path, lost: str) -> None:
    async with stage(tmp_path) as here:
        error = await here.first() if lost == "comment" else None
        count = 1 if error is None else 2
        await here.later(minutes=1)
        here.github.faults.lost_next = 1
        if error is None:
            here.sentry.acts.raise_example("reader-document")
        else:
            here.sentry.acts.again(error)
        await here.waits()
        await here.stop()
        await here.start()
        await here.later(minutes=2)
        await here.quiet()
        assert told(here.ticket).occurrences == count
        assert len(by_the_app(here.ticket)) == count - 1


async def test_what_github_could_not_deliver_is_asked_for(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        error = await here.first()
        await here.stop()
        await here.act("close", number=1, actor="jo")
        await here.delivered()
        await here.start()
        await here.later(minutes=1)
        await here.again(error)
        assert (here.ticket.state, told(here.ticket).regressions) == ("open", 1)


async def test_webhooks_of_one_issue_in_the_wrong_order(tmp_path: Path) -> None:
    """Closed and reopened by a person; `reopened` is heard of first."""
    async with stage(tmp_path) as here:
        error = await here.first()
        here.github.faults.webhooks_lost = 1
        await here.act("close", number=1, actor="jo")
        closed = shapes.issue(here.github.state, here.ticket)
        await here.later(seconds=5)
        await here.act("reopen", number=1, actor="jo")
        reopened = shapes.issue(here.github.state, here.ticket)
        here.github.faults.webhooks_lost = 0
        for action, seen in (("reopened", reopened), ("closed", closed)):
            here.github.hooks.emit("issues", action, here.home, "jo", issue=seen)
            await here.delivered()
        await here.quiet()
        await here.later(minutes=1)
        await here.again(error)
        assert told(here.ticket).regressions == 0
        assert "It came back" not in by_the_app(here.ticket)[0].body


async def test_another_bots_comment_changes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first()
        here.calls()
        await here.act("comment", number=1, body="/close", actor="helper[bot]")
        await here.quiet()
        assert here.calls() == []


@pytest.mark.parametrize("what", ["opened", "commented", "edited", "reopened", "pointed", "adopted", "resolved"])
async def test_what_was_done_but_not_recorded_is_not_done_twice(tmp_path: Path, what: str) -> None:
    """The gap between acting and recording: the store fails once, just as a settle is to be recorded."""
    async with stage(tmp_path) as here:
        error = await here.first() if what not in {"opened", "adopted"} else None
        await here.later(minutes=1)
        if what == "edited" and error is not None:
            await here.again(error)
        if what == "reopened":
            await here.act("close", number=1, actor="jo")
            await here.quiet()
            await here.later(minutes=1)
        failed = _fail_once(here)
        if what in {"pointed", "adopted"}:
            body = "https://sentry.example/organizations/acme/issues/4500001/"
            await here.act("open", title="Broken", body=body, labels=["prod-alert"], actor="jo")
        elif error is None:
            here.sentry.acts.raise_example("reader-document")
        elif what == "resolved":
            here.sentry.acts.resolve(error)
        else:
            here.sentry.acts.again(error)
        await here.waits()
        assert failed == ["ticket:1"]
        await here.later(minutes=1)
        await here.quiet()
        occurrences = {"opened": 1, "adopted": 1, "resolved": 1, "edited": 3}.get(what, 2)
        assert told(here.issues[0]).occurrences == occurrences
        comments = {"opened": [0], "adopted": [0], "pointed": [1, 1]}.get(what, [1])
        assert [len(by_the_app(issue)) for issue in here.issues] == comments
        assert told(here.issues[0]).regressions == int(what == "reopened")


def _fail_once(here: Stage) -> list[str]:
    """The next settle of a ticket can't be recorded; where that has happened."""
    failed: list[str] = []
    finish = here.house.mailroom.finish

    async def failing(claim: Claim, **more: Any) -> None:
        if claim.key.startswith("ticket:") and not failed:
            failed.append(claim.key)
            raise StoreError("The disk is full.")
        await finish(claim, **more)

    here.house.mailroom.finish = failing  # type: ignore[method-assign]
    return failed
