"""Settling a post-mortem's own mailbox: everything pending is taken, the issue read once where needed, then acted on.

| mail                                         | what is done                                                          |
|----------------------------------------------|-----------------------------------------------------------------------|
| its ticket's `/post-mortem` opened it        | it is remembered, without a call                                      |
| … or brought it up to date                   | its tickets are remembered; it is read                                |
| its issue was opened, labelled, edited,      | it is read, and begun where the App had no part in it; see            |
| closed, reopened …                           | `flows/post_mortem_beginning.py`                                      |
| its issue was deleted                        | it is dropped                                                         |
| its issue was transferred                    | what is known of it goes to its new mailbox, and it ends here         |
| a comment with commands, or one that was     | see `flows/post_mortem_commands.py`; without a command it begins none |
| edited, deleted, pinned …; its ticket's      |                                                                       |
| `/action`                                    |                                                                       |
| an action item's sub-issue ended, or began   | see `flows/action_items.py`                                           |
| again                                        |                                                                       |
| a timer fell due                             | the followers hear of it                                              |
| anything, of an issue that is a ticket's     | it goes to the ticket's mailbox                                       |

Rules: what is known is remembered under the mailbox's key, in the commit that ends the settle and saves what followers
have to say to others: neither is there without the other. Followers hear of every change, in their order. What GitHub
says of an issue that can't be read or written (archived, no permission, too long) is logged, and the mail is settled:
nobody waits for the App there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol, TypeGuard

import msgspec
import structlog

from app.decisions.moving import same_issue, with_post_mortem
from app.decisions.post_mortems import seen_again
from app.domain.errors import InvalidError, UnavailableError
from app.domain.facts import Fact
from app.domain.issues import IssueRef, IssueSeen
from app.domain.mail import (
    ByKey,
    Commented,
    IssueChanged,
    IssueVerb,
    ItemWanted,
    Letter,
    Mail,
    PostMortemMoved,
    PostMortemNamed,
    PostMortemWritten,
    TimerFell,
)
from app.domain.mailboxes import Claim, Pending, Timer, post_mortem_key, ticket_key
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.flows import logged
from app.flows.rewriting import Rewrite, rewritten
from app.flows.squad_files import InForce, SquadFiles
from app.flows.systems import Issues
from app.intake import post_mortem as intake
from app.texts.body import split

_MOST: Final = 1_000
_log: Final = structlog.get_logger("post-mortems")


class Memory(Protocol):
    """What stays across restarts."""

    async def recall(self, name: str) -> bytes | None: ...
    async def remember(self, name: str, value: bytes, now: datetime) -> None: ...


class Desk(Memory, Protocol):
    """The mailroom, as this needs it."""

    async def ticket_at(self, repository_id: int, number: int) -> int | None: ...
    async def look(self, ticket_id: int) -> Ticket | None: ...
    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]: ...
    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        timers: tuple[Timer, ...] = (),
        letters: tuple[Letter, ...] = (),
        remembers: tuple[str, bytes] | None = None,
    ) -> None: ...


class Followed(Fact, frozen=True, kw_only=True):
    """What a follower made of it."""

    record: PostMortem
    timers: tuple[Timer, ...] = ()
    """It wants to be woken then: set in the commit that ends the settle. Names are the follower's own."""
    letters: tuple[Letter, ...] = ()
    """What other mailboxes shall know, received in that commit."""


class Follower(Protocol):
    """Whoever follows post-mortems elsewhere: on a project's board, in Slack."""

    async def advanced(
        self, claim: Claim, before: PostMortem | None, after: PostMortem, squad: Squad, fell: tuple[str, ...]
    ) -> Followed:
        """The record changed (`before` None: it is new), or timers fell due, of which these are the names.

        It may be called again with the same: what it creates goes through `Once`.
        """


class Sheet:
    """A post-mortem's issue while it is settled: read once, when somebody asks, and as the last write left it."""

    def __init__(self, issues: Issues, issue: IssueRef, *, urgent: bool) -> None:
        self._issues = issues
        self._urgent = urgent
        self.issue = issue
        self.known: IssueSeen | None = None
        """As it was seen last in this settle; None: nobody has asked."""

    async def seen(self) -> IssueSeen:
        """The issue. Raises what GitHub raises."""
        if self.known is None:
            self.known = await self._issues.read(self.issue)
            self.issue = self.known.ref
        return self.known

    async def write(self, anew: Rewrite) -> None:
        """Its body becomes what `anew` makes of it. Raises what GitHub raises."""
        seen = await self.seen()
        body = await rewritten(self._issues, self.issue, seen.body, anew, urgent=self._urgent)
        self.known = msgspec.structs.replace(seen, body=body)


class Work(Fact, frozen=True, kw_only=True):
    """What a settle's parts work with."""

    claim: Claim
    sheet: Sheet
    in_force: InForce


