"""What reading a delivery costs: `python -m tests.bench.intake [folder of issue and issue_comment bodies]`.

Rule: a read (decode, redact, letter) is measured against `json.loads` of the same body, turn by turn in one run, in the
process's own CPU time. Of a body's turns the best counts, for what else the machine does only adds; the figures are the
medians over the bodies, `÷` is read over loads, and `worst` the highest such quotient. The last rows replace each text
of a body by one of that many characters.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from app.intake import github
from app.intake.redaction import Redactor

ROUNDS: Final = 40
TURN: Final = 50
NOW: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REDACTOR: Final = Redactor()
HERE: Final = Path(__file__).resolve().parents[1] / "payloads" / "github"
PROSE: Final = (
    "Opening the document list of appeal 2418 takes 40 seconds since Tuesday's release, then a blank page comes up.\n"
    "@mark could you look? The log has `ActiveRecord::StatementInvalid: PG::QueryCanceled: ERROR: canceling statement "
    "due to statement timeout` at 2026-11-23T09:14:07Z, see https://example.org/reader/appeal/2418/documents.\n\n"
)


def bodies(folder: Path, event: str) -> Iterator[bytes]:
    """The bodies of one event, each with an installation, as the App gets them."""
    for path in sorted((*folder.glob(f"{event}.*.json"), *folder.glob(f"{event}/*.json"))):
        body = json.loads(path.read_bytes())
        body.setdefault("installation", {"id": 1})
        yield json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def with_texts(body: bytes, length: int) -> bytes:
    """The body with issue and comment texts of `length` characters."""
    loaded = json.loads(body)
    text = (PROSE * (length // len(PROSE) + 1))[:length]
    for holder in ("issue", "comment"):
        if holder in loaded:
            loaded[holder]["body"] = text
    return json.dumps(loaded, ensure_ascii=False, separators=(",", ":")).encode()


def row(name: str, event: str, these: Iterable[bytes]) -> str:
    """One line of the report."""
    loads, reads, sizes = [], [], []
    for body in these:
        plain, read = _best(partial(json.loads, body), partial(_read, event, body))
        loads.append(plain)
        reads.append(read)
        sizes.append(len(body))
    quotients = [read / plain for read, plain in zip(reads, loads, strict=True)]
    return (
        f"{name:<34}{len(sizes):>4}{statistics.median(sizes) / 1000:>8.1f}{statistics.median(loads) * 1e6:>12.1f}"
        f"{statistics.median(reads) * 1e6:>10.1f}{statistics.median(quotients):>8.2f}{max(quotients):>8.2f}"
    )


def _read(event: str, body: bytes) -> None:
    github.read(event, body, delivery_id="d", received_at=NOW, redactor=REDACTOR, app_slug="prod-squad")


def _best(*works: Callable[[], object]) -> list[float]:
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for i, work in enumerate(works):
            begun = time.process_time()
            for _ in range(TURN):
                work()
            best[i] = min(best[i], (time.process_time() - begun) / TURN)
    return best


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    lines = [f"{'bodies':<34}{'n':>4}{'KB':>8}{'loads µs':>12}{'read µs':>10}{'÷':>8}{'worst':>8}"]
    lines += [row(event, event, bodies(folder, event)) for event in ("issue_comment", "issues")]
    for length in (500, 2_000, 8_000):
        texts = [with_texts(body, length) for body in bodies(folder, "issue_comment")]
        lines.append(row(f"issue_comment, texts of {length:,}", "issue_comment", texts))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
