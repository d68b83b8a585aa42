"""PostgreSQL databases for tests: one server for each test process, and a database of its own for each test.

Rules: the server is the one that `PROD_SQUAD_TEST_DATABASE_URL` names, whose user may make databases; else one from
the package index, started when the first test asks for it. A test's database goes by its folder, so what opens the
same folder again, in another process, too, finds the same database. A database costs half a second to make and a
fiftieth to wipe, so it is wiped after its test and given to the next one.
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
_TABLES = """
SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
WHERE schemaname = 'prod_squad' AND tablename <> 'schema_version'
"""
_lent: list[str] = []
_free: list[str] = []
_empty: list[str] = []


class Server:
    """A server of its own: see `keeper`."""

    def __init__(self, *, durable: bool = False) -> None:
        folder = tempfile.mkdtemp(prefix="squad-pg-", dir="/tmp")  # a socket's path may not be long
        command = [sys.executable, "-m", "tests.postgres.keeper", folder, *(["durable"] if durable else [])]
        self._keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.url = self._answer()

    def url_of(self, database: str, role: str = "postgres") -> str:
        """One of its databases, as one of its roles; passwords are not asked for."""
        return urlunsplit(urlsplit(self.url)._replace(netloc=f"{role}@", path=f"/{database}"))

    def execute(self, statement: str) -> None:
        """As its owner: a database or a role that a test makes up."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

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
    """A database with the App's tables and nothing in them, until the test ends."""
    url = _free.pop() if _free else _create(_template())
    _lent.append(url)
    return url


def empty() -> str:
    """A database without the App's tables, until the test ends."""
    _empty.append(_create("/template0"))
    return _empty[-1]


def take_back() -> None:
    """What the test had: whoever is still connected is thrown out."""
    while _lent:
        url = _lent.pop()
        _on_server("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", _name(url))
        with psycopg.connect(url, autocommit=True) as connection:
            (tables,) = connection.execute(_TABLES).fetchone() or ("",)
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        _free.append(url)
    while _empty:
        _on_server(f'DROP DATABASE "{_name(_empty.pop())}" WITH (FORCE)')


def close() -> None:
    """At the end of the tests."""
    take_back()
    _empty.extend(_free)
    _free.clear()
    if _template.cache_info().currsize:
        _empty.append(_template())
    if not _server:
        take_back()
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
    with ThreadPoolExecutor(1) as elsewhere:  # who asks may be on an event loop
        elsewhere.submit(asyncio.run, migrate(url)).result()
    return url


def _create(template: str) -> str:
    name = f"squad_{uuid4().hex[:16]}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{_name(template)}"')
    return urlunsplit(urlsplit(_base())._replace(path=f"/{name}"))


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _on_server(statement: str, *values: str) -> None:
    with psycopg.connect(_base(), autocommit=True) as connection:
        connection.execute(statement, values or None)  # type: ignore[call-overload]  # the names in it are ours
