"""Deliveries saved durably and answered, against a receiver that saves nothing: same bodies, same client, one run.

`python -m tests.bench.doors [--deliveries 20000] [--rounds 3] [--payloads FOLDER]`

The rounds take turns, so that a machine whose speed drifts is fair to both. After each round the saved deliveries
are counted in the database: all must be there.
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


def measure(port: int, webhooks: list[Webhook], count: int, name: str) -> Measured:
    """One round: `count` deliveries, each with an id of its own."""

    def requests(first: int, last: int) -> Iterator[bytes]:
        for number in range(first, last):
            yield webhooks[number % len(webhooks)].request(f"{name}-{number}")

    asyncio.run(run(port, requests(0, WARM_UP), connections=CONNECTIONS))
    return asyncio.run(run(port, requests(WARM_UP, WARM_UP + count), connections=CONNECTIONS))


def saved(folder: Path) -> int:
    """How many deliveries the database holds."""
    with sqlite3.connect(folder / "prod-squad.db") as connection:
        return int(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.doors", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--payloads", type=Path, default=ROOT / "tests" / "payloads" / "github")
    chosen = parser.parse_args()
    webhooks = examples(chosen.payloads)
    sizes = [len(webhook.body) for webhook in webhooks]
    print(
        f"{len(webhooks)} bodies of {min(sizes):,} to {max(sizes):,} bytes, {CONNECTIONS} connections, "
        f"{chosen.deliveries:,} deliveries a round"
    )
    ratios, worst = [], 0.0
    for number in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with receiver("plain") as port:
                plain = measure(port, webhooks, chosen.deliveries, f"plain-{number}")
            with receiver("app", name, *issues_in(webhooks)) as port:
                app = measure(port, webhooks, chosen.deliveries, f"app-{number}")
            kept = saved(folder)
        if app.statuses != {202} or plain.statuses != {202} or kept != chosen.deliveries + WARM_UP:
            raise SystemExit(f"Answers {app.statuses} and {plain.statuses}; {kept} of {chosen.deliveries} were saved.")
        ratios.append(app.per_second / plain.per_second)
        worst = max(worst, app.percentile(0.99))
        for title, measured in (("saves nothing", plain), ("the App", app)):
            print(
                f"  {title:14} {measured.per_second:8,.0f}/s  p50 {measured.percentile(0.5) * 1000:5.1f} ms"
                f"  p99 {measured.percentile(0.99) * 1000:5.1f} ms"
            )
    print(
        f"doors: {median(ratios):.2f} x a receiver that saves nothing (rounds: "
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)}); worst p99 {worst * 1000:.1f} ms; all saved"
    )


if __name__ == "__main__":
    main()
