"""The five reports: what each one reads, and whom it is for.

| report  | reads, besides the kind's earlier reports                              | issues                            |
|---------|------------------------------------------------------------------------|-----------------------------------|
| morning | all open tickets, those closed since, open support tickets, and open   | one, for the pair on duty         |
|         | post-mortems                                                           |                                   |
| digest  | all open tickets                                                       | one for each lead who has any new |
| handoff | all open tickets, those closed since                                   | one, for the next pair            |
| weekly  | all open tickets, those closed within five weeks                       | one, for nobody in particular     |
| monthly | all open tickets, those closed since the month began, all post-mortems | one, for nobody in particular; it |
|         | there are, what their open items link                                  | is written once                   |

Rules: reads grow with pages of a hundred. What a report said about its period when it was first made (from when, up to
when) stands for all later runs of that period.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, assert_never

import msgspec

from app.decisions import agenda, finishing, month, nagging, report_items, week
from app.decisions.business_time import Calendar
from app.decisions.nagging import impact_of
from app.decisions.on_duty import duty_at, line_of_members
from app.decisions.report_times import REACH, last_of_shift, month_before, night_since, week_before
from app.domain.duty import Duty
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.domain.links import LinkSeen, Place
from app.domain.listed import Listed
from app.domain.report_items import Due
from app.domain.reporting import Kind, Mark, Outcome, Past, Row
from app.domain.squad import Squad
from app.domain.standup import Case
from app.flows import links
from app.flows.following_up import post_of
from app.flows.links import Links
from app.flows.nagging import known_of
from app.flows.pacing import Pace
from app.flows.reading import Reading
from app.flows.reporting import Desk, Wish
from app.texts import report_digest, report_handoff, report_monthly, report_morning, report_weekly
from app.texts.body import State, state_in
from app.texts.labels import POST_MORTEM
from app.texts.report_frame import Written

_WEEK: Final = timedelta(days=7)
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before all tickets."""
_OURS: Final = "<!-- prod-squad:v1:"


class Reported(Fact, frozen=True, kw_only=True):
    """What a run came to."""

    outcomes: tuple[Outcome, ...]
    reports: tuple[Written, ...]
    read: int
    unmarked: int
    """Tickets without the App's hidden state."""
    nobodys: int = 0
    """Tickets that nobody owns, so that they are in no lead's digest."""


class Tickets(Fact, frozen=True, kw_only=True):
    """What was read."""

    rows: tuple[Row, ...]
    unmarked: int


class _At(Fact, frozen=True, kw_only=True):
    """The period in question, and what there is from before."""

    repository: Repository
    label: str
    """Of tickets."""
    squad: Squad
    due: Due
    past: tuple[Past, ...]

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.squad)

    def last(self, who: str = "") -> Past | None:
        """The newest report of an earlier period."""
        before = (it for it in self.past if it.mark.key < self.due.key and it.mark.who.casefold() == who.casefold())
        return max(before, key=lambda it: it.mark.key, default=None)

    def mark(self, kind: Kind, *, since: datetime, until: datetime, who: str = "", pair: tuple[str, ...] = ()) -> Mark:
        """As the period's report has it already, else as given."""
        there = self._there(who)
        if there is not None:
            return there.mark
        return Mark(kind=kind, key=self.due.key, since=since, until=until, who=who, pair=pair)

    def stands(self, mark: Mark) -> bool:
        """Whether the period's report was made."""
        return self._there(mark.who) is not None

    def lines(self, mark: Mark) -> tuple[frozenset[int], frozenset[int]]:
        """What the period's report shows already, and what nobody ticked in the one before."""
        there, last = self._there(mark.who), self.last(mark.who)
        return there.shown if there is not None else frozenset(), last.unticked if last is not None else frozenset()

    def _there(self, who: str) -> Past | None:
        its = (it for it in self.past if it.mark.key == self.due.key and it.mark.who.casefold() == who.casefold())
        return next(its, None)


