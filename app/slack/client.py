"""The squad's channel in Slack: messages posted, found again, edited; presses answered; people's addresses.

Rules: the library's own retries are off, since a message that is posted twice is two: what becomes of a call is said
by its error, as `answers.py` has it. The token goes to the configured address alone, and stands in no error. Every
call has a time-out. A message carries its operation in its metadata, which people do not see and by which it is found.

Scopes of the bot's token: `chat:write`; `channels:history`, for a private channel `groups:history`, to find a message
whose answer was lost; `users:read` and `users:read.email`, to know people by their e-mail addresses.
<https://docs.slack.dev/tools/python-slack-sdk>, <https://docs.slack.dev/messaging/message-metadata>
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import aiohttp
import msgspec
from multidict import CIMultiDict
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from app.domain.announcements import SlackMessage
from app.domain.errors import InDoubtError, InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.slack.answers import TRIED_AGAIN, in_doubt, refusal
from app.slack.pace import Pace
from app.texts.mrkdwn import Mrkdwn
from app.texts.slack import Message

T = TypeVar("T")

TIMEOUT: Final = 10.0
"""Seconds for one call."""
EVENT: Final = "prod_squad"
"""The type of our messages' metadata."""
SKEW: Final = timedelta(minutes=1)
"""So far Slack's clock may be behind ours."""
MOST_PAGES: Final = 10
PER_PAGE: Final = 200
_ODD: Final = (AttributeError, TypeError, ValueError)
"""What the library raises for an answer that is not what Slack documents, e.g. JSON that is no object."""


class _Metadata(msgspec.Struct):
    event_type: str = ""
    event_payload: dict[str, Any] = {}


class _Message(msgspec.Struct):
    ts: str
    metadata: _Metadata | None = None


class _Cursor(msgspec.Struct):
    next_cursor: str = ""


class _Posted(msgspec.Struct):
    ts: str
    channel: str


class _History(msgspec.Struct):
    messages: list[_Message]
    response_metadata: _Cursor | None = None


class _Profile(msgspec.Struct):
    email: str = ""


class _User(msgspec.Struct):
    profile: _Profile
    deleted: bool = False
    is_stranger: bool | None = None


class _UserInfo(msgspec.Struct):
    user: _User


class _Auth(msgspec.Struct):
    team: str
    user: str


