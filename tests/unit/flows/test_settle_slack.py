"""What is said in Slack: the rows of `flows/settle_slack.py` that a journey does not come by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from app.domain.announcements import Shown, SlackMessage, Standing
from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.domain.issues import Repository
from app.domain.mail import AnswerPress, Mail, ShowInSlack, TimerFell
from app.domain.mailboxes import Claim, Operation, Pending
from app.domain.squad import Squad
from app.domain.squad_chat import Slack
from app.flows.once import Once
from app.flows.settle_slack import ANSWERABLE, SettleSlack, message_of
from app.texts.mrkdwn import Mrkdwn
from app.texts.slack import Message

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOME = Repository(id=1, name="acme/shop", installation=9)
CLAIM = Claim(key="slack:3", generation=1, attempt=1)
LOUD = Shown(ticket=3, title="KeyError", standing=Standing.SEVERE, repository=HOME)
QUIET = msgspec.structs.replace(LOUD, standing=Standing.CLOSED)


class World:
    """The mailroom and Slack in one, in memory."""

    def __init__(self, channel: str | None = "C0ALERTS") -> None:
        self.squad = Squad(slack=Slack(channel=channel)) if channel else Squad()
        self.mail: tuple[Pending, ...] = ()
        self.said: list[str] = []
        self.refuses: SystemRefusedError | None = None
        self.values: dict[str, bytes] = {}
        self.operations: dict[str, Operation] = {}

    async def settles(self, *mail: Mail) -> list[str]:
        """What was said about these letters."""
        self.said = []
        self.mail = tuple(Pending(seq=seq, mail=it, received_at=NOW) for seq, it in enumerate(mail, start=1))
        now: Callable[[], datetime] = lambda: NOW  # noqa: E731 - a clock that stands
        files: Any = SimpleNamespace(of=self._of)
        await SettleSlack(self, self, files, Once(self, now), self, now=now).settle(CLAIM, None)
        return self.said

    async def _of(self, _: Repository) -> Any:
        return SimpleNamespace(squad=self.squad)

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]:
        return self.mail[:limit]

    async def finish(self, claim: Claim, *, through: int, now: datetime) -> None:
        self.said.append(f"settled {through}")

    async def recall(self, name: str) -> bytes | None:
        return self.values.get(name)

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        self.values[name] = value

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None:
        known = self.operations.get(operation)
        self.operations.setdefault(operation, Operation(id=operation, sent_at=now))
        return known

    async def done(self, claim: Claim, operation: str, result: bytes) -> None:
        self.operations[operation] = msgspec.structs.replace(self.operations[operation], result=result)

    async def undo(self, claim: Claim, operation: str) -> None:
        del self.operations[operation]

    def _refuse(self) -> None:
        if self.refuses is not None:
            refused, self.refuses = self.refuses, None
            raise refused

    async def post(
        self, channel: str, message: Message, *, operation: str, urgent: bool, below: SlackMessage | None = None
    ) -> SlackMessage:
        self._refuse()
        where = f"in {channel}" if below is None else f"below {below.ts}"
        self.said.append(f"post {operation} {where}{' urgently' if urgent else ''}")
        return SlackMessage(channel=channel, ts=f"{len(self.operations)}.0")

    async def posted(self, channel: str, operation: str, since: datetime) -> SlackMessage | None:
        raise AssertionError("nothing is in doubt here")

    async def update(self, at: SlackMessage, message: Message, *, operation: str) -> None:
        self._refuse()
        self.said.append(f"edit {operation} in {at.channel}")

    async def answer(self, url: str, text: Mrkdwn) -> None:
        self._refuse()
        self.said.append(f"answer {text}")


def show(shown: Shown) -> ShowInSlack:
    return ShowInSlack(shown=shown)


def gone(reason: str = "gone") -> UnavailableError:
    return UnavailableError("x", reason=reason)


async def test_of_several_the_last_counts_and_what_is_not_loud_is_not_posted() -> None:
    world = World()
    assert await world.settles(show(QUIET)) == ["settled 1"]
    assert await world.settles(show(QUIET), show(LOUD)) == ["post 3.slack.1 in C0ALERTS urgently", "settled 2"]
    assert await world.settles(show(LOUD), show(QUIET)) == ["edit 3.slack.1 in C0ALERTS", "settled 2"]
    assert await message_of(world, 3) == SlackMessage(channel="C0ALERTS", ts="1.0")
    assert await message_of(world, 4) is None


async def test_what_becomes_severe_calls_people_below_the_message_once_each_time() -> None:
    world = World()
    unsure = msgspec.structs.replace(LOUD, standing=Standing.UNSURE)
    assert await world.settles(show(unsure)) == ["post 3.slack.1 in C0ALERTS", "settled 1"]
    called = ["edit 3.slack.1 in C0ALERTS", "post 3.slack.alarm.1 below 1.0 urgently", "settled 1"]
    assert await world.settles(show(LOUD)) == called
    assert await world.settles(show(LOUD)) == ["edit 3.slack.1 in C0ALERTS", "settled 1"]
    assert await world.settles(show(unsure)) == ["edit 3.slack.1 in C0ALERTS", "settled 1"]
    again = await world.settles(show(LOUD))
    assert "post 3.slack.alarm.2 below 1.0 urgently" in again


async def test_a_deleted_message_is_posted_anew_only_where_it_is_loud() -> None:
    world = World()
    await world.settles(show(LOUD))
    world.refuses = gone()
    assert await world.settles(show(QUIET)) == ["settled 1"]
    world.refuses = gone()
    assert await world.settles(show(LOUD)) == ["post 3.slack.2 in C0ALERTS urgently", "settled 1"]


async def test_what_nobody_may_edit_is_left() -> None:
    world = World()
    await world.settles(show(LOUD))
    world.refuses = gone("uneditable")
    assert await world.settles(show(LOUD)) == ["settled 1"]


@pytest.mark.parametrize("error", [gone("channel"), gone("forbidden"), LaterError("x"), InvalidError("x")])
async def test_whatever_else_fails_is_tried_again(error: SystemRefusedError) -> None:
    world = World()
    world.refuses = error
    with pytest.raises(type(error)):
        await world.settles(show(LOUD))
    assert world.operations == {}
    await world.settles(show(LOUD))
    world.refuses = error
    with pytest.raises(type(error)):
        await world.settles(show(LOUD))


async def test_in_another_channel_it_is_posted_and_the_old_one_is_left() -> None:
    world = World()
    await world.settles(show(LOUD))
    world.squad = World("C0OTHERS").squad
    assert await world.settles(show(QUIET)) == ["edit 3.slack.1 in C0ALERTS", "settled 1"]
    assert await world.settles(show(LOUD)) == ["post 3.slack.2 in C0OTHERS urgently", "settled 1"]


async def test_switched_off_since() -> None:
    assert await World(None).settles(show(LOUD)) == ["settled 1"]


def answer(**changed: Any) -> AnswerPress:
    return msgspec.structs.replace(AnswerPress(to="https://hooks.slack.com/x", why="No.", pressed_at=NOW), **changed)


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        pytest.param(answer(), ["answer That was not done. No.", "settled 1"], id="told"),
        pytest.param(answer(pressed_at=NOW - ANSWERABLE), ["settled 1"], id="half an hour is over"),
        pytest.param(answer(pressed_at=NOW - ANSWERABLE + timedelta(seconds=1), to=""), ["settled 1"], id="no address"),
        pytest.param(TimerFell(name="x", due=NOW), ["settled 1"], id="nothing to Slack"),
    ],
)
async def test_answers(letter: Mail, said: list[str]) -> None:
    assert await World().settles(letter) == said


async def test_an_answer_that_is_refused_holds_up_nothing_and_is_said_once() -> None:
    world = World()
    world.refuses = gone()
    assert await world.settles(answer(), show(LOUD)) == ["post 3.slack.1 in C0ALERTS urgently", "settled 2"]
    world = World()
    await world.settles(answer())
    assert await world.settles(answer()) == ["settled 1"], "settled again after a crash"


async def test_nothing_waits() -> None:
    assert await World().settles() == ["settled 0"]
