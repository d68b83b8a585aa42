"""Commands on a post-mortem's own issue, and the `/action` of its ticket.

| the command                  | what is done                                                                          |
|------------------------------|---------------------------------------------------------------------------------------|
| `/action`                    | the item is added to what people wrote, once; whoever does it is told in a comment    |
| … on its ticket              | the same; the comment is there                                                        |
| … and it takes no item       | an answer that says so                                                                |
| `/post-mortem #12 #15`       | these tickets are part of it, too; the App's part is written anew                     |
| `/post-mortem`               | the App's part is written anew                                                        |
| `/timeline`, a pinned        | it is on the timeline, and the App's part is written anew; so it is when such a       |
| comment                      | comment is edited, deleted, or pinned no more (`decisions/marking.py`)                |
| `/discussed`                 | the line that says that its action items were discussed is ticked                     |
| `/help`                      | what can be said here, or all about one of these                                      |
| any other command of ours    | one answer for all of them: they belong on the ticket, which it links                 |
| … that may not be used       | an answer that says whom to ask; the comment's other commands are left                |

Rules: who may is as on a ticket, and so are the signs: 👀 seen, 👍 all of it done. The issue keeps its title: that is
people's.
"""

from __future__ import annotations

from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from app.decisions import marking
from app.decisions.commands import COMMANDS, Moment, Spec, is_ours, spec_of, wish_of
from app.decisions.commands import action as action_command
from app.decisions.commands import discussed as discussed_command
from app.decisions.commands import help as help_command
from app.decisions.commands import post_mortem as post_mortem_command
from app.decisions.commands import timeline as timeline_command
from app.domain.errors import InvalidError, UnavailableError, UserError
from app.domain.issues import IssueRef
from app.domain.mail import Commented, ItemWanted, Mail
from app.domain.mailboxes import Claim
from app.domain.post_mortems import PostMortem, Stage
from app.domain.surroundings import span_of
from app.domain.wishes import AddAction, CommandLine, Discussed, Help, MarkMoment, WantPostMortem
from app.flows.drafting import Drafting
from app.flows.naming import Naming
from app.flows.notices import Notices
from app.flows.post_mortem_beginning import Beginning, about
from app.flows.settle_post_mortem import Work
from app.flows.squad_files import InForce
from app.flows.triage import NotAllowedError
from app.intake.post_mortem import checklist
from app.texts import action_items, post_mortem_begun, replies
from app.texts.action_items import with_item
from app.texts.body import peoples
from app.texts.discussing import with_discussion

HERE: Final = (
    action_command.SPEC,
    timeline_command.SPEC,
    discussed_command.SPEC,
    post_mortem_command.SPEC,
    help_command.SPEC,
)
"""What can be said on a post-mortem."""
_NO_ROOM: Final = (
    "The post-mortem takes no action item: it is full, or gone. Where it is gone, `/post-mortem` drafts one anew."
)
_log: Final = structlog.get_logger("post-mortems")


class Rights(Protocol):
    """Who may command."""

    async def refuse_who_may_not(self, spec: Spec, said: Commented, in_force: InForce) -> None: ...


