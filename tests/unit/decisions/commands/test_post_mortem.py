"""`/post-mortem`: its title, and the tickets that are named behind it; and `/discussed`, which takes nothing."""

from __future__ import annotations

import pytest

from app.decisions.commands import is_ours
from app.domain.errors import UserError
from app.domain.wishes import CommandLine, Discussed, IssueNamed, WantPostMortem
from tests.unit.decisions.commands.cases import wish

SHOP = "acme/shop"


@pytest.mark.parametrize(
    ("text", "title", "tickets"),
    [
        pytest.param("/post-mortem", "", [], id="alone"),
        pytest.param("/post-mortem The hour", "The hour", [], id="a title"),
        pytest.param("/post-mortem #12, #15", "", [(12, ""), (15, "")], id="tickets"),
        pytest.param("/post-mortem The hour #12 acme/shop#15", "The hour", [(12, ""), (15, SHOP)], id="both"),
        pytest.param("/post-mortem https://github.com/acme/shop/issues/7", "", [(7, SHOP)], id="an address"),
        pytest.param("/post-mortem #12 #12", "", [(12, "")], id="each once"),
        pytest.param("/post-mortem After #12 came 503", "After #12 came 503", [], id="one within the title"),
        pytest.param("/post-mortem Error 503", "Error 503", [], id="a bare number"),
    ],
)
def test_how_it_is_read(text: str, title: str, tickets: list[tuple[int, str]]) -> None:
    named = tuple(IssueNamed(number=number, repository=name) for number, name in tickets)
    assert wish(text) == WantPostMortem(title=title, tickets=named)


@pytest.mark.parametrize(("name", "ours"), [("action", True), ("post-morten", True), ("hold", False)])
def test_which_lines_are_answered(name: str, ours: bool) -> None:
    assert is_ours(CommandLine(name=name, line=1)) is ours


def test_discussed_takes_no_words() -> None:
    assert wish("/discussed") == Discussed()
    with pytest.raises(UserError, match="takes no words"):
        wish("/discussed and done")
