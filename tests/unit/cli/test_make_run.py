"""`make run`: the App where somebody has begun to configure it, the demo where nobody has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import settings
from tests.unit.cli.test_files import Terminal
from tests.unit.test_settings import needed, put

ROOT = Path(__file__).parents[3]
SERVES, PLAYS = "-m app serve", "-m sandbox demo"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in settings.variables():
        monkeypatch.delenv(name, raising=False)


def made(folder: Path, target: str, **environment: str) -> str:
    """What `make` starts, by a Python that tells it and runs nothing but the question what is configured."""
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(
        f'#!/bin/sh\ncase "$*" in "-m app configured") exec {sys.executable} "$@";; *) echo "$*";; esac\n'
    )
    python.chmod(0o700)
    shutil.copy(ROOT / "Makefile", folder)
    make = ["make", "--silent", "--old-file=.venv/run.stamp", f"BIN={python.parent}", target]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(make, cwd=folder, env=environment, text=True, capture_output=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("written", "starts"),
    [
        pytest.param(None, PLAYS, id="no file"),
        pytest.param((ROOT / ".env.example").read_text(), PLAYS, id="the example, as it is"),
        pytest.param("GITHUB_APP_ID=''\n# TICKETS_REPOSITORY=acme/shop\nCOMPOSE_PROJECT_NAME=x\n", PLAYS, id="empty"),
        pytest.param("GITHUB_APP_ID=4711\n", SERVES, id="an App"),
        pytest.param("GITHUB_APP_ID=\nTICKETS_REPOSITORY=acme/shop\n", SERVES, id="half filled"),
        pytest.param("export SENTRY_CLIENT_SECRETS='0123456789abcdef'\n", SERVES, id="a sender's secret alone"),
        pytest.param("GITHUB_APPID=4711\n", SERVES, id="a name that nearly is one"),
    ],
)
def test_what_make_run_starts(tmp_path: Path, written: str | None, starts: str) -> None:
    if written is not None:
        (tmp_path / ".env").write_text(written)
    assert made(tmp_path, "run") == starts


def test_the_environment_configures_it_too(tmp_path: Path) -> None:
    assert (
        made(tmp_path, "run", PORT="9000", GITHUB_API_URL="https://api.github.com", TICKETS_REPOSITORY="a/b") == SERVES
    )


def test_what_an_environment_often_holds_configures_nothing(tmp_path: Path) -> None:
    assert made(tmp_path, "run", PORT="9000", HOST="x", GITHUB_API_URL="https://api.github.com") == PLAYS


def test_the_demo_can_be_had_whatever_is_configured(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GITHUB_APP_ID=4711\n")
    assert made(tmp_path, "demo") == PLAYS


def test_half_filled_is_told_with_the_way_to_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("GITHUB_APP_ID=\nTICKETS_REPOSITORY=acme/shop\n")
    terminal = Terminal(capsys)
    assert terminal.run("serve") == 1
    first, *_, last = terminal.err.splitlines()
    assert first.startswith("Set GITHUB_APP_ID, GITHUB_PRIVATE_KEY, GITHUB_WEBHOOK_SECRETS (see .env.example)")
    assert last == "`make demo` shows the App without any of them."


def test_what_is_wrong_alone_does_not_speak_of_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(monkeypatch, needed() | {"PORT": "http"})
    terminal = Terminal(capsys)
    assert terminal.run("serve") == 1
    assert "demo" not in terminal.err