class PostMortemCommands:
    """See the module's table."""

    def __init__(
        self,
        notices: Notices,
        rights: Rights,
        beginning: Beginning,
        drafting: Drafting,
        naming: Naming,
    ) -> None:
        self._notices = notices
        self._rights = rights
        self._beginning = beginning
        self._drafting = drafting
        self._naming = naming

    async def heard(self, work: Work, record: PostMortem, mail: tuple[Mail, ...]) -> PostMortem:
        """The record after all of it. Raises what GitHub raises."""
        before = record.notes
        for item in mail:
            if isinstance(item, ItemWanted):
                await self._add(work, item.item, item.op, item.on)
            elif isinstance(item, Commented):
                told = marking.followed(record.notes, item, record.issue)
                record = msgspec.structs.replace(record, notes=told)
                record = record if item.actor_is_bot else await self._comment(work, record, item)
        if record.notes != before and record.lives:
            await self._show_notes(work, record)
        return record

    async def _show_notes(self, work: Work, record: PostMortem) -> None:
        """Where it can't be written to just now, the next `/post-mortem` shows them."""
        try:
            await self._beginning.refresh(work, record)
        except (UnavailableError, InvalidError) as error:
            _log.warning(
                "a post-mortem's timeline can't be brought up to date", issue=record.issue.url, error=str(error)
            )

    async def _comment(self, work: Work, record: PostMortem, said: Commented) -> PostMortem:
        if record.stage is Stage.DROPPED:
            return record
        lines = [line for line in said.commands if is_ours(line)]
        if not lines:
            return record
        await self._notices.sign(said, "eyes")
        refused, elsewhere = False, list[CommandLine]()
        for line in lines:
            operation, spec = _operation(said, line), spec_of(line.name)
            try:
                if spec is not None:
                    await self._rights.refuse_who_may_not(spec, said, work.in_force)
                if spec is not None and spec not in HERE and not line.too_many:
                    elsewhere.append(line)
                    continue
                record = await self._carry_out(work, record, line, said, operation)
            except UserError as error:
                refused = True
                await self._notices.say(work.claim, said.issue, operation, replies.refusal(str(error), operation))
                if isinstance(error, NotAllowedError):
                    break  # once is enough
        if elsewhere:
            refused = True
            await self._send_elsewhere(work.claim, record, said, elsewhere)
        if not refused:
            await self._notices.sign(said, "+1")
        return record

    async def _carry_out(
        self, work: Work, record: PostMortem, line: CommandLine, said: Commented, operation: str
    ) -> PostMortem:
        """The record after the command. Raises UserError where it can't be carried out."""
        wish = wish_of(line, _moment(said, work.in_force))
        match wish:
            case AddAction():
                await self._add(work, wish, operation, said.issue)
            case MarkMoment():
                record = await self._noted(record, wish, line, said, work.in_force)
            case Discussed():
                await self._discussed(work)
            case WantPostMortem():
                record = about(record, await self._naming.tickets(wish.tickets, said))
                await self._beginning.refresh(work, record)
            case Help():
                await self._notices.say(work.claim, said.issue, operation, replies.help_of(_shown(wish), operation))
            case _:
                raise TypeError(f"/{line.name} was read as {wish!r}.")
        return record

    async def _noted(
        self, record: PostMortem, wish: MarkMoment, line: CommandLine, said: Commented, in_force: InForce
    ) -> PostMortem:
        tickets = await self._drafting.tickets(record.tickets)
        began, ended = span_of(tickets, said.at) if tickets else (record.began_at, None)
        zone = ZoneInfo(in_force.squad.time_zone)
        at = timeline_command.moment_of(wish, began=began, ended=ended, now=said.at, zone=zone)
        return msgspec.structs.replace(record, notes=marking.noted(record.notes, wish, line, said, at))

    async def _add(self, work: Work, item: AddAction, operation: str, on: IssueRef) -> None:
        line = action_items.line(item)
        try:
            await work.sheet.write(lambda body: with_item(body, line, checklist(peoples(body))))
        except (UnavailableError, InvalidError) as error:
            _log.warning("a post-mortem takes no action item", issue=work.sheet.issue.url, error=str(error))
            await self._notices.say(work.claim, on, operation, replies.refusal(_NO_ROOM, operation))
            return
        await self._notices.say(work.claim, on, operation, action_items.added(work.sheet.issue, item, operation))

    async def _discussed(self, work: Work) -> None:
        try:
            await work.sheet.write(with_discussion)
        except InvalidError as error:
            _log.warning("a post-mortem takes no tick", issue=work.sheet.issue.url, error=str(error))
            raise UserError("The post-mortem is full: shorten its text, then write `/discussed` again.") from None

    async def _send_elsewhere(
        self, claim: Claim, record: PostMortem, said: Commented, lines: list[CommandLine]
    ) -> None:
        tickets = await self._drafting.tickets(record.tickets)
        issues = [ticket.issue for ticket in tickets if ticket.issue is not None]
        operation = _operation(said, lines[0])
        text = post_mortem_begun.elsewhere([line.name for line in lines], issues, operation)
        await self._notices.say(claim, said.issue, operation, text)


def _operation(said: Commented, line: CommandLine) -> str:
    return f"answer.{said.comment_id}.{line.line}.{line.name}.{int(said.at.timestamp())}"


def _moment(said: Commented, in_force: InForce) -> Moment:
    return Moment(now=said.at, zone=ZoneInfo(in_force.squad.time_zone))


def _shown(wish: Help) -> list[replies.Shown]:
    specs = [COMMANDS[wish.name]] if wish.name else list(HERE)
    return [replies.Shown(usage=spec.usage, help=spec.help, examples=spec.examples) for spec in specs]
