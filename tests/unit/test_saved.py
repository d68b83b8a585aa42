"""What an earlier version saved is read by this one, with nothing lost: ADR 2, and a schema that only goes forward.

`tests/payloads/saved/database-1.json` is what the version whose database was of version 1 wrote: of each kind of record
one with every field set and one with the needed ones. It is never made anew: a later version adds a file of its own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.duty import Handover, Override
from app.domain.issues import CommentRef, IssueSeen, Repository
from app.domain.mail import Mail
from app.domain.tickets import Ticket
from app.flows import duty, squad_files
from app.ledger import tickets
from app.ledger.database import Database
from app.ledger.schema import MIGRATIONS
from app.texts.body import State

SAVED: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[1] / "payloads" / "saved" / "database-1.json").read_text(encoding="utf-8")
)
KINDS: dict[str, Any] = {
    "ticket": Ticket,
    "mail": Mail,
    "comment": CommentRef,
    "issue": IssueSeen,
    "repository": Repository,
    "handover": Handover,
    "override": Override,
    "duty-told": duty._Told,
    "texts": squad_files._Texts,
    "state": State,
}
RECORDS = [pytest.param(kind, record, id=f"{kind} {nth}") for kind in KINDS for nth, record in enumerate(SAVED[kind])]

SECOND = timedelta(seconds=1)


def lost(saved: Any, now: Any, where: str = "") -> list[str]:
    """What of a saved value is not in the other one, or differs."""
    if isinstance(saved, dict) and isinstance(now, dict):
        gone = [f"{where}.{name}" for name in saved if name not in now]
        return [
            *gone,
            *(path for name in saved.keys() & now.keys() for path in lost(saved[name], now[name], f"{where}.{name}")),
        ]
    if isinstance(saved, list) and isinstance(now, list) and len(saved) == len(now):
        return [path for nth, each in enumerate(saved) for path in lost(each, now[nth], f"{where}[{nth}]")]
    return [] if saved == now else [where]


def test_every_kind_is_tried() -> None:
    assert SAVED.keys() == {*KINDS, "schema"}


@pytest.mark.parametrize(("kind", "record"), RECORDS)
def test_what_was_saved_is_read_with_nothing_lost(kind: str, record: Any) -> None:
    read = msgspec.json.decode(json.dumps(record), type=KINDS[kind])
    assert lost(record, json.loads(msgspec.json.encode(read))) == []


def test_a_step_that_was_released_is_never_edited() -> None:
    released = [hashlib.sha256(step.encode()).hexdigest() for step in MIGRATIONS[: len(SAVED["schema"])]]
    assert released == SAVED["schema"]


async def test_an_old_database_is_opened_with_its_tickets(tmp_path: Path) -> None:
    path = tmp_path / "prod-squad.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute(
            "INSERT INTO ticket (id, status, doc) VALUES (7, 'open', ?)", (json.dumps(SAVED["ticket"][0]).encode(),)
        )
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    database = Database.open(path)
    read = await database.run(lambda connection: tickets.load(connection, 7))
    opened = datetime.fromisoformat(SAVED["ticket"][0]["opened_at"])
    then = await database.run(
        lambda connection: tickets.opened_between(connection, opened - SECOND, opened + SECOND, 9)
    )
    await database.close()
    assert then == (7,), "an outage from before the upgrade finds its tickets"
    assert read is not None
    assert lost(SAVED["ticket"][0], json.loads(msgspec.json.encode(read))) == []
