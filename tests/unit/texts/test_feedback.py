"""The App's comments that announce a post-mortem and call for feedback."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.following_up import Called
from app.domain.issues import CommentRef
from app.domain.listed import Remark
from app.texts.feedback import begun, call, called_in
from tests.unit.texts.golden import holds

CALLED = Called(by=date(2026, 12, 1), on=date(2026, 11, 25))
AUDIENCE = ("mark", "acme/ops")


def remark(text: object) -> Remark:
    return Remark(ref=CommentRef(id=1, node_id="IC_1"), at=datetime(2026, 11, 25, tzinfo=UTC), text=str(text))


def test_it_is_announced() -> None:
    holds("feedback-begun.md", begun(AUDIENCE, 3, "post-mortem.7.9.begun"))


def test_feedback_is_called_for_and_the_call_is_read_again() -> None:
    said = call(AUDIENCE, CALLED, 3, "post-mortem.7.9.feedback")
    holds("feedback-called.md", said)
    assert called_in(remark(said)) == CALLED
    assert called_in(remark(call((), CALLED, 1, "x"))) == CALLED


@pytest.mark.parametrize(
    "text", ["hello", "<!-- prod-squad:v1:feedback={} -->", "> <!-- prod-squad:v1:feedback={} -->"]
)
def test_what_is_no_call(text: str) -> None:
    assert called_in(remark(text)) is None
