"""Two processes on one PostgreSQL, each killed in turn, paused, and left without their database; a storm goes on.

`python -m tests.chaos.fleet [--kills 20] [--pauses 2] [--rests 1] [--rate 120] [--errors 300] [--seed 1]`

Both are `python -m app serve`. Who sends has a list of their doors and tries the other one where one refuses, does not
answer, or says 503; what was answered with 202 must be saved. GitHub loses answers, fails and limits, Sentry fails;
GitHub's limits are narrow enough that the fleet's budget is what holds it up. Alerts of one error are sent one after
another. A pause (SIGSTOP) is longer than the fleet has patience: the process is taken for dead, and comes back just
when its claims are the other's. The one call that it was about to make then comes late; it is counted, and no fault.
A rest is PostgreSQL gone as at a crash.

| asked                    | seen by                                                                                   |
|--------------------------|-------------------------------------------------------------------------------------------|
| nothing lost             | each accepted delivery stands in the database; each count on GitHub is what was accepted  |
| nothing twice            | no error has two tickets, no operation's mark stands on GitHub twice                      |
| no two claims at a time  | the database: `witness.py`; and who writes a ticket on GitHub holds its mailbox then      |
| nothing out of order     | letters are saved as they were sent, and settled as they were saved                       |
| limits                   | the lookalike GitHub counts each call that exceeds one; and no minute's grants, all       |
|                          | processes together, are more by one than the part of a limit that is for routine work     |
| never 202 without saving | while PostgreSQL is gone nobody says 202                                                  |
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
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp
import psycopg

from app.ledger.limits import Limits
from app.ledger.postgres.migrate import migrate
from app.texts.body import state_in
from app.texts.markdown import operation_in
from sandbox import github, sentry
from sandbox.github.limits import Allowance
from tests.chaos import witness
from tests.chaos.killable import GITHUB_SECRET, HOME, SENTRY_SECRET
from tests.chaos.members import Member, trespasses
from tests.chaos.relay import Relay
from tests.chaos.storm import alert
from tests.postgres.databases import Server

FAULTS: Final = {"lost_answers": 0.03, "server_errors": 0.03, "limited": 0.01, "retry_after": 1, "slow_ms": 100}
SENTRY_FAULTS: Final = {"server_errors": 0.1, "slow_ms": 20}
TOKEN: Final = "sntrys_lookalike_token_of_the_app"
FIRST: Final = 900_000
"""Sentry's number of the first error: `storm.alert` counts from there."""
WIDER: Final = 10
"""So many times GitHub's limits: what two processes could do on this machine is more, so they bind."""
ROUTINE: Final = (int(80 * WIDER * Limits().routine), int(900 * WIDER * Limits().routine))
"""What routine work, and all here is that, may create in a minute, and its points."""
HOSTS: Final = ("127.0.0.1", "localhost")
"""Each process calls GitHub by a name of its own, so that its calls are known."""
SENDERS: Final = 24
PATIENCE: Final = aiohttp.ClientTimeout(total=10)
"""GitHub's: https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks"""
RESTED: Final = 12.0
"""Seconds; doors hold out for a few."""


@dataclass
class Outcome:
    """What the run came to; `faults` is empty if everything held."""

    kills: int
    alerts: int = 0
    sending: float = 0.0
    """Seconds in which alerts were sent."""
    seconds: float = 0.0
    issues: int = 0
    comments: int = 0
    calls: int = 0
    busiest: tuple[int, int] = (0, 0)
    """Creations and points that were granted in the busiest minute."""
    late: int = 0
    """Calls that a process made as it came back from a pause, when its claim was over: see `Member.woke_before`."""
    refused: list[float] = field(default_factory=list)
    """Seconds until each 503, most of them while PostgreSQL was gone."""
    seen: witness.Seen = field(default_factory=witness.Seen)
    faults: list[str] = field(default_factory=list)


