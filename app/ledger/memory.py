"""Small things worth remembering across restarts, by name: a cursor, the last good file, a last success.

Rule: a name has one value, the one remembered last.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from app.ledger.instants import micros, moment


def recall(connection: sqlite3.Connection, name: str) -> tuple[bytes, datetime] | None:
    """The value and when it was remembered; None if it never was."""
    row = connection.execute("SELECT value, at FROM memory WHERE name = ?", (name,)).fetchone()
    return None if row is None else (bytes(row[0]), moment(row[1]))


def remember(connection: sqlite3.Connection, name: str, value: bytes, now: datetime) -> None:
    """Replace the value."""
    connection.execute("INSERT OR REPLACE INTO memory (name, value, at) VALUES (?, ?, ?)", (name, value, micros(now)))


def exchange(connection: sqlite3.Connection, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
    """Replace the value, if it is the known one, or if there is none and none is known."""
    if known is None:
        query, values = "INSERT OR IGNORE INTO memory (value, at, name) VALUES (?, ?, ?)", (value, micros(now), name)
        return connection.execute(query, values).rowcount > 0
    query = "UPDATE memory SET value = ?, at = ? WHERE name = ? AND value = ?"
    return connection.execute(query, (value, micros(now), name, known)).rowcount > 0
