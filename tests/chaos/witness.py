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

What processes did outside of the database is held against the times of their claims: `Seen.holders`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
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
CREATE INDEX ON witness.entry (key, id);
CREATE INDEX ON witness.entry (at);

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

CREATE TABLE witness.granted (at bigint NOT NULL, creates integer NOT NULL, points integer NOT NULL);
CREATE FUNCTION witness.saw_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.granted VALUES (NEW.at, NEW.creates, NEW.points);
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT ON prod_squad.spent FOR EACH ROW EXECUTE FUNCTION witness.saw_grant();
"""
_BUSIEST: Final = """
SELECT max(creates), max(points) FROM (
    SELECT sum(creates) OVER minute AS creates, sum(points) OVER minute AS points FROM witness.granted
    WINDOW minute AS (ORDER BY at RANGE BETWEEN 59999999 PRECEDING AND CURRENT ROW)
) AS windows
"""
_ROBBED: Final = """
SELECT EXISTS (
    SELECT FROM witness.entry e WHERE e.what = 'freed' AND e.who <> %(who)s AND e.at > %(since)s AND %(who)s = (
        SELECT c.who FROM witness.entry c WHERE c.key = e.key AND c.what = 'claimed' AND c.id < e.id
        ORDER BY c.id DESC LIMIT 1
    )
)
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


@dataclass(slots=True, kw_only=True)
class Hold:
    """One claim, from its commit to its end."""

    who: str
    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Seen:
    """What came of it."""

    claims: int = 0
    freed: list[float] = field(default_factory=list)
    """Seconds until a dead process's mailbox was free for others, from its death or the end of PostgreSQL's rest."""
    taken_over: list[float] = field(default_factory=list)
    """The same until its next claim."""
    overlaps: list[str] = field(default_factory=list)
    inversions: list[str] = field(default_factory=list)
    hasty: list[str] = field(default_factory=list)
    """What was taken from who lived and could speak: the generation guards it, but it should not come to that."""
    holds: dict[str, list[Hold]] = field(default_factory=lambda: defaultdict(list))
    """Each mailbox's claims, one after the other."""

    def holders(self, key: str, at: datetime) -> list[str]:
        """Who held a mailbox at this time; moments count for both."""
        return [hold.who for hold in self.holds[key] if hold.since <= at and (hold.until is None or at <= hold.until)]


def install(url: str) -> None:
    """Watch this database, whose tables are there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_INSTALL)


def read(url: str) -> list[Entry]:
    """All that was seen."""
    with psycopg.connect(url, autocommit=True, row_factory=class_row(Entry)) as connection:
        return connection.execute(_READ).fetchall()


def is_robbed(url: str, who: str, since: datetime) -> bool:
    """Whether claims were taken from this role since then."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_ROBBED, {"who": who, "since": since}).fetchone()
    return bool(row and row[0])


def busiest_minute(url: str) -> tuple[int, int]:
    """The most that GitHub's budget granted in any minute, all processes together: what creates something, points."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_BUSIEST).fetchone()
    return (0, 0) if row is None else (int(row[0] or 0), int(row[1] or 0))


def judge(entries: Iterable[Entry], absences: Mapping[str, Sequence[Absence]], rests: Iterable[datetime] = ()) -> Seen:
    """See the module's table. `absences` are the processes' by role; `rests` are ends of times without a database."""
    seen, rested = Seen(), sorted(rests)
    by_mailbox = sorted(entries, key=lambda entry: (entry.key, entry.id))
    for key, group in itertools.groupby(by_mailbox, key=lambda entry: entry.key):
        mailbox = _Mailbox(key, absences, rested, seen)
        for _, deal in itertools.groupby(group, key=lambda entry: entry.deal):
            mailbox.see(list(deal))
    return seen


class _Mailbox:
    """One mailbox, gone through from its first entry to its last."""

    def __init__(
        self, key: str, absences: Mapping[str, Sequence[Absence]], rests: Sequence[datetime], seen: Seen
    ) -> None:
        self._key = key
        self._absences = absences
        self._rests = rests
        self._seen = seen
        self._holder: Entry | None = None
        self._generation = 0
        self._orphaned: datetime | None = None
        self._settled = 0

    def see(self, deal: Sequence[Entry]) -> None:
        """One transaction: its rows are noted in any order, so letters are compared with those of others only."""
        for entry in deal:
            if entry.what == "claimed":
                self._claimed(entry)
            elif entry.what == "freed":
                self._freed(entry)
            elif self._holder is None or self._holder.who != entry.who:
                self._seen.overlaps.append(f"{self._key}: {entry.what} by {entry.who}, {self._held()}")
        settled = [entry.number for entry in deal if entry.what == "settled"]
        if settled and min(settled) < self._settled:
            self._seen.inversions.append(f"{self._key}: letter {min(settled)} was settled after {self._settled}")
        self._settled = max(self._settled, *settled, 0)

    def _claimed(self, entry: Entry) -> None:
        self._seen.claims += 1
        if self._holder is not None:
            self._seen.overlaps.append(f"{self._key}: claimed by {entry.who}, {self._held()}")
        elif entry.number != self._generation + 1:
            self._seen.overlaps.append(
                f"{self._key}: claimed by {entry.who}, generation {entry.number} after {self._generation}"
            )
        if self._orphaned is not None:
            self._seen.taken_over.append(self._since(self._orphaned, entry.at))
        self._holder, self._generation, self._orphaned = entry, entry.number, None
        self._seen.holds[self._key].append(Hold(who=entry.who, since=entry.at))

    def _freed(self, entry: Entry) -> None:
        if self._holder is not None and self._holder.who != entry.who:
            absence = _absence(self._absences.get(self._holder.who, ()), entry.at)
            if absence is None:
                self._seen.hasty.append(f"{self._key}: taken by {entry.who}, {self._held()}")
            elif absence.until is None:
                self._orphaned = absence.since
                self._seen.freed.append(self._since(absence.since, entry.at))
        self._holder = None
        for hold in self._seen.holds[self._key][-1:]:
            hold.until = entry.at

    def _since(self, death: datetime, at: datetime) -> float:
        return (at - max([death, *(rest for rest in self._rests if rest < at)])).total_seconds()

    def _held(self) -> str:
        if self._holder is None:
            return "held by nobody"
        return f"held by {self._holder.who} under generation {self._holder.number}"


def _absence(absences: Sequence[Absence], at: datetime) -> Absence | None:
    """The one for which a process was taken for dead at this time."""
    return next(
        (gone for gone in absences if gone.since <= at and (gone.until is None or at <= gone.until + _LATE)), None
    )
