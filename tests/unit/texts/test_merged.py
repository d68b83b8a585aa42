"""What is said of duplicates: each comment as it is posted."""

from __future__ import annotations

import msgspec
import pytest

from app.domain.alerts import Impact
from app.domain.mail import TicketMerged
from app.texts import merged
from app.texts.markdown import Markdown, operation_in
from tests.unit.texts import golden
from tests.unit.texts.cases import BARE, TICKET, issue

OP = "31.worse.9.1"
SEVERE = TicketMerged(ticket=9, issue=issue(13), impact=Impact.SEVERE, decided_by="alex")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("comment-duplicate.md", merged.duplicate(issue(12), "jo", OP), id="closed as a duplicate"),
        pytest.param("comment-worse.md", merged.worse(BARE, SEVERE, OP), id="a duplicate that is worse"),
        pytest.param("comment-parted.md", merged.parted(issue(12), OP, in_circle=False), id="a duplicate no more"),
        pytest.param("comment-circle.md", merged.parted(None, OP, in_circle=True), id="duplicates of each other"),
    ],
)
def test_comments_as_they_are_posted(file: str, text: Markdown) -> None:
    golden.holds(file, text)
    assert operation_in(str(text)) == OP


def test_whoever_decided_may_have_said_why() -> None:
    said = msgspec.structs.replace(SEVERE, decided_because="nobody can certify @nick")
    assert "`@alex` decided so: “nobody can certify @&#x200B;nick”" in str(merged.worse(BARE, said, OP))


def test_nobody_has_to_have_decided() -> None:
    text = str(merged.worse(TICKET, TicketMerged(ticket=9, issue=issue(13)), OP))
    assert "found **undecided**" in text
    assert "decided so" not in text
