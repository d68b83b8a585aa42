"""A post-mortem's message in Slack: the rows of `flows/slack_post_mortems.py` that a journey does not come by."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from app.domain.errors import LaterError, SystemRefusedError, UnavailableError
from app.domain.issues import IssueRef
from app.domain.mail import AfterStandup, ShowPostMortem
from app.domain.mailboxes import Claim, Operation
from app.domain.post_mortem_news import AgendaLine, ShownPostMortem
from app.domain.post_mortems import Stage
from app.domain.squad import Squad
from app.domain.squad_chat import Slack
from app.domain.squad_jobs import PostMortem as Section
from app.flows.slack_post_mortems import channel_of
from tests.unit.flows import test_settle_slack
from tests.unit.flows.test_settle_slack import HOME, NOW, World

ISSUE = IssueRef(repository=HOME, number=9, id=9, node_id="I_9", url="https://github.com/acme/shop/issues/9")
TODAY = NOW.date()
WRITING = ShownPostMortem(issue=ISSUE, title="Documents", stage=Stage.IN_PROGRESS)
OPEN = msgspec.structs.replace(WRITING, stage=Stage.FEEDBACK, feedback_by=date(2026, 11, 27))
DONE = msgspec.structs.replace(WRITING, stage=Stage.DONE)
POST, EDIT = "post slack.post-mortem.1.9.1 in C0ALERTS", "edit slack.post-mortem.1.9.1 in C0ALERTS"
CALL = "post slack.post-mortem.1.9.feedback.2026-11-27 below 1.0"
LINE = AgendaLine(issue=ISSUE, title="Documents", day=TODAY)


@pytest.fixture(autouse=True)
def _its_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = Claim(key="slack:post-mortem:1:9", generation=1, attempt=1)
    monkeypatch.setattr(test_settle_slack, "CLAIM", claim)


def show(what: ShownPostMortem, **more: Any) -> ShowPostMortem:
    return ShowPostMortem(shown=msgspec.structs.replace(what, **more))


async def test_it_is_posted_once_and_feedback_is_called_for_once() -> None:
    world = World()
    assert await world.settles(show(WRITING)) == [POST, "settled 1"]
    assert await world.settles(show(WRITING), show(OPEN)) == [EDIT, CALL, "settled 2"]
    assert await world.settles(show(OPEN, items_open=2)) == [EDIT, "settled 1"]
    assert await world.settles(show(DONE)) == [EDIT, "settled 1"]


async def test_another_day_is_called_for_again() -> None:
    world = World()
    await world.settles(show(WRITING))
    await world.settles(show(OPEN))
    later = await world.settles(show(OPEN, feedback_by=date(2026, 12, 4)))
    assert later[1] == "post slack.post-mortem.1.9.feedback.2026-12-04 below 1.0"


async def test_what_is_posted_when_feedback_is_open_calls_by_itself() -> None:
    world = World()
    assert await world.settles(show(OPEN)) == [POST, "settled 1"]
    assert await world.settles(show(OPEN, items_open=1)) == [EDIT, "settled 1"]


async def test_what_is_over_is_not_posted() -> None:
    assert await World().settles(show(DONE)) == ["settled 1"]


async def test_a_deleted_message_is_posted_anew_only_where_it_is_worked_on() -> None:
    world = World()
    await world.settles(show(WRITING))
    world.refuses = UnavailableError("x", reason="gone")
    assert await world.settles(show(DONE)) == ["settled 1"]
    world.refuses = UnavailableError("x", reason="gone")
    assert await world.settles(show(OPEN)) == ["post slack.post-mortem.1.9.2 in C0ALERTS", "settled 1"]


async def test_what_nobody_may_edit_is_left_and_feedback_is_called_for() -> None:
    world = World()
    await world.settles(show(WRITING))
    world.refuses = UnavailableError("x", reason="uneditable")
    assert await world.settles(show(OPEN)) == [CALL, "settled 1"]


@pytest.mark.parametrize("error", [UnavailableError("x", reason="forbidden"), LaterError("x")])
async def test_whatever_else_fails_is_tried_again(error: SystemRefusedError) -> None:
    world = World()
    await world.settles(show(WRITING))
    world.refuses = error
    with pytest.raises(type(error)):
        await world.settles(show(OPEN))
    assert await world.settles(show(OPEN)) == [EDIT, CALL, "settled 1"]


async def test_it_died_after_the_message_was_posted_and_there_is_one() -> None:
    world = World()
    operation = POST.split()[1]
    made = b'{"channel":"C0ALERTS","ts":"7.0"}'
    world.operations[operation] = Operation(id=operation, sent_at=NOW, result=made)
    assert await world.settles(show(WRITING)) == [EDIT, "settled 1"], "what it shows may be another by now"


async def test_in_another_channel_it_is_posted_and_the_old_one_is_left() -> None:
    world = World()
    await world.settles(show(WRITING))
    world.squad = World("C0OTHERS").squad
    assert await world.settles(show(DONE)) == [EDIT, "settled 1"]
    assert await world.settles(show(OPEN)) == ["post slack.post-mortem.1.9.2 in C0OTHERS", "settled 1"]


async def test_the_line_after_standup_is_said_once_on_its_day() -> None:
    world = World()
    said = f"post slack.post-mortem.1.9.standup.{TODAY} in C0ALERTS"
    assert await world.settles(AfterStandup(line=LINE)) == [said, "settled 1"]
    assert await world.settles(AfterStandup(line=LINE)) == ["settled 1"]
    late = msgspec.structs.replace(LINE, day=date(2026, 11, 23))
    assert await World().settles(AfterStandup(line=late)) == ["settled 1"], "yesterday's"


async def test_switched_off_since() -> None:
    assert await World(None).settles(show(WRITING), AfterStandup(line=LINE)) == ["settled 2"]


@pytest.mark.parametrize(
    ("squad", "channel"),
    [
        (Squad(), ""),
        (Squad(slack=Slack(channel="C0ALERTS")), "C0ALERTS"),
        (Squad(slack=Slack(channel="C0ALERTS"), post_mortem=Section(channel="C0OTHERS")), "C0OTHERS"),
        (Squad(post_mortem=Section(channel="C0OTHERS")), "C0OTHERS"),
    ],
)
def test_where_it_is_announced(squad: Squad, channel: str) -> None:
    assert channel_of(squad) == channel
