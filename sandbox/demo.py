"""`python -m sandbox demo`: the real App between lookalikes of its systems, and real alerts through it.

Rules: the App runs as its own process, as it would in production; it is told nothing but its settings, in a folder that
holds no other `.env`. What is shown is what the lookalikes hold, never what the App says of itself. A folder has one
demo at a time: a second one would take the first one's database away.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from sandbox import github, pagerduty, sentry, slack
from sandbox.github.state import Issue
from sandbox.grounds import alone, free
from sandbox.slack.server import TOKEN as SLACK_TOKEN
from sandbox.slack.state import Message

HOME: Final = "acme/caseflow"
FOLDER: Final = Path(".sandbox")
SUPPORT_TOKEN: Final = "a-token-of-the-lookalike-desk"
SECRETS: Final = {
    "github": "a-secret-for-the-demo-only",
    "sentry": "another-secret-for-the-demo",
    "slack": "a-signing-secret-for-the-demo",
}
TOKEN: Final = "sntrys_lookalike_token_of_the_app"
PORTS: Final = {"app": 8080, "github": 8901, "sentry": 8902, "slack": 8903, "pagerduty": 8904}
CHANNEL: Final = "C0ALERTS"
_HEALTH_KEPT: Final = 1.0
"""Seconds that an answer of the App's `/health` may be old."""
OWNERS: Final = """\
# Who answers for which error: the last line that matches wins.
*                              @nick
[Whiskey] @mark
app:Reader
/app/controllers/reader/**
[Foxtrot] @alex
app:Certification*
app:eFolder
[Tango] @sharon
app:Dispatch
app:Hearings*
"""
SQUAD: Final = """\
apps:
  - {name: Reader, projects: [reader], logs: {groups: [/prod/reader, /prod/reader-workers]}}
  - {name: Certification, projects: [certification]}
  - {name: eFolder, projects: [efolder]}
  - {name: Dispatch, projects: [dispatch]}
  - {name: Hearings Prep, projects: [hearings-prep]}
rotation: {members: [jo, sharon, nick], starts: TODAY}
severe: {ping: [nick]}
manual: {repository: acme/appeals-deployment, path: docs/first-responder-manual.md}
logs: {region: us-gov-west-1, groups: [/prod/caseflow]}
slack: {channel: C0ALERTS}
post_mortem: {audience: [nick], project: {owner: acme, number: 7}}
people:
  - {login: nick, slack: U0NICK}
  - {login: alex, slack: U0ALEX}
  - {login: mark, slack: U0MARK}
  - {login: jo, slack: U0JO}
impact:
  - {when: {level: fatal, app: Dispatch}, set: severe}
tickets:
  gather: 2s # 15 s by default; a demo need not wait so long
"""
MANUAL: Final = """\
# First Responder's Manual

## Reader

### Documents do not load

`ActiveRecord::RecordNotFound`: see whether the eFolder has the document, then have Reader fetch it again.

## Certification v2

### VACOLS timeouts

`ORA-12170`: VACOLS is not reached. Look at its connections before anything else.
"""
PEOPLE: Final = {"nick": "admin", "mark": "write", "alex": "write", "sharon": "write", "jo": "write"}
_BOLD, _DIM, _OFF = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")


