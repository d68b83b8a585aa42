"""Mailboxes, as units of work on one SQLite connection: claimed one at a time, settled in order, given back.

Rule: every function here is a unit in the sense of `ledger/database.py`. Whatever commits under a claim checks first
that the claim is still alive; if it is not, `StaleClaimError` is raised and nothing is written.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from app.domain.mail import Letter, TimerFell
from app.domain.mailboxes import URGENT, Claim, Operation, StaleClaimError, Standing, Timer, issue_key
from app.domain.tickets import Ticket
from app.ledger import tickets
from app.ledger.instants import micros, moment, span
from app.mailroom.sql_inbox import receive, wake

_MOST_TIMERS: Final = 100
_PASSES: Final = "(lane = 0 OR priority >= coalesce((SELECT value FROM json_each(:held) WHERE key = lane), 0))"
_CLAIM: Final = f"""
UPDATE mailbox SET claimed = 1, generation = generation + 1, attempt = attempt + 1, due = NULL, last_run = :now
WHERE key = (
    SELECT key FROM mailbox WHERE claimed = 0 AND due IS NOT NULL AND due <= :now AND {_PASSES}
    ORDER BY priority DESC, born LIMIT 1
)
RETURNING key, generation, attempt, priority
"""  # noqa: S608 - both parts are ours
_NEXT: Final = f"""
SELECT min(due) FROM (
    SELECT * FROM (
        SELECT due FROM mailbox WHERE claimed = 0 AND due IS NOT NULL AND {_PASSES} ORDER BY due LIMIT 1)
    UNION ALL SELECT min(due) FROM timer
)
"""  # noqa: S608 - both parts are ours
_DUE_TIMERS: Final = "SELECT key, name, due, priority FROM timer WHERE due <= ? ORDER BY due LIMIT ?"
_FIRE: Final = """
INSERT OR IGNORE INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority)
VALUES ('timer', ?, ?, 'timer', ?, ?, 1, ?)
"""
_PENDING: Final = """
SELECT seq, mail, received_at, delivery_id FROM inbox
WHERE key = ? AND settled_at IS NULL AND seq > ? ORDER BY seq LIMIT ?
"""
_LEFT: Final = """
SELECT count(*), min(received_at), max(prompt), max(priority) FROM inbox WHERE key = ? AND settled_at IS NULL
"""
_WAITS: Final = """
SELECT coalesce(sum(number), 0), min(CASE
    WHEN error <> '' OR lane <> 0 THEN oldest
    WHEN not_before > :now THEN NULL
    ELSE max(oldest, coalesce(not_before, 0))
END)
FROM (
    SELECT key, count(*) AS number, min(received_at) AS oldest FROM inbox INDEXED BY inbox_pending
    WHERE settled_at IS NULL GROUP BY key
) LEFT JOIN mailbox USING (key)
"""
"""How much, and since when the oldest could have been settled: see `Standing.oldest`."""
_ALIVE: Final = "SELECT 1 FROM mailbox WHERE key = ? AND generation = ? AND claimed = 1"
_SET_TIMER: Final = "INSERT OR REPLACE INTO timer (key, name, due, priority) VALUES (?, ?, ?, ?)"


class Row(NamedTuple):
    """One piece of pending mail, as it is saved."""

    seq: int
    mail: bytes
    received_at: datetime
    delivery_id: str


def claim(connection: sqlite3.Connection, now: datetime, held: Mapping[int, int]) -> Claim | None:
    """Let timers that are due become mail, then claim the next mailbox."""
    for key, name, due, priority in connection.execute(_DUE_TIMERS, (micros(now), _MOST_TIMERS)).fetchall():
        mail = msgspec.json.encode(TimerFell(name=name, due=moment(due)))
        connection.execute(_FIRE, (f"{key}:{name}:{due}", key, mail, micros(now), priority))
        connection.execute("DELETE FROM timer WHERE key = ? AND name = ? AND due = ?", (key, name, due))
        wake(connection, key, now, priority)
    rows = connection.execute(_CLAIM, {"now": micros(now), "held": _json(held)}).fetchall()
    if not rows:
        return None
    key, generation, attempt, priority = rows[0]
    return Claim(key=key, generation=generation, attempt=attempt, priority=priority)


def next_due(connection: sqlite3.Connection, held: Mapping[int, int]) -> datetime | None:
    """When the next mailbox that passes, or timer, falls due."""
    (due,) = connection.execute(_NEXT, {"held": _json(held)}).fetchone()
    return None if due is None else moment(due)


def ticket(connection: sqlite3.Connection, ticket_id: int) -> Ticket | None:
    """The ticket as it was saved last."""
    return tickets.load(connection, ticket_id)


def pending(connection: sqlite3.Connection, claim: Claim, after: int, limit: int) -> list[Row]:
    """The next of the mailbox's unsettled mail."""
    rows = connection.execute(_PENDING, (claim.key, after, limit))
    return [Row(seq, mail, moment(received_at), delivery) for seq, mail, received_at, delivery in rows]


def begin(connection: sqlite3.Connection, claim: Claim, operation: str, now: datetime) -> Operation | None:
    """Save the call as sent, unless it is known already."""
    check(connection, claim)
    known = connection.execute(
        "SELECT sent_at, result FROM op WHERE key = ? AND id = ?", (claim.key, operation)
    ).fetchone()
    if known is not None:
        return Operation(id=operation, sent_at=moment(known[0]), result=known[1])
    connection.execute("INSERT INTO op (key, id, sent_at) VALUES (?, ?, ?)", (claim.key, operation, micros(now)))
    return None


def done(connection: sqlite3.Connection, claim: Claim, operation: str, result: bytes) -> None:
    """Save what the call made."""
    check(connection, claim)
    connection.execute("UPDATE op SET result = ? WHERE key = ? AND id = ?", (result, claim.key, operation))


