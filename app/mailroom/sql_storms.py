"""Waves of new errors, as units of work on one SQLite connection: which new error came with which others.

| a new error arrives …                                             | it is                                         |
|-------------------------------------------------------------------|-----------------------------------------------|
| and its ticket was asked about before                             | what it was then                              |
| and a call that opens its issue is under way                      | part of none: the issue may be there          |
| at most `within` after the last one of a wave that nobody ended   | part of that wave                             |
| and more than `most` came within `within` of it, all after the     | the first one of a new wave; the others opened |
| last wave was ended                                               | issues of their own, and are told as `before` |
| otherwise                                                         | part of none                                  |

Rule: every function here is a unit in the sense of `ledger/database.py`. It reads the errors of the window alone.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Final

from app.domain.mailboxes import Claim, ticket_of
from app.domain.storms import Wave
from app.ledger.instants import micros, moment, span
from app.mailroom.sql_mailbox import check

_KNOWN: Final = "SELECT wave FROM newcomer WHERE ticket = ?"
_UNDER_WAY: Final = "SELECT 1 FROM op WHERE key = ?"
_GOES_ON: Final = """
SELECT id FROM wave WHERE last_at >= :at - :within AND began_at <= :at + :within AND ended_at IS NULL
ORDER BY id DESC LIMIT 1
"""
_PROLONG: Final = "UPDATE wave SET last_at = max(last_at, ?) WHERE id = ?"
_CLOSE_UPON_IT: Final = """
SELECT ticket, at FROM newcomer
WHERE at > max(:at - :within, coalesce((SELECT max(ended_at) FROM wave), 0)) AND at < :at + :within AND wave IS NULL
ORDER BY at, ticket
"""
_BEGIN: Final = "INSERT INTO wave (began_at, last_at, before) VALUES (?, ?, ?)"
_NOTE: Final = "INSERT INTO newcomer (ticket, at, wave) VALUES (?, ?, ?)"
_WAVE: Final = "SELECT id, began_at, before FROM wave WHERE id = ?"


def newcomer(connection: sqlite3.Connection, claim: Claim, at: datetime, within: timedelta, most: int) -> Wave | None:
    """Note that the claimed ticket is a new error that arrived then; the wave it is part of. See the module's table."""
    check(connection, claim)
    ticket = ticket_of(claim.key)
    known = connection.execute(_KNOWN, (ticket,)).fetchone()
    if known is None:
        known = (_wave_for(connection, claim, at, within, most),)
        connection.execute(_NOTE, (ticket, micros(at), *known))
    if known[0] is None:
        return None
    number, began_at, before = connection.execute(_WAVE, known).fetchone()
    return Wave(id=number, began_at=moment(began_at), before=tuple(json.loads(before)))


def end_wave(connection: sqlite3.Connection, wave: int, now: datetime) -> None:
    """Nothing is part of it any more; what arrived until now begins no other."""
    connection.execute("UPDATE wave SET ended_at = ? WHERE id = ? AND ended_at IS NULL", (micros(now), wave))


def _wave_for(connection: sqlite3.Connection, claim: Claim, at: datetime, within: timedelta, most: int) -> int | None:
    if connection.execute(_UNDER_WAY, (claim.key,)).fetchone() is not None:
        return None
    here = {"at": micros(at), "within": span(within)}
    goes_on = connection.execute(_GOES_ON, here).fetchone()
    if goes_on is not None:
        connection.execute(_PROLONG, (micros(at), goes_on[0]))
        return int(goes_on[0])
    others = connection.execute(_CLOSE_UPON_IT, here).fetchall()
    if len(others) < most:
        return None
    moments = [micros(at), *(arrived for _, arrived in others)]
    before = json.dumps([ticket for ticket, _ in others])
    return connection.execute(_BEGIN, (min(moments), max(moments), before)).lastrowid
