"""Generated bodies at the doors: no 5xx, no ticket that no true alert made, and memory that stays where it was.

`python -m tests.chaos.bodies [--bodies 100000] [--seed 1]`

Bodies are real ones with parts taken out, doubled, replaced or cut, and pure noise; most are rightly signed, so that
they get past the signature. A ticket may come only of a body that still names a Sentry issue that a real body names,
or of a person's report.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import wiring
from app.domain.identity import fingerprint
from app.ledger.database import Database
from app.settings import Settings
from sandbox.github.auth import throwaway_key
from tests.bench.load import ROOT, SECRET
from tests.bench.rest import resident

CONNECTIONS = 8
PAYLOADS = ROOT / "tests" / "payloads"
NOISE: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5, "", "\x00", "\ud83d", "@everyone <!-- x", [], {}, [[[[]]]], "A" * 5_000)


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
    """Every payload that the tests keep."""
    found = []
    for path in sorted(PAYLOADS.rglob("*.json")):
        sender = path.relative_to(PAYLOADS).parts[0]
        event = path.parent.name if sender == "github" else path.name.split(".")[0]
        found.append(Real(sender, event, json.loads(path.read_text())))
    if not found:
        raise SystemExit(f"There are no payloads in {PAYLOADS}.")
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
        copy = json.loads(json.dumps(payload))
        for _ in range(times):
            self._spoil(copy)
        return copy

    def _spoil(self, value: Any) -> None:
        while isinstance(value, dict | list) and value:
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            key = self.die.choice(keys)
            if not isinstance(value[key], dict | list) or not value[key] or self.die.random() < 0.25:
                if self.die.random() < 0.4 and isinstance(value, dict):
                    del value[key]
                else:
                    value[key] = self.die.choice(NOISE)
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


async def run(folder: Path, bodies: int, seed: int) -> Outcome:
    """Serve the doors in this process, and send."""
    real, mangler, outcome = real_bodies(), Mangler(seed), Outcome(bodies)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # BaseSettings takes it, mypy does not see it
        github_app_id=1,
        github_private_key=throwaway_key(),
        github_webhook_secrets=SECRET,
        sentry_client_secrets=SECRET,
        tickets_repository="acme/caseflow",
        database=folder / "prod-squad.db",
    )
    wiring.log_to("machines", "CRITICAL")
    async with wiring.house(settings) as house:
        runner = wiring.web.AppRunner(house.web, access_log=None)
        await runner.setup()
        await wiring.web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        line = iter(range(bodies))
        memory: list[float] = []

        async def connection() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for number in line:
                chosen = mangler.die.choice(real)
                writer.write(
                    request(chosen, mangler.body(chosen.payload), number, signed=mangler.die.random() < 0.9)
                )
                head = await reader.readuntil(b"\r\n\r\n")
                at = head.lower().index(b"content-length:") + 15
                await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
                status = int(head[9:12])
                outcome.statuses[status] += 1
                if status >= 500:
                    outcome.faults.append(f"{status} for body {number} of {chosen.sender} {chosen.event}")
                if number in (bodies // 4, bodies - 1):
                    memory.append(resident(_own()))
            writer.close()

        await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
        standing = await house.mailroom.standing()
        outcome.tickets, outcome.dead, outcome.grown = standing.tickets, standing.dead, memory[-1] - memory[0]
        await runner.cleanup()
    outcome.faults += await junk(folder, real)
    if outcome.grown > 30:
        outcome.faults.append(f"memory grew by {outcome.grown:.0f} MB over the last three quarters")
    return outcome


async def junk(folder: Path, real: list[Real]) -> list[str]:
    """Fingerprints of tickets that no real body names."""
    text = json.dumps([body.payload for body in real])
    numbers = {word for word in "".join(c if c.isalnum() else " " for c in text).split() if word.isdigit()}
    known = {fingerprint("sentry", number) for number in numbers}
    known |= {fingerprint("sentry", "alert-rule", number) for number in numbers}
    database = Database.open(folder / "prod-squad.db")
    rows = await database.run(
        lambda connection: connection.execute(
            "SELECT f.fingerprint, i.mail FROM fingerprint f JOIN inbox i ON i.key = 'ticket:' || f.ticket "
            "WHERE i.sender = 'sentry' GROUP BY f.fingerprint"
        ).fetchall()
    )
    await database.close()
    return [f"a junk ticket: {bytes(mail).decode()[:300]}" for found, mail in rows if found not in known]


def _own() -> int:
    import os

    return os.getpid()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.bodies", description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
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
