"""The client against the lookalike Slack, over real HTTP, with the faults that Slack has."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from app.domain.announcements import SlackMessage
from app.domain.errors import InDoubtError, InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.flows.pressing import Members
from app.flows.settle_slack import Channel
from app.slack.client import MOST_PAGES, PER_PAGE, SlackChannel
from app.texts.mrkdwn import literal
from app.texts.slack import Message
from sandbox.slack import Config, Sandbox, start
from sandbox.slack.api import SCOPES
from tests.contract.lookalike import Clock

TOKEN = "xoxb-a-token-nobody-may-see"
NARROW = "xoxb-a-token-that-may-only-write"
ALERTS, OTHERS = "C0ALERTS", "C0OTHERS"


def message(text: str = "hello") -> Message:
    return Message(text=text, blocks=({"type": "section", "text": {"type": "mrkdwn", "text": text}},))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = await start(Config(tokens={TOKEN: SCOPES, NARROW: frozenset({"chat:write"})}, clock=clock))
    sandbox.state.add_channel("alerts", id=ALERTS)
    sandbox.state.add_channel("others", id=OTHERS, has_app=False)
    sandbox.state.add_member("Jo", id="U0JO", email="jo@example.org")
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def channel(slack: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> SlackChannel:
    return SlackChannel(session, url=slack.api_url, token=TOKEN, clock=clock, timeout=0.5)


async def posted(channel: Channel, where: str = ALERTS, *, urgent: bool = True, operation: str = "1.slack.1") -> Any:
    return await channel.post(where, message(), operation=operation, urgent=urgent)


def assert_keeps_the_token(error: BaseException) -> None:
    told = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert TOKEN not in told


async def test_a_message_is_posted_found_by_its_operation_and_edited(
    channel: SlackChannel, slack: Sandbox, clock: Clock
) -> None:
    made = await posted(channel)
    assert await channel.posted(ALERTS, "1.slack.1", clock()) == made
    assert await channel.posted(ALERTS, "2.slack.1", clock()) is None
    await channel.update(made, message("changed"), operation="1.slack.1")
    (held,) = slack.state.channels[ALERTS].messages.values()
    assert (held.text, held.edits) == ("changed", 1)
    assert await channel.posted(ALERTS, "1.slack.1", clock()) == made, "an edit keeps what it is found by"
    assert slack.requests[0].arguments["unfurl_links"] is False


async def test_a_reply_is_seen_by_the_channel_and_found_by_its_operation(
    channel: SlackChannel, slack: Sandbox, clock: Clock
) -> None:
    first = await posted(channel)
    reply = await channel.post(ALERTS, message("severe"), operation="1.slack.alarm.1", urgent=True, below=first)
    assert slack.state.message(ALERTS, reply.ts).thread == first.ts
    assert await channel.posted(ALERTS, "1.slack.alarm.1", clock()) == reply


async def test_it_is_found_on_a_later_page_and_not_looked_for_without_end(
    channel: SlackChannel, slack: Sandbox, clock: Clock
) -> None:
    began = clock()
    made = await posted(channel)
    state = slack.state.channels[ALERTS]
    first = next(iter(state.messages.values()))

    def more(count: int) -> None:
        for _ in range(count):
            stamp = slack.state.stamp()
            state.messages[stamp] = type(first)(ts=stamp, text="chat", blocks=[])

    more(PER_PAGE + 1)
    assert await channel.posted(ALERTS, "1.slack.1", began) == made
    more(PER_PAGE * MOST_PAGES)
    with pytest.raises(LaterError):
        await channel.posted(ALERTS, "1.slack.1", began)


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        pytest.param({"errors_next": 1}, InDoubtError, id="a 5xx"),
        pytest.param({"limited_next": 1}, LaterError, id="too many calls"),
        pytest.param({"says_next": "fatal_error"}, InDoubtError, id="half done"),
        pytest.param({"says_next": "service_unavailable"}, LaterError, id="down"),
        pytest.param({"says_next": "invalid_auth"}, UnavailableError, id="a wrong token"),
        pytest.param({"says_next": "msg_too_long"}, InvalidError, id="a wrong call"),
        pytest.param({"lost_next": 1}, InDoubtError, id="the line breaks before"),
        pytest.param({"unanswered_next": 1}, InDoubtError, id="the line breaks after"),
        pytest.param({"odd_next": 1}, InDoubtError, id="a page for people"),
        pytest.param({"slow_ms": 2_000}, InDoubtError, id="too slow"),
    ],
)
async def test_what_becomes_of_a_message(
    channel: SlackChannel, slack: Sandbox, faults: dict[str, Any], kind: type[SystemRefusedError]
) -> None:
    slack.faults.change(faults)
    with pytest.raises(SystemRefusedError) as refused:
        await posted(channel)
    assert type(refused.value) is kind
    assert_keeps_the_token(refused.value)
    assert len(slack.requests) == 1, "nothing is tried again here"


@pytest.mark.parametrize("faults", [{"errors_next": 1}, {"lost_next": 2}, {"slow_ms": 2_000}, {"odd_next": 1}])
async def test_what_only_reads_is_never_in_doubt(
    channel: SlackChannel, slack: Sandbox, clock: Clock, faults: dict[str, Any]
) -> None:
    slack.faults.change(faults)
    with pytest.raises((LaterError, InvalidError)) as refused:
        await channel.posted(ALERTS, "1.slack.1", clock())
    assert_keeps_the_token(refused.value)


async def test_nobody_is_there(session: aiohttp.ClientSession, clock: Clock) -> None:
    nobody = SlackChannel(session, url="http://127.0.0.1:9/api", token=TOKEN, clock=clock)
    with pytest.raises(LaterError) as refused:
        await posted(nobody)
    assert_keeps_the_token(refused.value)


@pytest.mark.parametrize(
    ("where", "reason"),
    [pytest.param("C0NOWHERE", "channel", id="no such channel"), pytest.param(OTHERS, "channel", id="not in it")],
)
async def test_a_channel_that_takes_nothing(channel: SlackChannel, where: str, reason: str) -> None:
    with pytest.raises(UnavailableError) as refused:
        await posted(channel, where)
    assert refused.value.reason == reason
    assert "/invite" in str(refused.value)


async def test_an_archived_channel_and_a_deleted_message(channel: SlackChannel, slack: Sandbox) -> None:
    made = await posted(channel)
    slack.state.channels[ALERTS].archived = True
    with pytest.raises(UnavailableError) as refused:
        await channel.update(made, message(), operation="1.slack.1")
    assert refused.value.reason == "channel"
    slack.state.channels[ALERTS].archived = False
    with pytest.raises(UnavailableError) as gone:
        await channel.update(SlackMessage(channel=ALERTS, ts="1.000001"), message(), operation="1.slack.1")
    assert gone.value.reason == "gone"


async def test_what_gets_out_unescaped_is_refused_by_the_lookalike(channel: SlackChannel) -> None:
    with pytest.raises(InvalidError, match="invalid_blocks"):
        await channel.post(ALERTS, message("<!channel>"), operation="x", urgent=True)


async def test_a_thousand_routine_messages_keep_the_channels_pace(
    channel: SlackChannel, slack: Sandbox, clock: Clock
) -> None:
    await posted(channel, urgent=False)
    waits = []
    for nth in range(20):
        with pytest.raises(LaterError) as refused:
            await posted(channel, urgent=False, operation=f"{nth}.slack.1")
        assert refused.value.not_before is not None
        waits.append(refused.value.not_before)
    assert len(set(waits)) == 20, "each comes again at a moment of its own"
    assert len(slack.requests) == 1, "who has to wait makes no call"
    await posted(channel, urgent=True, operation="severe")
    clock.now = waits[0] + timedelta(seconds=1)
    await posted(channel, urgent=False, operation="0.slack.1")


async def test_slacks_own_limit_is_obeyed(channel: SlackChannel, slack: Sandbox, clock: Clock) -> None:
    slack.faults.change({"limited_next": 1, "retry_after": 30})
    for _ in range(2):
        with pytest.raises(LaterError) as refused:
            await posted(channel)
        assert refused.value.not_before is not None
        assert refused.value.not_before >= clock() + timedelta(seconds=30)
    assert len(slack.requests) == 1
    clock.pass_by(seconds=31)
    await posted(channel)


async def test_the_lookalike_limits_a_burst(channel: SlackChannel, slack: Sandbox) -> None:
    for _ in range(5):
        await posted(channel)
    with pytest.raises(LaterError):
        await posted(channel)
    assert [call.status for call in slack.requests] == [200] * 5 + [429]


async def test_a_press_is_answered_to_the_person_alone(channel: SlackChannel, slack: Sandbox, clock: Clock) -> None:
    made = await posted(channel)
    key = slack.state.answerable(ALERTS, made.ts, "U0JO")
    url = f"{slack.url}/answers/{key}"
    await channel.answer(url, literal("Not so."))
    assert slack.state.message(ALERTS, made.ts).whispers == ["Jo: Not so."]
    slack.faults.change({"errors_next": 1})
    with pytest.raises(InDoubtError):
        await channel.answer(url, literal("Not so."))
    clock.pass_by(minutes=31)
    with pytest.raises(UnavailableError):
        await channel.answer(url, literal("Not so."))
    with pytest.raises(InDoubtError):
        await channel.answer("http://127.0.0.1:9/x", literal("Not so."))


async def test_who_a_member_is(channel: Members, slack: Sandbox) -> None:
    assert await channel.email("U0JO") == "jo@example.org"
    with pytest.raises(UnavailableError) as refused:
        await channel.email("U0NOBODY")
    assert refused.value.reason == "gone"


async def test_another_workspaces_word_on_who_somebody_is_counts_nothing(channel: Members, slack: Sandbox) -> None:
    slack.state.add_member("Not Jo", id="U0EVIL", email="jo@example.org", foreign=True)
    assert await channel.email("U0EVIL") == ""


async def test_a_token_that_may_not_says_so(slack: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> None:
    narrow = SlackChannel(session, url=slack.api_url, token=NARROW, clock=clock)
    with pytest.raises(UnavailableError, match="missing_scope") as refused:
        await narrow.email("U0JO")
    assert refused.value.reason == "forbidden"
    wrong = SlackChannel(session, url=slack.api_url, token="xoxb-wrong", clock=clock)
    with pytest.raises(UnavailableError, match="invalid_auth"):
        await wrong.whose("")


async def test_whose_token_it_is(channel: SlackChannel) -> None:
    assert await channel.whose(ALERTS) == "prod-squad in Acme"
    assert await channel.whose("") == "prod-squad in Acme"
    with pytest.raises(UnavailableError, match="/invite"):
        await channel.whose(OTHERS)