def undo(connection: sqlite3.Connection, claim: Claim, operation: str) -> None:
    """Forget that the call was begun."""
    check(connection, claim)
    connection.execute("DELETE FROM op WHERE key = ? AND id = ? AND result IS NULL", (claim.key, operation))


def forget(connection: sqlite3.Connection, claim: Claim, operations: Sequence[str]) -> None:
    """These calls are over; others stay in doubt."""
    check(connection, claim)
    connection.executemany("DELETE FROM op WHERE key = ? AND id = ?", [(claim.key, name) for name in operations])


def finish(
    connection: sqlite3.Connection,
    claim: Claim,
    through: int,
    now: datetime,
    gap: timedelta,
    saved: Ticket | None,
    timers: Sequence[Timer],
    letters: Sequence[tuple[Letter, bytes]] = (),
) -> None:
    """Mail up to `through` is settled; the rest falls due after the gap, or at once where somebody waits for it."""
    check(connection, claim)
    connection.execute(
        "UPDATE inbox SET settled_at = ? WHERE key = ? AND settled_at IS NULL AND seq <= ?",
        (micros(now), claim.key, through),
    )
    if saved is not None:
        tickets.save(connection, saved)
        for issue in tickets.issues_of(saved):
            _hand_over(connection, issue_key(issue.repository.id, issue.number), claim.key)
    for timer in timers:
        connection.execute(_SET_TIMER, (claim.key, timer.name, micros(timer.due), URGENT if timer.urgent else 0))
    for letter, mail in letters:
        receive(connection, letter, mail)
    left, oldest, prompt, priority = connection.execute(_LEFT, (claim.key,)).fetchone()
    connection.execute(
        "UPDATE mailbox SET claimed = 0, attempt = 0, not_before = 0, lane = 0, error = '', gap = :gap,"
        " due = CASE WHEN :left = 0 THEN NULL WHEN :prompt THEN :now ELSE max(:now, last_run + :gap) END,"
        " born = coalesce(:oldest, born), priority = coalesce(:priority, 0) WHERE key = :key",
        {
            "gap": span(gap),
            "left": left,
            "prompt": prompt,
            "now": micros(now),
            "oldest": oldest,
            "priority": priority,
            "key": claim.key,
        },
    )


def retry(
    connection: sqlite3.Connection, claim: Claim, not_before: datetime, error: str, lane: int | None, *, counts: bool
) -> None:
    """The mailbox is free, and due again at `not_before`."""
    check(connection, claim)
    connection.execute(
        "UPDATE mailbox SET claimed = 0, due = :at, not_before = :at, error = :error, lane = coalesce(:lane, lane),"
        " attempt = attempt - :back WHERE key = :key",
        {"at": micros(not_before), "error": error, "lane": lane, "back": 0 if counts else 1, "key": claim.key},
    )


def bury(connection: sqlite3.Connection, claim: Claim, seq: int, reason: str, now: datetime) -> None:
    """The mail becomes a dead letter; what was tried of it does not count against the rest."""
    check(connection, claim)
    connection.execute(
        "INSERT OR IGNORE INTO dead (sender, delivery_id, kind, received_at, reason, payload, key) "
        "SELECT sender, delivery_id, 'mail', received_at, ?, mail, key FROM inbox WHERE seq = ? AND key = ?",
        (reason, seq, claim.key),
    )
    connection.execute("UPDATE inbox SET settled_at = ? WHERE seq = ? AND key = ?", (micros(now), seq, claim.key))
    connection.execute("UPDATE mailbox SET attempt = 1 WHERE key = ?", (claim.key,))


def standing(connection: sqlite3.Connection, now: datetime) -> Standing:
    """Counts; only of what waits, so it is cheap."""
    pending, oldest = connection.execute(_WAITS, {"now": micros(now)}).fetchone()
    count = "SELECT (SELECT count(*) FROM mailbox WHERE claimed = 1), (SELECT count(*) FROM dead), max(id) FROM ticket"
    claimed, dead, made = connection.execute(count).fetchone()
    (quiet,) = connection.execute("SELECT count(*) FROM ticket WHERE status = 'quiet'").fetchone()
    failing = connection.execute("SELECT key, error FROM mailbox WHERE error <> '' LIMIT 20").fetchall()
    return Standing(
        pending=pending,
        oldest=None if oldest is None else moment(oldest),
        claimed=claimed,
        failing=tuple((str(key), str(error)) for key, error in failing),
        dead=dead,
        tickets=made or 0,
        support=quiet,
    )


def prune(connection: sqlite3.Connection, before: datetime, most: int) -> int:
    """Forget at most so much settled mail from before then."""
    return connection.execute(
        "DELETE FROM inbox WHERE seq IN (SELECT seq FROM inbox WHERE settled_at < ? LIMIT ?)", (micros(before), most)
    ).rowcount


def _hand_over(connection: sqlite3.Connection, from_key: str, to_key: str) -> None:
    """Mail that came about an issue of ours before its ticket was known is the ticket's from now on."""
    moved = connection.execute(
        "UPDATE inbox SET key = ? WHERE key = ? AND settled_at IS NULL", (to_key, from_key)
    ).rowcount
    if moved:
        connection.execute("DELETE FROM mailbox WHERE key = ? AND claimed = 0", (from_key,))


def check(connection: sqlite3.Connection, claim: Claim) -> None:
    """Raises StaleClaimError where the claim is over."""
    if connection.execute(_ALIVE, (claim.key, claim.generation)).fetchone() is None:
        raise StaleClaimError(f"{claim.key} is not held by generation {claim.generation}.")


def _json(held: Mapping[int, int]) -> str:
    return json.dumps(held) if held else "{}"
