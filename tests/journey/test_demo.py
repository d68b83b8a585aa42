"""The demo, as `make run` plays it on a machine without credentials, and `make demo` whatever is in `.env`."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def play(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "demo", "--once", "--free-ports"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_second_demo_in_the_folder_leaves_the_first_ones_database_alone(tmp_path: Path) -> None:
    database = tmp_path / ".sandbox" / "demo" / "prod-squad.db"
    database.parent.mkdir(parents=True)
    database.write_text("the first one's")
    with (tmp_path / ".sandbox" / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = play(tmp_path)
    assert second.returncode == 1
    assert second.stderr == "A demo runs in this folder already. End it with Ctrl-C first; nothing was changed.\n"
    assert database.read_text() == "the first one's"


@pytest.mark.timeout(90)
async def test_the_demo_plays_to_its_end_and_shows_the_tickets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GITHUB_APP_ID=\nDATABASE_URL=postgresql://nowhere/x\nGITHUB_APPID=1\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "demo", "--once", "--free-ports"),
        cwd=tmp_path,  # it writes into `.sandbox` of the folder it is started in
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(60):
            said = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    shown = {line.split()[0]: line for line in said.splitlines() if line.startswith("#")}
    assert sorted(shown) == ["#1", "#2", "#3", "#4", "#5"], said
    assert shown["#1"].endswith("[open]")
    assert shown["#2"].endswith("[closed as duplicate]")
    assert "502 occurrences" in said or "503 occurrences" in said, said
    assert "assigned: mark" in said
    assert "In Slack: 🚨 Severe: " in said
    assert "**Acknowledged** by `@nick`" in said, "by a button in Slack"
    assert "  acknowledged: Severe: " in said
    assert "  triggered: Severe: " in said
    assert "quiet: support, app:Hearings Prep" in said