class Reports:
    """See the module's table. `duty` tells who is on duty now; `support_label` is what support tickets have."""

    def __init__(
        self,
        desk: Desk,
        reading: Reading,
        links: Links,
        pace: Pace,
        *,
        support_label: str,
        duty: Callable[[], Awaitable[Duty]],
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._reading = reading
        self._links = links
        self._pace = pace
        self._support_label = support_label
        self._duty = duty
        self._now = now
        self._tell = tell

    async def run(
        self, kind: Kind, repository: Repository, ticket_label: str, squad: Squad, due: Due, *, dry_run: bool
    ) -> Reported:
        """Make what is due. Raises what GitHub raises where the lists can't be read to the end."""
        past = await self._desk.past(repository, kind)
        at = _At(repository=repository, label=ticket_label, squad=squad, due=due, past=past)
        match kind:
            case Kind.MORNING:
                tickets, wishes = await self._morning(at)
            case Kind.DIGEST:
                tickets, wishes = await self._digests(at)
            case Kind.HANDOFF:
                tickets, wishes = await self._handoff(at)
            case Kind.WEEKLY:
                tickets, wishes = await self._weekly(at)
            case Kind.MONTHLY:
                tickets, wishes = await self._monthly(at)
            case _:  # pragma: no cover
                assert_never(kind)
        outcomes, reports = await self._desk.publish(repository, wishes, past, dry_run=dry_run)
        return Reported(
            outcomes=tuple(outcomes),
            reports=tuple(reports),
            read=len(tickets.rows),
            unmarked=tickets.unmarked,
            nobodys=sum(not row.lead for row in tickets.rows) if kind is Kind.DIGEST else 0,
        )

    async def _morning(self, at: _At) -> tuple[Tickets, list[Wish]]:
        last, duty = at.last(), await self._duty()
        since = night_since(at.calendar, at.due.at, last.mark.until if last is not None else None)
        mark = at.mark(Kind.MORNING, since=since, until=self._now(), pair=duty.people)
        tickets = await self._tickets(at, mark.since)
        support = await self._support(at)
        shown, left = at.lines(mark)
        cases = [case_of(listed) async for listed in self._post_mortems(at, ("OPEN",))]
        review = report_items.review(tickets.rows, support, mark, duty, shown=shown, left=left)
        review = msgspec.structs.replace(review, agenda=agenda.agenda(cases, mark.pair, at.due.day))
        return tickets, [Wish(mark=mark, write=partial(report_morning.written, review, zone=at.calendar.zone))]

    async def _digests(self, at: _At) -> tuple[Tickets, list[Wish]]:
        """One for each lead who has something new, or has the period's digest already."""
        tickets = await self._tickets(at, None)
        leads = {row.lead.casefold(): row.lead for row in tickets.rows if row.lead}
        wishes = []
        for folded, lead in sorted(leads.items()):
            last = at.last(lead)
            since = last.mark.until if last is not None else _EVER
            mark = at.mark(Kind.DIGEST, since=since, until=self._now(), who=lead)
            shown, left = at.lines(mark)
            mine = (row for row in tickets.rows if row.lead.casefold() == folded)
            batch = report_items.batch(mine, mark, shown=shown, left=left)
            if batch is not None:
                wishes.append(Wish(mark=mark, write=partial(report_digest.written, batch, ticket_label=at.label)))
        return tickets, wishes

    async def _handoff(self, at: _At) -> tuple[Tickets, list[Wish]]:
        """The last pair is known where members take turns; else it is the one that the last handoff was for."""
        last, duty, now = at.last(), await self._duty(), self._now()
        since = max(last.mark.until if last is not None else now - _WEEK, now - REACH)
        mark = at.mark(Kind.HANDOFF, since=since, until=now, pair=duty.people)
        tickets = await self._tickets(at, mark.since)
        before = _pair_before(at.squad, at.due) or (last.mark.pair if last is not None else ())
        over = report_items.handover(tickets.rows, mark, duty, before, last)
        return tickets, [Wish(mark=mark, write=partial(report_handoff.written, over, zone=at.calendar.zone))]

    async def _weekly(self, at: _At) -> tuple[Tickets, list[Wish]]:
        first, end = week_before(at.squad, at.due.day)
        mark = at.mark(Kind.WEEKLY, since=first, until=end)
        tickets = await self._tickets(at, first - (week.WEEKS - 1) * _WEEK)
        seen = week.seen(tickets.rows, mark, at.calendar)
        return tickets, [Wish(mark=mark, write=lambda _: report_weekly.written(seen))]

    async def _monthly(self, at: _At) -> tuple[Tickets, list[Wish]]:
        """Action items are ticked all month long: the page of the day on which it was made is not written anew."""
        first, end = month_before(at.squad, at.due.day)
        mark = at.mark(Kind.MONTHLY, since=first, until=end)
        if at.stands(mark):
            return Tickets(rows=(), unmarked=0), [Wish(mark=mark, write=None)]
        tickets = await self._tickets(at, first)
        subjects = frozenset({at.label.casefold(), POST_MORTEM.name})
        cases = [case_of(listed) async for listed in self._post_mortems(at, ("OPEN", "CLOSED"))]
        places = [place for case in cases for place in finishing.asked(case.post.paper, case.post.issue)]
        found = await links.seen(self._links, places, self._pace, installation=at.repository.installation)
        cases = [_with_endings(case, found, subjects) for case in cases]
        seen = month.seen(cases, tickets.rows, mark, at.squad)
        return tickets, [Wish(mark=mark, write=lambda _: report_monthly.written(seen, at.calendar.zone))]

    async def _post_mortems(self, at: _At, states: tuple[str, ...]) -> AsyncIterator[Listed]:
        async for page in self._reading.pages(at.repository, POST_MORTEM.name, states=states):
            for listed in page:
                yield listed

    async def _tickets(self, at: _At, closed_since: datetime | None) -> Tickets:
        """All open tickets, and those that were closed since then; each once."""
        rows: dict[int, Row] = {}
        unmarked = 0
        lists: list[tuple[tuple[str, ...], datetime | None]] = [(("OPEN",), None)]
        if closed_since is not None:
            lists.append((("CLOSED",), closed_since))
        for states, since in lists:
            async for page in self._reading.pages(at.repository, at.label, states=states, since=since):
                for listed in page:
                    state = state_in(listed.body)
                    unmarked += state is None
                    rows[listed.ref.number] = row_of(listed, state, at.squad.nag.keep)
                self._tell(f"{len(rows):,} tickets read")
        return Tickets(rows=tuple(rows.values()), unmarked=unmarked)

    async def _support(self, at: _At) -> list[Row]:
        """Open support tickets that are no tickets of the squad's yet."""
        found: list[Row] = []
        async for page in self._reading.pages(at.repository, self._support_label):
            found += [row_of(listed, None, ()) for listed in page if not listed.has(at.label)]
        return found


def row_of(listed: Listed, state: State | None, keep: tuple[str, ...]) -> Row:
    """A ticket as reports tell of it; without the App's hidden state, as its labels tell."""
    known = known_of(listed) or nagging.Known()
    state = state or State(ticket=0)
    return Row(
        issue=listed.ref,
        title=listed.title,
        made_at=listed.opened_at,
        opened_at=state.opened_at or listed.opened_at,
        open=listed.open,
        closed_at=listed.closed_at if not listed.open else None,
        impact=impact_of(listed, known),
        app=state.app or _labelled(listed, "app:"),
        team=state.team or _labelled(listed, "team:"),
        lead=next(iter((*state.owners, *listed.assignees)), ""),
        occurrences=state.occurrences,
        users=state.users,
        regressions=state.regressions,
        last_seen=state.last_seen,
        days=state.days,
        decided_at=state.decided_at,
        decided_by=state.decided_by,
        acknowledged_by=state.acknowledged_by,
        acknowledged_at=state.acknowledged_at,
        acknowledged_until=state.acknowledged_until,
        silenced=known.silenced or listed.has("silenced"),
        silenced_by=state.silenced_by,
        silenced_until=state.silenced_until,
        asked=state.asked,
        asked_at=state.asked_at,
        planned=bool(listed.milestone) or listed.has(*keep),
        said=tuple(remark.at for remark in listed.remarks if _OURS in remark.text),
        people=listed.participants,
        post_mortems=state.post_mortems,
    )


def case_of(listed: Listed) -> Case:
    """A post-mortem as reports tell of it; what people opened without the App is known by its labels."""
    state = state_in(listed.body) or State(ticket=0)
    return Case(
        post=post_of(listed, ""),
        title=listed.title,
        app=state.app or _labelled(listed, "app:"),
        team=state.team or _labelled(listed, "team:"),
    )


def _with_endings(case: Case, found: Mapping[Place, LinkSeen], subjects: frozenset[str]) -> Case:
    post = case.post
    ends = finishing.endings(post.paper, post.issue, post.opened_at, found, subjects=subjects)
    return msgspec.structs.replace(case, post=msgspec.structs.replace(post, endings=ends))


def _labelled(listed: Listed, kind: str) -> str:
    return next((name[len(kind) :] for name in listed.labels if name.casefold().startswith(kind)), "")


def _pair_before(squad: Squad, due: Due) -> tuple[str, ...]:
    turns = squad.rotation.turns if squad.rotation is not None else None
    if turns is None:
        return ()
    zone, at = Calendar(squad).zone, last_of_shift(squad, due.day)
    return duty_at(line_of_members(turns, zone, at), (), at, zone=zone).people
