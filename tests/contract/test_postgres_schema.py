"""PostgreSQL's schema: made in steps, once; a process starts on its own version's only. No error tells the password."""

from __future__ import annotations

import asyncio
from importlib import metadata
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from app.ledger.database import SchemaError, UnusableDatabaseError
from app.ledger.postgres import migrate as room
from app.ledger.postgres.database import Database
from app.ledger.postgres.migrate import PROCRASTINATE, check, migrate, steps
from tests.postgres import databases
from tests.postgres.pooler import pooled

ALL = tuple(step.name for step in steps())


def on(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def test_steps_are_numbered_without_a_gap() -> None:
    assert [step.version for step in steps()] == list(range(1, len(ALL) + 1))


def test_the_first_step_is_the_library_that_is_pinned() -> None:
    """Whoever pins another version has to write its migrations as a step first."""
    assert metadata.version("procrastinate") == PROCRASTINATE
    assert "CREATE FUNCTION procrastinate_fetch_job_v2" in steps()[0].script


async def test_an_empty_database_is_migrated_once() -> None:
    url = databases.empty()
    with pytest.raises(SchemaError, match=r"has no tables of the App's yet.*`python -m app migrate`"):
        await check(url)
    assert await migrate(url) == ALL
    assert await migrate(url) == ()
    await check(url)


async def test_two_migrations_side_by_side_are_one() -> None:
    url = databases.empty()
    taken = await asyncio.gather(migrate(url), migrate(url))
    assert sorted(taken) == [(), ALL]


async def test_nothing_lies_outside_the_schema() -> None:
    url = databases.fresh()
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace UNION ALL "
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        assert found.fetchall() == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        pytest.param("DELETE FROM prod_squad.schema_version WHERE version > 3", "an older version .3.", id="older"),
        pytest.param("INSERT INTO prod_squad.schema_version VALUES (999, 'x')", "by a newer version", id="newer"),
    ],
)
async def test_another_version_s_tables_are_refused(statement: str, error: str) -> None:
    url = databases.empty()
    await migrate(url)
    on(url, statement)
    with pytest.raises(SchemaError, match=error):
        await check(url)


async def test_a_step_that_fails_leaves_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    url = databases.empty()
    good, bad = steps()[:2], room.Step(version=3, name="0003_bad", script="CREATE TABLE half (); SELECT 1 / 0")
    monkeypatch.setattr(room, "steps", lambda: (*good, bad))
    with pytest.raises(UnusableDatabaseError, match=r"division by zero.*Steps taken before that stay"):
        await migrate(url)
    monkeypatch.undo()
    assert await migrate(url) == ALL[2:]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"path": "/not-there"}, id="no such database"),
        pytest.param({"netloc": "squad:s3cret%2Fword@127.0.0.1:1", "query": ""}, id="nobody listens"),
        pytest.param({"query": "host=/tmp&connect_timeout=s3cret%2Fword"}, id="nonsense"),
        pytest.param({"netloc": "squad:a@s3cret@127.0.0.1:1", "query": ""}, id="an @ that is not written %40"),
        pytest.param({"query": "host=/tmp&password=s3cret%zz"}, id="a password behind the question mark"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_told_without_the_password(change: dict[str, str]) -> None:
    parts = urlsplit(databases.fresh())._replace(netloc="postgres:s3cret%2Fword@")
    url = urlunsplit(parts._replace(**change))
    for act in (check, migrate):
        with pytest.raises(UnusableDatabaseError) as refused:
            await act(url)
        assert "s3cret" not in str(refused.value)


async def test_a_pooler_that_shares_sessions_is_refused() -> None:
    """It would seem to work: what is set or locked is another's, and nobody is woken."""
    for url in (databases.empty(), databases.fresh()):
        async with pooled(url) as through:
            for act in (migrate, check):
                with pytest.raises(UnusableDatabaseError, match="a pool in session mode; nothing was started"):
                    await act(through)
        await migrate(url)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_a_database_that_is_no_unicode_is_refused(encoding: str) -> None:
    """As one is that was made in a container without a locale."""
    url = databases.empty()
    name = urlsplit(url).path.strip("/")
    beside = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    on(beside, f'DROP DATABASE "{name}"')
    on(beside, f"""CREATE DATABASE "{name}" ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'""")
    for act in (migrate, check):
        with pytest.raises(UnusableDatabaseError, match=f"texts as {encoding}.*createdb --encoding UTF8"):
            await act(url)


async def test_a_client_s_own_encoding_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    database = await Database.open(databases.fresh())
    row = await database.row("SELECT %s::text", ("💥 …",))
    await database.close()
    assert row == ("💥 …",)


async def test_what_the_server_s_defaults_leave_open_is_set() -> None:
    """An operator's defaults for the database must not make the doors answer before a commit is durable."""
    url = databases.empty()
    await migrate(url)
    name = urlsplit(url).path.strip("/")
    for setting in ("synchronous_commit = off", "default_transaction_isolation = 'serializable'"):
        on(url, f'ALTER DATABASE "{name}" SET {setting}')
    database = await Database.open(url)
    row = await database.row(
        "SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation'), current_schema"
    )
    await database.close()
    assert row == ("on", "read committed", "prod_squad")
