"""The stage of a journey with a lookalike Slack beside it: a channel, and people who press buttons there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox import slack
from sandbox.slack.server import TOKEN
from sandbox.slack.state import Channel, Message
from tests.journey.stage import SQUAD, Stage, seed, stage

SIGNING_SECRET = "a-signing-secret-for-the-journeys"
CHANNEL = "C0ALERTS"
IN_SLACK = f"""\
slack: {{channel: {CHANNEL}}}
people:
  - {{login: jo, slack: U0JO}}
  - {{login: mark, slack: U0MARK}}
  - {{login: kim, email: kim@example.org}}
severe: {{ping: [nick, acme/support]}}
rotation: {{members: [jo, kim, mark], starts: 2026-11-02}}
"""


@dataclass
class Office:
    """A stage, and the squad's channel."""

    here: Stage
    slack: slack.Sandbox

    @property
    def channel(self) -> Channel:
        return self.slack.state.channels[CHANNEL]

    @property
    def messages(self) -> list[Message]:
        """The channel's, oldest first, but for replies."""
        return [message for message in self.channel.messages.values() if not message.thread]

    @property
    def replies(self) -> list[Message]:
        """Those below others, oldest first."""
        return [message for message in self.channel.messages.values() if message.thread]

    @property
    def message(self) -> Message:
        """The one message there is."""
        (message,) = self.messages
        return message

    async def press(self, action: str, user: str = "U0JO", message: Message | None = None) -> None:
        """Somebody presses a button, and it is settled."""
        pressed = message or self.message
        assert await self.slack.presses.press(channel=CHANNEL, ts=pressed.ts, action=action, user=user) == 200
        await self.here.quiet()

    async def says(self, text: str, by: str = "jo") -> None:
        """Somebody comments on the first ticket."""
        await self.here.act("comment", number=1, actor=by, body=text)
        await self.here.quiet()

    def calls(self, method: str) -> int:
        """How often the App has called this method of Slack's."""
        return sum(logged.method == method for logged in self.slack.requests)

    async def until(self, true: Any) -> None:
        """Until it is so."""
        async with asyncio.timeout(60):
            while not true():  # noqa: ASYNC110 - a lookalike rings no bell
                await asyncio.sleep(0.02)


def shown(message: Message) -> str:
    """All that a message shows, as one text."""
    texts: list[str] = []

    def gather(it: Any) -> None:
        if isinstance(it, dict):
            texts.extend(value for name, value in it.items() if name == "text" and isinstance(value, str))
            for value in it.values():
                gather(value)
        elif isinstance(it, list):
            for value in it:
                gather(value)

    gather(message.blocks)
    return "\n".join(texts)


def buttons(message: Message) -> list[str]:
    """The `action_id`s of its buttons."""
    return [it["action_id"] for block in message.blocks if block["type"] == "actions" for it in block["elements"]]


@asynccontextmanager
async def office(
    folder: Path, *, squad: str = IN_SLACK, projects: tuple[dict[str, Any], ...] = (), **more: Any
) -> AsyncIterator[Office]:
    """Everything up, Slack, too. `projects` are GitHub's."""
    known: list[Stage] = []
    chat = await slack.start(
        slack.Config(signing_secret=SIGNING_SECRET, clock=lambda: known[0].clock() if known else datetime.now(UTC))
    )
    chat.state.add_channel("alerts", id=CHANNEL)
    for name, id_, email in (
        ("Jo", "U0JO", ""),
        ("Mark", "U0MARK", ""),
        ("Kim", "U0KIM", "Kim@example.org"),
        ("Sam", "U0SAM", "sam@example.org"),
    ):
        chat.state.add_member(name, id=id_, email=email)
    settings = {
        "slack_api_url": chat.api_url,
        "slack_token": TOKEN,
        "slack_signing_secrets": SIGNING_SECRET,
    } | more
    try:
        world = seed(squad=SQUAD + squad) | {"projects": list(projects)}
        async with stage(folder, world=world, **settings) as here:
            known.append(here)
            chat.presses.url = f"{here.url}/slack/actions"
            yield Office(here, chat)
    finally:
        await chat.close()
