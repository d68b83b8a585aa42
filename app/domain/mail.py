"""Mail: what can arrive in a mailbox, as facts.

Rule: `Mail` is a closed union; a flow handles every member, and the type checker refuses a missing arm. What is
saved in the inbox is one of these, already redacted; the sender's own payload is not kept.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.alerts import Alert, Impact
from app.domain.announcements import Shown, SlackMessage, Verb
from app.domain.duty import Handover
from app.domain.facts import Fact
from app.domain.issues import IssueRef, IssueSeen, Repository
from app.domain.post_mortem_news import AgendaLine, ShownPostMortem
from app.domain.post_mortems import PostMortem
from app.domain.storms import JoinedStorm, StormPart, StormSaid
from app.domain.tickets import Beginning, Counters, Pair
from app.domain.wishes import AddAction, CommandLine


class AlertArrived(Fact, frozen=True, kw_only=True, tag="alert"):
    """A sender reports an error."""

    alert: Alert
    passed_by: tuple[int, ...] = ()
    """Tickets that passed it on, since they are duplicates."""


class SenderVerb(StrEnum):
    """What was done to an error at the sender."""

    RESOLVED = "resolved"
    REGRESSED = "regressed"
    ESCALATING = "escalating"
    UNRESOLVED = "unresolved"
    ARCHIVED = "archived"
    ASSIGNED = "assigned"


class SenderSaid(Fact, frozen=True, kw_only=True, tag="sender"):
    """The sender says that the error's state changed there."""

    alert: Alert
    """The error as the sender describes it now; not an occurrence."""
    verb: SenderVerb
    detail: str = ""
    """`archived_until_escalating`, the assignee's name, the release it was resolved in …"""
    actor: str = ""
    passed_by: tuple[int, ...] = ()
    """Tickets that passed it on, since they are duplicates."""


class IssueVerb(StrEnum):
    """What happened to an issue on GitHub."""

    OPENED = "opened"
    """Only of a post-mortem: an issue that carries that label."""
    REPORTED = "reported"
    """It carries `prod-alert`: opened with it, or labelled with it."""
    CLOSED = "closed"
    REOPENED = "reopened"
    EDITED = "edited"
    LABELED = "labeled"
    UNLABELED = "unlabeled"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    DELETED = "deleted"
    TRANSFERRED = "transferred"


class IssueChanged(Fact, frozen=True, kw_only=True, tag="issue"):
    """Somebody did something to an issue."""

    verb: IssueVerb
    issue: IssueSeen
    actor: str
    at: datetime
    actor_is_bot: bool = False
    label: str = ""
    """The label concerned, for labeled and unlabeled."""
    makes_ticket: bool = False
    """For labeled: the label is the one that makes tickets."""
    alert: Alert | None = None
    """For `reported`: what the person's form or text says."""
    faults: tuple[str, ...] = ()
    """For `reported`: what is wrong with the form, each a sentence that says what to do."""
    moved_to: IssueSeen | None = None
    """For `transferred`: the issue where it is now."""
    passed_by: tuple[int, ...] = ()
    """For `reported`: tickets that passed it on, since they are duplicates."""


class Commented(Fact, frozen=True, kw_only=True, tag="comment"):
    """A person or another bot wrote, edited or deleted a comment on a ticket, or a person pinned it. What they wrote is
    not kept, but for what somebody wants on the timeline."""

    action: str
    comment_id: int
    issue: IssueRef
    actor: str
    actor_is_bot: bool
    at: datetime
    commands: tuple[CommandLine, ...] = ()
    """The lines that command something, redacted; of an edited comment only the new ones, of a bot's none."""
    on_pull_request: bool = False
    author: str = ""
    """Who wrote it, where that is to be on the timeline; `actor` is who did this to it."""
    written_at: datetime | None = None
    """The same."""
    marks: tuple[str, ...] = ()
    """What follows each `/timeline` that stands in it now, redacted."""
    text: str = ""
    """What it says besides its commands, redacted, on one line; of a pinned one, and of one with a `/timeline`."""
    promoted: bool = False
    """It made its issue a ticket: its other commands are for the ticket that the issue led to."""


class PostMortemWritten(Fact, frozen=True, kw_only=True, tag="post-mortem-written"):
    """A ticket's `/post-mortem` opened this post-mortem, or brought it up to date."""

    issue: IssueRef
    ticket: int
    title: str = ""
    opened: bool = False
    """It was opened just now, so all of its sections are empty."""
    named: tuple[int, ...] = ()
    """Other tickets that were named as part of it."""
    on_duty: Pair = Pair()
    """When the ticket was opened or reopened last."""
    lead: str = ""
    """The tech lead's login; empty where the map names nobody."""
    apps: tuple[str, ...] = ()


class ItemWanted(Fact, frozen=True, kw_only=True, tag="item-wanted"):
    """`/action` on a ticket: its post-mortem shall have one more action item, and the ticket hear of it."""

    issue: IssueRef
    """The post-mortem's."""
    item: AddAction
    op: str
    """The answer's."""
    on: IssueRef
    """Where it was asked, and is answered."""


class PostMortemNamed(Fact, frozen=True, kw_only=True, tag="post-mortem-named"):
    """A post-mortem that people began tells of this ticket: it is the ticket's, if it has none."""

    issue: IssueRef


class PostMortemMoved(Fact, frozen=True, kw_only=True, tag="post-mortem-moved"):
    """The post-mortem was transferred: this is its issue now, and what was known of it."""

    record: PostMortem


