"""The reminder, the closing's words, and what a run of the nag tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.alerts import Impact
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.listed import Remark
from app.domain.nagging import Answered, CloseStale, Left, Nagged, Remind, Reminder, Step
from app.texts.nag_summary import summary
from app.texts.nags import closing, reminder, reminder_in
from tests.unit.texts import golden

NOW = datetime(2026, 11, 23, 14, 5, 30, tzinfo=UTC)
REPOSITORY = Repository(id=7, name="acme/shop", installation=0)
COMMENT = CommentRef(id=9, node_id="IC_9")


def issue(number: int) -> IssueRef:
    url = f"https://github.com/acme/shop/issues/{number}"
    return IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}", url=url)


def nag(ticket: int = 7, **more: Any) -> Remind:
    usual: dict[str, Any] = {"number": 1, "step": Step.DECIDE, "impact": None, "who": ("mark",), "since": NOW}
    return Remind(issue=issue(ticket), **(usual | more))


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("nag-decide", nag()),
        ("nag-nobody", nag(who=())),
        ("nag-acknowledge", nag(step=Step.ACKNOWLEDGE, impact=Impact.UNSURE, who=("alex", "acme/ops"), number=2)),
        ("nag-judge", nag(step=Step.JUDGE, impact=Impact.UNSURE)),
        ("nag-severe", nag(step=Step.MEND, impact=Impact.SEVERE, who=("mark", "alex", "sharon"), number=3)),
        ("nag-closing", nag(step=Step.TIDY, impact=Impact.ANNOYING, closes_at=NOW + timedelta(days=14))),
    ],
)
def test_reminders(name: str, plan: Remind) -> None:
    golden.holds(f"{name}.md", str(reminder(plan)))


def test_a_reminder_is_known_by_the_next_run() -> None:
    plan = nag(number=4, closes_at=NOW + timedelta(days=14))
    said = Remark(ref=COMMENT, at=NOW, text=str(reminder(plan)).replace("\n", "\r\n"))
    assert reminder_in(said) == Reminder(comment=COMMENT, at=NOW, number=4, closes_at=plan.closes_at)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Occurred again", id="another comment"),
        pytest.param('> <!-- prod-squad:v1:nag={"n":1} -->', id="a quoted one"),
        pytest.param('<!-- prod-squad:v1:nag={"n":"x"} -->', id="a damaged one"),
    ],
)
def test_what_is_no_reminder(text: str) -> None:
    assert reminder_in(Remark(ref=COMMENT, at=NOW, text=text)) is None


def test_a_closing_says_why() -> None:
    golden.holds("nag-closed.md", str(closing(CloseStale(issue=issue(7), announced_at=NOW, since=NOW))))


def test_a_summary_tells_what_was_left_first() -> None:
    came_to = Nagged(
        seen=1_234,
        unmarked=2,
        reminded=(nag(7), nag(8, impact=Impact.SEVERE, step=Step.MEND, number=2), nag(9, who=())),
        answered=(Answered(issue=issue(5), comment=COMMENT),),
        closed=(CloseStale(issue=issue(6), announced_at=NOW, since=NOW),),
        left=(Left(what=nag(10), why="The job's time is up."),),
    )
    golden.holds("nag-summary.md", str(summary(came_to, dry_run=False)))


def test_a_dry_run_tells_what_it_would_do() -> None:
    plans = tuple(Left(what=nag(ticket), why="a dry run") for ticket in range(1, 53))
    golden.holds("nag-dry-run.md", str(summary(Nagged(seen=52, left=plans), dry_run=True)))


def test_nothing_to_do_is_said() -> None:
    assert str(summary(Nagged(), dry_run=False)) == "## Reminders\n\nIt reminded of **0** of 0 open tickets."
