"""What a post-mortem's message in Slack shows: the table of `decisions/announcing_post_mortems.py`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from app.decisions.announcing_post_mortems import agenda, digest, shown
from app.domain.issues import IssueRef, Repository
from app.domain.post_mortem_news import AgendaLine
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.squad_jobs import PostMortem as Section

HOME = Repository(id=7, name="acme/shop", installation=0)
ISSUE = IssueRef(repository=HOME, number=9, id=9, node_id="I_9", url="")
TICKET = IssueRef(repository=HOME, number=3, id=3, node_id="I_3", url="")
SQUAD = Squad(post_mortem=Section(audience=("mark", "acme/ops")))
RECORD = PostMortem(
    issue=ISSUE,
    stage=Stage.FEEDBACK,
    began_at=datetime(2026, 11, 25, tzinfo=UTC),
    title="Documents",
    apps=("Reader",),
    feedback_by=date(2026, 12, 1),
    items_open=3,
    items_unclear=1,
)


def of(**more: Any) -> str | None:
    what = shown(msgspec.structs.replace(RECORD, **more), (TICKET,), SQUAD)
    return None if what is None else digest(what)


@pytest.mark.parametrize(
    ("stage", "announced", "has_one"),
    [
        (Stage.IN_PROGRESS, "", True),
        (Stage.FEEDBACK, "", True),
        (Stage.DONE, "", False),
        (Stage.DROPPED, "", False),
        (Stage.DONE, "x", True),
        (Stage.DROPPED, "x", True),
    ],
)
def test_which_have_a_message(stage: Stage, announced: str, has_one: bool) -> None:
    assert (of(stage=stage, announced=announced) is not None) is has_one


def test_it_shows_what_people_act_on() -> None:
    what = shown(RECORD, (TICKET,), SQUAD)
    assert what is not None
    assert (what.title, what.apps, what.tickets, what.asked) == (
        "Documents",
        ("Reader",),
        (TICKET,),
        SQUAD.post_mortem.audience,
    )
    assert (what.feedback_by, what.items_open, what.items_unclear) == (date(2026, 12, 1), 3, 1)


@pytest.mark.parametrize(
    ("more", "another"),
    [
        ({"stage": Stage.DONE, "announced": "x"}, True),
        ({"items_open": 2}, True),
        ({"discussed": True}, True),
        ({"title": "Others"}, True),
        ({"feedback_by": None}, True),
        ({"standup_on": date(2026, 11, 27)}, False),
        ({"lead": "nick"}, False),
        ({"announced": "x"}, False),
    ],
)
def test_when_it_is_another(more: dict[str, Any], another: bool) -> None:
    assert (of(**more) != of()) is another


def test_its_line_for_standup() -> None:
    day = date(2026, 11, 25)
    assert agenda(RECORD, day) == AgendaLine(issue=ISSUE, title="Documents", day=day, items_open=3, items_unclear=1)
