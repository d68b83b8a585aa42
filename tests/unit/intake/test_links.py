"""Which issues a text names, and what a sub-issue's marker says."""

from __future__ import annotations

import pytest

from app.domain.post_mortems import ItemOf
from app.domain.wishes import IssueNamed
from app.intake.action_item import item_of
from app.intake.links import MOST, issues_in
from app.texts.markdown import hidden


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("See #7, and #8.", [(7, ""), (8, "")], id="numbers"),
        pytest.param("(#7) #7", [(7, "")], id="each once"),
        pytest.param("octo-org/reader#7", [(7, "octo-org/reader")], id="of another repository"),
        pytest.param(
            "https://github.com/octo-org/reader/issues/7#issuecomment-1", [(7, "octo-org/reader")], id="address"
        ),
        pytest.param("http://127.0.0.1:8080/acme/shop/issues/7", [(7, "acme/shop")], id="on any host"),
        pytest.param("https://github.com/octo-org/reader/pull/7", [], id="a pull request"),
        pytest.param("`#7` and\n```\n#8\n```\n<!-- #9 -->", [], id="in code and comments"),
        pytest.param("~~~\n#8", [], id="in a code block without end"),
        pytest.param("a#7 &#39; /#7 #0 #7th #1234567890", [], id="no issue's number"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_is_named(text: str, named: list[tuple[int, str]]) -> None:
    assert issues_in(text) == tuple(IssueNamed(number=number, repository=name) for number, name in named)


def test_a_list_without_end_is_cut() -> None:
    assert len(issues_in(" ".join(f"#{number}" for number in range(1, 100)))) == MOST


MARK = str(hidden("action-item", '{"repository":7,"number":9,"key":"ab"}'))


@pytest.mark.parametrize(
    ("body", "item"),
    [
        pytest.param(f"Words.\n\n{MARK}\r\n", ItemOf(repository=7, number=9, key="ab"), id="a marker"),
        pytest.param(f"> {MARK}", None, id="within a line"),
        pytest.param(MARK.replace('"key"', '"kez"'), None, id="damaged"),
        pytest.param("Words.", None, id="none"),
    ],
)
def test_a_marker(body: str, item: ItemOf | None) -> None:
    assert item_of(body) == item
