"""Sub-issues over real HTTP: added once, whatever became of the answer, and none where GitHub has none."""

from __future__ import annotations

import pytest

from app.domain.errors import InDoubtError
from app.domain.issues import IssueRef
from app.github.sub_issues import SubIssues
from app.texts.drafts import Draft
from app.texts.markdown import literal
from sandbox.github.acts import MAX_SUB_ISSUES
from tests.contract.github_side import Side, github_side


async def opened(side: Side, title: str) -> IssueRef:
    return (await side.issues.open(side.shop, Draft(title=title, body=literal("x")), urgent=False)).ref


async def test_one_is_listed_below_the_other() -> None:
    async with github_side() as side:
        parent, child = await opened(side, "parent"), await opened(side, "child")
        below = SubIssues(side.client)
        assert await below.known(parent) == frozenset()
        assert await below.add(parent, child)
        assert await below.known(parent) == {child.id}
        assert await below.add(parent, child), "it is there already"
        assert side.sandbox.state.repository("acme/shop").issues[parent.number].sub_issues == [child.id]


async def test_a_lost_answer_is_in_doubt_and_may_be_asked_again() -> None:
    async with github_side() as side:
        parent, child = await opened(side, "parent"), await opened(side, "child")
        below = SubIssues(side.client)
        side.sandbox.faults.lost_next = 1
        with pytest.raises(InDoubtError):
            await below.add(parent, child)
        assert await below.add(parent, child)


async def test_where_it_can_not_be_added() -> None:
    async with github_side() as side:
        parent, child = await opened(side, "parent"), await opened(side, "child")
        below, shop = SubIssues(side.client), side.sandbox.state.repository("acme/shop")
        shop.issues[parent.number].sub_issues += range(900, 900 + MAX_SUB_ISSUES)
        assert not await below.add(parent, child)
        shop.has_sub_issues = False
        assert not await below.add(parent, child)
        assert await below.known(parent) is None
