"""PostgreSQL databases for tests: one server for each test process, and a fresh copy of a migrated database for each test.

Rules: the server is the one that `PROD_SQUAD_TEST_DATABASE_URL` names, whose user may make databases; else one from the package
index, started when the first test asks for it. A test's database goes by its folder, so what opens the same folder again, in
another process, too, finds the same database.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from app.ledger.postgres.migrate import migrate

ROOT = Path(__file__).parents[2]
_NOTE = "postgresql-url"
_made: list[str] = []


class Server:
    """A server of its own: see `keeper`."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="squad-pg-", dir="/tmp")  # a socket's path may not be long
        command = [sys.executable, "-m", "tests.postgres.keeper", folder]
        self._keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.url = self._answer()

    def stop(self) -> None:
        """It is gone, as at a crash."""
        self._obey("stop")

    def start(self) -> None:
        """It is there again."""
        self._obey("start")

    def close(self) -> None:
        """It ends, with all that it holds."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.wait(30)
        self._keeper.stdout.close()

    def _obey(self, word: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n")
        self._keeper.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        assert self._keeper.stdout is not None
        line = self._keeper.stdout.readline().strip()
        assert line, "PostgreSQL did not start"
        return line


_server: list[Server] = []


def url_for(folder: Path) -> str:
    """The database of a folder, with the App's tables; made if it has none."""
    note = folder / _NOTE
    if not note.exists():
        note.write_text(fresh())
    return note.read_text()


def fresh() -> str:
    """A new database with the App's tables, until `drop_all`."""
    return _create(_template())


def empty() -> str:
    """A new database with nothing in it, until `drop_all`."""
    return _create("/template0")


def drop_all() -> None:
    """All databases that were made, but for the one they are copies of."""
    while _made:
        _on_server(f'DROP DATABASE IF EXISTS "{_made.pop()}" WITH (FORCE)')


def close() -> None:
    """At the end of the tests."""
    if _template.cache_info().currsize:
        _made.append(urlsplit(_template()).path.lstrip("/"))
    drop_all()
    while _server:
        _server.pop().close()


@cache
def _base() -> str:
    given = os.environ.get("PROD_SQUAD_TEST_DATABASE_URL", "")
    if given:
        return given
    _server.append(Server())
    return _server[-1].url


@cache
def _template() -> str:
    url = _create("/template0")
    _made.pop()
    with ThreadPoolExecutor(1) as elsewhere:  # who asks may be on an event loop
        elsewhere.submit(asyncio.run, migrate(url)).result()
    return url


def _create(template: str) -> str:
    name, model = f"squad_{uuid4().hex[:16]}", urlsplit(template).path.lstrip("/")
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{model}"')
    _made.append(name)
    return urlunsplit(urlsplit(_base())._replace(path=f"/{name}"))


def _on_server(statement: str) -> None:
    with psycopg.connect(_base(), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # the names in it are ours
