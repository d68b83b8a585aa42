"""The commands for whoever operates the App: serve, standing, dead-letters; beside an App that runs, or alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from app import settings
from app.cli import dead_letters
from app.ledger.database import Database
from app.ledger.postgres.migrate import steps
from app.ledger.schema import MIGRATIONS
from tests.contract.app_side import App, alert, app, variables
from tests.postgres import databases
from tests.unit.cli.test_files import Terminal

ROOT = Path(__file__).parents[3]
ODD = b'{"action": "opened", "who": "jo@example.org"}'


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment tells the App's settings, and nothing else; the log stays as the tests have it."""
    monkeypatch.setattr("app.wiring.log_to", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    for name in settings.variables():
        monkeypatch.delenv(name, raising=False)
    for name, value in variables(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[App]:
    async with app(tmp_path) as opened:
        yield opened


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


async def run(terminal: Terminal, *argv: str) -> int:
    """A command beside the App, in a thread, for it has an event loop of its own."""
    return await asyncio.to_thread(terminal.run, *argv)


# Dead letters


async def test_an_empty_list_says_so(served: App, terminal: Terminal) -> None:
    assert await run(terminal, "dead-letters", "list") == 0
    assert terminal.out == "No dead letters.\n"


async def test_the_list_tells_when_what_and_why(served: App, terminal: Terminal) -> None:
    await served.github(ODD, X_GitHub_Delivery="d-1")
    await served.github(ODD, X_GitHub_Delivery="d-2", X_GitHub_Event="issue_comment")
    assert await run(terminal, "dead-letters", "list") == 0
    first, second, total = terminal.out.splitlines()
    assert first.split() == ["1", "2026-11-24", "12:00", "github", "issues", *first.split()[5:]]
    assert "documents" in first
    assert second.split()[4] == "issue_comment"
    assert total == "2 dead letters."


async def test_a_long_list_says_that_it_is_not_all(
    served: App, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "_MOST", 2)
    for number in range(3):
        await served.github(ODD, X_GitHub_Delivery=str(number))
    await run(terminal, "dead-letters", "list")
    assert terminal.out.endswith("3 dead letters; the oldest 2 are shown.\n")
    assert await run(terminal, "dead-letters", "replay", "--all") == 1
    assert "These were the oldest 2; do it again" in terminal.out


async def test_show_tells_the_whole_letter_redacted(served: App, terminal: Terminal) -> None:
    await served.github(ODD)
    assert await run(terminal, "dead-letters", "show", "1") == 0
    head, reason, payload = terminal.out.splitlines()
    assert head == "1: github issues, delivery d-1"
    assert "documents" in reason
    assert json.loads(payload) == {"action": "opened", "who": "[e-mail removed]"}


async def test_show_sends_no_control_characters_to_the_terminal(served: App, terminal: Terminal) -> None:
    await served.house.mailroom.receive_dead(
        sender="github",
        delivery_id="d",
        kind="issues",
        payload=b"\x1b[2Jgone\n",
        reason="none",
        received_at=served.clock(),
    )
    await run(terminal, "dead-letters", "show", "1")
    assert terminal.out.endswith("\N{REPLACEMENT CHARACTER}[2Jgone\n\n")


async def test_drop_forgets_it(served: App, terminal: Terminal) -> None:
    await served.github(ODD)
    assert await run(terminal, "dead-letters", "drop", "1") == 0
    assert terminal.out == "1: dropped\n"
    assert (await served.house.mailroom.standing()).dead == 0


async def test_what_is_still_not_understood_stays(served: App, terminal: Terminal) -> None:
    await served.github(ODD)
    assert await run(terminal, "dead-letters", "replay", "1") == 1
    assert terminal.out.startswith("1: still a dead letter: The body lacks")
    assert terminal.err.startswith("1 could not be replayed.")
    assert (await served.house.mailroom.standing()).dead == 1


async def test_mail_that_was_buried_waits_in_its_mailbox_again(served: App, terminal: Terminal) -> None:
    await served.sentry(alert())
    mailroom = served.house.mailroom
    claim = await mailroom.claim(served.clock(), {})
    assert claim is not None
    (letter,) = await mailroom.pending(claim, after=0, limit=2)
    await mailroom.bury(claim, seq=letter.seq, reason="poison", now=served.clock())
    await mailroom.finish(claim, through=letter.seq, now=served.clock())
    assert (await mailroom.standing()).pending == 0
    assert await run(terminal, "dead-letters", "replay", "1") == 0
    assert terminal.out == "1: it waits in its mailbox again\n"
    standing = await mailroom.standing()
    assert (standing.pending, standing.dead) == (1, 0)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(["show", "7"], "There is no dead letter 7. `python -m app dead-letters list`", id="show"),
        pytest.param(["drop", "7", "8"], "There is no dead letter 7, 8.", id="drop"),
        pytest.param(["replay", "7"], "There is no dead letter 7.", id="replay"),
        pytest.param(["replay"], "Name the dead letters to replay, or say --all.", id="replay nothing"),
    ],
)
async def test_what_is_not_there_is_said(served: App, terminal: Terminal, argv: list[str], says: str) -> None:
    assert await run(terminal, "dead-letters", *argv) == 1
    assert says in terminal.err


