"""Whether an action item is done by what it links: the module's tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.decisions.finishing import asked, endings
from app.domain.following_up import Paper
from app.domain.issues import IssueRef, Repository
from app.domain.links import End, Ending, LinkSeen, Place
from app.intake.post_mortem import read

BEGAN = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
LATER = BEGAN + timedelta(days=2)
ISSUE = IssueRef(
    repository=Repository(id=7, name="Acme/Shop", installation=0),
    number=9,
    id=9,
    node_id="I_9",
    url="https://ghe.example:8443/Acme/Shop/issues/9",
)
SUBJECTS = frozenset({"prod-alert", "post-mortem"})


def place(number: int, repository: str = "acme/shop") -> Place:
    return Place(repository=repository, number=number)


def paper(item: str) -> Paper:
    return read(f"## Action items\n\n- [ ] {item}")


def link(end: End | None = None, at: datetime | None = LATER, *labels: str) -> LinkSeen:
    return LinkSeen(url="u", end=end, at=at if end is not None else None, labels=labels)


MERGED, COMPLETED, GIVEN_UP, OPEN = link(End.MERGED), link(End.COMPLETED), link(End.GIVEN_UP), link()


@pytest.mark.parametrize(
    ("item", "seen", "done"),
    [
        pytest.param("say when", {}, None, id="no link"),
        pytest.param("#1", {1: MERGED}, True, id="merged"),
        pytest.param("#1", {1: COMPLETED}, True, id="closed as completed"),
        pytest.param("#1", {1: OPEN}, None, id="open"),
        pytest.param("#1", {}, None, id="not shown"),
        pytest.param("#1", {1: GIVEN_UP}, False, id="given up"),
        pytest.param("#1 #2", {1: MERGED, 2: COMPLETED}, True, id="both are done"),
        pytest.param("#1 #2", {1: MERGED, 2: OPEN}, None, id="one of two"),
        pytest.param("#1 #2", {1: MERGED}, None, id="one of two, and the other is not shown"),
        pytest.param("#1 #2", {1: MERGED, 2: GIVEN_UP}, False, id="one of two was given up"),
        pytest.param("#1 #2", {1: OPEN, 2: GIVEN_UP}, None, id="given up, and another one is open"),
        pytest.param("#1", {1: link(End.COMPLETED, LATER, "Prod-Alert")}, None, id="about a ticket"),
        pytest.param("#1 for #2", {1: MERGED, 2: link(None, None, "prod-alert")}, True, id="about an open ticket"),
        pytest.param("#1", {1: link(End.MERGED, BEGAN - timedelta(seconds=1))}, None, id="merged before it began"),
        pytest.param("#1", {1: link(End.MERGED, BEGAN)}, True, id="merged as it began"),
        pytest.param("http://GHE.example:8443/acme/shop/pull/1", {1: MERGED}, True, id="by its address"),
        pytest.param("https://github.com/acme/shop/pull/1", {1: MERGED}, None, id="at another host"),
    ],
)
def test_whether_an_item_is_done(item: str, seen: dict[int, LinkSeen], done: bool | None) -> None:
    known = {place(number): it for number, it in seen.items()}
    found = endings(paper(item), ISSUE, BEGAN, known, subjects=SUBJECTS)
    assert [each.done for each in found] == ([] if done is None else [done])


def test_what_says_so_is_told() -> None:
    what = paper("#1 other/one#2")
    seen = {
        place(1): LinkSeen(url="one", end=End.MERGED, at=LATER),
        place(2, "other/one"): LinkSeen(url="two", end=End.GIVEN_UP, at=LATER),
    }
    key = what.items[0].key
    assert endings(what, ISSUE, BEGAN, seen, subjects=SUBJECTS) == (Ending(key=key, done=False, urls=("two",)),)


def test_what_is_asked_for() -> None:
    text = "## Action items\n\n- [ ] #1 #1 Acme/SHOP#1 Other/One#2\n- [x] #3\n- [ ] https://github.com/a/b/pull/4"
    assert list(asked(read(text), ISSUE)) == [place(1), place(2, "other/one")]