class Demo:
    """The play, once everything is up."""

    def __init__(
        self,
        hub: github.Sandbox,
        tower: sentry.Sandbox,
        chat: slack.Sandbox,
        duty: pagerduty.Sandbox,
        app_url: str,
        http: aiohttp.ClientSession,
    ) -> None:
        self._hub = hub
        self._tower = tower
        self._chat = chat
        self._duty = duty
        self._app_url = app_url
        self._http = http

    @property
    def issues(self) -> list[Issue]:
        """What the repository holds."""
        return list(self._hub.state.repository(HOME).issues.values())

    @property
    def messages(self) -> list[Message]:
        """What the squad's channel holds."""
        return list(self._chat.state.channels[CHANNEL].messages.values())

    async def play(self) -> None:
        """One alert after the other, each step with what it cost."""
        await self._settled()
        await self._step("A new error: Sentry sends an alert", self._first)
        await self._step("It happens 500 times more, within a second", self._burst)
        await self._step("A pull request closes the ticket, and the error comes back", self._regression)
        await self._step("A person reports the same error once more", self._duplicate)
        await self._step(
            "Another error: alex finds it severe, and nick acknowledges it by a button in Slack", self._severe
        )
        await self._step("The first one is only noise for now: mark silences it", self._silenced)
        await self._step("Whoever is on duty hands it over", self._handed_over)
        await self._step("The severe error is resolved at Sentry", self._resolved)
        await self._step("A fatal one: a rule of the squad's file makes it severe at once", self._by_rule)
        await self._step("A support ticket comes in; sharon finds it relevant", self._support)

    async def _step(self, title: str, act: Any) -> None:
        before, began = len(self._hub.requests), time.monotonic()
        print(f"\n{_BOLD}▶ {title}{_OFF}", flush=True)
        await act()
        await self._settled()
        calls = Counter(logged.route for logged in self._hub.requests[before:] if "access_tokens" not in logged.route)
        told = ", ".join(f"{route} ×{count}" for route, count in calls.items())
        print(f"  {_DIM}{time.monotonic() - began:.1f} s; calls of GitHub: {told or 'none'}{_OFF}", flush=True)

    async def _first(self) -> None:
        self._tower.acts.raise_example("reader-document")
        await self._until(lambda: len(self.issues) == 1)

    async def _burst(self) -> None:
        error = next(iter(self._tower.state.issues.values()))
        self._tower.acts.again(error, times=500)
        await self._until(lambda: "501" in (self.issues[0].body or ""))

    async def _regression(self) -> None:
        error = next(iter(self._tower.state.issues.values()))
        closer = {"pull_request": 73, "title": "Find documents by their appeal"}
        await self._act("close", number=1, actor="mark", closer=closer)
        await self._settled()
        await asyncio.sleep(1.1)  # an alert of the same second as the closing is no regression
        self._tower.acts.again(error)
        await self._until(lambda: "regression" in self.issues[0].labels)

    async def _duplicate(self) -> None:
        error = next(iter(self._tower.state.issues.values()))
        answers = {
            "App": "Reader",
            "Sentry link": f"{self._tower.url}/organizations/acme/issues/{error.id}/",
            "What do users see?": "The document does not open; a judge called.",
            "Impact": "unsure: you're not totally sure",
            "When did it start?": "_No response_",
        }
        body = "\n\n".join(f"### {label}\n\n{answer}" for label, answer in answers.items())
        await self._act("open", title="Documents do not open", body=body, labels=["prod-alert"], actor="jo")
        await self._until(lambda: len(self.issues) == 2 and self.issues[1].state == "closed")

    async def _severe(self) -> None:
        self._tower.acts.raise_example("certification-v2-timeout")
        await self._until(lambda: len(self.issues) == 3)
        await self._act("comment", number=3, actor="alex", body="/impact severe nobody can certify")
        await self._until(lambda: any("🚨" in comment.body for comment in self.issues[2].comments.values()))
        await self._until(lambda: any("🚨" in message.text for message in self.messages))
        severe = next(message for message in self.messages if "🚨" in message.text)
        await self._chat.presses.press(channel=CHANNEL, ts=severe.ts, action="ack", user="U0NICK")
        await self._until(lambda: "Acknowledged" in (self.issues[2].body or ""))
        await self._until(lambda: [alert.state for alert in self._duty.alerts] == ["acknowledged"])

    async def _silenced(self) -> None:
        await self._act("comment", number=1, actor="mark", body="/silence 7d the fix goes out on monday")
        await self._until(lambda: "silenced" in self.issues[0].labels)

    async def _handed_over(self) -> None:
        before = len(self.issues[0].comments)
        await self._act("comment", number=1, actor="sharon", body="/help handoff")
        await self._act("comment", number=1, actor="jo", body="/away 2h a midday appointment")
        await self._until(lambda: any("On duty now" in c.body for c in self.issues[0].comments.values()))
        await self._until(lambda: len(self.issues[0].comments) > before + 3)

    async def _support(self) -> None:
        asked = {
            "id": "4711",
            "title": "Hearings can't be scheduled",
            "text": "The calendar stays empty for everybody in our office.",
            "link": "https://desk.example.org/tickets/4711",
            "app": "Hearings Prep",
        }
        headers = {"Authorization": f"Bearer {SUPPORT_TOKEN}"}
        async with self._http.post(f"{self._app_url}/support", json=asked, headers=headers) as answer:
            answer.raise_for_status()
        await self._until(lambda: len(self.issues) == 5)
        print(f"  {_DIM}quiet: {', '.join(self.issues[4].labels)}, nobody assigned{_OFF}", flush=True)
        await self._act("comment", number=5, actor="sharon", body="/prod-alert unsure")
        await self._until(lambda: "impact:unsure" in self.issues[4].labels)

    async def _resolved(self) -> None:
        error = next(error for error in self._tower.state.issues.values() if error.project.slug == "certification")
        self._tower.acts.resolve(error, inRelease="caseflow@2026.11.4")
        await self._until(lambda: any("Resolved at Sentry" in c.body for c in self.issues[2].comments.values()))

    async def _by_rule(self) -> None:
        self._tower.acts.raise_example("dispatch-claim", level="fatal")
        await self._until(lambda: len(self.issues) == 4 and len(self._duty.alerts) == 2)
        await self._until(lambda: any("🚨" in comment.body for comment in self.issues[3].comments.values()))

    async def _act(self, act: str, **wish: Any) -> None:
        wish = {"act": act, "repository": HOME, **wish}
        async with self._http.post(f"{self._hub.url}/_sandbox/act", json=wish) as answer:
            answer.raise_for_status()

    async def _settled(self) -> None:
        """Until all webhooks are delivered and no letter waits."""
        await asyncio.sleep(_HEALTH_KEPT)
        for _ in range(600):
            await self._hub.hooks.drain()
            await self._tower.hooks.drain()
            async with self._http.get(f"{self._app_url}/health") as answer:
                if (await answer.json())["pending"] == 0:
                    return
            await asyncio.sleep(0.1)
        raise SystemExit("The App did not settle its mail within a minute.")

    async def _until(self, true: Any) -> None:
        try:
            async with asyncio.timeout(60):
                while not true():  # noqa: ASYNC110 - what the lookalike holds has no event to wait for
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise SystemExit("The demo came to no end: the ticket is not what it should be.") from None

    def show(self) -> None:
        """The tickets, as GitHub would list them and show them."""
        for issue in self.issues:
            print("\n" + "\n".join(_shown(issue)), flush=True)
        for message in self.messages:
            print(f"\n{_BOLD}In Slack:{_OFF} {_in_words(message.text)}", flush=True)
        print(f"\n{_BOLD}At PagerDuty:{_OFF}")
        for alert in self._duty.alerts:
            print(f"  {alert.state}: {alert.payload['summary']}")
        where = ", ".join(f"{self._hub.url}/{HOME}/issues/{issue.number}" for issue in self.issues[:1])
        print(f"\n{_BOLD}In the browser:{_OFF} {self._hub.url} (all tickets), {where} (the first one)")
        others = f"The lookalike Sentry: {self._tower.url}; PagerDuty: {self._duty.url}"
        print(f"{others}; the App's health: {self._app_url}/health")
        print(f"The lookalike Slack, with its buttons to press: {self._chat.url}", flush=True)


