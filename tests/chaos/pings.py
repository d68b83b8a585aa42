"""People are called while the App is killed again and again: no ping lost, none sent twice.

`python -m tests.chaos.pings [--tickets 120] [--kills 100] [--seed 1]`

Tickets are found severe or unsure by commands and labels, some are acknowledged for a minute, and the ladders are gone
up in real time, with a minute to answer. The App runs as its own process. Two of three times SIGKILL comes between the
moment at which GitHub receives a comment and the one at which the App has its answer; GitHub is slow, so that there is
such a while. It loses answers and fails, too. Webhooks that found nobody at home are asked for by the App when it
starts. In the end what GitHub shows is held against `ladder.py`'s table, step by step.
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
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp

from app.flows.once import SURFACES
from app.texts.markdown import operation_in
from sandbox import github
from sandbox.github.admin import perform
from sandbox.github.server import Logged
from sandbox.github.state import Issue
from tests.chaos import ladder
from tests.chaos.killable import ALLOWANCE, GITHUB_SECRET, HOME, SENTRY_SECRET, KillableApp
from tests.chaos.storm import alert

SLOW: Final = 0.08
"""Seconds that GitHub takes to carry out a call it has received."""
FAULTS: Final = {"lost_answers": 0.02, "server_errors": 0.02}
AIMED: Final = 2 / 3
"""The part of the kills that are aimed at a comment under way; the others come at random."""
_PATIENCE: Final = 3.0
"""Seconds that a kill waits for its comment."""
_CATCHES_UP: Final = 150
_MENTIONS: Final = re.compile(r"@([a-z]+)")
PEOPLE: Final = {"nick": "admin", "sharon": "write", "alan": "write", "jo": "write", "kim": "write"}


@dataclass
class Outcome:
    """What the run came to; `faults` is empty if everything held."""

    tickets: int
    kills: int
    aimed: int = 0
    """Kills that struck while a comment was under way."""
    pings: int = 0
    expired: int = 0
    """Pings of those who had acknowledged."""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass
class Ticket:
    """One error's ticket, and what is decided about it."""

    issue: int
    severe: bool
    by_label: bool
    acknowledges: bool
    decided: bool = False
    acknowledged: datetime | None = None


