"""A store copied into another, whole or not at all.

| what the target holds                           | what is done                                                   |
|-------------------------------------------------|----------------------------------------------------------------|
| nothing                                         | everything is copied                                           |
| a part of this copy: it was broken off          | the rest is copied                                             |
| this copy                                       | it is compared once more                                       |
| a copy of another store, or what is none        | UserError, nothing is changed                                  |

Rules: nobody serves either store meanwhile, which whoever opens them holds. Rows go over in batches, each in one commit
with the note of how far they go, so it may be killed at any point and run again. In the end both are read whole and
compared, row for row by a sum: the copy is done only if they are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from app.domain.errors import UserError
from app.domain.facts import Fact
from app.ledger.copying.note import Note
from app.ledger.copying.tables import TABLES, Key, Row, Sum, Table


class End(Protocol):
    """One of the two stores. `name` says which, without a password; `empty_it` how a person makes it empty."""

    name: str
    empty_it: str

    async def page(self, table: Table, after: Key | None) -> list[Row]:
        """The table's next rows behind this key, in the order of keys, canonical; an empty list at its end."""

    async def last_number(self, table: Table) -> int:
        """The number that was given to a row last, be the row still there or not."""

    async def put(self, table: Table, rows: Sequence[Row], note: Note) -> None:
        """Write them and the note in one commit."""

    async def number_from(self, table: Table, last: int) -> None:
        """The next row's number is higher than this one."""

    async def note(self) -> Note | None:
        """What was noted last."""

    async def keep(self, note: Note) -> None:
        """Note this."""


class Compared(Fact, frozen=True, kw_only=True):
    """One table, the same in both stores."""

    table: str
    rows: int
    sum: str


async def copy(source: End, target: End, moved: Callable[[str, int], None]) -> tuple[Compared, ...]:
    """Copy it, and compare; `moved` is told each table's name and how many of its rows went over.

    Errors: UserError, as the module's table says, and where the two are not the same in the end.
    """
    begun = await source.note()
    if begun is not None and not begun.done:
        raise UserError(f"{source.name} is itself a copy that is not done. Finish that one first; nothing was changed.")
    note = await target.note()
    if note is None:
        await _refuse_what_is_there(target)
        note = Note(source=source.name)
        await target.keep(note)
    elif note.source != source.name:
        raise UserError(
            f"{target.name} is a copy of {note.source}. Name another database to copy to, or empty this one "
            f"({target.empty_it}); nothing was changed."
        )
    if not note.done:
        await _move(source, target, note, moved)
    compared = await _compared(source, target, finished_before=note.done)
    await target.keep(msgspec.structs.replace(note, done=True))
    return compared


async def _refuse_what_is_there(target: End) -> None:
    for table in TABLES:
        if await target.page(table, None):
            raise UserError(
                f"{target.name} holds something that did not come from this copy ({table.name}). Name an empty "
                f"database to copy to, or empty this one ({target.empty_it}); nothing was changed."
            )


async def _move(source: End, target: End, note: Note, moved: Callable[[str, int], None]) -> None:
    names = [table.name for table in TABLES]
    for table in TABLES[names.index(note.table) if note.table else 0 :]:
        after = note.after if table.name == note.table else None
        number = 0
        while rows := await source.page(table, after):
            after = table.key_of(rows[-1])
            await target.put(table, rows, Note(source=note.source, table=table.name, after=after))
            number += len(rows)
        if table.numbered:
            await target.number_from(table, await source.last_number(table))
        moved(table.name, number)


async def _compared(source: End, target: End, *, finished_before: bool) -> tuple[Compared, ...]:
    found = [(table, await _sum(source, table), await _sum(target, table)) for table in TABLES]
    differ = [f"{table.name} ({one.rows:,} and {other.rows:,} rows)" for table, one, other in found if one != other]
    if differ and finished_before:
        raise UserError(
            f"{target.name} was copied from {source.name} before, and one of the two was used since: "
            f"{', '.join(differ)} differ. To copy once more, empty the copy first ({target.empty_it}); nothing was "
            "changed."
        )
    if differ:
        raise UserError(
            f"The copy is not the same as {source.name}: {', '.join(differ)} differ. It was changed while it was "
            f"copied. Stop whatever uses it, empty {target.name} ({target.empty_it}), and run this again."
        )
    return tuple(Compared(table=table.name, rows=one.rows, sum=str(one)) for table, one, _ in found)


async def _sum(end: End, table: Table) -> Sum:
    total, after = Sum(), None
    while rows := await end.page(table, after):
        total.add(rows)
        after = table.key_of(rows[-1])
    return total
