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
