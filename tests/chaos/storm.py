"""A storm of alerts while the App is killed again and again: nothing lost, nothing twice, every count exact.

`python -m tests.chaos.storm [--alerts 5000] [--errors 200] [--kills 100] [--seed 1] [--store postgresql]`

The App runs as its own process and is killed with SIGKILL at random moments. Until all is sent and the last kill is
over, GitHub loses answers after the write, answers 5xx and limits. The sender repeats what was not answered with 202,
under the same id, as a redelivery does; so exactly what was accepted is what must be counted. Not one call
may exceed a limit.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from app.texts.body import state_in
from sandbox import github
from tests.chaos.killable import ALLOWANCE, GITHUB_SECRET, HOME, SENTRY_SECRET, KillableApp
from tests.postgres import databases

FAULTS = {
    "lost_answers": 0.03,
    "server_errors": 0.03,
    "limited": 0.01,
    "retry_after": 1,
    "stale_list_seconds": 0.0,
}
SENDERS = 8
MARKER = re.compile(r"<!-- prod-squad:v1:op=([^ ]+) -->")


@dataclass
class Outcome:
    """What the run came to; `faults` is empty if everything held."""

    alerts: int
    kills: int
    seconds: float
    issues: int = 0
    comments: int = 0
    calls: int = 0
    faults: list[str] = field(default_factory=list)


class Storm:
    """One run."""

    squad = "tickets:\n  gather: 1s\n"
    """The squad's file."""

    def __init__(self, folder: Path, *, alerts: int, errors: int, kills: int, seed: int, store: str = "sqlite") -> None:
        self._die = random.Random(seed)
        self._kills = kills
        self._errors = [self._die.randrange(errors) for _ in range(alerts)]
        self._accepted: Counter[int] = Counter()
        more = {"DATABASE": "", "DATABASE_URL": databases.url_for(folder)} if store == "postgresql" else {}
        self._app = KillableApp(folder, **more)
        self._seed = seed

    async def run(self) -> Outcome:
        """Storm, wait until all is settled, then look at what GitHub holds."""
        began = time.monotonic()
        hub = await github.start(
            github.Config(
                webhook_url=f"{self._app.url}/github",
                webhook_secret=GITHUB_SECRET,
                allowance=ALLOWANCE,
                seed={"repositories": [{"name": HOME, "people": {"nick": "admin"}, "files": self._files()}]},
            )
        )
        try:
            await self._app.start(hub)
            hub.faults.change(FAULTS | {"seed": self._seed})
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
                killed = asyncio.create_task(self._kill_again_and_again(hub))
                line = iter(enumerate(self._errors))
                await asyncio.gather(*(self._send(http, line) for _ in range(SENDERS)))
                await killed
                hub.faults.change(dict.fromkeys(("lost_answers", "server_errors", "limited"), 0.0))
                await self._app.settled(http)
        finally:
            await self._app.kill()
            await hub.close()
        outcome = Outcome(alerts=len(self._errors), kills=self._kills, seconds=time.monotonic() - began)
        self._judge(hub, outcome)
        return outcome

    async def _kill_again_and_again(self, hub: github.Sandbox) -> None:
        for _ in range(self._kills):
            await self._app.listening()
            await asyncio.sleep(self._die.random() * 1.5)
            await self._app.kill()
            await self._app.start(hub)
        await self._app.listening()

    async def _send(self, http: aiohttp.ClientSession, line: Any) -> None:
        for number, error in line:
            body = json.dumps(alert(number, error)).encode()
            headers = {
                "Content-Type": "application/json",
                "Sentry-Hook-Resource": "event_alert",
                "Sentry-Hook-Signature": hmac.digest(SENTRY_SECRET.encode(), body, "sha256").hex(),
                "Request-ID": f"chaos-{number}",
            }
            while not await self._accepted_by_app(http, body, headers):  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.05)
            self._accepted[error] += 1
            # Spread over the kills, so that mail arrives in every state the App can be killed in.
            await asyncio.sleep(self._die.random() * 2.6 * SENDERS * self._kills / len(self._errors))

    async def _accepted_by_app(self, http: aiohttp.ClientSession, body: bytes, headers: dict[str, str]) -> bool:
        try:
            async with http.post(f"{self._app.url}/sentry", data=body, headers=headers) as answer:
                return answer.status == 202
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _files(self) -> dict[str, str]:
        return {".github/PRODOWNERS": "* @nick\n", ".github/prod-squad.yml": self.squad}

    def _judge(self, hub: github.Sandbox, outcome: Outcome) -> None:
        issues = list(hub.state.repository(HOME).issues.values())
        counted: dict[int, int] = {}
        for issue in issues:
            state = state_in(issue.body or "")
            error = int(re.search(r"Error(\d+)X", issue.title)[1])  # type: ignore[index]  # every title has it
            if state is None:
                outcome.faults.append(f"#{issue.number} shows no state")
                continue
            if error in counted:
                outcome.faults.append(f"error {error} has a second ticket: #{issue.number}")
            counted[error] = state.occurrences
            operations = Counter(mark for comment in issue.comments.values() for mark in MARKER.findall(comment.body))
            twice = [operation for operation, times in operations.items() if times > 1]
            if twice:
                outcome.faults.append(f"#{issue.number} has comments twice: {twice}")
        for error, count in self._accepted.items():
            if counted.get(error) != count:
                outcome.faults.append(f"error {error}: {count} accepted, {counted.get(error)} counted")
        outcome.faults += [f"a limit was exceeded: {violation}" for violation in hub.state.violations]
        outcome.issues = len(issues)
        outcome.comments = sum(len(issue.comments) for issue in issues)
        outcome.calls = len(hub.requests)


def alert(number: int, error: int) -> dict[str, Any]:
    """A Sentry alert with what the App reads of one."""
    word = f"Error{error}X"
    return {
        "action": "triggered",
        "data": {
            "event": {
                "event_id": f"{number:032x}",
                "issue_id": str(900_000 + error),
                "title": f"{word}: it broke",
                "metadata": {"type": word, "value": "it broke"},
                "datetime": datetime.now(UTC).isoformat(),
                "level": "error",
            },
            "triggered_rule": "chaos",
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.storm", description=__doc__)
    parser.add_argument("--alerts", type=int, default=5_000)
    parser.add_argument("--errors", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        try:
            outcome = asyncio.run(Storm(Path(name), **vars(chosen)).run())
        finally:
            databases.close()
        if outcome.faults:
            print((Path(name) / "app.log").read_text()[-5_000:], file=sys.stderr)
    print(
        f"chaos on {chosen.store}: {outcome.alerts:,} alerts, {outcome.kills} kills in {outcome.seconds:.0f} s: "
        f"{outcome.issues} tickets, {outcome.comments} comments, {outcome.calls:,} calls; {len(outcome.faults)} faults"
    )
    for fault in outcome.faults[:20]:
        print(f"  {fault}")
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
