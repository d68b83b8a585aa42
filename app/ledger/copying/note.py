"""The note of a copy, kept in the store that is copied to: how far it has come.

Rule: it is written in the commit that writes the rows it speaks of. An App does not start on a store whose copy is not
done: half of its tickets would not be known, and be made a second time.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from app.domain.errors import UserError
from app.domain.facts import Fact

NAME: Final = "copy-database"
"""Under which it is remembered."""


class Note(Fact, frozen=True, kw_only=True):
    """How far the copy from `source` has come: in `table`, through the row with the key `after`."""

    source: str
    table: str = ""
    after: tuple[str | int, ...] = ()
    done: bool = False


class Memory(Protocol):
    """Where it is kept."""

    async def recall(self, name: str) -> bytes | None: ...


async def refuse_half_a_copy(memory: Memory) -> None:
    """Errors: UserError where the store is a copy that is not done."""
    found = await memory.recall(NAME)
    note = None if found is None else msgspec.json.decode(found, type=Note)
    if note is not None and not note.done:
        raise UserError(
            f"This database is a copy of {note.source} that is not done. Run `python -m app copy-database` once more: "
            "it goes on where it was; nothing was started."
        )
