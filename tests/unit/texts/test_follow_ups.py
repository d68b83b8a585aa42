"""The comment that follows up a post-mortem, and what a run of its job tells."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.following_up import (
    MOST_TOLD,
    ActionItem,
    Followed,
    FollowedUp,
    FollowUp,
    Memory,
    NotSaid,
    Section,
    Stage,
    Told,
)
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.links import Ending
from app.domain.listed import Remark
from app.texts.follow_ups import comment, memory_in, opened_again, summary, was_opened_again
from tests.unit.texts import golden

FRIDAY = date(2026, 11, 6)
NOW = datetime(2026, 11, 6, 15, 0, tzinfo=UTC)
REPOSITORY = Repository(id=7, name="acme/shop", installation=0)
MEMORY = Memory(items=(Followed(key="a", due=FRIDAY, stage=Stage.TODAY, on=FRIDAY),), feedback_by=FRIDAY)


def item(text: str = "@alex by friday: say when", *owners: str) -> ActionItem:
    return ActionItem(key="a", text=text, done=False, owners=owners)


def told(stage: Stage, *who: str, times: int = 0, owners: tuple[str, ...] = ("alex",)) -> Told:
    return Told(item=item("@alex by friday: say when", *owners), due=FRIDAY, stage=stage, who=who, times=times)


def follow_up(number: int = 9, **more: Any) -> FollowUp:
    url = f"https://github.com/acme/shop/issues/{number}"
    issue = IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}", url=url)
    return FollowUp(issue=issue, **({"memory": MEMORY} | more))


def ended(*numbers: int, done: bool = True) -> tuple[ActionItem, Ending]:
    urls = tuple(f"https://github.com/acme/shop/pull/{number}" for number in numbers)
    return item("@alex by friday: <b>merge</b> #7 of @jo"), Ending(key="a", done=done, urls=urls)


FULL = follow_up(
    keepers=("mark",),
    told=(
        told(Stage.SOON, "alex"),
        told(Stage.TODAY),
        told(Stage.OVERDUE, "alex", "nick", times=2),
    ),
    read=((item(), FRIDAY),),
    unclear=(item("ask <b>#7</b> of @jo"),),
    empty=(Section.ROOT_CAUSE, Section.LUCKY),
    feedback_by=FRIDAY,
)


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("follow-up-full", FULL),
        ("follow-up-unclear", follow_up(keepers=("mark",), unclear=(item("say when"),))),
        ("follow-up-feedback", follow_up(audience=("acme/ops", "jo"), feedback_by=FRIDAY)),
        ("follow-up-owing", follow_up(owing=("mark", "jo"), feedback_by=FRIDAY)),
        ("follow-up-reopened", follow_up(keepers=("mark",), reopens=2)),
        ("follow-up-ended", follow_up(finished=(ended(11, 12),), given_up=(ended(13, done=False),))),
        ("follow-up-reopened-and-ticked", follow_up(keepers=("mark",), reopens=1, finished=(ended(11),))),
    ],
)
def test_comments(name: str, plan: FollowUp) -> None:
    golden.holds(f"{name}.md", comment(plan))


def test_the_next_run_reads_what_a_comment_remembers() -> None:
    text = str(comment(FULL)).replace("\n", "\r\n")
    assert memory_in(Remark(ref=CommentRef(id=1, node_id="IC_1"), at=NOW, text=text)) == MEMORY


@pytest.mark.parametrize(
    "text",
    ["Done", "> <!-- prod-squad:v1:follow-up={} -->", '<!-- prod-squad:v1:follow-up={"items":7} -->'],
)
def test_what_remembers_nothing(text: str) -> None:
    assert memory_in(Remark(ref=CommentRef(id=1, node_id="IC_1"), at=NOW, text=text)) is None


def test_a_summary_tells_what_was_left_first() -> None:
    left = (NotSaid(what=follow_up(8), why="The job's time is up."),)
    reopened = follow_up(10, reopens=1)
    asked, owing = follow_up(11, audience=()), follow_up(13, owing=("jo",))
    ticked = follow_up(12, finished=(ended(11),), given_up=(ended(13, done=False),))
    came_to = FollowedUp(seen=5, done=(FULL, reopened, asked, ticked, owing), left=left, unseen=3)
    golden.holds("follow-up-summary.md", summary(came_to, dry_run=False))


def test_a_dry_run_says_so() -> None:
    left = tuple(NotSaid(what=follow_up(n, told=(told(Stage.OVERDUE),)), why="a dry run") for n in range(2))
    golden.holds("follow-up-dry-run.md", summary(FollowedUp(seen=2, left=left), dry_run=True))


@pytest.mark.parametrize(
    ("text", "was"),
    [
        pytest.param(str(opened_again(2, "op")), True, id="the App says so"),
        pytest.param(str(comment(follow_up(memory=Memory(reopened=True)))), True, id="the job remembers it"),
        pytest.param(str(comment(follow_up())), False, id="the job did not"),
        pytest.param("This was closed with 2 action items open.", False, id="another bot's words"),
    ],
)
def test_who_opened_it_again(text: str, was: bool) -> None:
    ref = CommentRef(id=1, node_id="C_1")
    assert was_opened_again(Remark(ref=ref, at=NOW, text=text)) == was


def test_it_is_said_why_it_is_open_again() -> None:
    golden.holds("opened-again.md", opened_again(2, "post-mortem.7.9.opened-again"))


def test_where_all_have_no_room_those_who_hear_of_it_now_are_told_first() -> None:
    heard = [Told(item=item(f"heard {nth}"), due=FRIDAY, stage=Stage.TODAY, who=()) for nth in range(MOST_TOLD)]
    new = Told(item=item("new"), due=FRIDAY, stage=Stage.TODAY, who=("alex",))
    text = str(comment(follow_up(told=(*heard, new))))
    assert "@alex “new”" in text
    assert text.count("is due **today**") == MOST_TOLD


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({}, "@mark **2 more open action items are not followed up:**", id="alone: its keepers hear of it"),
        pytest.param({"empty": (Section.WELL,)}, "\n**2 more", id="behind what they hear of already"),
    ],
)
def test_items_beyond_those_that_are_followed_up(more: dict[str, Any], said: str) -> None:
    assert said in str(comment(follow_up(keepers=("mark",), beyond=2, **more)))