class Pings:
    """One run."""

    def __init__(self, folder: Path, *, tickets: int, kills: int, seed: int) -> None:
        self._app = KillableApp(folder)
        self._die = random.Random(seed)
        self._seed = seed
        self._kills = kills
        self._killed = 0
        self._tickets = [
            Ticket(issue=number, severe=number % 2 == 0, by_label=number % 3 == 0, acknowledges=number % 4 == 0)
            for number in range(1, tickets + 1)
        ]
        self.outcome = Outcome(tickets=tickets, kills=kills)

    async def run(self) -> Outcome:
        """Open the tickets, decide them while the App is killed, let it catch up, then look at what GitHub holds."""
        began = time.monotonic()
        hub = await github.start(
            github.Config(
                webhook_url=f"{self._app.url}/github",
                webhook_secret=GITHUB_SECRET,
                allowance=ALLOWANCE,
                seed={"repositories": [{"name": HOME, "people": PEOPLE, "files": _files()}]},
            )
        )
        try:
            await self._app.start(hub)
            await self._app.listening()
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
                await self._opened(http)
                hub.faults.change(FAULTS | {"seed": self._seed, "slow_ms": int(SLOW * 1000)})
                people = asyncio.create_task(self._people(hub))
                await self._kill_again_and_again(hub)
                hub.faults.change(dict.fromkeys(FAULTS, 0.0) | {"slow_ms": 0})
                while not people.done():
                    await self._delivered(hub)
                    await asyncio.sleep(1)
                await people
                await self._caught_up(hub, http)
        finally:
            await self._app.kill()
            await hub.close()
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    async def _opened(self, http: aiohttp.ClientSession) -> None:
        for number in range(len(self._tickets)):
            body = json.dumps(alert(number, number)).encode()
            headers = {
                "Content-Type": "application/json",
                "Sentry-Hook-Resource": "event_alert",
                "Sentry-Hook-Signature": hmac.digest(SENTRY_SECRET.encode(), body, "sha256").hex(),
                "Request-ID": f"chaos-{number}",
            }
            async with http.post(f"{self._app.url}/sentry", data=body, headers=headers) as answer:
                assert answer.status == 202, await answer.text()
        await self._app.settled(http)

    # What people do

    async def _people(self, hub: github.Sandbox) -> None:
        """Decisions are spread over the kills; who acknowledges does so when they were called."""
        while not all(ticket.decided and bool(ticket.acknowledged) == _acks(ticket) for ticket in self._tickets):
            due = len(self._tickets) * (self._killed + 1) / max(self._kills * 0.7, 1)
            for place, ticket in enumerate(self._tickets):
                if not ticket.decided and place < due:
                    self._decide(hub, ticket)
                if _acks(ticket) and ticket.acknowledged is None and self._steps(hub, ticket):
                    said = perform(hub, _wish("comment", ticket, actor="jo", body="/ack 1m"))
                    ticket.acknowledged = datetime.fromisoformat(said["created_at"])
            await asyncio.sleep(0.1)

    def _decide(self, hub: github.Sandbox, ticket: Ticket) -> None:
        impact = "severe" if ticket.severe else "unsure"
        if ticket.by_label:
            perform(hub, _wish("label", ticket, actor="jo", labels=[f"impact:{impact}"]))
        else:
            perform(hub, _wish("comment", ticket, actor="jo", body=f"/impact {impact}"))
        ticket.decided = True

    # What is done to the App

    async def _kill_again_and_again(self, hub: github.Sandbox) -> None:
        while self._killed < self._kills:
            await self._app.listening()
            under_way: Logged | None = None
            if self._die.random() < AIMED:
                under_way = await self._comment_under_way(hub)
                await asyncio.sleep(self._die.random() * SLOW * 1.2)
            else:
                await asyncio.sleep(self._die.random() * 2)
            self.outcome.aimed += under_way is not None and under_way.status == 0
            await self._app.kill()
            self._killed += 1
            await self._app.start(hub)
        await self._app.listening()

    async def _comment_under_way(self, hub: github.Sandbox) -> Logged | None:
        """The next comment that GitHub receives; None if none comes for a while."""
        seen = len(hub.requests)
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends:
            for logged in hub.requests[seen:]:
                if "addComment" in str(logged.json):
                    return logged
            seen = len(hub.requests)
            await asyncio.sleep(0.002)
        return None

    async def _caught_up(self, hub: github.Sandbox, http: aiohttp.ClientSession) -> None:
        """Until what was in doubt is certain, and as long as a step is missing that may still come."""
        began = time.monotonic()
        while True:
            await self._delivered(hub)
            await self._app.settled(http)
            self._judge(hub)
            waited = time.monotonic() - began
            if waited > _CATCHES_UP or (not self.outcome.faults and waited > SURFACES.total_seconds() + 5):
                return
            await asyncio.sleep(1)

    async def _delivered(self, hub: github.Sandbox) -> None:
        """What the App did not live long enough to ask for is sent again from GitHub's page, as a person does."""
        await hub.hooks.drain()
        last = {delivery.guid: delivery for delivery in hub.state.deliveries.values()}
        arrived = {it.guid for it in hub.state.deliveries.values() if 200 <= it.status_code < 300}
        for guid, delivery in last.items():
            if guid not in arrived:
                hub.hooks.redeliver(delivery.id)
        await hub.hooks.drain()

    # What came of it

    def _judge(self, hub: github.Sandbox) -> None:
        faults: list[str] = []
        now = datetime.now(UTC)
        comments = [said for it in hub.state.repository(HOME).issues.values() for said in it.comments.values()]
        operations = Counter(operation_in(said.body) for said in comments if said.via_app)
        faults += [f"{operation} was posted {times} times" for operation, times in operations.items() if times > 1]
        steps = {ticket.issue: self._steps(hub, ticket) for ticket in self._tickets}
        for ticket in self._tickets:
            found = steps[ticket.issue]
            wrong = (
                ladder.severe(found, acknowledged=ticket.acknowledged, now=now)
                if ticket.severe
                else ladder.unsure(found)
            )
            faults += [f"#{ticket.issue} {fault}" for fault in wrong]
        faults += [f"a limit was exceeded: {violation}" for violation in hub.state.violations]
        self.outcome.pings = sum(len(found) for found in steps.values())
        self.outcome.expired = sum(step.expired for found in steps.values() for step in found)
        self.outcome.faults = faults

    def _steps(self, hub: github.Sandbox, ticket: Ticket) -> list[ladder.Step]:
        """The comments that ping, from what GitHub shows: whom the first line names, and why."""
        issue: Issue = hub.state.repository(HOME).issues[ticket.issue]
        pings = [said for said in issue.comments.values() if said.via_app and _named(said.body)]
        return [
            ladder.Step(who=_named(said.body), at=said.created_at, expired="acknowledged it on" in said.body)
            for said in pings
        ]


def _named(body: str) -> tuple[str, ...]:
    return tuple(_MENTIONS.findall(body.partition("\n")[0].partition(":")[0]))


def _acks(ticket: Ticket) -> bool:
    return ticket.severe and ticket.acknowledges


def _wish(act: str, ticket: Ticket, **more: object) -> dict[str, object]:
    return {"act": act, "repository": HOME, "number": ticket.issue, **more}


def _files() -> dict[str, str]:
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011 - the turn is a year long
    squad = (
        "tickets: {gather: 1s}\n"
        f"rotation: {{members: [jo, kim], cadence: 366d, starts: {yesterday}}}\n"
        "undecided: {primary_after: 30d, secondary_after: 30d, lead_after: 30d}\n"
        "severe: {ping: [alan, nick], answer_within: 1m}\n"
    )
    return {".github/PRODOWNERS": "* @sharon @nick\n", ".github/prod-squad.yml": squad}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.pings", description=__doc__)
    parser.add_argument("--tickets", type=int, default=120)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        pings = Pings(Path(name), tickets=chosen.tickets, kills=chosen.kills, seed=chosen.seed)
        outcome = asyncio.run(pings.run())
        if outcome.faults:
            print((Path(name) / "app.log").read_text()[-5_000:], file=sys.stderr)
    print(
        f"chaos: {outcome.kills} kills, {outcome.aimed} of them with a comment under way, in {outcome.seconds:.0f} s: "
        f"{outcome.tickets} tickets decided, {outcome.pings} pings, {outcome.expired} of them for an acknowledgement "
        f"that expired; {len(outcome.faults)} lost or sent twice"
    )
    for fault in outcome.faults[:20]:
        print(f"  {fault}")
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
