"""Settling what is to be said in Slack: one mailbox for each ticket, so that a ticket never waits for Slack.

| mail                                     | what is done                                                           |
|------------------------------------------|------------------------------------------------------------------------|
| the ticket's message shall show this     | posted, where it has none and it is loud; else edited; of several in a |
|                                          | row the last counts                                                    |
| … and it has become severe since         | edited, and people are called in a reply: an edit tells nobody         |
| … and the message was deleted            | posted anew where it is loud; else left                                |
| … and Slack lets nobody edit it any more | left as it is; the log says so                                         |
| … and the squad's channel is another now | posted there where it is loud; the old one is left                     |
| others are on duty                       | posted, once                                                           |
| something of a post-mortem               | see `slack_post_mortems.py`                                            |
| a press was refused                      | told to the person alone; not after half an hour, Slack's limit        |
| a press of a ticket that is not there    | the same                                                               |

Rules: what posts goes through `Once`; an edit carries the full state. What fails is tried again like any mail, after
1 s, 2 s, 4 s … at most 5 minutes, or when Slack says; where a person must change something, every 15 minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.announcing import LOUD
from app.domain.announcements import Shown, SlackMessage, Standing
from app.domain.errors import InvalidError, UnavailableError
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.domain.mail import AfterStandup, AnswerPress, HandedOver, Mail, Pressed, ShowInSlack, ShowPostMortem
from app.domain.mailboxes import Claim, Pending, announcement_key
from app.domain.post_mortem_news import ShownPostMortem
from app.domain.squad import Squad
from app.flows.once import Once
from app.flows.slack_post_mortems import SlackPostMortems
from app.flows.squad_files import SquadFiles
from app.texts import slack as texts
from app.texts.mrkdwn import Mrkdwn
from app.texts.slack import Message

ANSWERABLE: Final = timedelta(minutes=30)
"""So long Slack takes answers: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
_MOST: Final = 1_000
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

    async def answer(self, url: str, text: Mrkdwn) -> None:
        """Something that one person sees."""


class Memory(Protocol):
    """What stays across restarts."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class Desk(Protocol):
    """The mailroom, as this needs it."""

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]: ...
    async def finish(self, claim: Claim, *, through: int, now: datetime) -> None: ...


class _Kept(Fact, frozen=True, kw_only=True):
    """What is known of a ticket's message. `made` counts those it has had: it makes their operations unique."""

    message: SlackMessage | None = None
    made: int = 0
    severe: bool = False
    """Whether people were called for what is severe, and it still is."""
    alarms: int = 0
    """How often they were called below the message."""


class _Answered(Fact, frozen=True, kw_only=True):
    """A press was answered; there is nothing to know of it."""


