"""Deliveries saved durably and answered, against a receiver that saves nothing: same bodies, same client, one run.

`python -m tests.bench.doors [--deliveries 20000] [--turns 20] [--payloads FOLDER]`

Both receivers are up, and take turns of a second or so, since a machine whose speed drifts is then fair to both. At the
end the saved deliveries are counted in the database: all must be there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.load import ROOT, Measured, Webhook, examples, run

CONNECTIONS = 16
WARM_UP = 500


@contextmanager
def receiver(kind: str, *args: str) -> Iterator[int]:
    """A receiver's port."""
    command = [sys.executable, "-m", "tests.bench.receivers", kind, *args]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The receiver has no pipes.")
        yield int(process.stdout.readline())
        process.stdin.close()
        process.wait(20)


def issues_in(webhooks: list[Webhook]) -> list[str]:
    """The issues that the bodies are about, as `repository id:number`."""
    payloads = [json.loads(webhook.body) for webhook in webhooks]
    return sorted({f"{payload['repository']['id']}:{payload['issue']['number']}" for payload in payloads})


def measure(port: int, webhooks: list[Webhook], first: int, last: int) -> Measured:
    """One turn: so many deliveries, each with an id of its own."""
    requests = (webhooks[number % len(webhooks)].request(f"bench-{number}") for number in range(first, last))
    return asyncio.run(run(port, requests, connections=CONNECTIONS))


def together(turns: list[Measured]) -> Measured:
    """All turns of one receiver as one."""
    return Measured(
        answered=sum(turn.answered for turn in turns),
        seconds=sum(turn.seconds for turn in turns),
        latencies=[latency for turn in turns for latency in turn.latencies],
        statuses=frozenset().union(*(turn.statuses for turn in turns)),
    )


def saved(folder: Path) -> int:
    """How many deliveries the database holds."""
    with sqlite3.connect(folder / "prod-squad.db") as connection:
        return int(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.doors", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--payloads", type=Path, default=ROOT / "tests" / "payloads" / "github")
    chosen = parser.parse_args()
    webhooks = examples(chosen.payloads)
    sizes = [len(webhook.body) for webhook in webhooks]
    print(
        f"{len(webhooks)} bodies of {min(sizes):,} to {max(sizes):,} bytes, {CONNECTIONS} connections, "
        f"{chosen.deliveries:,} deliveries each in {chosen.turns} turns"
    )
    size = chosen.deliveries // chosen.turns
    plain_turns, app_turns = [], []
    with (
        tempfile.TemporaryDirectory() as name,
        receiver("plain") as plain_port,
        receiver("app", name, *issues_in(webhooks)) as app_port,
    ):
        measure(plain_port, webhooks, 0, WARM_UP)
        measure(app_port, webhooks, 0, WARM_UP)
        for turn in range(chosen.turns):
            first, last = WARM_UP + turn * size, WARM_UP + (turn + 1) * size
            plain_turns.append(measure(plain_port, webhooks, first, last))
            app_turns.append(measure(app_port, webhooks, first, last))
        kept = saved(Path(name))
    plain, app = together(plain_turns), together(app_turns)
    sent = WARM_UP + size * chosen.turns
    if app.statuses != {202} or plain.statuses != {202} or kept != sent:
        raise SystemExit(f"Answers {app.statuses} and {plain.statuses}; {kept:,} of {sent:,} were saved.")
    ratios = [one.per_second / other.per_second for one, other in zip(app_turns, plain_turns, strict=True)]
    for title, measured in (("saves nothing", plain), ("the App", app)):
        print(
            f"  {title:14} {measured.per_second:8,.0f}/s  p50 {measured.percentile(0.5) * 1000:5.1f} ms"
            f"  p99 {measured.percentile(0.99) * 1000:5.1f} ms"
        )
    print(
        f"doors: {app.per_second / plain.per_second:.2f} x a receiver that saves nothing "
        f"(turns {min(ratios):.2f} to {max(ratios):.2f}, median {median(ratios):.2f}); "
        f"p99 {app.percentile(0.99) * 1000:.1f} ms; all {kept:,} saved"
    )


if __name__ == "__main__":
    main()
