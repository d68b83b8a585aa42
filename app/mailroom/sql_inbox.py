"""Receiving, as units of work on one SQLite connection: a letter saved and its mailbox poked in one transaction.

Rule: every function here is a unit in the sense of `ledger/database.py`. What is asked for each letter reads only
partial indexes, so its cost does not grow with what was settled.

| the letter                                        | fate       |
|---------------------------------------------------|------------|
| its sender's delivery id is saved already         | repeated   |
| its event was saved from another delivery         | same-event |
| about an issue that is no ticket's                | not-ours   |
| … but that the App itself made                    | saved in a mailbox of the issue's own, until the ticket is known |
| … but that somebody asks to make a ticket of      | saved in a mailbox of the issue's own                            |
| any other                                         | saved      |
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from app.domain.mail import ByError, ByIssue, ByKey, Letter
from app.domain.mailboxes import Fate, Receipt, asked_key, issue_key, ticket_key
from app.ledger import tickets
from app.ledger.instants import micros

_SAVE: Final = """
INSERT OR IGNORE INTO inbox
    (sender, delivery_id, occurrence, key, kind, mail, received_at, prompt, priority, settled_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_REPEATED: Final = "SELECT 1 FROM inbox WHERE sender = ? AND delivery_id = ?"
_POKE: Final = """
INSERT INTO mailbox (key, due, born, priority) VALUES (:key, :now, :now, :priority)
ON CONFLICT (key) DO UPDATE SET
    born = CASE WHEN due IS NULL THEN :now ELSE born END,
    due = max(not_before, CASE
        WHEN :prompt THEN min(coalesce(due, :now), :now)
        ELSE coalesce(due, max(:now, last_run + gap))
    END),
    priority = max(priority, :priority)
WHERE due IS NULL OR priority < :priority OR (:prompt AND due > max(:now, not_before))
"""

_WAKE: Final = """
INSERT INTO mailbox (key, due, born, priority) VALUES (:key, :now, :now, :priority)
ON CONFLICT (key) DO UPDATE SET
    born = CASE WHEN due IS NULL THEN :now ELSE born END, due = max(not_before, min(coalesce(due, :now), :now)),
    priority = max(priority, :priority)
"""


def receive(connection: sqlite3.Connection, letter: Letter, mail: bytes) -> tuple[Receipt, bool]:
    """Save the letter, whose mail is given encoded; also tells whether its mailbox became due by it."""
    who = (letter.sender, letter.delivery_id)
    address = letter.address
    key = address.key if isinstance(address, ByKey) else _key(connection, letter, address)
    if key is None:
        return Receipt(fate=Fate.REPEATED if connection.execute(_REPEATED, who).fetchone() else Fate.NOT_OURS), False
    row = _row(letter, key, mail)
    if connection.execute(_SAVE, row).rowcount == 0:
        if not letter.occurrence or connection.execute(_REPEATED, who).fetchone():
            return Receipt(fate=Fate.REPEATED, key=key), False
        connection.execute(_SAVE, (*row[:2], None, *row[3:9], row[6]))
        return Receipt(fate=Fate.SAME_EVENT, key=key), False
    return Receipt(fate=Fate.SAVED, key=key), poke(connection, key, letter)


def poke(connection: sqlite3.Connection, key: str, letter: Letter) -> bool:
    """Make the letter's mailbox due; False if it already was, so that nobody need be woken."""
    poked = connection.execute(
        _POKE,
        {"key": key, "now": micros(letter.received_at), "prompt": letter.prompt, "priority": letter.priority},
    )
    return poked.rowcount > 0


def wake(connection: sqlite3.Connection, key: str, now: datetime, priority: int = 0) -> None:
    """Make the mailbox due at once, unless it has to wait."""
    connection.execute(_WAKE, {"key": key, "now": micros(now), "priority": priority})


def _row(letter: Letter, key: str, mail: bytes) -> tuple[object, ...]:
    kind = type(letter.mail).__struct_config__.tag
    return (
        letter.sender,
        letter.delivery_id,
        letter.occurrence or None,
        key,
        kind,
        mail,
        micros(letter.received_at),
        letter.prompt,
        letter.priority,
        None,
    )


def _key(connection: sqlite3.Connection, letter: Letter, address: ByError | ByIssue) -> str | None:
    ticket = tickets.find(connection, address)
    if ticket is None and tickets.may_make(address):
        # A repeated delivery must not make a second ticket of an error whose first one was closed since.
        if connection.execute(_REPEATED, (letter.sender, letter.delivery_id)).fetchone():
            return None
        ticket = tickets.make(connection, address)
    if ticket is not None:
        return ticket_key(ticket)
    if isinstance(address, ByIssue) and address.ours:
        return issue_key(address.repository_id, address.number)
    if isinstance(address, ByIssue) and address.asked:
        return asked_key(address.repository_id, address.number)
    return None
