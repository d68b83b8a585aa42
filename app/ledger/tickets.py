"""Which ticket: fingerprints, signatures and issues lead to it; its document is its whole memory.

Rule: every function here runs inside the caller's transaction, so that a ticket is found, or made, in the commit
that saves the letter. What an address finds:

| address | found by | else |
|---|---|---|
| `ByError` | its fingerprint; then its signature among tickets not closed (newest first) and, if the letter has a fingerprint, without one of their own | made, if `may_make` |
| `ByIssue` | the issue; then its `error`, as above, and the issue is bound to that ticket | nothing |

A letter's fingerprint and signature are kept for the ticket it finds or makes; of signatures the first twenty.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

import msgspec

from app.domain.issues import IssueRef
from app.domain.mail import ByError, ByIssue
from app.domain.tickets import Ticket
from app.ledger.instants import micros

_SIGNATURES: Final = 20
_DECODER: Final = msgspec.json.Decoder(Ticket)

_FIND_ERROR: Final = """
SELECT
    (SELECT ticket FROM fingerprint WHERE fingerprint = :fingerprint),
    (SELECT s.ticket FROM signature s JOIN ticket t ON t.id = s.ticket
        WHERE s.signature = :signature AND t.status <> 'closed'
        AND (:fingerprint = '' OR NOT EXISTS (SELECT 1 FROM fingerprint f WHERE f.ticket = s.ticket))
        ORDER BY s.ticket DESC LIMIT 1),
    EXISTS (SELECT 1 FROM signature s JOIN fingerprint f ON f.ticket = s.ticket
        WHERE f.fingerprint = :fingerprint AND s.signature = :signature)
"""
_KIN: Final = """
SELECT DISTINCT other.ticket FROM signature mine JOIN signature other ON other.signature = mine.signature
WHERE mine.ticket = :ticket AND other.ticket <> :ticket ORDER BY other.ticket DESC LIMIT :limit
"""
_FIND_ISSUE: Final = "SELECT ticket FROM issue_ref WHERE repository_id = ? AND number = ?"
_KEEP_SIGNATURE: Final = """
INSERT OR IGNORE INTO signature (signature, ticket)
SELECT :signature, :ticket WHERE (SELECT count(*) FROM signature WHERE ticket = :ticket) < :most
"""
_KEEP_FINGERPRINT: Final = "INSERT INTO fingerprint VALUES (?, ?)"
_BIND_ISSUE: Final = """
INSERT INTO issue_ref (repository_id, number, ticket) VALUES (?, ?, ?)
ON CONFLICT (repository_id, number) DO UPDATE SET ticket = excluded.ticket
"""
_KEEP_OPENING: Final = "INSERT OR IGNORE INTO opening (at, ticket) VALUES (?, ?)"
_OPENED: Final = """
SELECT ticket FROM opening WHERE at BETWEEN ? AND ? GROUP BY ticket ORDER BY min(at), ticket LIMIT ?
"""
_BIND_FREE_ISSUE: Final = "INSERT OR IGNORE INTO issue_ref (repository_id, number, ticket) VALUES (?, ?, ?)"


def find(connection: sqlite3.Connection, address: ByError | ByIssue) -> int | None:
    """The ticket an address leads to; what the address newly says of it is kept."""
    if isinstance(address, ByError):
        return _by_error(connection, address)
    known = at(connection, address.repository_id, address.number)
    if known is not None:
        return known
    ticket = None if address.error is None else _by_error(connection, address.error)
    if ticket is not None:
        connection.execute(_BIND_ISSUE, (address.repository_id, address.number, ticket))
    return ticket


def at(connection: sqlite3.Connection, repository_id: int, number: int) -> int | None:
    """The ticket that the issue is, or was; looked up only."""
    row = connection.execute(_FIND_ISSUE, (repository_id, number)).fetchone()
    return None if row is None else int(row[0])


def kin(connection: sqlite3.Connection, ticket: int, limit: int) -> tuple[int, ...]:
    """Other tickets that share a signature with this one, the newest first."""
    rows = connection.execute(_KIN, {"ticket": ticket, "limit": limit})
    return tuple(int(other) for (other,) in rows)


def opened_between(connection: sqlite3.Connection, since: datetime, until: datetime, limit: int) -> tuple[int, ...]:
    """Tickets whose issue was opened, taken over or reopened then, in that order."""
    rows = connection.execute(_OPENED, (micros(since), micros(until), limit))
    return tuple(int(ticket) for (ticket,) in rows)


def is_known(connection: sqlite3.Connection, fingerprint: str) -> bool:
    """Whether there is a ticket for this fingerprint."""
    row = connection.execute("SELECT 1 FROM fingerprint WHERE fingerprint = ?", (fingerprint,)).fetchone()
    return row is not None


def may_make(address: ByError | ByIssue) -> bool:
    """Whether a ticket is made where none is found."""
    error = address if isinstance(address, ByError) else address.error
    return error is not None and error.may_make


def make(connection: sqlite3.Connection, address: ByError | ByIssue) -> int | None:
    """A new ticket that the address leads to from now on."""
    error = address if isinstance(address, ByError) else address.error
    if error is None:
        return None
    ticket = int(connection.execute("INSERT INTO ticket (words) VALUES (?)", (error.words,)).lastrowid or 0)
    if error.fingerprint:
        connection.execute(_KEEP_FINGERPRINT, (error.fingerprint, ticket))
    if error.signature:
        connection.execute(_KEEP_SIGNATURE, {"signature": error.signature, "ticket": ticket, "most": _SIGNATURES})
    if isinstance(address, ByIssue):
        connection.execute(_BIND_ISSUE, (address.repository_id, address.number, ticket))
    return ticket


def load(connection: sqlite3.Connection, ticket: int) -> Ticket | None:
    """The ticket as it was saved last; a new one where its first letter has not been settled; None if unknown."""
    row = connection.execute("SELECT doc FROM ticket WHERE id = ?", (ticket,)).fetchone()
    if row is None:
        return None
    return Ticket(id=ticket) if row[0] is None else _DECODER.decode(row[0])


def save(connection: sqlite3.Connection, ticket: Ticket) -> None:
    """Replace the ticket's document; its issues lead to it, but for former ones that another ticket took over."""
    connection.execute(
        "UPDATE ticket SET status = ?, doc = ? WHERE id = ?",
        (status_of(ticket), msgspec.json.encode(ticket), ticket.id),
    )
    if ticket.opened_at is not None:
        connection.execute(_KEEP_OPENING, (micros(ticket.opened_at), ticket.id))
    for issue in issues_of(ticket):
        bind = _BIND_ISSUE if issue == ticket.issue else _BIND_FREE_ISSUE
        connection.execute(bind, (issue.repository.id, issue.number, ticket.id))


