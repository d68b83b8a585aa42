"""Promoting: `/prod-alert` on an issue that is no ticket, in a mailbox of the issue's own.

| the comment, the issue                             | what is done                                                |
|----------------------------------------------------|-------------------------------------------------------------|
| by somebody who may                                | 👀; the letter that the label would have made; 👍           |
| … with more commands, or an impact                 | these go to the ticket that the issue leads to, in order    |
| by somebody who may not                            | 👀, and an answer that says whom to ask                     |
| on a closed issue, on a pull request               | 👀, and an answer that says what to do                      |
| the issue was transferred meanwhile                | the same, where it is now                                   |
| the issue was closed as a duplicate, and reopened  | a ticket of its own: they insist that it is another error   |
| the issue is gone, or can't be read                | nothing: nobody waits for a sign on it                      |

Rule: what becomes of the issue is decided where every report is decided upon: it is adopted, or closed as a duplicate
of the ticket that its error has. The letters are received in the commit that ends this settle.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.decisions.commands import COMMANDS, Moment, prod_alert, wish_of
from app.domain.errors import UnavailableError, UserError
from app.domain.identity import fingerprint
from app.domain.issues import IssueSeen
from app.domain.mail import ByError, ByIssue, Commented, IssueChanged, IssueVerb, Letter
from app.domain.mailboxes import URGENT, Claim, Pending
from app.domain.tickets import Ticket
from app.domain.wishes import CommandLine, Promote
from app.flows.notices import Notices
from app.flows.squad_files import InForce, SquadFiles
from app.flows.systems import Issues
from app.flows.triage import Triage
from app.intake import form
from app.intake.github import error_of
from app.texts import replies

_NAME: Final = prod_alert.SPEC.name
_PULL_REQUEST: Final = "A pull request is no ticket. Open an issue, and write `/prod-alert` there."
_log: Final = structlog.get_logger("promoting")


class Desk(Protocol):
    """The mailroom, as promoting needs it."""

    async def ticket_at(self, repository_id: int, number: int) -> int | None: ...
    async def look(self, ticket_id: int) -> Ticket | None: ...


class Promoting:
    """See the module's table."""

    def __init__(
        self,
        desk: Desk,
        issues: Issues,
        squad_files: SquadFiles,
        triage: Triage,
        notices: Notices,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._issues = issues
        self._squad_files = squad_files
        self._triage = triage
        self._notices = notices
        self._now = now

    async def letters_for(self, claim: Claim, pending: tuple[Pending, ...]) -> tuple[Letter, ...]:
        """What is to be said to the issue's ticket. Raises what GitHub raises."""
        letters: list[Letter] = []
        for piece in pending:
            if isinstance(piece.mail, Commented):
                letters += await self._heard(claim, piece.mail)
        return tuple(letters)

    async def _heard(self, claim: Claim, said: Commented) -> list[Letter]:
        line = next((each for each in said.commands if each.name == _NAME), None)
        if line is None:
            return []
        try:
            seen = await self._issues.read(said.issue)
        except UnavailableError as error:
            _log.info("an issue that is to be a ticket can't be read", issue=said.issue.url, error=str(error))
            return []
        said = msgspec.structs.replace(said, issue=seen.ref)
        in_force = await self._squad_files.of(seen.ref.repository)
        await self._notices.sign(said, "eyes")
        try:
            wish = await self._allowed(line, said, seen, in_force)
        except UserError as error:
            await self._refuse(claim, said, line, str(error))
            return []
        rest = _for_the_ticket(wish, line, said.commands)
        if not rest:
            await self._notices.sign(said, "+1")
        return self._written(said, seen, rest, await self._address_of_its_own(seen))

    async def _allowed(self, line: CommandLine, said: Commented, seen: IssueSeen, in_force: InForce) -> Promote:
        """What is wished for. Raises UserError where it can't be, or may not."""
        await self._triage.refuse_who_may_not(COMMANDS[_NAME], said, in_force)
        wish = wish_of(line, Moment(now=said.at, zone=ZoneInfo(in_force.squad.time_zone)))
        if not isinstance(wish, Promote):
            raise TypeError(f"/{_NAME} was read as {wish!r}.")
        if said.on_pull_request:
            raise UserError(_PULL_REQUEST)
        if not seen.open:
            raise UserError(prod_alert.CLOSED)
        return wish

    async def _address_of_its_own(self, seen: IssueSeen) -> ByError | None:
        """Where the issue leads to a ticket that is in another issue: an error of its own; else None."""
        ref = seen.ref
        known = await self._desk.ticket_at(ref.repository.id, ref.number)
        ticket = await self._desk.look(known) if known is not None else None
        if ticket is None or ticket.issue is None or ticket.issue.id == ref.id:
            return None
        return ByError(fingerprint=fingerprint("person", str(ref.repository.id), str(ref.number)))

    def _written(
        self, said: Commented, seen: IssueSeen, rest: tuple[CommandLine, ...], own: ByError | None
    ) -> list[Letter]:
        """The report, as the label would have made it, and behind it what else is commanded."""
        title, body = self._squad_files.redactor.redact_all((seen.title, seen.body))
        issue = msgspec.structs.replace(seen, title=title, body=body, body_exact=body == seen.body)
        report = form.read(title, body, reported_at=said.at)
        changed = IssueChanged(
            verb=IssueVerb.REPORTED,
            issue=issue,
            actor=said.actor,
            at=said.at,
            alert=report.alert,
            faults=report.faults,
        )
        severe = any(line.name == "impact" and line.rest.lower().startswith("severe") for line in rest)
        address = own or ByIssue(repository_id=seen.ref.repository.id, number=seen.ref.number, error=error_of(changed))
        name = f"{said.comment_id}:{int(said.at.timestamp())}"
        letter = Letter(
            sender="promoting",
            delivery_id=f"report:{name}",
            address=address,
            mail=changed,
            received_at=self._now(),
            prompt=True,
            priority=URGENT if severe else 0,
        )
        if not rest:
            return [letter]
        more = msgspec.structs.replace(said, commands=rest, promoted=True)
        return [letter, msgspec.structs.replace(letter, delivery_id=f"commands:{name}", mail=more)]

    async def _refuse(self, claim: Claim, said: Commented, line: CommandLine, why: str) -> None:
        operation = f"answer.{said.comment_id}.{line.line}.{int(said.at.timestamp())}"
        text = replies.refusal(why, operation)

        await self._notices.say(claim, said.issue, operation, text)


def _for_the_ticket(wish: Promote, own: CommandLine, commands: tuple[CommandLine, ...]) -> tuple[CommandLine, ...]:
    """The comment's other commands; an impact behind `/prod-alert` is decided before them."""
    others = tuple(line for line in commands if line.name != _NAME)
    if wish.impact is None:
        return others
    rest = f"{wish.impact} {wish.reason}".strip()
    return (CommandLine(name="impact", rest=rest, line=own.line), *others)
