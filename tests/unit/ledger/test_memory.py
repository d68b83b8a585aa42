"""Memory: a name has the value remembered last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from app.ledger.memory import recall, remember
from app.ledger.schema import MIGRATIONS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as opened:
        for step in MIGRATIONS:
            opened.executescript(step)
        yield opened


def test_what_was_never_remembered_is_nothing(connection: sqlite3.Connection) -> None:
    assert recall(connection, "cursor") is None


@pytest.mark.parametrize("value", [pytest.param(b"", id="nothing"), pytest.param(b"\x00\xff", id="any bytes")])
def test_a_value_comes_back_with_its_time(connection: sqlite3.Connection, value: bytes) -> None:
    remember(connection, "cursor", value, NOON)
    assert recall(connection, "cursor") == (value, NOON)


def test_the_last_value_wins_and_names_do_not_mix(connection: sqlite3.Connection) -> None:
    remember(connection, "cursor", b"1", NOON)
    remember(connection, "other", b"2", NOON)
    remember(connection, "cursor", b"3", NOON - timedelta(hours=1))
    assert recall(connection, "cursor") == (b"3", NOON - timedelta(hours=1))
    assert recall(connection, "other") == (b"2", NOON)
