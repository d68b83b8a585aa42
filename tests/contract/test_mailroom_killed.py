"""What a store has answered for is there after a kill -9: all of it, once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.domain.mail import AlertArrived
from tests.contract.stores import STORES, Clock

ROOT = Path(__file__).parents[2]
KILLS = 5


def received_until_killed(store: str, folder: Path, first: int, seconds: float) -> list[int]:
    """The numbers that the process had told as saved when it was killed."""
    command = [sys.executable, "-m", "tests.contract.killed", store, str(folder), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise RuntimeError("The process has no output.")
        told = [process.stdout.readline()]  # it is at work now
        time.sleep(seconds)
        process.kill()
        told += process.stdout.readlines()
    return [int(line) for line in told if line.endswith(b"\n")]


@pytest.mark.parametrize("store", STORES)
async def test_what_was_answered_for_survives_a_kill(store: str, tmp_path: Path) -> None:
    answered: list[int] = []
    async with STORES[store](tmp_path, Clock()):
        pass  # it is there when the first process opens it
    for nth in range(KILLS):
        answered += received_until_killed(store, tmp_path, nth * 1_000_000, 0.1 + nth * 0.07)
    clock = Clock()
    kept: dict[int, list[int]] = {}
    async with STORES[store](tmp_path, clock) as mailroom:
        while (claim := await mailroom.claim(clock(), {})) is not None:
            mail = [item.mail for item in await mailroom.pending(claim, after=0, limit=1_000_000)]
            numbers = [int(item.alert.title) for item in mail if isinstance(item, AlertArrived)]
            kept.setdefault(numbers[0] % 20, []).extend(numbers)
            await mailroom.finish(claim, through=1 << 60, now=clock())
    stored = [number for numbers in kept.values() for number in numbers]
    assert len(answered) > KILLS * 10
    assert set(answered) <= set(stored)
    assert len(stored) == len(set(stored))
    # At most what was under way at each kill was saved without an answer.
    assert len(stored) - len(answered) <= KILLS * 16