class SlackChannel:
    """One workspace, as the App uses it. `clock` tells the time in UTC. The session stays the caller's to close."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        token: str,
        clock: Callable[[], datetime],
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = session
        logger = logging.getLogger("slack_sdk")
        logger.setLevel(logging.WARNING)  # below that the library logs what it sends, and so people's texts
        self._web = AsyncWebClient(token=token, base_url=url, session=session, retry_handlers=[], logger=logger)
        self._web.proxy = None  # the library would take one from the environment
        self._clock = clock
        self._timeout = timeout
        self._paces: dict[tuple[str, str], Pace] = {}

    async def post(
        self, channel: str, message: Message, *, operation: str, urgent: bool, below: SlackMessage | None = None
    ) -> SlackMessage:
        """A new message; `below` another it is a reply that the channel sees, too. In doubt: `posted`.

        Raises LaterError, without a call, where the channel's pace is kept.
        <https://docs.slack.dev/reference/methods/chat.postMessage#threads>
        """
        call = "post a message"
        thread: dict[str, Any] = {} if below is None else {"thread_ts": below.ts, "reply_broadcast": True}
        answer = await self._paced(
            ("post", channel),
            urgent,
            lambda: self._web.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                metadata=_metadata(operation),
                unfurl_links=False,
                unfurl_media=False,
                **thread,
            ),
            call,
        )
        posted = _read(answer, _Posted, call, writes=True)
        return SlackMessage(channel=posted.channel, ts=posted.ts)

    async def posted(self, channel: str, operation: str, since: datetime) -> SlackMessage | None:
        """The message of this operation that was posted since then, by listing."""
        call, cursor = "list the channel's messages", ""
        for _ in range(MOST_PAGES):
            page = _read(await self._made(self._page(channel, since, cursor), call, writes=False), _History, call)
            for message in page.messages:
                if message.metadata is not None and message.metadata.event_payload.get("op") == operation:
                    return SlackMessage(channel=channel, ts=message.ts)
            cursor = page.response_metadata.next_cursor if page.response_metadata is not None else ""
            if not cursor:
                return None
        raise LaterError("The channel has more messages than are looked through for one whose answer was lost.")

    def _page(self, channel: str, since: datetime, cursor: str) -> Callable[[], Awaitable[AsyncSlackResponse]]:
        return lambda: self._web.conversations_history(
            channel=channel,
            oldest=f"{(since - SKEW).timestamp():.6f}",
            limit=PER_PAGE,
            include_all_metadata=True,
            cursor=cursor or None,
        )

    async def update(self, at: SlackMessage, message: Message, *, operation: str) -> None:
        """The message shows this from now on; it may be repeated."""
        await self._paced(
            ("update", at.channel),
            True,
            lambda: self._web.chat_update(
                channel=at.channel,
                ts=at.ts,
                text=message.text,
                blocks=list(message.blocks),
                metadata=_metadata(operation),
            ),
            "edit a message",
        )

    async def answer(self, url: str, text: Mrkdwn) -> None:
        """Something that only the one who pressed a button sees. `url` is Slack's, checked when the press came."""
        call = "answer a press"
        said = {"response_type": "ephemeral", "replace_original": False, "text": str(text)}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._session.post(url, json=said, allow_redirects=False) as response,
            ):
                status, headers = response.status, response.headers
        except (TimeoutError, aiohttp.ClientError) as error:
            refused: SystemRefusedError = in_doubt(f"Slack would not {call}: {type(error).__name__}", writes=True)
        else:
            if status == 200:
                return
            if 400 <= status < 500 and status != 429:
                raise UnavailableError(f"Slack would not {call} ({status}): its half hour is over.", reason="gone")
            refused = refusal(status, "", headers, call=call, writes=True, now=self._clock())
        raise refused

    async def email(self, user: str) -> str:
        """The member's e-mail address; empty where they have none, or are gone.

        Empty, too, for who is of another workspace that a channel is shared with: whoever runs that one says what the
        address is. Slack tells of those whether they are strangers: <https://docs.slack.dev/reference/methods/users.info>
        """
        call = "say who a member is"
        answer = await self._made(lambda: self._web.users_info(user=user), call, writes=False)
        found = _read(answer, _UserInfo, call).user
        return "" if found.deleted or found.is_stranger is not None else found.profile.email

    async def whose(self, channel: str) -> str:
        """Whose token it is, in which workspace, for the operator; where a channel is given, the App must be in it."""
        call = "say whose token it is"
        auth = _read(await self._made(self._web.auth_test, call, writes=False), _Auth, call)
        if channel:
            await self._made(
                lambda: self._web.conversations_history(channel=channel, limit=1),
                "list the channel's messages",
                writes=False,
            )
        return f"{auth.user} in {auth.team}"

    async def _paced(
        self, what: tuple[str, str], urgent: bool, make: Callable[[], Awaitable[AsyncSlackResponse]], call: str
    ) -> AsyncSlackResponse:
        pace = self._paces.setdefault(what, Pace())
        pace.step(self._clock(), urgent=urgent)
        try:
            return await self._made(make, call, writes=True)
        except LaterError as error:
            if error.not_before is not None:
                pace.shut(error.not_before)
            raise

    async def _made(
        self, make: Callable[[], Awaitable[AsyncSlackResponse]], call: str, *, writes: bool
    ) -> AsyncSlackResponse:
        refused: SystemRefusedError
        try:
            async with asyncio.timeout(self._timeout):
                return await make()
        except SlackApiError as error:
            refused = self._refusal(error.response, call, writes=writes)
        except aiohttp.ClientConnectorError as error:
            refused = LaterError(f"Slack would not {call}: {type(error).__name__}{TRIED_AGAIN}")
        except (TimeoutError, aiohttp.ClientError) as error:
            refused = in_doubt(f"Slack would not {call}: {type(error).__name__}", writes=writes)
        except _ODD:
            refused = _odd(call, writes=writes)
        raise refused  # outside of `except`: the library's errors carry the request, and with it the token

    def _refusal(self, response: Any, call: str, *, writes: bool) -> SystemRefusedError:
        """The library gives its own response, or aiohttp's where the body was no JSON."""
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        data = getattr(response, "data", None)
        error = str(data.get("error", "")) if isinstance(data, dict) else ""
        headers: Mapping[str, str] = CIMultiDict(getattr(response, "headers", {}))
        return refusal(status, error, headers, call=call, writes=writes, now=self._clock())


def _metadata(operation: str) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"op": operation}}


def _read(answer: AsyncSlackResponse, kind: type[T], call: str, *, writes: bool = False) -> T:
    try:
        return msgspec.convert(answer.data, kind)
    except msgspec.ValidationError:
        raise _odd(call, writes=writes) from None


def _odd(call: str, *, writes: bool) -> SystemRefusedError:
    said = f"Slack would not {call}: its answer can't be read. Is SLACK_API_URL the address of Slack's API?"
    return InDoubtError(said) if writes else InvalidError(said)
