"""Opening: a ticket gets its issue, made new or taken over from a person, with who answers for it assigned.

| what GitHub says                                | what is done                                                     |
|-------------------------------------------------|------------------------------------------------------------------|
| the app's repository is archived, has no issues | the issue is opened in the App's own repository, and says why    |
| or does not let the App in                      |                                                                  |
| the lead can't be assigned                      | the next in line is, and the body says so with the map's line    |
| an issue of this operation was made already     | it is adopted, and its body brought up to date                   |
| a person's issue can't be written to any more   | a new issue is opened instead                                    |

Rule: one call makes an issue with its title, body, labels and assignees. Its answer tells who really was assigned.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from app.decisions.placing import placed, without
from app.decisions.routing import route
from app.domain.errors import UnavailableError
from app.domain.issues import IssueRef, IssueSeen, Repository
from app.domain.mailboxes import Claim
from app.domain.tickets import Around, Closing, Ticket, with_assigned
from app.flows.bodies import Bodies
from app.flows.once import Once
from app.flows.squad_files import SquadFiles
from app.flows.systems import Issues
from app.texts import labels
from app.texts.drafts import Change, Draft, LabelStyle
from app.texts.ticket import title

UNWRITABLE: Final = frozenset({"archived", "issues-off", "forbidden", "not-installed"})
"""Reasons for which a repository takes no ticket until a person changes something."""


class Opening:
    """See the module's rule."""

    def __init__(
        self,
        issues: Issues,
        squad_files: SquadFiles,
        bodies: Bodies,
        once: Once,
        *,
        ticket_label: str,
        support_label: str,
        now: Callable[[], datetime],
    ) -> None:
        self._issues = issues
        self._squad_files = squad_files
        self._bodies = bodies
        self._once = once
        self._ticket_label = ticket_label
        self._support_label = support_label
        self._now = now

    async def open(self, claim: Claim, ticket: Ticket, operation: str) -> Ticket:
        """A new issue, where its app's tickets go; in the App's own repository where that one can't be written to."""
        home = await self._squad_files.home()
        repository, notes = await self._repository_for(ticket, home)
        try:
            return await self.open_in(claim, ticket, operation, repository, notes)
        except UnavailableError as error:
            if repository.id == home.id or error.reason not in UNWRITABLE:
                raise
            notes = (*notes, unwritable(repository, error))
            return await self.open_in(claim, ticket, operation, home, notes)

    async def _repository_for(self, ticket: Ticket, home: Repository) -> tuple[Repository, tuple[str, ...]]:
        alert = ticket.latest or ticket.first
        squad = (await self._squad_files.of(home)).squad
        app = None if alert is None else squad.app_of(alert.project) or squad.app_called(alert.app)
        if app is None or not app.repository:
            return home, ()
        found = await self._squad_files.find(app.repository)
        if found is None:
            note = f"The App is not installed on `{app.repository}`, where tickets of {app.name} should go."
            return home, (note,)
        return found, ()

    async def routed_where_it_goes(self, ticket: Ticket) -> Ticket:
        """The ticket with who would answer for it, were it opened now."""
        repository, notes = await self._repository_for(ticket, await self._squad_files.home())
        return await self.routed(ticket, repository, notes)

    async def open_in(
        self, claim: Claim, ticket: Ticket, operation: str, repository: Repository, notes: tuple[str, ...]
    ) -> Ticket:
        """A new issue in this repository, assigned to its lead or the next in line."""
        ticket = await self.routed(ticket, repository, notes)
        lead = ticket.routing.owners[:1]
        draft = Draft(
            title=title(ticket),
            body=await self._bodies.new(ticket, repository),
            labels=self._labels(ticket),
            assignees=lead,
        )
        seen, fresh = await self._once.make(
            claim,
            operation,
            IssueSeen,
            call=lambda: self._issues.open(repository, draft, urgent=claim.urgent),
            find=lambda since: self._found(repository, operation, since),
        )
        ticket = self._bodies.kept(seen_in(msgspec.structs.replace(ticket, placed=lead), seen), Around())
        ticket = msgspec.structs.replace(ticket, opened_at=self._now())
        if not fresh:
            ticket = await self._brought_up_to_date(claim, ticket)
        if lead and not holds(ticket.assigned, lead[0]):
            return await self.next_in_line(claim, ticket, lead[0])
        return ticket

    async def _found(self, repository: Repository, operation: str, since: datetime) -> IssueSeen | None:
        """What was made by an earlier try. Its body may hold what people wrote since, which is not kept."""
        found = await self._issues.opened_by(repository, operation, since)
        return None if found is None else msgspec.structs.replace(found, body="", body_exact=False)

    async def adopt(self, claim: Claim, ticket: Ticket, issue: IssueRef) -> Ticket:
        """A person's issue becomes the ticket's: what they wrote stays, their labels, and whom they assigned."""
        try:
            seen = await self._issues.read(issue)
            return await self._take_over(claim, ticket, seen)
        except UnavailableError as error:
            if error.reason != "gone" and error.reason not in UNWRITABLE:
                raise
            operation = f"{ticket.id}.open.{ticket.opened + 1}"
            home = await self._squad_files.home()
            if error.reason == "gone":
                return await self.open(claim, ticket, operation)
            if issue.repository.id == home.id:
                raise
            return await self.open_in(claim, ticket, operation, home, (unwritable(issue.repository, error),))

    async def _take_over(self, claim: Claim, ticket: Ticket, seen: IssueSeen) -> Ticket:
        ticket = await self.routed(ticket, seen.ref.repository, ())
        ticket = self._bodies.read_in(seen_in(ticket, seen), seen)
        lead = ticket.routing.owners[:1]
        written = await self._bodies.render(ticket)
        placed = lead if not seen.assignees else ()
        change = Change(
            body=written.body,
            labels=self.all_labels(ticket),
            assignees=seen.assignees or lead,
        )
        closed = Closing(at=seen.updated_at or self._now(), reason=seen.state_reason or "completed")
        ticket = msgspec.structs.replace(
            ticket, closing=None if seen.open else closed, opened_at=self._now(), adopted=True, placed=placed
        )
        seen = await self._issues.change(seen.ref, change, urgent=claim.urgent)
        ticket = self._bodies.kept(seen_in(ticket, seen), written.around)
        if lead and not seen.assignees:
            ticket = await self.next_in_line(claim, ticket, lead[0])
        return ticket

    async def routed(self, ticket: Ticket, repository: Repository, notes: tuple[str, ...]) -> Ticket:
        """The ticket with who answers for it, by the map in force; nobody, while it is quiet."""
        in_force = await self._squad_files.of(repository)
        alert = ticket.first or ticket.latest
        if alert is None:
            return ticket
        if ticket.app_named:
            alert = msgspec.structs.replace(alert, app=ticket.app_named)
        routing = route(alert, in_force.owners, in_force.squad)
        owners = () if ticket.quiet else routing.owners
        routing = msgspec.structs.replace(routing, owners=owners, notes=(*routing.notes, *notes))
        return msgspec.structs.replace(ticket, routing=routing, unassignable=())

    async def next_in_line(self, claim: Claim, ticket: Ticket, refused: str) -> Ticket:
        """Somebody could not be assigned: the next who can be is, and the body says so either way. Whom people assigned
        stays."""
        issue = issue_of(ticket)
        theirs = without(ticket.assigned, placed(ticket))
        unassignable = [*ticket.unassignable, refused]
        chosen: tuple[str, ...] = ()
        for login in ticket.routing.owners:
            if login in unassignable:
                continue
            if await self._issues.assignable(issue.repository, login):
                chosen = (login,)
                break
            unassignable.append(login)
        everybody = (*theirs, *without(chosen, theirs))
        ticket = msgspec.structs.replace(
            ticket, unassignable=tuple(unassignable), assigned=everybody, placed=without(chosen, theirs)
        )
        written = await self._bodies.render(ticket)
        change = Change(body=written.body, assignees=everybody if chosen else None)
        seen = await self._issues.change(issue, change, urgent=claim.urgent)
        ticket = self._bodies.kept(seen_in(ticket, seen), written.around)
        return ticket if holds(seen.assignees, *chosen) else await self.next_in_line(claim, ticket, chosen[0])

    async def _brought_up_to_date(self, claim: Claim, ticket: Ticket) -> Ticket:
        """An issue that an earlier try made says what was known then; people may have changed it since."""
        seen = await self._issues.read(issue_of(ticket))
        ticket = self._bodies.read_in(seen_in(ticket, seen), seen)
        written = await self._bodies.render(ticket)
        seen = await self._issues.change(seen.ref, Change(body=written.body), urgent=claim.urgent)
        return self._bodies.kept(seen_in(ticket, seen), written.around)

    def _labels(self, ticket: Ticket) -> tuple[LabelStyle, ...]:
        return labels.labels_for(ticket, self._ticket_label, self._support_label)

    def all_labels(self, ticket: Ticket) -> tuple[LabelStyle, ...]:
        """The App's labels and, of those the ticket has, people's."""
        return labels.with_peoples(self._labels(ticket), ticket.labels)


def seen_in(ticket: Ticket, seen: IssueSeen) -> Ticket:
    """The ticket as an answer of GitHub shows its issue."""
    ticket = with_assigned(ticket, seen.assignees)
    return msgspec.structs.replace(ticket, issue=seen.ref, labels=seen.labels, locked=seen.locked)


def issue_of(ticket: Ticket) -> IssueRef:
    """The ticket's issue. UnavailableError where it has none."""
    if ticket.issue is None:
        raise UnavailableError("The ticket has no issue.", reason="gone")
    return ticket.issue


def holds(logins: tuple[str, ...], *wanted: str) -> bool:
    """Whether all that are wanted are among the logins, whose case does not matter."""
    return {login.casefold() for login in wanted} <= {login.casefold() for login in logins}


def unwritable(repository: Repository, error: UnavailableError) -> str:
    """Why a ticket is not where it should be."""
    return f"Its ticket can't be kept in `{repository.name}`: {error}"
