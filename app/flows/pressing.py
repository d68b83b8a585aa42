"""Presses: a button of a ticket's message in Slack is a command, given by whoever pressed it.

| the press                                        | what is done                                                    |
|--------------------------------------------------|-----------------------------------------------------------------|
| by a person whom the squad's file knows by their | the command, with their GitHub login's permission, as in a      |
| member id, or else by the e-mail address there   | comment                                                         |
| by anybody else                                  | refused: they are told what to add to the squad's file          |
| on a message that is not the ticket's            | refused: the database may be another than when it was posted    |
| of a ticket without an issue                     | refused: who may is asked of its repository                     |
| that the command refuses                         | refused, in the command's own words                             |

Rules: a refusal is told to the person alone. What is done shows in the message, and on the ticket, where it names them.
Slack is asked who somebody is only where the file does not say, and not waited for long: a ticket must not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import structlog

from app.domain.actions import Action, Post
from app.domain.announcements import Verb
from app.domain.errors import SystemRefusedError, UserError
from app.domain.mail import AnswerPress, ByKey, Commented, Letter, Pressed
from app.domain.mailboxes import announcement_key
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.domain.wishes import CommandLine
from app.flows.settle_slack import Memory, message_of
from app.flows.squad_files import SQUAD_FILE, InForce
from app.flows.triage import Heard, Triage

_WITHIN: Final = 3.0
"""Seconds that Slack has to say who somebody is."""
_COMMANDS: Final = {
    Verb.ACKNOWLEDGE: CommandLine(name="ack", line=1),
    Verb.UNSURE: CommandLine(name="impact", rest="unsure", line=1),
    Verb.ANNOYING: CommandLine(name="impact", rest="annoying", line=1),
    Verb.SEVERE: CommandLine(name="impact", rest="severe", line=1),
    Verb.SILENCE: CommandLine(name="silence", rest="24h by a button in Slack", line=1),
}
_log: Final = structlog.get_logger("slack")


class Members(Protocol):
    """The workspace's people."""

    async def email(self, user: str) -> str:
        """A member's e-mail address; empty where there is none. Raises a SystemRefusedError."""


class Pressing:
    """See the module's table."""

    def __init__(self, triage: Triage, members: Members, memory: Memory, *, now: Callable[[], datetime]) -> None:
        self._triage = triage
        self._members = members
        self._memory = memory
        self._now = now

    async def pressed(self, ticket: Ticket, press: Pressed, in_force: InForce) -> Heard:
        """Carry it out on the ticket. Raises what GitHub raises."""
        try:
            return await self._carried_out(ticket, press, in_force)
        except UserError as error:
            heard = Heard(ticket)
            heard.actions += _refusal(ticket.id, press, str(error), self._now())
            return heard

    async def _carried_out(self, ticket: Ticket, press: Pressed, in_force: InForce) -> Heard:
        posted = await message_of(self._memory, ticket.id)
        if posted != press.message:
            raise UserError(
                "This message is not the ticket's, or not known as such yet. Press again in a minute, or open the "
                "ticket and write the command there."
            )
        if ticket.issue is None:
            raise UserError("The ticket has no issue at the moment, so nothing can be decided about it.")
        login = await self._login(press.user, in_force.squad)
        said = Commented(
            action="created",
            comment_id=0,
            issue=ticket.issue,
            actor=login,
            actor_is_bot=False,
            at=press.at,
            commands=(_COMMANDS[press.verb],),
        )
        operation = f"{ticket.id}.press.{press.user}.{int(press.at.timestamp() * 1_000_000)}"
        return await self._triage.ordered(ticket, said, in_force, operation)

    async def _login(self, user: str, squad: Squad) -> str:
        known = next((person.login for person in squad.people if person.slack == user), None)
        if known is not None:
            return known
        email = await self._email(user)
        by_email = next((it.login for it in squad.people if email and it.email.casefold() == email.casefold()), None)
        if by_email is not None:
            return by_email
        raise UserError(
            f"Nobody knows who you are on GitHub. Add `slack: {user}` and your login under `people` to the squad's "
            f"file, `{SQUAD_FILE}`, and press again."
        )

    async def _email(self, user: str) -> str:
        try:
            async with asyncio.timeout(_WITHIN):
                return await self._members.email(user)
        except (SystemRefusedError, TimeoutError) as error:
            _log.warning("Slack does not say who pressed", user=user, error=str(error) or "too slow")
            return ""


def _refusal(ticket: int, press: Pressed, why: str, now: datetime) -> tuple[Action, ...]:
    """Why a press was not carried out, for the mailbox that speaks to Slack."""
    if not press.answer_to:
        _log.warning("a press was refused, and there is no way to say so", ticket=ticket, user=press.user, why=why)
        return ()
    letter = Letter(
        sender="pressing",
        delivery_id=f"{ticket}:{press.user}:{press.at.isoformat()}:{press.verb}",
        address=ByKey(key=announcement_key(ticket)),
        mail=AnswerPress(to=press.answer_to, why=why, pressed_at=press.at),
        received_at=now,
        prompt=True,
    )
    return (Post(letter=letter),)