class Fleet:
    """One run."""

    def __init__(
        self,
        folder: Path,
        *,
        kills: int,
        pauses: int,
        rests: int,
        rate: float,
        errors: int,
        seed: int,
        faults: Mapping[str, float] = FAULTS,
    ) -> None:
        self._folder = folder
        self._die = random.Random(seed)
        self._seed = seed
        self._kills = kills
        self._pauses = _spread(pauses, kills)
        self._rests = _spread(rests, kills, first=1)
        self._rate = rate
        self._errors = errors
        self._faults = faults
        self._accepted: dict[int, list[int]] = defaultdict(list)
        self._calm = asyncio.Event()
        """Set when nothing is done to the fleet any more."""
        self._members: list[Member] = []
        self._gone_since: float | None = None
        self._rested: list[datetime] = []
        self.outcome = Outcome(kills=kills)

    async def run(self) -> Outcome:
        """Storm, wait until all is settled, then look at what GitHub and PostgreSQL hold."""
        began = time.monotonic()
        server = await asyncio.to_thread(Server, durable=True)
        try:
            await self._run(server)
        finally:
            await asyncio.to_thread(server.close)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    async def _run(self, server: Server) -> None:
        await asyncio.to_thread(server.execute, "CREATE DATABASE squad")
        await migrate(server.url_of("squad"))
        await asyncio.to_thread(witness.install, server.url_of("squad"))
        relay = await Relay.open()
        tower = await sentry.start(sentry.Config(first_issue_id=FIRST))
        for error in range(self._errors):
            tower.acts.raise_error(project="caseflow", type=f"Error{error}X", value="it broke")
        hub = await github.start(self._github(relay))
        try:
            for name, host in zip(("one", "other"), HOSTS, strict=True):
                more = _settings(tower.url) | {"GITHUB_API_URL": hub.url.replace("127.0.0.1", host)}
                member = Member(self._folder / name, name, server, more)
                self._members.append(member)
                relay.ports.append(member.app.port)
            await asyncio.gather(*(member.start(hub) for member in self._members))
            hub.faults.change({**self._faults, "seed": self._seed})
            tower.faults.change(SENTRY_FAULTS | {"seed": self._seed})
            async with aiohttp.ClientSession(timeout=PATIENCE) as http:
                await self._stormed(hub, server, http)
                hub.faults.change(dict.fromkeys(("lost_answers", "server_errors", "limited"), 0.0))
                tower.faults.change({"server_errors": 0.0})
                await self._members[0].app.settled(http)
        finally:
            for member in self._members:
                await member.kill()
            await relay.close()
            await hub.close()
            await tower.close()
        await asyncio.to_thread(self._judge_database, server.url_of("squad"))
        self._judge_github(hub)

    async def _stormed(self, hub: github.Sandbox, server: Server, http: aiohttp.ClientSession) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._disturb(hub, server))
            for shard in range(SENDERS):
                group.create_task(self._send(http, self._line(shard, began)))
        self.outcome.sending = time.monotonic() - began
        self.outcome.alerts = sum(len(numbers) for numbers in self._accepted.values())

    # What is done to the fleet

    async def _disturb(self, hub: github.Sandbox, server: Server) -> None:
        await asyncio.sleep(2)
        for turn in range(self._kills):
            member, other = self._members[turn % 2], self._members[(turn + 1) % 2]
            await asyncio.sleep(1 + self._die.random() * 5)
            if turn in self._pauses:
                await other.pause()
            if turn in self._rests:
                await self._rest(server)
            await member.kill()
            await member.start(hub)
        await asyncio.sleep(2)
        self._calm.set()

    async def _rest(self, server: Server) -> None:
        """PostgreSQL is gone, as at a crash, and there again."""
        await asyncio.to_thread(server.stop)
        self._gone_since = time.monotonic()
        await asyncio.sleep(RESTED)
        self._gone_since = None
        await asyncio.to_thread(server.start)
        self._rested.append(datetime.now(UTC))

    # Who sends

    def _line(self, shard: int, began: float) -> Iterator[tuple[int, int, float]]:
        """An endless line of (number, error, when): one sender's errors are nobody else's."""
        die = random.Random(self._seed * 1_000 + shard)
        mine = range(shard, self._errors, SENDERS)
        number = shard
        while True:
            yield number, die.choice(mine), began + number / self._rate
            number += SENDERS

    async def _send(self, http: aiohttp.ClientSession, line: Iterator[tuple[int, int, float]]) -> None:
        for number, error, due in line:
            await asyncio.sleep(due - time.monotonic())
            if self._calm.is_set():
                return
            body = json.dumps(alert(number, error)).encode()
            headers = {
                "Content-Type": "application/json",
                "Sentry-Hook-Resource": "event_alert",
                "Sentry-Hook-Signature": hmac.digest(SENTRY_SECRET.encode(), body, "sha256").hex(),
                "Request-ID": f"chaos-{number}",
            }
            door = number
            while not await self._is_accepted(http, door, body, headers):
                door += 1
                await asyncio.sleep(0.05)
            self._accepted[error].append(number)

    async def _is_accepted(self, http: aiohttp.ClientSession, door: int, body: bytes, headers: dict[str, str]) -> bool:
        began = time.monotonic()
        app = self._members[door % 2].app
        try:
            async with http.post(f"{app.url}/sentry", data=body, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            return False
        if status == 503:
            self.outcome.refused.append(time.monotonic() - began)
        elif status != 202:
            self.outcome.faults.append(f"a door answered {status}")
        if status == 202 and self._gone_since is not None and began > self._gone_since:
            self.outcome.faults.append("a door answered 202 while there was no PostgreSQL")
        return status == 202

    # What came of it

    def _judge_database(self, url: str) -> None:
        faults = self.outcome.faults
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT delivery_id FROM prod_squad.inbox WHERE sender = 'sentry' ORDER BY seq"
            ).fetchall()
            dead = connection.execute("SELECT sender, delivery_id, reason FROM prod_squad.dead").fetchall()
        place = {name: nth for nth, (name,) in enumerate(rows)}
        for error, numbers in self._accepted.items():
            missing = [number for number in numbers if f"chaos-{number}" not in place]
            if missing:
                faults.append(f"error {error}: accepted and not saved: {missing}")
                continue
            places = [place[f"chaos-{number}"] for number in numbers]
            if places != sorted(places):
                faults.append(f"error {error}: saved in another order than sent")
        faults += [f"given up: {letter}" for letter in dead]
        absences = {role: gone for member in self._members for role, gone in member.absences.items()}
        seen = self.outcome.seen = witness.judge(witness.read(url), absences, self._rested)
        if self._rests and not self.outcome.refused:
            faults.append("no door answered 503, though PostgreSQL was gone")
        self.outcome.busiest = witness.busiest_minute(url)
        if any(most > room for most, room in zip(self.outcome.busiest, ROUTINE, strict=True)):
            faults.append(f"{self.outcome.busiest} were granted in a minute, of {ROUTINE}")
        faults += [f"overlap: {what}" for what in seen.overlaps]
        faults += [f"out of order: {what}" for what in seen.inversions]

    def _judge_github(self, hub: github.Sandbox) -> None:
        outcome = self.outcome
        counted: dict[int, int] = {}
        issues = list(hub.state.repository(HOME).issues.values())
        marks = Counter[str | None]()
        for issue in issues:
            state = state_in(issue.body or "")
            error = int(re.search(r"Error(\d+)X", issue.title)[1])  # type: ignore[index]  # every title has it
            if error in counted:
                outcome.faults.append(f"error {error} has a second ticket: #{issue.number}")
            counted[error] = 0 if state is None else state.occurrences
            marks.update(
                operation_in(body) for body in (issue.body or "", *(it.body for it in issue.comments.values()))
            )
        outcome.faults += [f"{mark} stands on GitHub {times} times" for mark, times in marks.items() if times > 1]
        for error, numbers in self._accepted.items():
            if counted.get(error) != len(numbers):
                outcome.faults.append(f"error {error}: {len(numbers)} accepted, {counted.get(error)} counted")
        names = {host: member.name for host, member in zip(HOSTS, self._members, strict=True)}
        for trespass in trespasses(hub.requests, outcome.seen, names):
            if any(member.woke_before(trespass) for member in self._members):
                outcome.late += 1
            else:
                outcome.faults.append(trespass.what)
        outcome.faults += [f"a limit was exceeded: {violation}" for violation in hub.state.violations]
        outcome.issues = len(issues)
        outcome.comments = sum(len(issue.comments) for issue in issues)
        outcome.calls = len(hub.requests)

    def _github(self, relay: Relay) -> github.Config:
        squad = "tickets:\n  gather: 1s\n"
        files = {".github/PRODOWNERS": "* @nick\n", ".github/prod-squad.yml": squad}
        return github.Config(
            webhook_url=f"{relay.url}/github",
            webhook_secret=GITHUB_SECRET,
            allowance=Allowance(
                primary_per_hour=1_000_000,
                content_per_minute=80 * WIDER,
                content_per_hour=500 * WIDER,
                points_per_minute=900 * WIDER,
            ),
            seed={"repositories": [{"name": HOME, "people": {"nick": "admin"}, "files": files}]},
        )

    def log(self) -> str:
        """What the processes said of errors, the end of it."""
        return "\n".join(member.app.log[-3_000:] for member in self._members)


