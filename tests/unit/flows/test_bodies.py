"""A ticket's body: where what it links stands."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app.decisions.matching import CompiledMap
from app.domain.issues import Repository
from app.domain.owners import OwnersMap
from app.domain.squad import Squad
from app.domain.tickets import Routing
from app.flows.bodies import Bodies
from app.flows.squad_files import InForce
from tests.unit.decisions.cases import NOW, OPEN, with_


class Files:
    """The squad's files of a repository whose default branch is called like this."""

    def __init__(self, branch: str) -> None:
        self._place = Repository(id=1, name="acme/caseflow", installation=9, default_branch=branch)

    async def of(self, _: Repository) -> InForce:
        owners = CompiledMap(OwnersMap())
        return InForce(squad=Squad(), owners=owners, owners_in=self._place)


@pytest.mark.parametrize(
    ("branch", "line", "page"),
    [
        pytest.param("main", 4, "blob/main/.github/PRODOWNERS#L4", id="a line of the map"),
        pytest.param("main", 0, "blob/main/.github/PRODOWNERS)", id="the map, where no line decided"),
        pytest.param("release/2026", 4, "blob/release/2026/.github/PRODOWNERS#L4", id="a branch with a slash"),
        pytest.param("fix#12 (b)?", 4, "blob/fix%2312%20%28b%29%3F/.github/PRODOWNERS#L4", id="an odd branch"),
    ],
)
async def test_the_line_of_the_map_is_linked_whatever_the_branch_is_called(branch: str, line: int, page: str) -> None:
    nobody = cast(Any, None)
    bodies = Bodies(nobody, cast(Any, Files(branch)), pages="https://github.com", now=lambda: NOW)
    routing = Routing(source=".github/PRODOWNERS", line=line, pattern="*", owners=("nick",))
    body = await bodies.new(with_(OPEN, routing=routing), Repository(id=1, name="acme/caseflow", installation=9))
    assert f"https://github.com/acme/caseflow/{page}" in str(body)
