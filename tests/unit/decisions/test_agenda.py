"""What is talked of after standup: the module's table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.decisions.agenda import agenda, to_do
from app.domain.following_up import Followed, Memory, Paper, Post, Section
from app.domain.issues import IssueRef, Repository
from app.domain.links import Ending
from app.domain.standup import Case
from app.intake.post_mortem import read

TODAY = date(2026, 11, 9)
BEGAN = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
ITEM = "@mark by 2026-11-06: say when"


def case(*items: str, number: int = 9, **more: Any) -> Case:
    ref = IssueRef(repository=Repository(id=7, name="acme/shop", installation=0), number=number, id=9, node_id="I_9")
    paper = Paper(items=read("## Action items\n\n" + "\n".join(f"- [ ] {item}" for item in items)).items)
    return Case(title="t", post=Post(**({"issue": ref, "paper": paper, "opened_at": BEGAN} | more)))


@pytest.mark.parametrize(
    ("what", "figures"),
    [
        pytest.param(case(ITEM), (1, 1, 1), id="one that is overdue"),
        pytest.param(case("@mark by 2026-11-09: say when"), (1, 1, 0), id="today is not overdue"),
        pytest.param(case(), (0, 0, 0), id="all sections, and no item yet"),
        pytest.param(case(paper=Paper(empty=(Section.WELL,))), None, id="nothing to discuss yet"),
        pytest.param(
            case(paper=Paper(empty=(Section.WELL,), items=case(ITEM).post.paper.items)), (1, 1, 1), id="an item first"
        ),
        pytest.param(case(paper=Paper(items=case(ITEM).post.paper.items, discussed=True)), None, id="discussed"),
        pytest.param(case(ITEM, open=False), None, id="closed"),
        pytest.param(
            case(paper=read("## Action items\n\n- [x] a\n\n## Detection\n\nIt.")), (1, 0, 0), id="all are done"
        ),
    ],
)
def test_what_is_on_the_agenda(what: Case, figures: tuple[int, int, int] | None) -> None:
    found = agenda([what], ("jo",), TODAY)
    assert [(it.items, it.open, it.overdue) for it in found.topics] == ([] if figures is None else [figures])
    assert found.overdue == ()


def test_the_pairs_own_overdue_items_are_listed_the_oldest_first() -> None:
    older = case("@JO by 2026-11-04: two", "@jo by 2026-11-09: today", "@jo: ever", ITEM, number=12)
    discussed = case("@kim by 2026-11-05: one", number=3)
    discussed = Case(title="t", post=_replaced(discussed.post, paper=_discussed(discussed.post.paper)))
    found = agenda([older, discussed, case("@jo by 2026-11-03: gone", open=False)], ("jo", "Kim"), TODAY)
    assert [(it.issue.number, it.item.what) for it in found.overdue] == [(12, "two"), (3, "one")]
    assert [it.issue.number for it in found.topics] == [12]


def test_an_items_day_is_the_one_it_was_read_for_and_what_is_done_by_its_link_is_not_open() -> None:
    what = case("@jo by friday: say when", "@jo: merge #7").post
    key, done = (item.key for item in what.paper.items)
    memory = Memory(items=(Followed(key=key, due=TODAY - timedelta(days=3)),))
    what = _replaced(
        what, memory=memory, endings=(Ending(key=done, done=True, urls=()), Ending(key=key, done=False, urls=()))
    )
    assert [due for _, due in to_do(what)] == [TODAY - timedelta(days=3)]


def _replaced(post: Post, **more: Any) -> Post:
    return msgspec.structs.replace(post, **more)


def _discussed(paper: Paper) -> Paper:
    return msgspec.structs.replace(paper, discussed=True)