def issues_of(ticket: Ticket) -> tuple[IssueRef, ...]:
    """The ticket's issue, those it had before, and their post-mortems: the App made all of them, or took them over."""
    theirs = (ref for earlier in ticket.earlier for ref in (earlier.ref, earlier.post_mortem))
    return tuple(ref for ref in (*theirs, ticket.post_mortem, ticket.issue) if ref is not None)


def open_words(connection: sqlite3.Connection, limit: int) -> tuple[tuple[int, str], ...]:
    """(ticket, words) of the newest open tickets that have words."""
    rows = connection.execute(
        "SELECT id, words FROM ticket WHERE status = 'open' AND words <> '' ORDER BY id DESC LIMIT ?", (limit,)
    )
    return tuple((int(ticket), str(words)) for ticket, words in rows)


def status_of(ticket: Ticket) -> str:
    """A duplicate is found by its error's text even though it is closed: it passes on what comes."""
    if ticket.merged_into:
        return "merged"
    if ticket.closing is not None:
        return "closed"
    if ticket.issue is None:
        return "new"
    return "quiet" if ticket.quiet else "open"


def _by_error(connection: sqlite3.Connection, error: ByError) -> int | None:
    names = {"fingerprint": error.fingerprint, "signature": error.signature}
    by_fingerprint, by_signature, known = connection.execute(_FIND_ERROR, names).fetchone()
    ticket: int | None = by_signature if by_fingerprint is None else by_fingerprint
    if ticket is None:
        return None
    if error.fingerprint and by_fingerprint is None:
        connection.execute(_KEEP_FINGERPRINT, (error.fingerprint, ticket))
    if error.signature and not known and ticket != by_signature:
        connection.execute(_KEEP_SIGNATURE, {"signature": error.signature, "ticket": ticket, "most": _SIGNATURES})
    return ticket
