"""What GitHub tells of a repository's changes around an outage: the table of `app/github/changes.py`, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.surroundings import Change, ChangeKind, ChangesSeen, Source
from app.github.changes import Changes
from tests.contract.github_side import Side, github_side

BEGAN = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
ENDED = BEGAN + timedelta(hours=1)
LOOK_BACK = timedelta(hours=2)


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with github_side() as side:
        yield side


def did(side: Side, act: str, minutes: float, **wish: Any) -> str:
    """So many minutes after the beginning; the commit."""
    at = (BEGAN + timedelta(minutes=minutes)).isoformat()
    return str(side.act(act, at=at, **wish).get("commit", ""))


async def seen(side: Side, *environments: str) -> ChangesSeen:
    return await Changes(side.client).around(side.shop, BEGAN, ENDED, LOOK_BACK, environments)


def after(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


async def test_all_of_it_is_one_read(side: Side) -> None:
    commit = did(side, "deploy", -12, ref="v1.4.3", actor="release[bot]", took=40)
    did(side, "merge", -25, title="Halve the pool", number=31)
    did(side, "release", 30, tag="v1.4.4")
    found = await seen(side)
    page = f"{side.sandbox.url}/acme/shop"
    assert set(found.changes) == {
        Change(
            at=after(-12) + timedelta(seconds=40),
            kind=ChangeKind.DEPLOYED,
            repository="acme/shop",
            environment="production",
            ref="v1.4.3",
            commit=commit,
            link=f"{page}/commit/{commit}",
            by="release[bot]",
        ),
        Change(
            at=after(-25),
            kind=ChangeKind.MERGED,
            repository="acme/shop",
            title="Halve the pool",
            link=f"{page}/pull/31",
        ),
        Change(
            at=after(30),
            kind=ChangeKind.RELEASED,
            repository="acme/shop",
            ref="v1.4.4",
            link=f"{page}/releases/tag/v1.4.4",
        ),
    }
    assert (found.unread, found.cut) == ((), ())
    assert side.routes == ["POST /graphql"]
    assert side.budget.taken == [(0, 1, False)]


@pytest.mark.parametrize(
    ("wish", "kind", "at"),
    [
        pytest.param({"took": 90}, ChangeKind.DEPLOYED, 1.5, id="it succeeded: when it did"),
        pytest.param({"state": "FAILURE", "took": 60}, ChangeKind.BROKEN, 1, id="it failed: when it did"),
        pytest.param({"state": "ERROR", "took": 60}, ChangeKind.BROKEN, 1, id="an error is a failure"),
        pytest.param({"state": "IN_PROGRESS", "took": 60}, ChangeKind.BEGUN, 0, id="it goes on: when it was begun"),
        pytest.param({"state": ""}, ChangeKind.BEGUN, 0, id="nothing is told of it yet"),
    ],
)
async def test_what_became_of_a_deployment(side: Side, wish: dict[str, Any], kind: ChangeKind, at: float) -> None:
    did(side, "deploy", 0, actor="mark", **wish)
    (change,) = (await seen(side)).changes
    assert (change.kind, change.at, change.by) == (kind, after(at), "mark")


async def test_a_deployment_that_another_replaced_was_one_all_the_same(side: Side) -> None:
    for minutes in (-30, -10):
        did(side, "deploy", minutes)
    assert [change.kind for change in (await seen(side)).changes] == [ChangeKind.DEPLOYED] * 2


async def test_only_the_environments_that_count_are_asked_for(side: Side) -> None:
    did(side, "deploy", -30, environment="production")
    for number in range(120):
        did(side, "deploy", -29, environment=f"review-{number}")
    (change,) = (await seen(side, "production")).changes
    assert change.environment == "production"
    assert (await seen(side)).cut == (Source.DEPLOYMENTS,), "all of them are too many"


async def test_what_reaches_back_far_enough_is_not_cut(side: Side) -> None:
    for number in range(120):
        did(side, "deploy", -121 - number)
    for number in range(40):
        did(side, "release", -121 - number, tag=f"v{number}")
    assert (await seen(side)).cut == ()


async def test_the_latest_releases_only(side: Side) -> None:
    for number in range(40):
        did(side, "release", -number, tag=f"v{number}")
    did(side, "release", 5, tag="draft", draft=True)
    found = await seen(side)
    assert found.cut == (Source.RELEASES,)
    assert "draft" not in {change.ref for change in found.changes}, "a draft is nothing yet"


async def test_a_merge_queue_makes_the_commit_before(side: Side) -> None:
    did(side, "merge", -100, title="Queued", number=31, queued=3_600)
    assert [change.title for change in (await seen(side)).changes] == ["Queued"]


async def test_a_long_outage_hides_nothing_of_what_came_before_it(side: Side) -> None:
    did(side, "merge", -5, title="Before", number=1_000)
    for number in range(150):
        did(side, "merge", 1 + number / 10, title="During", number=number + 1)
    did(side, "merge", 61, title="After", number=2_000)
    found = await seen(side)
    titles = [change.title for change in found.changes]
    assert (titles.count("Before"), titles.count("During"), titles.count("After")) == (1, 100, 0)
    assert found.cut == (Source.MERGES,)


@pytest.mark.parametrize("source", Source)
async def test_what_may_not_be_read_leaves_the_rest(side: Side, source: Source) -> None:
    did(side, "deploy", -12)
    did(side, "merge", -12, title="x", number=31)
    did(side, "release", -12, tag="v1")
    side.act("deny", what=[str(source)])
    found = await seen(side)
    assert found.unread == (source,)
    assert len(found.changes) == 2


async def test_a_repository_that_is_gone_is_said_to_be_unread(side: Side) -> None:
    gone = await Changes(side.client).around(
        type(side.shop)(id=1, name="acme/gone", installation=1), BEGAN, ENDED, LOOK_BACK, ()
    )
    assert gone == ChangesSeen(unread=tuple(Source))


async def test_while_github_is_down_nothing_is_raised(side: Side) -> None:
    side.sandbox.faults.change({"errors_next": 20, "route": "graphql"})
    assert (await seen(side)).unread == tuple(Source)
