"""Labels get their colour and description once.

Rule: GitHub makes a label that an issue names and nobody created, in grey and without a description. The answer to
the call that named it shows so; then, and only then, it is dressed, or where it looks as an earlier version of the App
dressed it. A label that people coloured is never touched, and one that was dressed is never looked at again. What fails
is tried at the next answer, and stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import cachetools
import structlog

from app.domain.errors import SystemRefusedError
from app.domain.issues import Repository
from app.github.answers import Label
from app.github.client import Call, Client
from app.texts.drafts import LabelStyle

UNDRESSED: Final = "ededed"
_log = structlog.get_logger(__name__)


class Wardrobe:
    """Remembers which labels of which repositories are dressed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._dressed: cachetools.LRUCache[tuple[int, str], bool] = cachetools.LRUCache(50_000)

    async def dress(self, repository: Repository, shown: Iterable[Label | str], styles: Iterable[LabelStyle]) -> None:
        """Dress what the answer shows undressed; in the routine part of the budget. Raises nothing."""
        seen = {label.name.lower(): label for label in shown if isinstance(label, Label)}
        for style in styles:
            key = (repository.id, style.name.lower())
            label = seen.get(style.name.lower())
            if label is None or key in self._dressed:
                continue
            try:
                if _is_undressed(label, style):
                    await self._patch(repository, style)
            except SystemRefusedError as refused:
                _log.warning("a label could not be dressed", label=style.name, error=type(refused).__name__)
            else:
                self._dressed[key] = True

    async def _patch(self, repository: Repository, style: LabelStyle) -> None:
        """It carries full state, so it may be repeated."""
        url = self._client.url_in(repository, "/labels/{name}", name=style.name)
        json = {"color": style.color, "description": style.description}
        await self._client.call(
            Call(
                method="PATCH",
                url=url,
                installation=repository.installation,
                json=json,
                repository=repository.id,
            )
        )


def _is_undressed(label: Label, style: LabelStyle) -> bool:
    """Nobody has chosen how it looks, or the App has, in an earlier version."""
    looks = (label.color, label.description or "")
    return looks == (UNDRESSED, "") or (style.former != "" and looks == (style.former, style.description))
