"""Feedback is called for on GitHub: the flow and GitHub's room against the lookalike, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from app.domain.following_up import FollowUp, Memory
from app.domain.issues import IssueRef
from app.domain.mailboxes import Claim
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.squad_duty import BusinessHours
from app.domain.squad_jobs import PostMortem as Section
from app.flows.feedback import Feedback
from app.flows.following_up import post_of
from app.flows.notices import Notices
from app.flows.once import Once
from app.github.listing import Listing
from app.github.people import People
from app.github.remarks import Remarks
from app.texts.follow_ups import comment
from sandbox.github.state import Actor
from tests.contract.github_side import Side, github_side
from tests.contract.test_github_projects import Store

CLAIM = Claim(key="post-mortem:1:1", generation=1, attempt=1)
HOURS = BusinessHours(start=timedelta(hours=9), end=timedelta(hours=17))
SQUAD = Squad(business_hours=HOURS, post_mortem=Section(audience=("mark", "acme/ops")))
JOB = Actor(login="github-actions[bot]")
WEDNESDAY = date(2026, 3, 4)
"""At its closing three business days have gone by since the lookalike's Monday morning."""


@dataclass
class Desk:
    """A post-mortem whose readers are called."""

    side: Side
    store: Store
    issue: IssueRef

    @property
    def said(self) -> list[str]:
        """By the App."""
        return [it.body for it in self.side.held().comments.values() if it.via_app]

    async def becomes(self, stage: Stage, *, known: bool = True, by: date | None = None) -> date | None:
        """It advances to this stage; until when feedback is asked for."""
        record = PostMortem(issue=self.issue, stage=stage, began_at=datetime(2026, 3, 2, tzinfo=UTC), feedback_by=by)
        before = msgspec.structs.replace(record, stage=Stage.IN_PROGRESS) if known else None
        flow = Feedback(
            Notices(self.side.issues, People(self.side.client), Once(self.store, self.side.clock)),
            Remarks(self.side.client),
            now=self.side.clock,
        )
        return (await flow.advanced(CLAIM, before, record, SQUAD, ())).record.feedback_by

    def the_job_says(self, memory: Memory) -> None:
        issue = self.side.held()
        self.side.sandbox.acts.comment(issue, JOB, str(comment(FollowUp(issue=self.issue, memory=memory))))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with github_side() as side:
        issue = side.act("open", title="Post-mortem", body="It broke.", labels=["post-mortem"], actor="jo")
        ref = IssueRef(repository=side.shop, number=1, id=issue["id"], node_id=issue["node_id"])
        yield Desk(side, Store(), ref)


async def test_the_app_asks_once_and_the_job_keeps_to_its_day(desk: Desk) -> None:
    assert await desk.becomes(Stage.FEEDBACK) == WEDNESDAY
    assert await desk.becomes(Stage.FEEDBACK) == WEDNESDAY, "it died, and does all of it again"
    assert len(desk.said) == 1
    listed = (await Listing(desk.side.client).page(desk.side.shop, "post-mortem")).issues[0]
    memory = post_of(listed, "").memory
    assert (memory.feedback_by, memory.owing_on) == (WEDNESDAY, date(2026, 3, 2))


async def test_the_job_asked_and_the_app_keeps_to_its_day(desk: Desk) -> None:
    desk.the_job_says(Memory(feedback_by=date(2026, 3, 9)))
    assert await desk.becomes(Stage.FEEDBACK) == date(2026, 3, 9)
    assert desk.said == []


async def test_a_job_that_only_reminded_has_said_no_day(desk: Desk) -> None:
    desk.the_job_says(Memory(empty_on=date(2026, 3, 2)))
    desk.side.act(
        "comment", number=1, actor="jo", body='<!-- prod-squad:v1:feedback={"by":"2026-01-01","on":"2026-01-01"} -->'
    )
    assert await desk.becomes(Stage.FEEDBACK) == WEDNESDAY, "and a person's comment says none, whatever it holds"
    desk.the_job_says(Memory(empty_on=date(2026, 3, 2)))
    listed = (await Listing(desk.side.client).page(desk.side.shop, "post-mortem")).issues[0]
    post = post_of(listed, "")
    assert (post.memory.empty_on, post.memory.feedback_by) == (date(2026, 3, 2), WEDNESDAY)
    assert post.commenters == ("jo",)


async def test_once_the_day_is_known_nobody_is_asked_again(desk: Desk) -> None:
    before = len(desk.side.routes)
    assert await desk.becomes(Stage.FEEDBACK, by=WEDNESDAY) == WEDNESDAY
    assert await desk.becomes(Stage.DONE, by=WEDNESDAY) == WEDNESDAY
    assert len(desk.side.routes) == before


async def test_it_is_announced_when_it_is_new_and_only_then(desk: Desk) -> None:
    assert await desk.becomes(Stage.IN_PROGRESS, known=False) is None
    assert await desk.becomes(Stage.IN_PROGRESS) is None
    (said,) = desk.said
    assert said.startswith("📣 @mark @acme/ops")


async def test_a_locked_one_has_its_day_all_the_same(desk: Desk) -> None:
    desk.side.act("lock", number=1)
    assert await desk.becomes(Stage.FEEDBACK) == WEDNESDAY
    assert desk.said == []


async def test_one_that_is_gone_has_its_day_too(desk: Desk) -> None:
    del desk.side.sandbox.state.repository("acme/shop").issues[1]
    assert await desk.becomes(Stage.FEEDBACK) == WEDNESDAY