class Part(Protocol):
    """A part of the settle that needs nothing of the mail."""

    async def __call__(self, work: Work, record: PostMortem) -> PostMortem: ...


class Hears(Protocol):
    """A part of the settle that is about some of the mail."""

    async def __call__(self, work: Work, record: PostMortem, mail: tuple[Mail, ...]) -> PostMortem: ...


class SettlePostMortem:
    """See the module's rules."""

    def __init__(
        self,
        desk: Desk,
        issues: Issues,
        squad_files: SquadFiles,
        *,
        begin: Part,
        command: Hears,
        action_items: Hears,
        followers: tuple[Follower, ...] = (),
        now: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._issues = issues
        self._squad_files = squad_files
        self._begin = begin
        self._command = command
        self._action_items = action_items
        self._followers = followers
        self._now = now

    async def settle(self, claim: Claim, most: int | None) -> None:
        """Settle all that is pending, or so many letters of it. Raises what the systems raise."""
        pending = await self._desk.pending(claim, after=0, limit=_MOST if most is None else most)
        logged.took(pending)
        through = pending[-1].seq if pending else 0
        mail = tuple(letter.mail for letter in pending)
        known = await record_of(self._desk, claim.key)
        issue = _issue_of(claim.key, mail, known)
        if issue is None or (known is None and not any(_begins(item) for item in mail)):
            await self._desk.finish(claim, through=through, now=self._now())
            return
        ticket = await self._ticket_in(issue)
        if ticket is not None:
            letters = tuple(_passed_on(claim, ticket, letter) for letter in pending)
            await self._desk.finish(claim, through=through, now=self._now(), letters=letters)
            return
        before = known or next((item.record for item in mail if isinstance(item, PostMortemMoved)), None)
        sheet = Sheet(self._issues, issue, urgent=claim.urgent)
        in_force = await self._squad_files.of(issue.repository)
        work = Work(claim=claim, sheet=sheet, in_force=in_force)
        moved_to = next((item.moved_to.ref for item in mail if _moves(item, issue) and item.moved_to is not None), None)
        record = self._told(before, issue, mail)
        try:
            if moved_to is None:
                record = await self._settled(work, record, mail, known=before is not None)
        except (UnavailableError, InvalidError) as error:
            _log.warning("nothing can be done about a post-mortem", issue=issue.url, error=str(error))
            record = self._as_seen(sheet, record)
        if moved_to is None and not same_issue(sheet.issue, issue):
            moved_to = sheet.issue
        if moved_to is not None:
            await self._moved(claim, record, moved_to, through)
            return
        fell = tuple(item.name for item in mail if isinstance(item, TimerFell))
        timers: tuple[Timer, ...] = ()
        letters = await self._named(claim, record)
        if record != before or fell:
            for follower in self._followers:
                followed = await follower.advanced(claim, before, record, in_force.squad, fell)
                record, timers = followed.record, (*timers, *followed.timers)
                letters = (*letters, *followed.letters)
        remembers = (claim.key, msgspec.json.encode(record)) if record != known else None
        await self._desk.finish(
            claim, through=through, now=self._now(), timers=timers, letters=letters, remembers=remembers
        )

    def _told(self, before: PostMortem | None, issue: IssueRef, mail: tuple[Mail, ...]) -> PostMortem:
        """What is known without a look at the issue."""
        record = before or PostMortem(issue=issue, stage=Stage.IN_PROGRESS, began_at=self._now())
        record = msgspec.structs.replace(record, issue=issue)
        for item in mail:
            if isinstance(item, PostMortemWritten):
                fresh = not record.tickets
                record = msgspec.structs.replace(
                    record,
                    title=record.title or item.title,
                    tickets=tuple(dict.fromkeys((*record.tickets, item.ticket, *item.named))),
                    apps=tuple(dict.fromkeys((*record.apps, *item.apps))),
                    on_duty=item.on_duty if fresh else record.on_duty,
                    lead=item.lead if fresh else record.lead,
                    begun=True,
                )
        return record

    async def _settled(self, work: Work, record: PostMortem, mail: tuple[Mail, ...], *, known: bool) -> PostMortem:
        if any(_ends(item, record.issue) for item in mail):
            return msgspec.structs.replace(record, stage=Stage.DROPPED)
        was_opened = any(isinstance(item, PostMortemWritten) and item.opened for item in mail)
        if any(_about(item, record.issue) or _refreshed(item) for item in mail) or not (known or was_opened):
            try:
                await work.sheet.seen()
            except UnavailableError as error:
                if error.reason != "gone":
                    raise
                record = msgspec.structs.replace(record, stage=Stage.DROPPED)
                return await self._command(work, record, mail)  # its ticket is told
            if not same_issue(work.sheet.issue, record.issue):
                return record  # it was transferred, and nobody told
            record = self._as_seen(work.sheet, record)
            if record.lives and not record.begun:
                record = await self._begin(work, record)
        record = await self._command(work, record, mail)
        if record.stage is not Stage.DROPPED:
            record = await self._action_items(work, record, mail)
        return self._as_seen(work.sheet, record)

    def _as_seen(self, sheet: Sheet, record: PostMortem) -> PostMortem:
        seen = sheet.known
        if seen is None:
            return record
        around = split(seen.body)
        paper = intake.read(f"{around.before}\n\n{around.after}")
        redacted = msgspec.structs.replace(seen, title=self._squad_files.redactor.redact(seen.title))
        return seen_again(record, redacted, paper)

    async def _ticket_in(self, issue: IssueRef) -> int | None:
        """The ticket that the issue is itself, though it carries no label of tickets."""
        number = await self._desk.ticket_at(issue.repository.id, issue.number)
        ticket = await self._desk.look(number) if number is not None else None
        if ticket is None or ticket.issue is None or not same_issue(ticket.issue, issue):
            return None
        return ticket.id

    async def _named(self, claim: Claim, record: PostMortem) -> tuple[Letter, ...]:
        """To those of its tickets that know of no post-mortem."""
        looked = [await self._desk.look(number) for number in record.tickets if record.lives]
        return tuple(
            Letter(
                sender="post-mortem",
                delivery_id=f"{claim.key}:named.{ticket.id}",
                address=ByKey(key=ticket_key(ticket.id)),
                mail=PostMortemNamed(issue=record.issue),
                received_at=self._now(),
            )
            for ticket in looked
            if ticket is not None and with_post_mortem(ticket, record.issue) is not ticket
        )

    async def _moved(self, claim: Claim, record: PostMortem, to: IssueRef, through: int) -> None:
        there = msgspec.structs.replace(record, issue=to)
        ended = msgspec.structs.replace(record, stage=Stage.DROPPED)
        letter = Letter(
            sender="post-mortem",
            delivery_id=f"{claim.key}:moved.{to.id}",
            address=ByKey(key=post_mortem_key(to.repository.id, to.number)),
            mail=PostMortemMoved(record=there),
            received_at=self._now(),
            prompt=True,
        )
        remembers = (claim.key, msgspec.json.encode(ended))
        await self._desk.finish(claim, through=through, now=self._now(), letters=(letter,), remembers=remembers)


async def record_of(memory: Memory, key: str) -> PostMortem | None:
    """What is known of the post-mortem with this mailbox; None where nothing is."""
    saved = await memory.recall(key)
    return None if saved is None else msgspec.json.decode(saved, type=PostMortem)


def _issue_of(key: str, mail: tuple[Mail, ...], known: PostMortem | None) -> IssueRef | None:
    """The post-mortem's issue, as it was told last; None for mail about nothing."""
    told = [ref for item in mail if (ref := _told_issue(item)) is not None and _key(ref) == key]
    return told[-1] if told else (known.issue if known is not None else None)


def _told_issue(item: Mail) -> IssueRef | None:
    match item:
        case IssueChanged(issue=IssueSeen(ref=ref)):
            return ref
        case Commented(issue=ref) | PostMortemWritten(issue=ref) | ItemWanted(issue=ref):
            return ref
        case PostMortemMoved(record=PostMortem(issue=ref)):
            return ref
        case _:
            return None


def _key(issue: IssueRef) -> str:
    return post_mortem_key(issue.repository.id, issue.number)


def _about(item: Mail, issue: IssueRef) -> bool:
    return isinstance(item, IssueChanged) and same_issue(item.issue.ref, issue)


def _ends(item: Mail, issue: IssueRef) -> bool:
    """It was deleted, or went where the App can't follow."""
    if not isinstance(item, IssueChanged) or not same_issue(item.issue.ref, issue):
        return False
    return item.verb is IssueVerb.DELETED or (item.verb is IssueVerb.TRANSFERRED and item.moved_to is None)


def _moves(item: Mail, issue: IssueRef) -> TypeGuard[IssueChanged]:
    return isinstance(item, IssueChanged) and item.verb is IssueVerb.TRANSFERRED and same_issue(item.issue.ref, issue)


def _begins(item: Mail) -> bool:
    """Whether a post-mortem nobody knows of may begin by it: not because somebody tidies up its comments."""
    return not isinstance(item, Commented) or bool(item.commands)


def _refreshed(item: Mail) -> bool:
    return isinstance(item, PostMortemMoved) or (isinstance(item, PostMortemWritten) and not item.opened)


def _passed_on(claim: Claim, ticket: int, letter: Pending) -> Letter:
    return Letter(
        sender="post-mortem",
        delivery_id=f"{claim.key}:passed.{letter.seq}",
        address=ByKey(key=ticket_key(ticket)),
        mail=letter.mail,
        received_at=letter.received_at,
        prompt=True,
        priority=claim.priority,
    )