# Standing


async def test_standing_tells_what_waits_and_what_fails(served: App, terminal: Terminal) -> None:
    await served.sentry(alert())
    await served.github(ODD)
    mailroom = served.house.mailroom
    claim = await mailroom.claim(served.clock(), {})
    assert claim is not None
    await mailroom.retry(claim, not_before=served.clock(), error="InDoubtError: GitHub is down")
    assert await run(terminal, "standing") == 0
    assert terminal.out.splitlines() == [
        "1 ticket; 1 letter waiting, the oldest since 2026-11-24 12:00:00 UTC; 0 being settled.",
        "  ticket:1: InDoubtError: GitHub is down",
        "1 dead letter.",
        "No support tickets that nobody has found relevant.",
    ]


# What is wrong with the database


def test_without_a_database_it_is_said_which_was_looked_for(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("standing") == 1
    assert f"There is no database at {tmp_path / 'prod-squad.db'}" in terminal.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["standing", "serve"])
def test_a_file_that_is_no_database_is_said_to_be_none(terminal: Terminal, tmp_path: Path, command: str) -> None:
    (tmp_path / "prod-squad.db").write_bytes(b"no database at all" * 100)
    assert terminal.run(command) == 1
    assert "can't be used as the database: file is not a database" in terminal.err


def test_a_second_app_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    database = Database.open(tmp_path / "prod-squad.db")
    assert terminal.run("serve") == 1
    asyncio.run(database.close())
    assert f"is served by another process (id {os.getpid()})" in terminal.err


def test_a_database_of_a_newer_version_is_not_touched(terminal: Terminal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "prod-squad.db")) as connection:
        connection.execute("PRAGMA user_version = 1000")
    assert terminal.run("standing") == 1
    assert "was written by a newer version" in terminal.err


# Bringing tables to this version


def test_a_files_tables_are_made_and_then_are_this_versions(terminal: Terminal, tmp_path: Path) -> None:
    last = len(MIGRATIONS)
    assert terminal.run("migrate") == 0
    assert (
        terminal.out == f"The tables of the file {tmp_path / 'prod-squad.db'} were brought from version 0 to {last}.\n"
    )
    assert terminal.run("migrate") == 0
    assert terminal.out == f"The tables of the file {tmp_path / 'prod-squad.db'} are this version's already: {last}.\n"


def test_an_older_file_is_brought_on(terminal: Terminal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "prod-squad.db")) as connection:
        connection.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1")
    assert terminal.run("migrate") == 0
    assert f"were brought from version 1 to {len(MIGRATIONS)}" in terminal.out


async def test_a_file_that_is_served_is_left_alone(served: App, terminal: Terminal) -> None:
    assert await run(terminal, "migrate") == 1
    assert "is served by another process" in terminal.err


