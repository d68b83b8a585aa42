"""Ticket: the GitHub issue for one error, as the ledger remembers it.

Rule: a `Ticket` is the whole memory of one error. A settle reads one, folds what arrived into a new one and saves
it in the transaction that marks the mail settled, so its counts are exact whatever is retried.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.alerts import Alert, Impact
from app.domain.facts import Fact
from app.domain.history import Happened, Kind
from app.domain.issues import CommentRef, IssueRef
from app.domain.paging import Page, Unpaged
from app.domain.storms import InStorm, Resting, Storm
from app.domain.triage import Acknowledgement, ByRule, Ping, Silence


class Burst(Fact, frozen=True, kw_only=True):
    """Occurrences with no quiet hour between them, shown by one rolling comment."""

    count: int
    first_at: datetime
    last_at: datetime
    comment: CommentRef | None = None


class Beginning(Fact, frozen=True, kw_only=True):
    """How an error began at its sender, which may tell of it twice: by announcing it, and by its first event."""

    sender_ref: str
    at: datetime
    announced: bool = False
    happened: bool = False


Counts = tuple[tuple[int, int], ...]
"""(hours, or days, since 1970; count), newest last."""


class Counters(Fact, frozen=True, kw_only=True):
    """What is counted of an error since its first alert. `hours` holds (hours since 1970, count), newest last."""

    occurrences: int = 0
    users: int | None = None
    sender_count: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    hours: Counts = ()
    days: Counts = ()
    """(days since 1970 in UTC, count), newest last."""


class Routing(Fact, frozen=True, kw_only=True):
    """Who answers for an error, and why: the owners map's line that said so."""

    owners: tuple[str, ...] = ()
    """Logins without `@`, the lead first, then who is next in line."""
    app: str = ""
    team: str = ""
    source: str = ""
    """The map's path, e.g. `.github/PRODOWNERS`; empty where no map was found."""
    line: int = 0
    pattern: str = ""
    matched: str = ""
    """What the pattern matched: a path, a URL, `app:Reader`."""
    notes: tuple[str, ...] = ()
    """What the squad should know: an owner that could not be resolved, and why."""


class Around(Fact, frozen=True, kw_only=True):
    """What people wrote before and after the App's fenced part of the body, to the letter."""

    before: str = ""
    after: str = ""


class EarlierIssue(Fact, frozen=True, kw_only=True):
    """An issue that once was this error's ticket, or that of an error that reads the same."""

    ref: IssueRef
    closed_at: datetime | None = None
    fix: str = ""
    """The page of the pull request or commit that fixed it; empty where none is known."""
    post_mortem: IssueRef | None = None


class Closing(Fact, frozen=True, kw_only=True):
    """How the ticket was closed."""

    at: datetime
    by: str = ""
    reason: str = "completed"
    """`completed`, `not_planned` or `duplicate`."""
    fix: str = ""
    """The page of the pull request or commit that closed it; empty where a person did by hand, or none is known."""


class Pair(Fact, frozen=True, kw_only=True):
    """Who was on duty: logins, empty for nobody."""

    primary: str = ""
    secondary: str = ""


class Duplicate(Fact, frozen=True, kw_only=True):
    """A ticket that was found to be about this error, too: what happens there is passed on to here."""

    ticket: int
    issue: IssueRef