class TicketMerged(Fact, frozen=True, kw_only=True, tag="merged"):
    """Another ticket is a duplicate of this one: what was counted there counts here, and what arrives there comes."""

    ticket: int
    issue: IssueRef
    counters: Counters = Counters()
    """What it has not told to another ticket before."""
    began: tuple[Beginning, ...] = ()
    impact: Impact | None = None
    decided_by: str = ""
    decided_because: str = ""


class TicketParted(Fact, frozen=True, kw_only=True, tag="parted"):
    """A ticket is no duplicate of this one any more."""

    ticket: int


class RepositoryChanged(Fact, frozen=True, kw_only=True, tag="repository"):
    """A repository was renamed, transferred, archived, unarchived, deleted, or joined or left the installation."""

    action: str
    repository: Repository
    previous_name: str = ""


class SquadFilesPushed(Fact, frozen=True, kw_only=True, tag="push"):
    """The default branch got commits that touch the squad's file or the owners map."""

    repository: Repository
    commit: str
    paths: tuple[str, ...]


class SquadFilesAged(Fact, frozen=True, kw_only=True, tag="files-aged"):
    """What is known of the repository, or what it inherits from, is to be read again: nobody waits for it."""

    repository: Repository


class LabelChanged(Fact, frozen=True, kw_only=True, tag="label"):
    """A label of the repository was created, edited or deleted."""

    action: str
    repository: Repository
    name: str


class InstallationChanged(Fact, frozen=True, kw_only=True, tag="installation"):
    """The App was installed, removed, suspended, unsuspended, or its permissions were accepted."""

    action: str
    installation: int
    account: str
    repositories: tuple[Repository, ...] = ()


class TimerFell(Fact, frozen=True, kw_only=True, tag="timer"):
    """A timer of this mailbox fell due."""

    name: str
    due: datetime


class Pressed(Fact, frozen=True, kw_only=True, tag="press"):
    """Somebody pressed a button of a ticket's message in Slack. The same as a command, given by whoever pressed it."""

    verb: Verb
    user: str
    """Slack's id of the person."""
    message: SlackMessage
    at: datetime
    answer_to: str = ""
    """Slack's address for an answer that only this person sees; empty where it came with none that may be used. Who
    knows it can write into the channel, for half an hour: https://docs.slack.dev/interactivity/handling-user-interaction
    It is saved since an answer must outlive a restart, and forgotten with the letter."""


class ShowInSlack(Fact, frozen=True, kw_only=True, tag="show-in-slack"):
    """The ticket's message shall show this from now on."""

    shown: Shown


class ShowPostMortem(Fact, frozen=True, kw_only=True, tag="show-post-mortem"):
    """The post-mortem's message shall show this from now on."""

    shown: ShownPostMortem


class AfterStandup(Fact, frozen=True, kw_only=True, tag="after-standup"):
    """The channel shall hear what is to be discussed after standup."""

    line: AgendaLine


class HandedOver(Fact, frozen=True, kw_only=True, tag="handed-over"):
    """The squad's channel shall hear that others are on duty."""

    handover: Handover
    by: str
    """The login of who said so."""
    repository: Repository
    url: str = ""
    """The page where they said so."""


class AnswerPress(Fact, frozen=True, kw_only=True, tag="answer-press"):
    """Who pressed a button shall hear, alone, why it was not carried out."""

    to: str
    """`Pressed.answer_to`."""
    why: str
    pressed_at: datetime


Mail = (
    AlertArrived
    | SenderSaid
    | IssueChanged
    | Commented
    | PostMortemWritten
    | PostMortemNamed
    | ItemWanted
    | PostMortemMoved
    | TicketMerged
    | TicketParted
    | RepositoryChanged
    | SquadFilesPushed
    | SquadFilesAged
    | LabelChanged
    | InstallationChanged
    | TimerFell
    | Pressed
    | ShowInSlack
    | ShowPostMortem
    | AfterStandup
    | HandedOver
    | AnswerPress
    | JoinedStorm
    | StormSaid
    | StormPart
)


class ByError(Fact, frozen=True, kw_only=True, tag="by-error"):
    """The mailbox of the ticket for this error; made if there is none.

    Looked up by fingerprint, then by signature among the tickets that are open (or not yet opened) and, where
    the letter has a fingerprint, that no sender's fingerprint has claimed. `may_make=False` looks up only.
    """

    fingerprint: str = ""
    signature: str = ""
    words: str = ""
    may_make: bool = True


class ByIssue(Fact, frozen=True, kw_only=True, tag="by-issue"):
    """The mailbox of the ticket this issue belongs to; else, where `error` is given, as `ByError` would; and
    the issue is bound to that ticket from then on."""

    repository_id: int
    number: int
    error: ByError | None = None
    ours: bool = False
    """The App made the issue, so it is some ticket's, even if the App has not recorded yet which one's."""
    asked: bool = False
    """Somebody commands what makes a ticket of an issue that is none."""


class ByKey(Fact, frozen=True, kw_only=True, tag="by-key"):
    """A mailbox that is not a ticket's, e.g. `repository:4711` or `installation:12`."""

    key: str


Address = ByError | ByIssue | ByKey


class Letter(Fact, frozen=True, kw_only=True):
    """One delivery, ready to be saved.

    `prompt` marks what a person did or waits for: it is settled at once, while routine mail after the first is
    gathered for the mailbox's gap. `occurrence` is the sender's own id of the event, where it has one: a second
    delivery about the same event is saved but not counted.
    """

    sender: str
    delivery_id: str
    address: Address
    mail: Mail
    received_at: datetime
    occurrence: str = ""
    prompt: bool = False
    priority: int = 0
