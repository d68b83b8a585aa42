"""Moving on: how a ticket comes by its issue, and goes on without it or in another one.

Rule: an issue that a ticket leaves stays as it is; the ticket keeps it as an earlier one.
"""

from __future__ import annotations

import msgspec

from app.decisions.remembering import earlier_of
from app.domain.actions import Action, AdoptIssue, OpenIssue
from app.domain.issues import IssueRef
from app.domain.mail import IssueChanged
from app.domain.tickets import Around, EarlierIssue, Ticket


def moved_on(ticket: Ticket) -> Ticket:
    """The error's old issue stays as it is; the ticket goes on in a new one."""
    if ticket.issue is None:
        return ticket
    old = earlier_of(ticket) or EarlierIssue(ref=ticket.issue)
    if ticket.closing is not None:  # it was about that issue; while the issue was open, the trouble goes on
        ticket = msgspec.structs.replace(ticket, post_mortem=None, post_mortem_offered=False)
    return msgspec.structs.replace(without_issue(ticket), earlier=(*ticket.earlier, old))


def without_issue(ticket: Ticket) -> Ticket:
    """The ticket with nothing of the issue it had; the next one is another operation's."""
    return msgspec.structs.replace(
        ticket,
        issue=None,
        closing=None,
        burst=None if ticket.burst is None else msgspec.structs.replace(ticket.burst, comment=None),
        comments=0,
        assigned=(),
        placed=(),
        labels=(),
        locked=False,
        around=Around(),
        wrote="",
        seen_at=None,
        state_at=None,
        opened=ticket.opened + 1,
        adopted=False,
    )


def opening(ticket: Ticket) -> OpenIssue:
    """The act that opens its next issue: the same, however often it is asked for."""
    return OpenIssue(op=f"{ticket.id}.open.{ticket.opened + 1}")


def adopting(ticket: Ticket, report: IssueChanged) -> tuple[Ticket, list[Action]]:
    """A person's report becomes the ticket's issue, and its first judgement the ticket's where there is none."""
    impact = report.alert.impact if ticket.impact is None and report.alert is not None else ticket.impact
    ticket = msgspec.structs.replace(ticket, faults=report.faults, impact=impact)
    return ticket, [AdoptIssue(issue=report.issue)]


def same_issue(one: IssueRef, other: IssueRef) -> bool:
    """Issues are told apart by repository and number."""
    return one.number == other.number and one.repository.id == other.repository.id


def with_post_mortem(ticket: Ticket, issue: IssueRef) -> Ticket:
    """The ticket with the post-mortem that people began about it, where it has none, and this is not of an earlier
    issue of its."""
    itself = ticket.issue is not None and same_issue(ticket.issue, issue)
    if ticket.post_mortem is not None or itself or is_post_mortem(ticket, issue):
        return ticket
    return msgspec.structs.replace(ticket, post_mortem=issue)


def is_post_mortem(ticket: Ticket, ref: IssueRef) -> bool:
    """Whether it is the post-mortem of the ticket, or of what it was before."""
    known = (ticket.post_mortem, *(old.post_mortem for old in ticket.earlier))
    return any(other is not None and same_issue(ref, other) for other in known)
