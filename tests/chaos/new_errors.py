"""A storm of new errors while the App is killed again and again: one ticket takes them, every count exact.

`python -m tests.chaos.new_errors [--alerts 2000] [--errors 55] [--kills 40] [--seed 1]`

As `tests/chaos/storm.py`, with storm mode on: what is counted is the tickets of the first ten errors, and the storm's
table, which has a row for each of the others. Errors are sixty at most, so that the table shows them all.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from app.texts.body import state_in
from sandbox import github
from sandbox.github.state import Issue
from tests.chaos.storm import HOME, MARKER, Outcome, Storm

FEW = 10
ROW = re.compile(r"^\| `@nick` \| [^|]*Error(\d+)X[^|]* \| [^|]* \| ([\d,]+) \| ", re.MULTILINE)


class NewErrors(Storm):
    """One run."""

    squad = f"tickets:\n  gather: 1s\nstorm:\n  errors: {FEW}\n  within: 1h\n"

    def _judge(self, hub: github.Sandbox, outcome: Outcome) -> None:
        issues = list(hub.state.repository(HOME).issues.values())
        storms = [issue for issue in issues if "storm" in issue.labels]
        counted: Counter[int] = Counter()
        listed: Counter[int] = Counter()
        for issue in issues:
            for error, times in _told(issue):
                counted[error] += times
                listed[error] += 1
        outcome.faults += [f"error {error} is told {times} times" for error, times in listed.items() if times > 1]
        for error, count in self._accepted.items():
            if counted[error] != count:
                outcome.faults.append(f"error {error}: {count} accepted, {counted[error]} counted")
        if len(storms) != 1 or len(issues) != FEW + 1:
            outcome.faults.append(f"{len(issues)} tickets, {len(storms)} of them a storm's")
        for storm in storms:
            state = state_in(storm.body or "")
            times = sum(times for _, times in _told(storm))
            if state is None or state.occurrences != times:
                outcome.faults.append(f"#{storm.number} tells {state and state.occurrences}, its rows {times}")
            marks = [mark for comment in storm.comments.values() for mark in MARKER.findall(comment.body)]
            if len(marks) != 1:
                outcome.faults.append(f"#{storm.number} pinged {len(marks)} times: {marks}")
        outcome.faults += [f"a limit was exceeded: {violation}" for violation in hub.state.violations]
        outcome.issues = len(issues)
        outcome.comments = sum(len(issue.comments) for issue in issues)
        outcome.calls = len(hub.requests)


def _told(issue: Issue) -> list[tuple[int, int]]:
    """(error, occurrences) of each error that the ticket is about."""
    if "storm" in issue.labels:
        return [(int(error), int(times.replace(",", ""))) for error, times in ROW.findall(issue.body or "")]
    state, found = state_in(issue.body or ""), re.search(r"Error(\d+)X", issue.title)
    return [(int(found[1]), state.occurrences)] if state is not None and found is not None else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.new_errors", description=__doc__)
    parser.add_argument("--alerts", type=int, default=2_000)
    parser.add_argument("--errors", type=int, default=55)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        storm = NewErrors(Path(name), alerts=chosen.alerts, errors=chosen.errors, kills=chosen.kills, seed=chosen.seed)
        outcome = asyncio.run(storm.run())
        if outcome.faults:
            print((Path(name) / "app.log").read_text()[-5_000:], file=sys.stderr)
    print(
        f"chaos: {outcome.alerts:,} alerts of {chosen.errors} new errors, {outcome.kills} kills in "
        f"{outcome.seconds:.0f} s: {outcome.issues} tickets, {outcome.comments} comments, {outcome.calls:,} calls; "
        f"{len(outcome.faults)} faults"
    )
    for fault in outcome.faults[:20]:
        print(f"  {fault}")
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
