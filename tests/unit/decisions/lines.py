"""Which line of a map decides by a path alone, as GitHub does by CODEOWNERS."""

from __future__ import annotations

from app.decisions.matching import CompiledMap
from app.domain.owners import Rule


def line_for(owners: CompiledMap, path: str) -> Rule | None:
    """The last CODEOWNERS line that matches this path of the repository, `*` among them."""
    last, everything = owners.last_path(path), owners.everything
    if everything is not None and (last is None or everything > last):
        last = everything
    return None if last is None else owners.rule(last)
