"""Actions: what a settle decides to do, as facts.

Rule: the union is closed and performed in `flows/acts.py`, parts of it in `flows/triage_acts.py` and
`flows/duplicate_acts.py`; the type checker refuses a missing arm. An action carries facts, not prose: `texts/` renders
last. `op` is the id of a creating call. It follows from the ticket's own counts, so that a settle that is run again
after a crash asks for the same operation.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.duty import Duty, Handover
from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef, IssueSeen
from app.domain.mail import Letter, SenderSaid, TicketMerged
from app.domain.tickets import Closing
from app.domain.triage import Over, Ping, Silence
from app.domain.wishes import AddAction, ExplainRouting, Help


class OpenIssue(Fact, frozen=True, kw_only=True):
    """Create the ticket's issue: title, body, labels and assignees in one call."""

    op: str


class AdoptIssue(Fact, frozen=True, kw_only=True):
    """A person's issue becomes the ticket's: it is read, for what was heard of it may be old; then body, labels and
    assignees in one call."""

    issue: IssueSeen
    near: tuple[IssueRef, ...] = ()
    """Open tickets that may be about the same error: only suggested."""


class AddOccurrence(Fact, frozen=True, kw_only=True):
    """A new comment with the link to the latest occurrence; the body's counters in the same call."""

    op: str


class EditOccurrence(Fact, frozen=True, kw_only=True):
    """The burst's rolling comment is brought up to date; the body's counters in the same call."""

    comment: CommentRef


class RefreshBody(Fact, frozen=True, kw_only=True):
    """The body and the App's labels alone: the comments of this ticket are spent, or it is locked, or there is only
    more to tell."""

    reroute: bool = False
    """What arrived tells more of where the error is (a stack trace): route it again."""


class Reopen(Fact, frozen=True, kw_only=True):
    """The error came back: reopen, label as regression, and name the previous fix in a comment."""

    op: str
    closing: Closing


class PointAtTicket(Fact, frozen=True, kw_only=True):
    """A person reported what has a ticket: a pointer comment there, and close it as a duplicate."""

    op: str
    issue: IssueRef


class TellSenderSaid(Fact, frozen=True, kw_only=True):
    """What was done at the sender, said on the ticket."""

    op: str
    said: SenderSaid


class CloseIssue(Fact, frozen=True, kw_only=True):
    """Close the ticket as completed: it was resolved at the sender, and the squad's file says to close it then."""

    at: datetime


class ResolveAtSender(Fact, frozen=True, kw_only=True):
    """A person closed the ticket as completed: resolve the error at its sender, too."""

    sender_ref: str


class NoteFix(Fact, frozen=True, kw_only=True):
    """The ticket was closed as completed: ask GitHub what fixed it, so that it is known should the error come back."""


class React(Fact, frozen=True, kw_only=True):
    """A sign on a person's comment: seen (`eyes`), done (`+1`). It is left out where what it stands for was not done:
    that is found out when it is tried, and answered."""

    comment_id: int
    content: str
    assigned: tuple[str, ...] = ()
    """Only where these are assigned by then."""
    with_post_mortem: bool = False
    """Only where the ticket has a post-mortem by then."""


class Refuse(Fact, frozen=True, kw_only=True):
    """A command can't be carried out: said below it, with what to do instead."""

    op: str
    to: str
    """Who asked."""
    why: str


class SilencedHereOnly(Fact, frozen=True, kw_only=True):
    """The App has no token for the sender, or the sender has no such error: there it goes on."""


class Tell(Fact, frozen=True, kw_only=True):
    """An answer to what a command asked, or what became of it."""

    op: str
    to: str
    what: Help | ExplainRouting | Handover | SilencedHereOnly


class CloseAsDuplicate(Fact, frozen=True, kw_only=True):
    """The ticket is a duplicate: a pointer comment, and it is closed."""

    op: str
    by: str
    of: IssueRef


class TellWorse(Fact, frozen=True, kw_only=True):
    """A duplicate was found worse than this ticket: said, for somebody to decide."""

    op: str
    merged: TicketMerged


class TellParted(Fact, frozen=True, kw_only=True):
    """It was reopened, so it is no duplicate any more."""

    op: str
    was: IssueRef | None
    in_circle: bool = False
    """Nobody reopened it: tickets were made duplicates of each other."""


class Post(Fact, frozen=True, kw_only=True):
    """Something for another mailbox to know, received there in the commit that settles this one."""

    letter: Letter


class PingPeople(Fact, frozen=True, kw_only=True):
    """One comment that mentions all of them."""

    op: str
    pings: tuple[Ping, ...]
    notes: tuple[str, ...] = ()
    """What they should know of the duty; see `Duty.notes`."""
    duty: Duty | None = None
    """Who is on duty from now on, where the pings say so."""
    relieved: tuple[str, ...] = ()
    """Who is mentioned, too, since they have less to answer for from now on."""


class AssignPeople(Fact, frozen=True, kw_only=True):
    """These are assigned, too; who can't be is said below the command."""

    op: str
    logins: tuple[str, ...]
    by: str = ""
    """Who wished it; and where."""
    link: str = ""


class ArchiveAtSender(Fact, frozen=True, kw_only=True):
    """The silence is set at the sender, too."""

    sender_ref: str
    silence: Silence


class UnarchiveAtSender(Fact, frozen=True, kw_only=True):
    """The sender shall tell of the error again."""

    sender_ref: str


class EndSilence(Fact, frozen=True, kw_only=True):
    """A silence is over; said on the ticket where the error is still alive, which is reopened where it is closed."""

    op: str
    silence: Silence
    over: Over
    alive: bool


class WritePostMortem(Fact, frozen=True, kw_only=True):
    """Open the ticket's post-mortem, or bring its timeline up to date, and say where it is."""

    op: str
    """The answer's."""
    title: str = ""
    named: tuple[int, ...] = ()
    """Other tickets that are part of it."""


class TakeOffLabel(Fact, frozen=True, kw_only=True):
    """A label that was a command was carried out, or refused: it does not stay."""

    label: str


class AddActionItem(Fact, frozen=True, kw_only=True):
    """The ticket's post-mortem shall have it, which its mailbox does; say why not where there is none."""

    op: str
    """The answer's."""
    to: str
    item: AddAction


class OfferPostMortem(Fact, frozen=True, kw_only=True):
    """A severe ticket was closed: say how a post-mortem is drafted."""

    op: str


TriageAction = (
    React
    | Refuse
    | Tell
    | PingPeople
    | AssignPeople
    | ArchiveAtSender
    | UnarchiveAtSender
    | EndSilence
    | WritePostMortem
    | TakeOffLabel
    | AddActionItem
    | OfferPostMortem
)
"""What triage does, performed in `flows/triage_acts.py`."""

DuplicateAction = PointAtTicket | CloseAsDuplicate | TellWorse | TellParted
"""What is done about duplicates, performed in `flows/duplicate_acts.py`."""

Action = (
    OpenIssue
    | AdoptIssue
    | AddOccurrence
    | EditOccurrence
    | RefreshBody
    | Reopen
    | TellSenderSaid
    | CloseIssue
    | ResolveAtSender
    | NoteFix
    | Post
    | DuplicateAction
    | TriageAction
)
