"""An action item's line, and where it comes to stand among what people wrote."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.following_up import DISCUSSED, ActionItem
from app.domain.issues import IssueRef, Repository
from app.domain.post_mortems import ItemOf
from app.domain.wishes import AddAction
from app.intake.action_item import item_of
from app.intake.post_mortem import checklist, read, spots
from app.texts.action_items import added, issue_body, line, stay_lines, title, with_item
from app.texts.body import in_step, peoples
from tests.unit.texts import golden

FRIDAY = date(2026, 12, 4)
WISH = AddAction(logins=("jo", "kim"), due=FRIDAY, what="alert @mark on a full queue, #7")
X = AddAction(logins=("jo",), due=FRIDAY, what="x")
SHORT = "- [ ] @jo by 2026-12-04: x"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "## Action items\n\n- [x] a\n- [ ] b", f"## Action items\n\n- [x] a\n- [ ] b\n{SHORT}", id="a list"
        ),
        pytest.param(
            "## Action items\r\n\r\n- [ ] a\r\n\r\n## Feedback",
            f"## Action items\r\n\r\n- [ ] a\n{SHORT}\r\n\r\n## Feedback",
            id="with another heading behind it, and CRLF",
        ),
        pytest.param(
            "## Action items\n\n- [ ] a\n- [ ]\n", f"## Action items\n\n- [ ] a\n{SHORT}\n- [ ]\n", id="an empty one"
        ),
        pytest.param(
            f"## Action items\n\n- [ ] a\n\n- [ ] {DISCUSSED}\n",
            f"## Action items\n\n- [ ] a\n{SHORT}\n\n- [ ] {DISCUSSED}\n",
            id="before the line that says they were discussed",
        ),
        pytest.param("### action Items\n\nNone.", f"### action Items\n\n{SHORT}\n\nNone.", id="no list"),
        pytest.param(
            "## Action items:\n\n- [ ] a\n\n## Feedback\n\nPlease.",
            f"## Action items:\n\n- [ ] a\n{SHORT}\n\n## Feedback\n\nPlease.",
            id="with a colon",
        ),
        pytest.param(
            "### ✅ **Action items**\n\n- [ ] a", f"### ✅ **Action items**\n\n- [ ] a\n{SHORT}", id="dressed up"
        ),
        pytest.param(
            "## Action items\n\n- [ ] a\n\n## Feedback\n\n## Action items\n\n- [ ] b",
            f"## Action items\n\n- [ ] a\n{SHORT}\n\n## Feedback\n\n## Action items\n\n- [ ] b",
            id="twice: the reader reads the first",
        ),
        pytest.param(
            "<!--\n## Action items\n-->\nx\n```\n## Action items\n```\n## Action items\n- [ ] a",
            f"<!--\n## Action items\n-->\nx\n```\n## Action items\n```\n## Action items\n- [ ] a\n{SHORT}",
            id="hidden, or shown as code",
        ),
        pytest.param(
            "## Action items\n\n- [ ] a\n\n```\n- [ ] like this\n```\n",
            f"## Action items\n\n- [ ] a\n{SHORT}\n\n```\n- [ ] like this\n```\n",
            id="an example below it",
        ),
        pytest.param(
            f"```\n{SHORT}\n```\n\n## Action items\n",
            f"```\n{SHORT}\n```\n\n## Action items\n\n{SHORT}\n",
            id="the very line as an example",
        ),
        pytest.param(
            "## Action items\n\n1. [ ] a\n2. [ ] b\n",
            f"## Action items\n\n1. [ ] a\n2. [ ] b\n{SHORT}\n",
            id="numbered",
        ),
        pytest.param("It broke.\n", f"It broke.\n\n## Action items\n\n{SHORT}", id="no such heading"),
        pytest.param("", f"## Action items\n\n{SHORT}", id="nothing"),
        pytest.param(f"## Action items\r\n{SHORT}\r\n", None, id="it is there"),
        pytest.param(f"## Action items\n{SHORT} (#12)\n", None, id="it is there, with its own issue"),
    ],
)
def test_where_it_stands(before: str, after: str | None) -> None:
    body = with_item(before, line(X), checklist(before))
    assert (None if body is None else str(body)) == after
    if body is not None:
        assert [item.text for item in read(str(body)).items if item.owners] == [SHORT.removeprefix("- [ ] ")]
        assert with_item(str(body), line(X), checklist(str(body))) is None


def test_the_reader_understands_it() -> None:
    (item,) = read(f"## Action items\n\n{line(WISH)}").items
    assert (item.owners, item.due, item.done) == (("jo", "kim"), FRIDAY, False)


PLACE = IssueRef(
    repository=Repository(id=7, name="acme/shop", installation=1),
    number=9,
    id=9,
    node_id="I_9",
    url="https://github.com/acme/shop/issues/9",
)


def test_it_is_told_on_the_ticket() -> None:
    golden.holds("action-item-added.md", added(PLACE, WISH, "7.answer.1"))


OF = ItemOf(repository=7, number=9, key="ab")


def test_an_issue_of_its_own() -> None:
    (item,) = read(f"## Action items\n\n{line(WISH)}").items
    made = issue_body(item, PLACE, OF, "item.7.9.ab")
    golden.holds("action-item-issue.md", made)
    assert item_of(str(made)) == OF
    assert "@" not in title(item).replace("@\u200b", "")
    assert "It is due" not in str(issue_body(ActionItem(key="a", text="x", done=False), PLACE, OF, "a"))


def test_they_stay_lines() -> None:
    golden.holds("action-items-stay-lines.md", stay_lines("stay-lines"))


def test_lines_in_step_with_their_issues() -> None:
    body = "It broke.\r\n\r\n## Action items\r\n\r\n- [ ] a <!-- why -->\r\n- [x] b  \r\n- [ ] c (#3)"
    a, b, c = spots(peoples(body))
    after = str(in_step(body, {a.box: "x", b.box: " "}, {a.end: 1, b.end: 22}))
    assert after == body.replace("[ ] a", "[x] a (#1)").replace("[x] b", "[ ] b (#22)")
    assert [item.sub_issue for item in read(after).items] == [1, 22, 3]
    assert [spot.item.key for spot in spots(after)] == [a.item.key, b.item.key, c.item.key]
