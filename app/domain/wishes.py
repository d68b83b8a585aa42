"""Wishes: what a person's command asks for, as facts.

Rule: `Wish` is a closed union; whoever carries wishes out handles every member, and the type checker refuses a missing
arm. A wish holds what was asked, checked for form; whether it can be done is decided with the ticket in hand.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from app.domain.alerts import Impact
from app.domain.facts import Fact


class CommandLine(Fact, frozen=True, kw_only=True):
    """A line of a comment that looks like a command; whether there is such a command is not known yet."""

    name: str
    """Without the slash, in small letters."""
    rest: str = ""
    """What follows the name, with single blanks."""
    line: int
    """Its line in the comment, from 1."""
    too_many: bool = False
    """The comment holds more commands than one may: this one is answered, and not carried out."""


class SetImpact(Fact, frozen=True, kw_only=True, tag="impact"):
    """Decide the ticket's impact, or change one's mind."""

    impact: Impact
    reason: str = ""


class Acknowledge(Fact, frozen=True, kw_only=True, tag="ack"):
    """I am on it."""

    lasts: timedelta | None = None
    """How long; None for as long as acknowledgements usually last."""


class SilenceIt(Fact, frozen=True, kw_only=True, tag="silence"):
    """Hear no more of the error until exactly one of the conditions is met."""

    reason: str
    until: datetime | None = None
    occurrences: int | None = None
    """So many more occurrences."""
    users: int | None = None
    """So many more users."""
    escalating: bool = False
    """Until its sender says that it escalates."""


class Unsilence(Fact, frozen=True, kw_only=True, tag="unsilence"):
    """Hear of the error again."""


class TakeForFix(Fact, frozen=True, kw_only=True, tag="fix"):
    """I fix it."""


class Rescued(Fact, frozen=True, kw_only=True, tag="rescue"):
    """The error is caught in the code, logged, and not sent any more."""

    note: str


class AssignTo(Fact, frozen=True, kw_only=True, tag="assign"):
    """Assign these people, too."""

    logins: tuple[str, ...] = ()
    """Without @; empty for the one who asks."""


class RouteTo(Fact, frozen=True, kw_only=True, tag="route"):
    """The error is another app's."""

    app: str


class SplitIt(Fact, frozen=True, kw_only=True, tag="split"):
    """Each owner of a storm's errors gets a ticket with theirs; what is an owner's only error gets its own."""


class ExplainRouting(Fact, frozen=True, kw_only=True, tag="why"):
    """Say why the ticket went where it did."""


class IssueNamed(Fact, frozen=True, kw_only=True):
    """An issue as people name it."""

    number: int
    repository: str = ""
    """`owner/name`; empty: the one that it is named in."""


class WantPostMortem(Fact, frozen=True, kw_only=True, tag="post-mortem"):
    """Draft the ticket's post-mortem, or bring its timeline up to date."""

    title: str = ""
    """Empty: named after the error."""
    tickets: tuple[IssueNamed, ...] = ()
    """Other tickets that are part of it."""


class MarkMoment(Fact, frozen=True, kw_only=True, tag="timeline"):
    """This is to be on the timeline of the ticket."""

    text: str = ""
    """Empty: what the comment says."""
    day: date | None = None
    """None: today, or the last day of the trouble."""
    clock: time | None = None
    """By the squad's clock where it has no zone of its own; None: the moment of the comment."""


class AddAction(Fact, frozen=True, kw_only=True, tag="action"):
    """One more action item of the ticket's post-mortem."""

    logins: tuple[str, ...]
    """Who does it, without @."""
    due: date
    what: str


class Discussed(Fact, frozen=True, kw_only=True, tag="discussed"):
    """The post-mortem's action items were discussed with the team."""


class Away(Fact, frozen=True, kw_only=True, tag="away"):
    """The one who asks is not available: the duty goes to the secondary."""

    until: datetime
    reason: str = ""


class Back(Fact, frozen=True, kw_only=True, tag="back"):
    """The one who asks is available again."""


class Handoff(Fact, frozen=True, kw_only=True, tag="handoff"):
    """Another person takes the duty of the one who asks."""

    to: str
    """A login, without @."""


class Promote(Fact, frozen=True, kw_only=True, tag="prod-alert"):
    """The issue is a production error: a ticket."""

    impact: Impact | None = None
    """How bad it is, where that is said at once."""
    reason: str = ""


class DuplicateOf(Fact, frozen=True, kw_only=True, tag="duplicate-of"):
    """The ticket is about the error of another one."""

    number: int
    repository: str = ""
    """`owner/name`; empty: the ticket's own."""


class Help(Fact, frozen=True, kw_only=True, tag="help"):
    """Show the commands, or one of them."""

    name: str = ""
    """Without the slash; empty for all."""


TicketWish = (
    SetImpact | Acknowledge | SilenceIt | Unsilence | TakeForFix | Rescued | AssignTo | RouteTo | Promote | SplitIt
)
"""What changes the ticket that it was written on."""
DutyWish = Away | Back | Handoff
"""What changes who is on duty."""
Wish = TicketWish | DutyWish | DuplicateOf | ExplainRouting | WantPostMortem | MarkMoment | AddAction | Discussed | Help
