"""What the lookalike remembers, in memory: channels with their messages, members, and where presses are answered.

Times are aware datetimes in UTC; a message's `ts` is its time in seconds, unique in the workspace.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


class RefusedError(Exception):
    """Slack says no: `ok: false` with this error."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body = {"ok": False, "error": error, **more}


@dataclass(slots=True, kw_only=True)
class Message:
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] | None = None
    thread: str = ""
    """The message that it is a reply to; replies here are sent to the channel, too, and so are in its history."""
    edits: int = 0
    whispers: list[str] = field(default_factory=list)
    """What only one person saw of it, as `member: text`."""


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    name: str
    has_app: bool = True
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    id: str
    name: str
    email: str
    foreign: bool = False
    """Of another workspace, with which a channel is shared."""


@dataclass(slots=True, kw_only=True)
class AnswerTo:
    """Where a press may be answered: five times within half an hour."""

    channel: str
    ts: str
    user: str
    until: float
    left: int = 5


class World:
    """One workspace, and the acts that change it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last = 0
        self.channels: dict[str, Channel] = {}
        self.members: dict[str, Member] = {}
        self.answers: dict[str, AnswerTo] = {}

    def now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def add_channel(self, name: str, *, id: str = "", has_app: bool = True) -> Channel:
        channel = Channel(id=id or f"C0LOOKALIKE{len(self.channels) + 1}", name=name, has_app=has_app)
        self.channels[channel.id] = channel
        return channel

    def add_member(self, name: str, *, email: str = "", id: str = "", foreign: bool = False) -> Member:
        known = id or f"U0LOOKALIKE{len(self.members) + 1}"
        member = Member(id=known, name=name, email=email, foreign=foreign)
        self.members[member.id] = member
        return member

    def stamp(self) -> str:
        """The next `ts`."""
        self._last = max(self._last + 1, int(self.now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"

    def channel(self, name: str) -> Channel:
        channel = self.channels.get(name)
        if channel is None:
            raise RefusedError("channel_not_found")
        return channel

    def message(self, channel: str, ts: str) -> Message:
        message = self.channel(channel).messages.get(ts)
        if message is None:
            raise RefusedError("message_not_found")
        return message

    def delete(self, channel: str, ts: str) -> None:
        """Somebody deletes a message."""
        del self.channels[channel].messages[ts]

    def answerable(self, channel: str, ts: str, user: str) -> str:
        """The secret part of a new address for answers."""
        key = secrets.token_urlsafe(12)
        until = self.now().timestamp() + 1_800
        self.answers[key] = AnswerTo(channel=channel, ts=ts, user=user, until=until)
        return key
