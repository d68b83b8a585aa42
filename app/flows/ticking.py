"""Ticking boxes in a text that people edit: what is theirs is never lost for it.

| between the reading and the write a person … | what becomes of it                                                    |
|----------------------------------------------|-----------------------------------------------------------------------|
| edits the body                               | GitHub tells with our write what stood there: if that is not what we  |
|                                              | read, theirs is written back at once, with our ticks in it            |
| edits it within that one document            | lost, but for GitHub's edit history: it knows no conditional write    |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from app.domain.errors import LaterError
from app.texts.drafts import Said
from app.texts.markdown import Markdown

_MOST_WRITES: Final = 5
"""So often the body is written in a row while people edit it; then the next run goes on."""


async def restored(
    said: Said,
    read: str,
    wish: Markdown,
    *,
    anew: Callable[[str], Markdown],
    write: Callable[[Said, Markdown], Awaitable[Said]],
) -> None:
    """Where our write of `wish`, made from `read`, covered somebody's edit, `anew` of theirs is written in its place.

    LaterError where people go on editing; what GitHub raises.
    """
    for _ in range(_MOST_WRITES):
        if said.body_before == read:
            return
        theirs, read = said.body_before, str(wish)
        wish = anew(theirs)
        said = await write(said, wish)
    raise LaterError("People are editing the checklist right now; the next run looks at it again.")
