"""What PostgreSQL itself saw of claims: who claimed, freed, and wrote under a claim, in the order in which it happened.

Each life of each process connects under a role of its own, and triggers write down which role did what to a mailbox.
All that is written under a claim happens while the mailbox's row is held, so the order of a mailbox's entries is the
order in which they took effect, whatever any clock says.

| an entry                                     | is a fault if                                                     |
|----------------------------------------------|-------------------------------------------------------------------|
| `claimed`                                    | the mailbox was claimed (an overlap), or the generation is not new |
| `freed` by whom it was claimed               | never                                                             |
| `freed` by another                           | who held it was neither dead nor silent: it was killed or paused  |
| `settled`, `began`, `made`                   | by another than who holds the claim (an overlap)                  |
| `settled`                                    | a later letter of the mailbox was settled before (out of order)   |
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import psycopg
from psycopg.rows import class_row

_INSTALL: Final = """
CREATE SCHEMA witness;
CREATE TABLE witness.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL DEFAULT session_user,
    deal text NOT NULL DEFAULT pg_current_xact_id()::text,
    key text NOT NULL,
    what text NOT NULL,
    number bigint NOT NULL
);

CREATE FUNCTION witness.saw_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.entry (key, what, number)
    VALUES (NEW.key, CASE WHEN NEW.claimed THEN 'claimed' ELSE 'freed' END, NEW.generation);
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON prod_squad.mailbox FOR EACH ROW
WHEN (OLD.claimed <> NEW.claimed OR OLD.generation <> NEW.generation)
EXECUTE FUNCTION witness.saw_mailbox();

CREATE FUNCTION witness.saw_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.entry (key, what, number) VALUES (NEW.key, 'settled', NEW.seq);
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON prod_squad.inbox FOR EACH ROW
WHEN (OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL)
EXECUTE FUNCTION witness.saw_letter();

CREATE FUNCTION witness.saw_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.entry (key, what, number)
    VALUES (NEW.key, CASE WHEN TG_OP = 'INSERT' THEN 'began' ELSE 'made' END, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON prod_squad.op FOR EACH ROW EXECUTE FUNCTION witness.saw_call();
"""
_LATE: Final = timedelta(seconds=2)
"""So long after a process speaks again it may still be taken for dead: one beat."""
_READ: Final = "SELECT id, at, who, deal, key, what, number FROM witness.entry ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was seen. `number` is the generation, or the letter's; `deal` the transaction."""

    id: int
    at: datetime
    who: str
    deal: str
    key: str
    what: str
    number: int = 0


@dataclass(slots=True, kw_only=True)
class Absence:
    """From when on, and until when, a process could not speak; None: for good."""

    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Seen:
    """What came of it."""

    claims: int = 0
    taken_over: list[float] = field(default_factory=list)
    """Seconds from the death of who held a mailbox to its next claim, or from the end of PostgreSQL's rest."""
    overlaps: list[str] = field(default_factory=list)
    inversions: list[str] = field(default_factory=list)
    hasty: list[str] = field(default_factory=list)
    """What was taken from who lived and could speak: the generation guards it, but it should not come to that."""


def install(url: str) -> None:
    """Watch this database, whose tables are there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_INSTALL)


def read(url: str) -> list[Entry]:
    """All that was seen."""
    with psycopg.connect(url, autocommit=True, row_factory=class_row(Entry)) as connection:
        return connection.execute(_READ).fetchall()


def judge(entries: Iterable[Entry], absences: Mapping[str, Sequence[Absence]], rests: Iterable[datetime] = ()) -> Seen:
    """See the module's table. `absences` are the processes' by role; `rests` are ends of times without a database."""
    seen, rested = Seen(), sorted(rests)
    by_mailbox = sorted(entries, key=lambda entry: (entry.key, entry.id))
    for key, group in itertools.groupby(by_mailbox, key=lambda entry: entry.key):
        _judge_mailbox(key, list(group), absences, rested, seen)
    return seen


def _judge_mailbox(
    key: str, entries: list[Entry], absences: Mapping[str, Sequence[Absence]], rests: list[datetime], seen: Seen
) -> None:
    holder: Entry | None = None
    generation, orphaned, latest = 0, None, 0
    for deal, group in itertools.groupby(entries, key=lambda entry: entry.deal):
        settled = [0]
        for entry in group:
            match entry.what:
                case "claimed":
                    seen.claims += 1
                    if holder is not None or entry.number != generation + 1:
                        what = f"generation {entry.number} after {generation}" if holder is None else _held(holder)
                        seen.overlaps.append(f"{key}: claimed by {entry.who}, {what}")
                    if orphaned is not None:
                        since = max([orphaned, *(rest for rest in rests if rest < entry.at)])
                        seen.taken_over.append((entry.at - since).total_seconds())
                    holder, generation, orphaned = entry, entry.number, None
                case "freed":
                    if holder is not None and holder.who != entry.who:
                        absence = _absence(absences.get(holder.who, ()), entry.at)
                        if absence is None:
                            seen.hasty.append(f"{key}: taken by {entry.who}, {_held(holder)}")
                        elif absence.until is None:
                            orphaned = absence.since
                    holder = None
                case _:
                    if holder is None or holder.who != entry.who:
                        held = "held by nobody" if holder is None else _held(holder)
                        seen.overlaps.append(f"{key}: {entry.what} by {entry.who}, {held} (transaction {deal})")
                    if entry.what == "settled":
                        settled.append(entry.number)
        if 0 < min(settled[1:], default=latest) < latest:
            seen.inversions.append(f"{key}: letter {min(settled[1:])} was settled after {latest}")
        latest = max(latest, *settled)


def _absence(absences: Sequence[Absence], at: datetime) -> Absence | None:
    """The one for which a process was taken for dead at this time."""
    return next((gone for gone in absences if gone.since <= at and (gone.until is None or at <= gone.until + _LATE)), None)


def _held(holder: Entry) -> str:
    return f"held by {holder.who} under generation {holder.number}"