def _settings(sentry_url: str) -> dict[str, str]:
    return {
        "DATABASE": "",
        "GITHUB_CREATES_PER_MINUTE": str(80 * WIDER),
        "GITHUB_CREATES_PER_HOUR": str(500 * WIDER),
        "GITHUB_POINTS_PER_MINUTE": str(900 * WIDER),
        "SENTRY_URL": sentry_url,
        "SENTRY_TOKEN": TOKEN,
        "SENTRY_ORGANIZATION": "acme",
        "LOG_LEVEL": "WARNING",
    }


def _spread(times: int, kills: int, first: float = 0.5) -> set[int]:
    """Before which kills something else is done, too."""
    return {int(kills * (nth + first) / (times + first)) for nth in range(times)}


def told(outcome: Outcome) -> str:
    """One line."""
    seen = outcome.seen
    took = "the dead held nothing"
    if seen.taken_over:
        took = (
            f"{len(seen.freed)} claims of the dead were free after {median(seen.freed):.1f} s (at most "
            f"{max(seen.freed):.1f}), claimed again after {median(seen.taken_over):.1f} s (at most "
            f"{max(seen.taken_over):.1f}, GitHub's budget included)"
        )
    return (
        f"fleet: {outcome.alerts:,} alerts ({outcome.alerts / outcome.sending:.0f}/s), {outcome.kills} kills in turn "
        f"in {outcome.seconds:.0f} s, {len(outcome.refused):,} times 503 after at most "
        f"{max(outcome.refused, default=0):.1f} s: {outcome.issues} tickets, {outcome.comments} comments, "
        f"{outcome.calls:,} calls, {seen.claims:,} claims; {took}; {len(seen.hasty)} taken from the living; "
        f"busiest minute {outcome.busiest[0]} of {ROUTINE[0]} creations, {outcome.busiest[1]:,} of {ROUTINE[1]:,} "
        f"points; {outcome.late} calls by who had been paused; "
        f"{len(outcome.faults)} faults"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.fleet", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pauses", type=int, default=2)
    parser.add_argument("--rests", type=int, default=1, help="how often PostgreSQL is gone for five seconds")
    parser.add_argument("--rate", type=float, default=120)
    parser.add_argument("--errors", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        fleet = Fleet(Path(name), **vars(chosen))
        outcome = asyncio.run(fleet.run())
        if outcome.faults:
            print(fleet.log(), file=sys.stderr)
    print(told(outcome))
    for fault in outcome.faults[:20]:
        print(f"  {fault}")
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
