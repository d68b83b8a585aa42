"""Generated bodies at the doors: no 5xx, no ticket that no true alert made, and memory that stays where it was.

`python -m tests.chaos.bodies [--bodies 100000] [--seed 1]`

Bodies are real ones with parts taken out, doubled, replaced or cut, and pure noise; most are rightly signed, so that
they get past the signature. A ticket may come only of a body that still names a Sentry issue that a real body names,
or of a person's report.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import hmac
import json
import os
import random
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from app import wiring
from app.domain.identity import fingerprint
from app.ledger.database import Database
from app.settings import Settings
from app.wiring import House
from sandbox.github.auth import throwaway_key
from tests.bench.load import ROOT, SECRET
from tests.bench.rest import resident

CONNECTIONS = 8
SIGNED = 0.9
"""This part of the bodies is rightly signed."""
MOST_GROWTH = 30.0
"""MB over the last three quarters of a run: more is a leak."""
PAYLOADS = ROOT / "tests" / "payloads"
NOISE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "\x00",
    "\ud83d",
    "@everyone <!-- x",
    [],
    {},
    [[[[]]]],
    "A" * 5_000,
)


@dataclass
class Outcome:
    """What came of it; `faults` is empty if everything held."""

    bodies: int
    statuses: Counter[int] = field(default_factory=Counter)
    tickets: int = 0
    dead: int = 0
    grown: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Real:
    """A real body and what it is sent as."""

    sender: str
    event: str
    payload: Any


def real_bodies() -> list[Real]:
    """Every payload that the tests keep, named `<sender>/<event>.<what>.json`."""
    found = []
    for sender in ("github", "sentry"):
        for path in sorted((PAYLOADS / sender).glob("*.json")):
            found.append(Real(sender, path.name.split(".")[0], json.loads(path.read_text())))
    if {real.sender for real in found} != {"github", "sentry"}:
        raise SystemExit(f"There must be payloads of both senders in {PAYLOADS}.")
    return found


class Mangler:
    """Spoils bodies; the same seed spoils them the same way."""

    def __init__(self, seed: int) -> None:
        self.die = random.Random(seed)

    def body(self, payload: Any) -> bytes:
        """One spoilt body."""
        kind = self.die.random()
        if kind < 0.05:
            return self.die.randbytes(self.die.randrange(2_000))
        body = json.dumps(self.spoilt(payload, self.die.randrange(1, 6))).encode()
        if kind < 0.15:
            at = self.die.randrange(len(body) + 1)
            return body[:at] if kind < 0.10 else body[:at] + self.die.randbytes(3) + body[at + 3 :]
        return body

    def spoilt(self, payload: Any, times: int) -> Any:
        """A copy in which so many values are gone, or something else."""
        spoilt = copy.deepcopy(payload)
        for _ in range(times):
            self._spoil(spoilt)
        return spoilt

    def _spoil(self, value: Any) -> None:
        while isinstance(value, dict | list) and value:
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            key = self.die.choice(keys)
            if not isinstance(value[key], dict | list) or not value[key] or self.die.random() < 0.25:
                if self.die.random() < 0.4 and isinstance(value, dict):
                    del value[key]
                else:
                    value[key] = copy.deepcopy(self.die.choice(NOISE))
                return
            value = value[key]


def request(real: Real, body: bytes, number: int, *, signed: bool) -> bytes:
    """One HTTP request; an unsigned one carries a digest of something else."""
    digest = hmac.digest(SECRET.encode(), body if signed else b"else", "sha256").hex()
    names = (
        f"X-GitHub-Event: {real.event}\r\nX-GitHub-Delivery: fuzz-{number}\r\nX-Hub-Signature-256: sha256={digest}"
        if real.sender == "github"
        else f"Sentry-Hook-Resource: {real.event}\r\nRequest-ID: fuzz-{number}\r\nSentry-Hook-Signature: {digest}"
    )
    head = f"POST /{real.sender} HTTP/1.1\r\nHost: fuzz\r\nContent-Type: application/json\r\n{names}\r\n"
    return (head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Client:
    """One kept-alive connection to the doors, opened again where they close it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, sent: bytes) -> int:
        """The answer's status."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = head.index(b"content-length:") + 15
        await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
        if b"connection: close" in head:
            await self.close()
        return int(head[9:12])

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def run(folder: Path, bodies: int, seed: int) -> Outcome:
    """Serve the doors in this process, and send."""
    real, outcome = real_bodies(), Outcome(bodies)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # BaseSettings takes it, mypy does not see it
        github_app_id=1,
        github_private_key=throwaway_key(),
        github_webhook_secrets=SECRET,
        sentry_client_secrets=SECRET,
        tickets_repository="acme/caseflow",
        database=folder / "prod-squad.db",
    )
    async with wiring.house(settings) as house:
        runner = web.AppRunner(house.web, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await storm(runner.addresses[0][1], real, Mangler(seed), outcome)
        await runner.cleanup()
        await judge(house, real, folder, outcome)
    return outcome


async def storm(port: int, real: list[Real], mangler: Mangler, outcome: Outcome) -> None:
    """Send all bodies over a few connections; note what was answered, and how memory grew."""
    line = iter(range(outcome.bodies))
    memory: list[float] = []

    async def connection() -> None:
        client = Client(port)
        for number in line:
            chosen = mangler.die.choice(real)
            body = mangler.body(chosen.payload)
            status = await client.send(request(chosen, body, number, signed=mangler.die.random() < SIGNED))
            outcome.statuses[status] += 1
            if status >= 500:
                outcome.faults.append(f"{status} for body {number} of {chosen.sender} {chosen.event}: {body[:200]!r}")
            if number in (outcome.bodies // 4, outcome.bodies - 1):
                memory.append(resident(os.getpid()))
        await client.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    outcome.grown = memory[-1] - memory[0]


async def judge(house: House, real: list[Real], folder: Path, outcome: Outcome) -> None:
    """What came of it, and what should not have."""
    standing = await house.mailroom.standing()
    outcome.tickets, outcome.dead = standing.tickets, standing.dead
    if outcome.grown > MOST_GROWTH:
        outcome.faults.append(f"memory grew by {outcome.grown:.0f} MB over the last three quarters")
    known = named_in(real)
    beside = Database.open(folder / "prod-squad.db", attach=True)
    rows = await beside.run(
        lambda connection: connection.execute(
            "SELECT f.fingerprint, i.mail FROM fingerprint f JOIN inbox i ON i.key = 'ticket:' || f.ticket "
            "WHERE i.sender = 'sentry' GROUP BY f.fingerprint"
        ).fetchall()
    )
    await beside.close()
    outcome.faults += [f"a junk ticket: {bytes(mail).decode()[:300]}" for found, mail in rows if found not in known]


def named_in(real: list[Real]) -> set[str]:
    """The fingerprints of all that a real body could be about: every number in it may be an issue's."""
    numbers = {number for body in real for number in re.findall(r"\d+", json.dumps(body.payload))}
    return {fingerprint("sentry", *rule, number) for number in numbers for rule in ((), ("alert-rule",))}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.bodies", description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    wiring.log_to("machines", "CRITICAL")
    with tempfile.TemporaryDirectory() as name:
        outcome = asyncio.run(run(Path(name), chosen.bodies, chosen.seed))
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(outcome.statuses.items()))
    print(
        f"bodies: {outcome.bodies:,}: {statuses}; {outcome.tickets} tickets, {outcome.dead:,} dead letters, "
        f"{outcome.grown:+.0f} MB; {len(outcome.faults)} faults"
    )
    for fault in outcome.faults[:10]:
        print(f"  {fault}")
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
