"""The comment on a checklist, and what a run tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.access import (
    AccessRun,
    AccessStep,
    Finish,
    Item,
    Line,
    RemindOfAccess,
    Report,
    Rolling,
    Sight,
    Tell,
    Undone,
)
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.listed import Remark
from app.texts.access import comment, off, rolling_in, summary
from tests.unit.texts import golden

NOW = datetime(2026, 11, 23, 14, 5, 30, tzinfo=UTC)
REPOSITORY = Repository(id=7, name="acme/shop", installation=0)
COMMENT = CommentRef(id=9, node_id="IC_9")
SIGHTS = {
    Item.EMAIL: Sight.SEEN,
    Item.GITHUB: Sight.ABSENT,
    Item.PAGERDUTY: Sight.ABSENT,
    Item.SENTRY: Sight.REFUSED,
    Item.DEPLOYMENT: Sight.NOT_SET,
}


def issue(number: int) -> IssueRef:
    url = f"https://github.com/acme/shop/issues/{number}"
    return IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}", url=url)


def report(*ticked: Item, missing: tuple[Item, ...] = (), **sights: Sight) -> Report:
    seen = SIGHTS | {Item[name.upper()]: sight for name, sight in sights.items()}
    lines = tuple(
        Line(item=it, sight=seen.get(it, Sight.PEOPLE), ticked=it in ticked, missing=it in missing) for it in Item
    )
    return Report(person="jo", lines=lines)


def reminder(**more: Any) -> RemindOfAccess:
    usual: dict[str, Any] = {"number": 1, "who": ("jo",), "since": NOW}
    return RemindOfAccess(issue=issue(7), report=report(*list(Item)[:6]), **(usual | more))


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("access-told", Tell(issue=issue(7), since=NOW, report=report(Item.EMAIL, missing=(Item.SSH,)))),
        (
            "access-blind",
            Tell(
                issue=issue(7),
                since=NOW,
                report=report(email=Sight.NO_ADDRESS, pagerduty=Sight.NOT_ASKED, sentry=Sight.ABSENT),
            ),
        ),
        ("access-reminded", reminder()),
        ("access-reminded-again", reminder(number=2, who=("jo", "alex"))),
        ("access-finished", Finish(issue=issue(7), report=report(*Item, github=Sight.SEEN, sentry=Sight.SEEN))),
        (
            "access-finished-but-production",
            Finish(
                issue=issue(7),
                report=report(*list(Item)[:-1], pagerduty=Sight.SEEN, deployment=Sight.SEEN),
            ),
        ),
    ],
)
def test_comments(name: str, step: AccessStep) -> None:
    golden.holds(f"{name}.md", str(comment(step)))


def test_a_deployment_that_is_not_there() -> None:
    told = str(comment(Tell(issue=issue(7), since=NOW, report=report(deployment=Sight.ABSENT, email=Sight.ABSENT))))
    assert "you may not read it" in told
    assert "of another domain" in told


def test_only_reminders_and_the_last_word_mention() -> None:
    assert "@jo" not in str(comment(Tell(issue=issue(7), since=NOW, report=report()))).replace("`@jo`", "")


@pytest.mark.parametrize(
    ("step", "number", "since"),
    [
        (Tell(issue=issue(7), since=NOW, report=report(), number=2), 2, NOW),
        (reminder(number=3), 3, NOW),
        (Finish(issue=issue(7), report=report()), 0, None),
    ],
)
def test_the_next_run_knows_the_comment(step: AccessStep, number: int, since: datetime | None) -> None:
    remark = Remark(ref=COMMENT, at=NOW, text=str(comment(step)).replace("\n", "\r\n"))
    assert rolling_in(remark) == Rolling(comment=COMMENT, at=NOW, number=number, report=step.report, since=since)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Occurred again", id="another comment"),
        pytest.param('> <!-- prod-squad:v1:access={"n":1} -->', id="a quoted one"),
        pytest.param('<!-- prod-squad:v1:access={"n":"x"} -->', id="a damaged one"),
    ],
)
def test_what_is_another_comment(text: str) -> None:
    assert rolling_in(Remark(ref=COMMENT, at=NOW, text=text)) is None


def test_a_summary() -> None:
    run = AccessRun(
        seen=5,
        steps=(
            Tell(issue=issue(7), since=NOW, report=report(Item.EMAIL), ticks=(Item.EMAIL, Item.GITHUB)),
            reminder(number=2, who=("jo", "alex")),
            Finish(issue=issue(8), report=report(*Item)),
        ),
        unread=(issue(9),),
        blind=("Sentry's members: Sentry would not list its members (403).",),
        left=(Undone(issue=issue(10), why="The issue takes no comment."),),
    )
    golden.holds("access-summary.md", str(summary(run, dry_run=False)))


def test_a_dry_run_and_nothing_at_all() -> None:
    assert str(summary(AccessRun(), dry_run=True)).startswith("## Access, a dry run: nothing was written")
    assert "Switched off" in str(off())
