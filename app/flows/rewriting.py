"""Writing anew a text that people edit: what is theirs is never lost for it.

| between the reading and the write a person … | what becomes of it                                                    |
|----------------------------------------------|-----------------------------------------------------------------------|
| edits the body                               | GitHub tells with our write what stood there: if that is not what we  |
|                                              | read, theirs is written back at once, changed as ours was             |
| edits it within that one document            | lost, but for GitHub's edit history: it knows no conditional write    |

Rule: what the change leaves as it is costs no call; of a text that it has to leave once theirs is known, theirs stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from app.domain.errors import LaterError
from app.domain.issues import IssueRef
from app.texts.body import ticked
from app.texts.markdown import Markdown

MOST_WRITES: Final = 5
"""So often the body is written in a row while people edit it; then it is tried again later."""

Rewrite = Callable[[str], Markdown | None]
"""What a body becomes; None where it stays as it is."""


class Issues(Protocol):
    """GitHub's issues, as this needs them. It may raise what `flows/systems.py` names."""

    async def write(self, issue: IssueRef, body: Markdown, *, urgent: bool) -> str | None: ...


async def rewritten(issues: Issues, issue: IssueRef, read: str, anew: Rewrite, *, urgent: bool) -> str:
    """The body as it stands after this. Raises what GitHub raises, and LaterError where people go on editing."""
    wish = anew(read)
    if wish is None:
        return read
    for _ in range(MOST_WRITES):
        stood = await issues.write(issue, wish, urgent=urgent)
        if stood is None or stood in (read, str(wish)):
            return str(wish)
        read, theirs = str(wish), stood
        wish = anew(theirs) or ticked(theirs, ())
    raise LaterError("People are editing the text right now; it is written later.")