class Ticket(Fact, frozen=True, kw_only=True):
    """Everything remembered of one error. `issue` is None until its issue was opened or adopted."""

    id: int
    issue: IssueRef | None = None
    first: Alert | None = None
    latest: Alert | None = None
    counters: Counters = Counters()
    began: tuple[Beginning, ...] = ()
    """One for each error of a sender's that the ticket is about."""
    burst: Burst | None = None
    comments: int = 0
    """Occurrence comments made in the ticket's life (regressions and pointers not counted)."""
    notices: int = 0
    """All other comments the App made, e.g. regressions, pointers: makes their operation ids unique."""
    closing: Closing | None = None
    routing: Routing = Routing()
    assigned: tuple[str, ...] = ()
    placed: tuple[str, ...] | None = None
    """Those of them whom the App itself assigned; None where an earlier version did, which did not remember it."""
    unassignable: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    around: Around | None = Around()
    """None when it is not known to the letter and must be read before the body is written."""
    wrote: str = ""
    """A digest of what stood around the App's part when the App wrote the body last."""
    seen_at: datetime | None = None
    """GitHub's own time of the issue as it was seen last; what shows an older state comes late and tells nothing."""
    state_at: datetime | None = None
    """When people closed or reopened it last, by GitHub's time."""
    impact: Impact | None = None
    regressions: int = 0
    locked: bool = False
    silenced: str = ""
    """How the sender is silenced (`archived_until_escalating` …); empty when it is not."""
    resolved_by_sender: datetime | None = None
    earlier: tuple[EarlierIssue, ...] = ()
    opened_at: datetime | None = None
    """When its issue was opened, taken over or reopened last: what is undecided waits from then on."""
    opened: int = 0
    """How many issues the ticket has had before this one: makes the operation that opens one unique."""
    pointed: tuple[IssueRef, ...] = ()
    """People's issues that were closed as duplicates of this ticket."""
    faults: tuple[str, ...] = ()
    """What is wrong with the form of the person whose issue this is."""
    people_at: datetime | None = None
    """When a person last did something to it; the App's own acts never move it."""
    acknowledged: Acknowledgement | None = None
    silence: Silence | None = None
    """What the squad agreed; `silenced` is what the sender says of itself."""
    pings: tuple[Ping, ...] = ()
    """The latest ones."""
    pinged: int = 0
    """How many comments pinged somebody: makes their operation ids unique."""
    decided_by: str = ""
    """The login of who decided the impact; empty where nobody of the squad has."""
    decided_at: datetime | None = None
    decided_because: str = ""
    """The reason that was given with that decision, in their words."""
    app_named: str = ""
    """The app that a person routed it to; stronger than what routing finds."""
    rescued: str = ""
    """How the error was caught in the code, so that its sender hears no more of it."""
    to_fix_by: str = ""
    """The login of who took it to fix it."""
    announced: str = ""
    """A digest of what its message in the squad's channel was last told to show; empty: it has none."""
    suggested: ByRule | None = None
    """The strongest that a rule has suggested."""
    set_by: ByRule | None = None
    """The rule that set the impact last."""
    paged: Page | None = None
    """What PagerDuty knows of it."""
    unpaged: Unpaged | None = None
    """What PagerDuty could not be told; None once it is, or there is no need any more."""
    adopted: bool = False
    """Its issue is a person's own."""
    kin: tuple[EarlierIssue, ...] = ()
    """Closed tickets of other errors with a signature of this one's, when its issue was opened; the newest first."""
    history: tuple[Happened, ...] = ()
    """What happened to it, as it became known; kept by `decisions/remembering.py`."""
    forgotten: int = 0
    """Lines of the history that were dropped between its first and its latest ones."""
    on_duty: Pair = Pair()
    """When its issue was opened or reopened last."""
    post_mortem: IssueRef | None = None
    """The post-mortem of what its issue is about."""
    post_mortem_offered: bool = False
    quiet: bool = False
    """A support ticket that nobody has found relevant: nobody is assigned or pinged."""
    merged_into: int = 0
    """The ticket that this one is a duplicate of: what arrives here is passed on to it; 0: none."""
    duplicate_of: IssueRef | None = None
    """That ticket's issue."""
    handed: Counters = Counters()
    """What of its counts was told to a ticket that it is, or was, a duplicate of."""
    duplicates: tuple[Duplicate, ...] = ()
    """The tickets that are duplicates of this one."""
    storm: Storm | None = None
    """For a storm's ticket: what it holds. It is about many errors, and has no alert of its own."""
    in_storm: InStorm | None = None
    """The storm that the error came with."""
    resting: Resting | None = None
    """Its error came just before a storm, which goes on."""

    @property
    def suggestion(self) -> ByRule | None:
        """What a rule suggests, while nobody of the squad has decided, and it is worse than what the ticket has."""
        rule = self.suggested
        return rule if rule is not None and not self.decided_by and rule.impact.exceeds(self.impact) else None

    @property
    def impact_since(self) -> datetime | None:
        """Since when the impact is what it is: whoever confirms what a rule set begins nothing anew. None where it is
        nobody's decision of the squad's."""
        rule = self.set_by
        return rule.at if rule is not None and rule.stands else self.decided_at

    def waits_since(self, opened_at: datetime) -> datetime:
        """Since when somebody is waited for: it was opened or reopened then, unless its impact was decided later."""
        decided = self.impact_since
        return opened_at if decided is None else max(opened_at, decided)

    @property
    def held(self) -> Acknowledgement | None:
        """The acknowledgement that counts, as long as it lasts: of what it was before, it is shown to nobody."""
        acknowledged, opened_at = self.acknowledged, self.opened_at or self.counters.first_seen
        if acknowledged is None or (opened_at is not None and not acknowledged.is_of(self.waits_since(opened_at))):
            return None
        return acknowledged

    @property
    def trouble_since(self) -> datetime | None:
        """When the trouble began that its issue is about now: the error's first time, or its latest return."""
        returns = [line.at for line in self.history if line.kind is Kind.REGRESSED]
        return max(returns, default=self.counters.first_seen)

    @property
    def own_days(self) -> Counts:
        """What no other ticket was told of its days: reports add tickets up."""
        return less(self.counters.days, self.handed.days)

    @property
    def is_open(self) -> bool:
        """There is an issue and it is not closed."""
        return self.issue is not None and self.closing is None

    @property
    def unanswered(self) -> tuple[Ping, ...]:
        """Who was pinged last, and has to answer still: it is open, and nobody acknowledged or decided it since."""
        last = self.pings[-1] if self.pings else None
        if last is None or not self.is_open or last.impact is not self.impact:
            return ()
        if self.acknowledged is not None and self.acknowledged.at >= last.at:
            return ()
        return tuple(ping for ping in self.pings if ping.at == last.at and ping.answer_by is not None)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What is known of the error, the newest first: what one does not say, the next one may."""
        return tuple(alert for alert in (self.latest, self.first) if alert is not None)

    @property
    def app(self) -> str:
        """The app that routing found, else the one that a person named."""
        return self.routing.app or next((alert.app for alert in self.alerts if alert.app), "")


def less(counts: Counts, told: Counts) -> Counts:
    """The counts without those that were told; what would be nothing is left out."""
    before = dict(told)
    left = ((place, number - before.get(place, 0)) for place, number in counts)
    return tuple((place, number) for place, number in left if number > 0)


def with_assigned(ticket: Ticket, logins: tuple[str, ...]) -> Ticket:
    """The ticket with those who are assigned as GitHub shows it; whoever was taken off is there no more by the App."""
    placed, shown = ticket.placed, {login.casefold() for login in logins}
    if placed is not None:
        placed = tuple(login for login in placed if login.casefold() in shown)
    return msgspec.structs.replace(ticket, assigned=logins, placed=placed)