def _shown(issue: Issue) -> Iterator[str]:
    state = issue.state if issue.state == "open" else f"closed as {(issue.state_reason or '').replace('_', ' ')}"
    yield f"{_BOLD}#{issue.number} {issue.title}{_OFF}  [{state}]"
    yield f"  labels: {', '.join(issue.labels) or '–'}   assigned: {', '.join(issue.assignees) or 'nobody'}"
    for line in _plain(issue.body or ""):
        yield f"  │ {line}"
    for comment in issue.comments.values():
        yield f"  └ {comment.author}: {' '.join(_plain(comment.body))}"


def _in_words(text: str) -> str:
    """A message's first line, as a notification would show it."""
    return re.sub(r"<https?://[^|>]*[|]([^>]*)>", r"\1", text)


def _plain(text: str) -> list[str]:
    """A text without what GitHub does not show; long addresses are cut."""
    text = re.sub(r"<!--.*?-->|</?(?:details|summary)>", "", text, flags=re.DOTALL)
    text = re.sub(r"(\]\([^)]{120})[^)]+\)", r"\1…)", text)
    return [line for line in text.replace("&#x200B;", "").splitlines() if line.strip() and set(line) - set("|-")]


async def run(*, once: bool, free_ports: bool) -> None:
    """Start everything, play, show; then serve until stopped, unless `once`. SystemExit where another demo runs."""
    with alone(FOLDER):
        await _run(once=once, free_ports=free_ports)


