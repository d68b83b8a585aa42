"""A post-mortem's messages in Slack, as they are posted; and that nothing in a title gets out of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given

from app.domain.issues import IssueRef, Repository
from app.domain.post_mortem_news import AgendaLine, ShownPostMortem
from app.domain.post_mortems import Stage
from app.domain.squad import Person
from app.texts.slack import Message
from app.texts.slack_post_mortems import agenda, feedback, post_mortem
from sandbox.slack import blocks
from tests.unit.texts.golden import holds
from tests.unit.texts.nasty import texts

HOME = Repository(id=7, name="acme/shop", installation=0)
PEOPLE = (Person(login="Mark", slack="U0MARK"), Person(login="jo"))


def issue(number: int, **more: Any) -> IssueRef:
    url = f"https://github.com/acme/shop/issues/{number}"
    return IssueRef(
        **({"repository": HOME, "number": number, "id": number, "node_id": f"I_{number}", "url": url} | more)
    )


SHOWN = ShownPostMortem(
    issue=issue(9),
    title="Post-mortem: documents did not <open>",
    stage=Stage.IN_PROGRESS,
    tickets=(issue(3), issue(4)),
    apps=("Reader", "eFolder"),
    asked=("mark", "jo", "acme/ops"),
)
BY = date(2026, 12, 1)
OPEN = {"stage": Stage.FEEDBACK, "feedback_by": BY, "items_open": 3, "items_unclear": 1}
LINE = AgendaLine(issue=SHOWN.issue, title=SHOWN.title, day=BY, items_open=3, items_unclear=1)


def but(**more: Any) -> ShownPostMortem:
    return msgspec.structs.replace(SHOWN, **more)


def rendered(message: Message) -> str:
    blocks.check(message.text, list(message.blocks))
    return json.dumps({"text": message.text, "blocks": message.blocks}, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        pytest.param("slack-post-mortem-begun.json", post_mortem(SHOWN, PEOPLE), id="it begins"),
        pytest.param("slack-post-mortem-feedback.json", post_mortem(but(**OPEN), PEOPLE), id="feedback"),
        pytest.param(
            "slack-post-mortem-done.json",
            post_mortem(but(stage=Stage.DONE, feedback_by=BY, discussed=True, items_open=1), PEOPLE),
            id="done",
        ),
        pytest.param(
            "slack-post-mortem-dropped.json",
            post_mortem(ShownPostMortem(issue=issue(9, url=""), title="x", stage=Stage.DROPPED), ()),
            id="dropped",
        ),
        pytest.param("slack-post-mortem-called.json", feedback(but(**OPEN), BY, PEOPLE), id="the call for feedback"),
        pytest.param("slack-post-mortem-standup.json", agenda(LINE), id="after standup"),
    ],
)
def test_as_it_is_posted(file: str, message: Message) -> None:
    holds(file, rendered(message))


def test_without_items_the_line_says_so() -> None:
    assert "(none open)" in agenda(msgspec.structs.replace(LINE, items_open=0, items_unclear=0)).text


def test_a_feedback_without_a_day_yet_names_none() -> None:
    assert "Feedback is open" not in rendered(post_mortem(but(stage=Stage.FEEDBACK), PEOPLE))


@given(texts)
def test_a_title_mentions_links_and_formats_nothing(title: str) -> None:
    what = but(title=title, asked=(), tickets=(), **OPEN)
    plain = but(title="x", asked=(), tickets=(), **OPEN)
    for made, like in (
        (post_mortem(what, ()), post_mortem(plain, ())),
        (feedback(what, BY, ()), feedback(plain, BY, ())),
        (agenda(msgspec.structs.replace(LINE, title=title)), agenda(msgspec.structs.replace(LINE, title="x"))),
    ):
        rendered(made)
        assert str(made.blocks).count("<") == str(like.blocks).count("<"), "no control character is the title's"
        assert made.text.count("<") == like.text.count("<")
