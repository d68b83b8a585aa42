"""Writing anew a text that people edit."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.errors import LaterError
from app.domain.issues import IssueRef, Repository
from app.flows.rewriting import MOST_WRITES, rewritten
from app.texts.body import ticked
from app.texts.markdown import Markdown

ISSUE = IssueRef(
    repository=Repository(id=1, name="octo-org/shop", installation=1), id=7, node_id="I_7", number=7, url=""
)


class GitHub:
    """A body, and what people make of it before each of our writes; `tells`: whether it says what stood there."""

    def __init__(self, *edits: str, tells: bool = True) -> None:
        self.body = "[ ]"
        self.writes = 0
        self._edits = list(edits)
        self._tells = tells

    async def write(self, issue: IssueRef, body: Markdown, *, urgent: bool) -> str | None:
        self.writes += 1
        stood = self._edits.pop(0) if self._edits else self.body
        self.body = str(body)
        return stood if self._tells else None


def tick(body: str) -> Markdown | None:
    return ticked(body, (body.index("[ ]") + 1,)) if "[ ]" in body else None


@pytest.mark.parametrize(
    ("hub", "left", "writes"),
    [
        pytest.param(GitHub(), "[x]", 1, id="nobody edits"),
        pytest.param(GitHub("[ ] soon"), "[x] soon", 2, id="somebody edits"),
        pytest.param(GitHub("[ ] soon", "[ ] soon, or later"), "[x] soon, or later", 3, id="and once more"),
        pytest.param(GitHub("[x] done"), "[x] done", 2, id="somebody does it first: theirs stands"),
        pytest.param(GitHub("[x]"), "[x]", 1, id="what an earlier try has written is ours"),
        pytest.param(GitHub("[ ] soon", tells=False), "[x]", 1, id="GitHub does not tell"),
    ],
)
def test_what_is_left(hub: GitHub, left: str, writes: int) -> None:
    assert asyncio.run(rewritten(hub, ISSUE, "[ ]", tick, urgent=False)) == left
    assert (hub.body, hub.writes) == (left, writes)


def test_what_stays_as_it_is_is_not_written() -> None:
    hub = GitHub()
    assert asyncio.run(rewritten(hub, ISSUE, "[x]", tick, urgent=False)) == "[x]"
    assert hub.writes == 0


def test_people_who_go_on_editing_are_left_to_it() -> None:
    hub = GitHub(*(f"[ ] {nth}" for nth in range(MOST_WRITES)))
    with pytest.raises(LaterError):
        asyncio.run(rewritten(hub, ISSUE, "[ ]", tick, urgent=False))