async def _run(*, once: bool, free_ports: bool) -> None:
    ports = {name: free(0 if free_ports else port) for name, port in PORTS.items()}
    app_url = f"http://127.0.0.1:{ports['app']}"
    shutil.rmtree(FOLDER / "demo", ignore_errors=True)
    (FOLDER / "demo").mkdir(parents=True)
    hub = await github.start(
        github.Config(
            port=ports["github"], webhook_url=f"{app_url}/github", webhook_secret=SECRETS["github"], seed=_seed()
        )
    )
    tower = await sentry.start(
        sentry.Config(port=ports["sentry"], webhook_url=f"{app_url}/sentry", client_secret=SECRETS["sentry"])
    )
    chat = await slack.start(
        slack.Config(port=ports["slack"], actions_url=f"{app_url}/slack/actions", signing_secret=SECRETS["slack"])
    )
    chat.state.add_channel("alerts", id=CHANNEL)
    for person in PEOPLE:
        chat.state.add_member(person, id=f"U0{person.upper()}")
    duty = await pagerduty.start(pagerduty.Config(port=ports["pagerduty"]))
    app = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "serve"),
        cwd=FOLDER / "demo",
        env=_settings(hub, tower, chat, duty, ports["app"]),
    )
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        async with aiohttp.ClientSession() as http:
            await _up(http, app_url, app)
            demo = Demo(hub, tower, chat, duty, app_url, http)
            await demo.play()
            demo.show()
            if not once:
                print("Ctrl-C ends it.", flush=True)
                await stop.wait()
    finally:
        if app.returncode is None:
            app.terminate()
            await app.wait()
        await hub.close()
        await tower.close()
        await chat.close()
        await duty.close()


def _settings(
    hub: github.Sandbox, tower: sentry.Sandbox, chat: slack.Sandbox, duty: pagerduty.Sandbox, port: int
) -> dict[str, str]:
    """The App's whole environment. What is empty counts as not set."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": hub.private_key,
        "GITHUB_PRIVATE_KEY_FILE": "",
        "GITHUB_WEBHOOK_SECRETS": SECRETS["github"],
        "GITHUB_API_URL": hub.url,
        "TICKETS_REPOSITORY": HOME,
        "SENTRY_CLIENT_SECRETS": SECRETS["sentry"],
        "SUPPORT_TOKENS": SUPPORT_TOKEN,
        "SENTRY_URL": tower.url,
        "SENTRY_TOKEN": TOKEN,
        "SENTRY_ORGANIZATION": "acme",
        "SLACK_API_URL": chat.api_url,
        "SLACK_TOKEN": SLACK_TOKEN,
        "SLACK_SIGNING_SECRETS": SECRETS["slack"],
        "PAGERDUTY_ROUTING_KEY": pagerduty.ROUTING_KEY,
        "PAGERDUTY_EVENTS_URL": duty.events_url,
        "DATABASE": "prod-squad.db",
        "DATABASE_URL": "",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }


async def _up(http: aiohttp.ClientSession, app_url: str, app: asyncio.subprocess.Process) -> None:
    began = time.monotonic()
    while True:
        if app.returncode is not None or time.monotonic() - began > 30:
            raise SystemExit("The App did not start; what it said stands above.")
        try:
            async with http.get(f"{app_url}/health"):
                print(f"The App is up after {time.monotonic() - began:.1f} s: {app_url}", flush=True)
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.05)


def _seed() -> dict[str, Any]:
    """What GitHub holds at first; the rotation begins today, so jo is the primary."""
    squad = SQUAD.replace("TODAY", datetime.now(UTC).date().isoformat())
    files = {".github/PRODOWNERS": OWNERS, ".github/prod-squad.yml": squad}
    manuals = {"name": "acme/appeals-deployment", "people": PEOPLE, "files": {"docs/first-responder-manual.md": MANUAL}}
    board = {"owner": "acme", "number": 7, "title": "Prod Squad"}
    return {"repositories": [{"name": HOME, "people": PEOPLE, "files": files}, manuals], "projects": [board]}
