"""A post-mortem's message in Slack, settled in a mailbox of its own, as a ticket's (`settle_slack.py`) is.

| mail                                      | what is done                                                             |
|-------------------------------------------|--------------------------------------------------------------------------|
| its message shall show this               | posted, where it has none and is worked on; else edited; of several in a |
|                                           | row the last counts                                                      |
| … and feedback is asked for by a day      | edited, and said in a reply: an edit tells nobody; once for each day     |
| … and the message was deleted             | posted anew where it is worked on; else left                             |
| … and Slack lets nobody edit it any more  | left as it is                                                            |
| … and the channel is another now          | posted there where it is worked on; the old one is left                  |
| its items are to be discussed today       | posted, once; on another day, since Slack was down, not any more         |

Rule: what posts goes through `Once`; an edit carries the full state. Where the squad's file names no channel any more,
nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.domain.announcements import SlackMessage
from app.domain.errors import UnavailableError
from app.domain.facts import Fact
from app.domain.issues import IssueRef
from app.domain.mailboxes import Claim
from app.domain.post_mortem_news import AgendaLine, ShownPostMortem
from app.domain.post_mortems import Stage
from app.domain.squad import Squad
from app.flows.once import Once
from app.flows.squad_files import SquadFiles
from app.texts import slack_post_mortems as texts
from app.texts.slack import Message

_LEFT: Final = frozenset({"gone", "uneditable"})
_log: Final = structlog.get_logger("slack")


class Channel(Protocol):
    """Slack. Any call may raise what `flows/systems.py` names."""

    async def post(
        self, channel: str, message: Message, *, operation: str, urgent: bool, below: SlackMessage | None = None
    ) -> SlackMessage:
        """A new message; `below` another as a reply that the channel sees, too. In doubt: look with `posted`."""

    async def posted(self, channel: str, operation: str, since: datetime) -> SlackMessage | None:
        """The message of this operation that was posted since then, by listing."""

    async def update(self, at: SlackMessage, message: Message, *, operation: str) -> None:
        """The message shows this from now on; it may be repeated."""


class Memory(Protocol):
    """What stays across restarts."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class _Kept(Fact, frozen=True, kw_only=True):
    """What is known of a post-mortem's message. `made` counts those it has had: it makes their operations unique."""

    message: SlackMessage | None = None
    made: int = 0
    feedback_by: date | None = None
    """The day that people were told last."""


class SlackPostMortems:
    """See the module's table."""

    def __init__(
        self, channel: Channel, squad_files: SquadFiles, once: Once, memory: Memory, *, now: Callable[[], datetime]
    ) -> None:
        self._channel = channel
        self._squad_files = squad_files
        self._once = once
        self._memory = memory
        self._now = now

    async def show(self, claim: Claim, shown: ShownPostMortem) -> None:
        """Its message shows this from now on. Raises what Slack raises."""
        squad = await self._squad(shown.issue)
        channel = channel_of(squad)
        if not channel:
            return  # switched off since
        kept = await self._kept(claim)
        message = texts.post_mortem(shown, squad.people)
        lives = shown.stage in {Stage.IN_PROGRESS, Stage.FEEDBACK}
        if kept.message is not None and await self._edited(claim, kept, message, anew=lives, channel=channel):
            await self._call(claim, kept, kept.message, shown, squad)
            return
        if not lives:
            return
        operation = _operation(claim, kept.made + 1)
        posted, fresh = await self._posted(claim, operation, channel, message)
        told = shown.feedback_by if shown.stage is Stage.FEEDBACK else kept.feedback_by
        await self._remember(claim, _Kept(message=posted, made=kept.made + 1, feedback_by=told))
        if not fresh:
            await self._channel.update(posted, message, operation=operation)

    async def say(self, claim: Claim, line: AgendaLine) -> None:
        """What is to be discussed after standup, on its day. Raises what Slack raises."""
        squad = await self._squad(line.issue)
        channel = channel_of(squad)
        if not channel or self._now().astimezone(ZoneInfo(squad.time_zone)).date() != line.day:
            return
        await self._posted(claim, f"{_name(claim)}.standup.{line.day}", channel, texts.agenda(line))

    async def _call(
        self, claim: Claim, kept: _Kept, message: SlackMessage, shown: ShownPostMortem, squad: Squad
    ) -> None:
        """Feedback is called for, once for each day."""
        by = shown.feedback_by
        if shown.stage is not Stage.FEEDBACK or by is None or by == kept.feedback_by:
            return
        reply = texts.feedback(shown, by, squad.people)
        await self._posted(claim, f"{_name(claim)}.feedback.{by}", message.channel, reply, below=message)
        await self._remember(claim, msgspec.structs.replace(kept, feedback_by=by))

    async def _edited(self, claim: Claim, kept: _Kept, message: Message, *, anew: bool, channel: str) -> bool:
        """Whether nothing is left to be posted; `anew`: it may be."""
        if kept.message is None or (kept.message.channel != channel and anew):
            return False
        try:
            await self._channel.update(kept.message, message, operation=_operation(claim, kept.made))
        except UnavailableError as error:
            if error.reason not in _LEFT:
                raise
            _log.warning("a post-mortem's message can't be edited", mailbox=claim.key, error=str(error))
            return error.reason == "uneditable"
        return True

    async def _posted(
        self, claim: Claim, operation: str, channel: str, message: Message, *, below: SlackMessage | None = None
    ) -> tuple[SlackMessage, bool]:
        return await self._once.make(
            claim,
            operation,
            SlackMessage,
            call=lambda: self._channel.post(channel, message, operation=operation, urgent=False, below=below),
            find=lambda since: self._channel.posted(channel, operation, since),
        )

    async def _squad(self, issue: IssueRef) -> Squad:
        return (await self._squad_files.of(issue.repository)).squad

    async def _kept(self, claim: Claim) -> _Kept:
        known = await self._memory.recall(claim.key)
        return _Kept() if known is None else msgspec.json.decode(known, type=_Kept)

    async def _remember(self, claim: Claim, kept: _Kept) -> None:
        await self._memory.remember(claim.key, msgspec.json.encode(kept), self._now())


def channel_of(squad: Squad) -> str:
    """Where post-mortems are announced; empty where they are not."""
    return squad.post_mortem.channel or (squad.slack.channel if squad.slack is not None else "")


def _name(claim: Claim) -> str:
    return claim.key.replace(":", ".")


def _operation(claim: Claim, nth: int) -> str:
    return f"{_name(claim)}.{nth}"
