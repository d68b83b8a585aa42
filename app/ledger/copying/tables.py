"""What is copied from one store to another: every table of the mailroom and the ledger, and what a row is in both.

| what a store has of its own               | what the copy has                                                    |
|-------------------------------------------|----------------------------------------------------------------------|
| SQLite's 0 and 1                          | PostgreSQL's false and true                                          |
| a NUL in SQLite's text                    | U+FFFD, as PostgreSQL's mailroom saves it: its text has none         |
| a claim that a process held               | none: the mailbox is due, and its being held counts as no attempt    |
| PostgreSQL's `queued`, procrastinate's    | nothing: a claim queues what is due                                  |
| tables                                    |                                                                      |
| the note of the copy itself               | nothing                                                              |

Rule: `tests/unit/ledger/test_copied_tables.py` holds that this names every table and column there is in either store. A
row is the same in both once it is read by `canonical`, so sums over them can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec

from app.ledger.text import text

Value = str | int | bool | bytes | None
Row = tuple[Value, ...]
Key = tuple[str | int, ...]


class Kind(Enum):
    """What a column holds."""

    TEXT = str
    NUMBER = int
    TRUTH = bool
    BYTES = bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. The first columns are its key, by which it is read in order."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    keys: int = 1
    at_once: int = 1_000
    """Rows that are held in memory together; fewer where one may be long."""
    numbered: bool = False
    """Whether the store numbers its rows, and must go on behind the highest."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns' names."""
        return tuple(name for name, _ in self.columns)

    @property
    def key_names(self) -> tuple[str, ...]:
        """Its key's columns."""
        return self.names[: self.keys]

    def key_of(self, row: Row) -> Key:
        """The row's key."""
        return tuple(part for part in row[: self.keys] if isinstance(part, str | int))


def _columns(words: str) -> tuple[tuple[str, Kind], ...]:
    """`seq:NUMBER sender …`; without a kind it is text."""
    parts = (word.partition(":") for word in words.split())
    return tuple((name, Kind[kind] if kind else Kind.TEXT) for name, _, kind in parts)


_INBOX: Final = """
seq:NUMBER sender delivery_id occurrence key kind mail:BYTES received_at:NUMBER prompt:TRUTH priority:NUMBER
settled_at:NUMBER
"""
_MAILBOX: Final = """
key due:NUMBER born:NUMBER priority:NUMBER lane:NUMBER claimed:TRUTH generation:NUMBER attempt:NUMBER
not_before:NUMBER last_run:NUMBER gap:NUMBER error
"""
_DEAD: Final = "id:NUMBER sender delivery_id kind received_at:NUMBER reason payload:BYTES key"
MAILBOX: Final = Table(name="mailbox", columns=_columns(_MAILBOX))
MEMORY: Final = Table(name="memory", columns=_columns("name value:BYTES at:NUMBER"), at_once=20)
TABLES: Final = (
    Table(name="inbox", columns=_columns(_INBOX), at_once=500, numbered=True),
    MAILBOX,
    Table(name="op", columns=_columns("key id sent_at:NUMBER result:BYTES"), keys=2),
    Table(name="timer", columns=_columns("key name due:NUMBER priority:NUMBER"), keys=2),
    Table(name="dead", columns=_columns(_DEAD), at_once=20, numbered=True),
    Table(name="ticket", columns=_columns("id:NUMBER status words doc:BYTES"), at_once=200, numbered=True),
    Table(name="fingerprint", columns=_columns("fingerprint ticket:NUMBER")),
    Table(name="signature", columns=_columns("signature ticket:NUMBER"), keys=2),
    Table(name="opening", columns=_columns("at:NUMBER ticket:NUMBER"), keys=2),
    Table(name="issue_ref", columns=_columns("repository_id:NUMBER number:NUMBER ticket:NUMBER"), keys=2),
    MEMORY,
    Table(
        name="spent",
        columns=_columns("id:NUMBER installation:NUMBER at:NUMBER creates:NUMBER points:NUMBER"),
        numbered=True,
    ),
    Table(name="gate", columns=_columns("installation:NUMBER blocked_until:NUMBER")),
    Table(
        name="wave",
        columns=_columns("id:NUMBER began_at:NUMBER last_at:NUMBER before ended_at:NUMBER"),
        numbered=True,
    ),
    Table(name="newcomer", columns=_columns("ticket:NUMBER at:NUMBER wave:NUMBER")),
)


def canonical(table: Table, row: Sequence[object]) -> Row:
    """A row of either store, as it is in both. Raises TypeError for a value that is not of its column's kind."""
    read = tuple(_value(table, name, kind, value) for (name, kind), value in zip(table.columns, row, strict=True))
    return _freed(read) if table is MAILBOX else read


def _value(table: Table, name: str, kind: Kind, value: object) -> Value:
    match kind, value:
        case _, None:
            return None
        case Kind.TEXT, str():
            return text(value)
        case Kind.NUMBER, int():
            return int(value)
        case Kind.TRUTH, int():
            return bool(value)
        case Kind.BYTES, bytes() | memoryview():
            return bytes(value)
        case Kind.BYTES, str():
            return value.encode()
        case _:
            raise TypeError(f"{table.name}.{name} holds {type(value).__name__}, not {kind.value.__name__}.")


def _freed(row: Row) -> Row:
    held = dict(zip(MAILBOX.names, row, strict=True))
    if not held["claimed"]:
        return row
    attempt = held["attempt"]
    freed = held | {
        "claimed": False,
        "attempt": max(int(attempt or 0) - 1, 0),
        "due": held["last_run"] if held["due"] is None else held["due"],
    }
    return tuple(freed.values())


class Sum:
    """A count of rows, and a sum over them that does not depend on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._total = 0

    def add(self, rows: Sequence[Row]) -> None:
        """These, too."""
        self.rows += len(rows)
        for row in rows:
            digest = hashlib.blake2b(msgspec.msgpack.encode(row), digest_size=16).digest()
            self._total = (self._total + int.from_bytes(digest)) % (1 << 128)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.rows, self._total) == (other.rows, other._total)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __str__(self) -> str:
        return f"{self._total:032x}"
