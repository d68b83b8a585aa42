"""The owners map against the PyPI package `codeowners`: 10,000 paths of one repository, 1,000 lines, one process.

Run `python -m tests.bench.owners`. It prints both times (processor time, reading the map included) and their ratio, and
fails where the two name different owners for any path, or where ours takes more than a tenth of the package's time.

The map is made as people write theirs: general lines first, then directories and files that exist, the outer ones
first. Its lines are of the kinds that both read alike: the package knows no matchers, reads `[ ]` as a class, and takes
a blank in a name for slashes.
"""

from __future__ import annotations

import random
import sys
from time import process_time
from typing import Final

from codeowners import CodeOwners

from app.decisions.matching import CompiledMap
from app.intake.owners_map import read
from tests.unit.decisions.lines import line_for

PATHS: Final = 10_000
LINES: Final = 1_000
MOST: Final = 0.1
"""Of the package's time."""

_TOP: Final = ("app", "lib", "services", "packages", "config", "docs", "db", "web")
_WORDS: Final = tuple(
    f"{first}{last}"
    for first in ("reader", "queue", "intake", "hearing", "dispatch", "task", "user", "claim", "audit", "report")
    for last in ("", "s", "_views", "-core", "_api", "v2", ".data", "_jobs")
)
_ENDS: Final = (".rb", ".py", ".ts", ".test.ts", ".md", ".yml", ".sql", "")


def repository(rng: random.Random) -> list[str]:
    """Files of two to seven names in 1,500 directories, as a repository of this size has them."""
    folders: list[tuple[str, ...]] = [(top,) for top in _TOP]
    while len(folders) < 1_500:
        above = rng.choice(folders)
        if len(above) < 6:
            folders.append((*above, rng.choice(_WORDS)))
    return ["/".join((*rng.choice(folders), f"{rng.choice(_WORDS)}{n}{rng.choice(_ENDS)}")) for n in range(PATHS)]


def owners_map(rng: random.Random, paths: list[str]) -> str:
    """A line for everything, lines for kinds of files and for names anywhere, then lines from the root."""
    general: list[str] = []
    rooted: list[str] = []
    while len(general) + len(rooted) < LINES - 1:
        *folders, file = rng.choice(paths).split("/")
        folder = "/".join(folders[: rng.randint(1, len(folders))])
        end = rng.choice(_ENDS[:-1])
        anywhere = (f"*{end}", f"{folders[-1]}/", f"**/{folders[-1]}/*{end}", f"**/{folders[-1]}/{file}", file)
        from_root = (f"/{folder}/", f"{folder}", f"/{folder}/**", f"/{folder}/*", f"/{folder}/*{end}")
        whole = ("/".join(("", *folders, file)), f"/{folders[0]}/**/{file}", f"/{folder}/{file[:3]}*")
        if rng.random() < 0.15:
            general.append(rng.choice(anywhere))
        else:
            rooted.append(rng.choice(from_root if rng.random() < 0.7 else whole))
    rooted.sort(key=lambda pattern: pattern.strip("/").count("/"))
    lines = [f"{pattern} @owner{number}" for number, pattern in enumerate(general + rooted)]
    return "\n".join(("* @nick", *lines))


def main() -> int:
    """Print the result; 1 where ours takes more than its share. Raises AssertionError where the owners differ."""
    rng = random.Random(7)
    paths = repository(rng)
    text = owners_map(rng, paths)

    begun = process_time()
    package = CodeOwners(text)
    theirs = [[owner for _, owner in package.of(path)] for path in paths]
    between = process_time()
    compiled = CompiledMap(read(text))
    ours = [list(rule.owners) if (rule := line_for(compiled, path)) else [] for path in paths]
    ended = process_time()

    for path, one, other in zip(paths, ours, theirs, strict=True):
        assert one == other, f"{path}: {one} here, {other} by the package"
    took, took_package = ended - between, between - begun
    share = took / took_package
    print(
        f"owners map: {PATHS:,} paths against {LINES:,} lines in {took:.3f} s, codeowners {took_package:.3f} s, "
        f"{share:.3f} of its time (at most {MOST}); the same owners for all, {len(set(map(tuple, ours)))} different"
    )
    return 0 if share <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