def test_a_newer_database_is_left_alone(terminal: Terminal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "prod-squad.db")) as connection:
        connection.execute("PRAGMA user_version = 1000")
    assert terminal.run("migrate") == 1
    assert "was written by a newer version" in terminal.err


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch) -> str:
    """A database without tables, which the environment names."""
    url = databases.empty()
    monkeypatch.delenv("DATABASE")
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def test_postgresql_is_served_once_its_tables_are_made(terminal: Terminal, postgresql: str) -> None:
    last = len(steps())
    assert terminal.run("serve") == 1
    assert "Run `python -m app migrate`" in terminal.err
    assert terminal.run("migrate") == 0
    assert terminal.out == f"The tables of DATABASE_URL were brought from version 0 to {last}.\n"
    assert terminal.run("migrate") == 0
    assert terminal.out == f"The tables of DATABASE_URL are this version's already: {last}.\n"
    assert terminal.run("standing") == 0
    assert terminal.out.startswith("No tickets")


# What a command needs of the settings


@pytest.mark.parametrize(
    "argv", [["migrate"], ["standing"], ["dead-letters", "list"]], ids=["migrate", "standing", "dead letters"]
)
def test_what_needs_the_database_alone_asks_for_nothing_else(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    for name in settings.variables():
        if name != "DATABASE":
            monkeypatch.delenv(name, raising=False)
    Path(".env").write_text("GITHUB_APPID=1\nGITHUB_PRIVATE_KEY=junk\n")
    assert terminal.run("migrate") == 0
    assert terminal.run(*argv) == 0, terminal.err
    monkeypatch.delenv("DATABASE")
    monkeypatch.setenv("DATABASE_URL", "mysql://x/y")
    assert terminal.run(*argv) == 1
    assert "DATABASE_URL: must begin with postgresql://" in terminal.err
    monkeypatch.delenv("DATABASE_URL")
    Path(".env").write_text("DATABASE_URl_=postgresql://x/y\n")
    assert terminal.run(*argv) == 1
    assert "did you mean DATABASE_URL?" in terminal.err


def test_to_replay_is_to_read_as_the_app_does(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICKETS_REPOSITORY")
    assert terminal.run("dead-letters", "replay", "--all") == 1
    assert "Set TICKETS_REPOSITORY" in terminal.err


# Serving


@pytest.mark.parametrize("argv", [pytest.param([], id="by default"), pytest.param(["serve"], id="by name")])
def test_without_settings_all_faults_are_told_at_once(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, argv: list[str]
) -> None:
    monkeypatch.delenv("GITHUB_APP_ID")
    monkeypatch.delenv("TICKETS_REPOSITORY")
    monkeypatch.setenv("PORT", "none")
    assert terminal.run(*argv) == 1
    assert terminal.err.splitlines() == [
        "Set GITHUB_APP_ID, TICKETS_REPOSITORY and correct PORT (see .env.example); nothing was started.",
        "  PORT: is no whole number",
        "`make demo` shows the App without any of them.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_said(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        assert terminal.run("serve") == 1
    assert "can't be listened on: " in terminal.err
    assert "in use" in terminal.err


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["--role", "door"], id="without the command's name"),
        pytest.param(["serve", "--role", "worker"], id="after it"),
        pytest.param(["--role", "worker", "serve"], id="before it"),
    ],
)
def test_one_process_alone_serves_a_file(terminal: Terminal, tmp_path: Path, argv: list[str]) -> None:
    assert terminal.run(*argv) == 1
    assert "One process serves a SQLite file" in terminal.err
    assert "DATABASE_URL" in terminal.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(["serve", "--role", "window"], "choose from", id="it is one of three"),
        pytest.param(["--role", "door", "standing"], "--role is for serve", id="of a process that serves"),
    ],
)
def test_another_role_is_refused(terminal: Terminal, argv: list[str], says: str) -> None:
    assert terminal.run(*argv) == 2
    assert says in terminal.err


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        env={**os.environ, "PORT": str(port), "GITHUB_API_URL": "http://127.0.0.1:9", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(30), aiohttp.ClientSession() as http:
        while b'"open"' not in (line := await process.stderr.readline()):
            assert line, "it ended before it was open"
        async with http.get(f"http://127.0.0.1:{port}/health") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        said = await process.stderr.read()
        assert await process.wait() == 0
    assert b'"closing"' in said
    assert b"Traceback" not in said
