"""Dead letters, as units of work on one SQLite connection: what could not be understood, or not be settled.

Rule: a dead letter stays until an operator replays or drops it; age does not remove it. Its payload is redacted.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from app.domain.mailboxes import DeadLetter, Fate, Receipt
from app.ledger.instants import micros, moment
from app.mailroom.sql_inbox import wake

_SAVE: Final = """
INSERT OR IGNORE INTO dead (sender, delivery_id, kind, received_at, reason, payload) VALUES (?, ?, ?, ?, ?, ?)
"""
_OLDEST: Final = """
SELECT id, sender, delivery_id, kind, received_at, reason, payload FROM dead ORDER BY id LIMIT ?
"""
_REVIVE: Final = """
INSERT INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority)
SELECT sender, delivery_id, key, 'mail', payload, received_at, 1, 0 FROM dead WHERE id = ?
ON CONFLICT (sender, delivery_id) DO UPDATE SET settled_at = NULL, seq = (SELECT max(seq) + 1 FROM inbox)
"""
"""It is the newest there: a settle that is under way has not read it, and may not count it as settled."""


def receive(
    connection: sqlite3.Connection,
    *,
    sender: str,
    delivery_id: str,
    kind: str,
    payload: bytes,
    reason: str,
    received_at: datetime,
) -> Receipt:
    """Save what could not be understood, once."""
    saved = connection.execute(_SAVE, (sender, delivery_id, kind, micros(received_at), reason, payload)).rowcount
    return Receipt(fate=Fate.SAVED if saved else Fate.REPEATED)


def oldest(connection: sqlite3.Connection, limit: int) -> tuple[DeadLetter, ...]:
    """The oldest dead letters first."""
    return tuple(
        DeadLetter(
            id=id_,
            sender=sender,
            delivery_id=delivery_id,
            kind=kind,
            received_at=moment(received_at),
            reason=reason,
            payload=bytes(payload),
        )
        for id_, sender, delivery_id, kind, received_at, reason, payload in connection.execute(_OLDEST, (limit,))
    )


def revive(connection: sqlite3.Connection, dead_id: int, now: datetime) -> bool:
    """Buried mail waits in its mailbox again; False if there is no such dead letter of kind `mail`."""
    row = connection.execute("SELECT key FROM dead WHERE id = ? AND kind = 'mail'", (dead_id,)).fetchone()
    if row is None:
        return False
    connection.execute(_REVIVE, (dead_id,))
    wake(connection, row[0], now)
    return drop(connection, dead_id)


def drop(connection: sqlite3.Connection, dead_id: int) -> bool:
    """Forget it; False if there is none."""
    return connection.execute("DELETE FROM dead WHERE id = ?", (dead_id,)).rowcount > 0
