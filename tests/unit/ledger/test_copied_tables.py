"""What is copied is everything there is, and a row is the same in both stores."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import psycopg
import pytest

from app.ledger.copying.tables import MAILBOX, TABLES, Kind, Sum, Table, canonical
from app.ledger.schema import MIGRATIONS
from tests.postgres import databases

NAMED = {table.name: set(table.names) for table in TABLES}
NOT_COPIED = {"mailbox": {"queued"}}
"""What only PostgreSQL has; a claim puts it right."""
TABLE = {table.name: table for table in TABLES}
HELD = ("ticket:1", None, 5, 0, 0, 1, 3, 2, 0, 7, 0, "")


def test_every_table_and_column_of_sqlite_is_named() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for step in MIGRATIONS:
            connection.executescript(step)
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        found = {name: {column[1] for column in connection.execute(f"PRAGMA table_info({name})")} for (name,) in names}
    assert found == NAMED


def test_every_table_and_column_of_postgresql_is_named() -> None:
    with psycopg.connect(databases.fresh()) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'prod_squad' "
            "AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'prod_squad')"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        if table != "schema_version" and not table.startswith("procrastinate_"):
            found.setdefault(table, set()).add(column)
    assert {table: columns - NOT_COPIED.get(table, set()) for table, columns in found.items()} == NAMED


def test_what_a_store_numbers_is_numbered_on() -> None:
    with psycopg.connect(databases.fresh()) as connection:
        rows = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'prod_squad'").fetchall()
    sequences = {name for (name,) in rows if not name.startswith("procrastinate_")}
    assert sequences == {f"{table.name}_{table.key_names[0]}_seq" for table in TABLES if table.numbered}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_key_names_one_row(table: Table) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for step in MIGRATIONS:
            connection.executescript(step)
        columns = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
    assert tuple(name for _, name, _, _, _, place in columns if place) == table.key_names


@pytest.mark.parametrize(
    ("name", "row", "is_"),
    [
        pytest.param(
            "inbox",
            (1, "sentry", "d\0", None, "ticket:1", "alert", memoryview(b"{}"), 5, 1, 0, None),
            (1, "sentry", "d\N{REPLACEMENT CHARACTER}", None, "ticket:1", "alert", b"{}", 5, True, 0, None),
            id="a NUL, bytes that are a view, 1 for true",
        ),
        pytest.param("memory", ("n", "text", 1), ("n", b"text", 1), id="bytes that SQLite took for text"),
        pytest.param(
            "mailbox",
            HELD,
            ("ticket:1", 7, 5, 0, 0, False, 3, 1, 0, 7, 0, ""),
            id="a claim is none, and due since it was begun",
        ),
        pytest.param(
            "mailbox",
            ("ticket:1", 9, 5, 0, 0, True, 3, 0, 0, 7, 0, ""),
            ("ticket:1", 9, 5, 0, 0, False, 3, 0, 0, 7, 0, ""),
            id="a claim that was poked meanwhile is due then",
        ),
        pytest.param(
            "mailbox",
            ("ticket:1", None, 5, 0, 0, 0, 3, 2, 0, 7, 0, ""),
            ("ticket:1", None, 5, 0, 0, False, 3, 2, 0, 7, 0, ""),
            id="a mailbox that nobody holds stays as it is",
        ),
    ],
)
def test_a_row_is_the_same_in_both(name: str, row: tuple[Any, ...], is_: tuple[Any, ...]) -> None:
    found = canonical(TABLE[name], row)
    assert found == is_
    assert [type(value) for value in found] == [type(value) for value in is_]
    assert canonical(TABLE[name], found) == is_, "once is enough"


def test_what_is_of_another_kind_is_no_row() -> None:
    with pytest.raises(TypeError, match=r"gate\.blocked_until holds str"):
        canonical(TABLE["gate"], (1, "soon"))


def test_a_claim_is_freed_in_the_mailboxs_own_columns() -> None:
    assert MAILBOX.columns[5] == ("claimed", Kind.TRUTH)


def test_a_sum_tells_rows_apart_and_not_their_order() -> None:
    one, other, shifted = Sum(), Sum(), Sum()
    one.add([("a", "b"), ("c", 1)])
    other.add([("c", 1)])
    assert one != other
    other.add([("a", "b")])
    assert (one, str(one), one.rows) == (other, str(other), 2)
    shifted.add([("ab", ""), ("c", True)])
    assert shifted != one
    twice = Sum()
    twice.add([("a", "b"), ("c", 1), ("c", 1)])
    assert twice != one
    assert one != 1