class SettleSlack:
    """See the module's table."""

    def __init__(
        self,
        desk: Desk,
        channel: Channel,
        squad_files: SquadFiles,
        once: Once,
        memory: Memory,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._channel = channel
        self._squad_files = squad_files
        self._once = once
        self._memory = memory
        self._post_mortems = SlackPostMortems(channel, squad_files, once, memory, now=now)
        self._now = now

    async def settle(self, claim: Claim, most: int | None) -> None:
        """Settle all that is pending, or so many letters of it. Raises what Slack raises."""
        letters = await self._desk.pending(claim, after=0, limit=_MOST if most is None else most)
        shown: Shown | None = None
        post_mortem: ShownPostMortem | None = None
        for letter in letters:
            match letter.mail:
                case ShowInSlack(shown=shown):
                    pass  # the last one counts
                case ShowPostMortem(shown=post_mortem):
                    pass  # here, too
                case AfterStandup(line=line):
                    await self._post_mortems.say(claim, line)
                case HandedOver() as news:
                    await self._hand_over(claim, letter.seq, news)
                case AnswerPress() as answer:
                    await self._answer(claim, letter.seq, answer)
                case Pressed() as press:
                    await self._answer(claim, letter.seq, _unknown(press))
                case _:
                    _log.error("mail that is nothing to Slack", key=claim.key, kind=_kind(letter.mail))
        if shown is not None:
            await self._show(claim, shown)
        if post_mortem is not None:
            await self._post_mortems.show(claim, post_mortem)
        await self._desk.finish(claim, through=letters[-1].seq if letters else 0, now=self._now())

    async def _show(self, claim: Claim, shown: Shown) -> None:
        squad = await self._squad(shown.repository)
        if squad.slack is None:
            return  # switched off since
        kept = await _kept(self._memory, shown.ticket)
        message = texts.ticket(shown, squad.people)
        if kept.message is not None and await self._edited(kept, message, shown, squad.slack.channel):
            await self._call(claim, kept, kept.message, shown, squad)
            return
        if shown.standing not in LOUD:
            return
        operation = _operation(shown.ticket, kept.made + 1)
        posted, fresh = await self._posted(
            claim, operation, squad.slack.channel, message, urgent=shown.standing is Standing.SEVERE
        )
        severe = shown.standing is Standing.SEVERE
        await self._remember(shown.ticket, _Kept(message=posted, made=kept.made + 1, severe=severe, alarms=kept.alarms))
        if not fresh:
            await self._channel.update(posted, message, operation=operation)

    async def _call(self, claim: Claim, kept: _Kept, message: SlackMessage, shown: Shown, squad: Squad) -> None:
        """People are called when the ticket becomes severe, once each time."""
        severe = shown.standing is Standing.SEVERE
        if severe == kept.severe:
            return
        if severe:
            kept = msgspec.structs.replace(kept, alarms=kept.alarms + 1)
            operation = f"{shown.ticket}.slack.alarm.{kept.alarms}"
            alarm = texts.alarm(shown, squad.people)
            await self._posted(claim, operation, message.channel, alarm, urgent=True, below=message)
        await self._remember(shown.ticket, msgspec.structs.replace(kept, severe=severe))

    async def _edited(self, kept: _Kept, message: Message, shown: Shown, channel: str) -> bool:
        """Whether nothing is left to be done."""
        if kept.message is None or (kept.message.channel != channel and shown.standing in LOUD):
            return False
        try:
            await self._channel.update(kept.message, message, operation=_operation(shown.ticket, kept.made))
        except UnavailableError as error:
            if error.reason not in _LEFT:
                raise
            _log.warning("a ticket's message can't be edited", ticket=shown.ticket, error=str(error))
            return error.reason == "uneditable"
        return True

    async def _posted(
        self,
        claim: Claim,
        operation: str,
        channel: str,
        message: Message,
        *,
        urgent: bool,
        below: SlackMessage | None = None,
    ) -> tuple[SlackMessage, bool]:
        return await self._once.make(
            claim,
            operation,
            SlackMessage,
            call=lambda: self._channel.post(channel, message, operation=operation, urgent=urgent, below=below),
            find=lambda since: self._channel.posted(channel, operation, since),
        )

    async def _hand_over(self, claim: Claim, seq: int, news: HandedOver) -> None:
        squad = await self._squad(news.repository)
        if squad.slack is None:
            return
        message = texts.handed_over(news.handover, by=news.by, url=news.url, people=squad.people)
        await self._posted(claim, f"{claim.key}.duty.{seq}", squad.slack.channel, message, urgent=False)

    async def _answer(self, claim: Claim, seq: int, answer: AnswerPress) -> None:
        if not answer.to or self._now() - answer.pressed_at >= ANSWERABLE:
            _log.warning("a press was refused, and it can't be said any more", why=answer.why)
            return

        async def call() -> _Answered:
            await self._channel.answer(answer.to, texts.refused(answer.why))
            return _Answered()

        async def find(_: datetime) -> _Answered:
            return _Answered()  # said twice is worse than, once in a while, not at all

        try:
            await self._once.make(claim, f"{claim.key}.answer.{seq}", _Answered, call=call, find=find)
        except (UnavailableError, InvalidError) as error:
            _log.warning("a press was refused, and it could not be said", why=answer.why, error=str(error))

    async def _squad(self, repository: Repository) -> Squad:
        return (await self._squad_files.of(repository)).squad

    async def _remember(self, ticket: int, kept: _Kept) -> None:
        await self._memory.remember(announcement_key(ticket), msgspec.json.encode(kept), self._now())


async def message_of(memory: Memory, ticket: int) -> SlackMessage | None:
    """The ticket's message in Slack; None where none is known."""
    return (await _kept(memory, ticket)).message


async def _kept(memory: Memory, ticket: int) -> _Kept:
    known = await memory.recall(announcement_key(ticket))
    return _Kept() if known is None else msgspec.json.decode(known, type=_Kept)


def _operation(ticket: int, nth: int) -> str:
    return f"{ticket}.slack.{nth}"


def _unknown(press: Pressed) -> AnswerPress:
    why = "There is no such ticket here any more: the App's database may be a new one. Open the ticket on GitHub."
    return AnswerPress(to=press.answer_to, why=why, pressed_at=press.at)


def _kind(mail: Mail) -> str:
    return type(mail).__name__
