"""What 500 new errors at once cost at GitHub, with storm mode and without.

`python -m tests.bench.new_errors [--errors 500]`

The App is the real one, GitHub and Sentry are lookalikes with GitHub's limits made twenty-five times as wide, or the
run without storm mode would take hours. What is gathered is gathered for 15 s, as by default.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from sandbox.github.limits import Allowance
from tests.journey.stage import APPS, CHANGE_ISSUE, GRAPHQL, OPEN_ISSUE, seed, stage

WIDER = 25
WIDE = Allowance(
    primary_per_hour=1_000_000,
    content_per_minute=80 * WIDER,
    content_per_hour=500 * WIDER,
    points_per_minute=900 * WIDER,
)


async def measure(errors: int, squad: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        async with stage(
            Path(folder),
            world=seed(squad=APPS + squad),
            allowance=WIDE,
            github_creates_per_minute=80 * WIDER,
            github_creates_per_hour=500 * WIDER,
            github_points_per_minute=900 * WIDER,
        ) as here:
            for nth in range(errors):
                word = "".join("abcdefghij"[int(digit)] for digit in str(nth))
                here.sentry.acts.raise_error(project="reader", type=f"Error{word}X", value="it broke")
            await here.delivered()
            await here.later(seconds=20)
            await here.quiet(within=600)
            calls = here.calls()
            comments = sum(len(issue.comments) for issue in here.issues)
            return (
                f"{len(here.issues)} issues, {comments} comments; {len(calls)} calls, of them "
                f"{calls.count(OPEN_ISSUE)} that open an issue, {calls.count(GRAPHQL)} that comment, "
                f"{calls.count(CHANGE_ISSUE)} that change a body"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.new_errors", description=__doc__)
    parser.add_argument("--errors", type=int, default=500)
    chosen = parser.parse_args()
    for name, squad in (("with storm mode", "storm:\n  errors: 10\n  within: 10m\n"), ("without", "")):
        print(f"{chosen.errors} new errors, {name}: {asyncio.run(measure(chosen.errors, squad))}")


if __name__ == "__main__":
    main()
