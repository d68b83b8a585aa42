"""A month's post-mortems in figures: what they were about, what became of their action items, and what came back.

| figure               | what it is                                                                                  |
|----------------------|---------------------------------------------------------------------------------------------|
| begun, done          | post-mortems whose issue was opened in the month; that were closed as completed in it       |
| action items         | those of the post-mortems begun in the month, as they stand when the page is written; a     |
|                      | line of a text has no date of its own, so the month of its post-mortem is its month         |
| open, overdue        | not ticked, in an open post-mortem; with a day that went by before the month ended          |
| left                 | not ticked when their post-mortem was closed                                                |
| by team              | open and overdue items of all open post-mortems, by the team of whoever is to do them       |
| begin to done        | business days from the issue's opening to its closing, of those done in the month           |
| begin to feedback    | business days until feedback was asked for, of those for which it was in the month          |
| repeats              | tickets that came back in the month, or took an error over from an earlier ticket, although |
|                      | a post-mortem of the error had been begun that has an item which is not done                |

| an item's team is                                                                                                  |
|--------------------------------------------------------------------------------------------------------------------|
| the team of the squad's file that one of its owners is on GitHub, or leads; the first that there is                |
| else the team of the post-mortem's error                                                                           |

Rules: what was closed as not planned, or as a duplicate, is no post-mortem. Nobody is named: figures are of teams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median_low
from typing import Final

from app.decisions.agenda import to_do
from app.decisions.business_time import Calendar
from app.domain.following_up import ActionItem
from app.domain.month import Month, MonthSeen, Repeat, Story, Tally, TeamItems
from app.domain.reporting import Mark, Row
from app.domain.squad import Squad
from app.domain.standup import Case
from app.domain.week import Times

MONTHS: Final = 6
"""The month and those it is compared with."""
_DAY: Final = timedelta(days=1)
Span = tuple[datetime, datetime]


def seen(cases: Iterable[Case], rows: Iterable[Row], mark: Mark, squad: Squad) -> MonthSeen:
    """The month that the mark tells."""
    counted = [case for case in cases if case.post.open or case.post.reason == "completed"]
    calendar = Calendar(squad)
    spans = _spans(mark, calendar)
    before, this = spans[-2:]
    end = _date(mark.until, calendar)
    stood = [case for case in counted if case.post.opened_at < this[1] and not _closed_before(case, this[1])]
    return MonthSeen(
        mark=mark,
        months=tuple(_month(counted, span, calendar, end) for span in spans),
        apps=_tallies(counted, spans, lambda case: case.app),
        causes=_tallies(counted, spans, lambda case: case.post.paper.cause or ""),
        teams=_teams(counted, squad, end),
        done=(_done_times(counted, this, calendar), _done_times(counted, before, calendar)),
        feedback=(_feedback_times(counted, this, calendar), _feedback_times(counted, before, calendar)),
        open=len(stood),
        stories=tuple(_story(case, calendar) for case in counted if case in stood or _is_of(case, this)),
        repeats=_repeats({case.post.issue.number: case for case in counted}, rows, this, calendar),
    )


def _spans(mark: Mark, calendar: Calendar) -> tuple[Span, ...]:
    """Whole months on the squad's clock."""
    edges = [_date(mark.until, calendar)]
    for _ in range(MONTHS):
        edges.append((edges[-1] - _DAY).replace(day=1))
    return tuple(pairwise(_midnight(edge, calendar) for edge in reversed(edges)))


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, time.min, calendar.zone).astimezone(UTC)


def _date(at: datetime, calendar: Calendar) -> date:
    return at.astimezone(calendar.zone).date()


def _in(at: datetime | None, span: Span) -> bool:
    return at is not None and span[0] <= at < span[1]


def _done_at(case: Case) -> datetime | None:
    return None if case.post.open else case.post.closed_at


def _closed_before(case: Case, at: datetime) -> bool:
    done = _done_at(case)
    return done is not None and done < at


def _is_of(case: Case, span: Span) -> bool:
    return _in(case.post.opened_at, span) or _in(_done_at(case), span)


def _month(cases: Sequence[Case], span: Span, calendar: Calendar, end: date) -> Month:
    begun = [case for case in cases if _in(case.post.opened_at, span)]
    still = [(case, due) for case in begun for _, due in to_do(case.post)]
    items = sum(len(case.post.paper.items) for case in begun)
    return Month(
        since=_date(span[0], calendar),
        begun=len(begun),
        done=sum(_in(_done_at(case), span) for case in cases),
        items=items,
        ticked=items - len(still),
        open=sum(case.post.open for case, _ in still),
        overdue=sum(case.post.open and _is_over(due, end) for case, due in still),
        left=sum(not case.post.open for case, _ in still),
    )


def _is_over(due: date | None, end: date) -> bool:
    return due is not None and due < end


def _tallies(cases: Sequence[Case], spans: Sequence[Span], name: Callable[[Case], str]) -> tuple[Tally, ...]:
    """The most of the month first, then the most of the half year; what has none in it is left out."""
    groups = [Counter(name(case) for case in cases if _in(case.post.opened_at, span)) for span in spans]
    all_of_them = sum(groups, Counter[str]())
    tallies = (
        Tally(name=each, begun=groups[-1][each], before=groups[-2][each], half_year=number)
        for each, number in all_of_them.items()
    )
    return tuple(sorted(tallies, key=lambda it: (-it.begun, -it.half_year, not it.name, it.name.casefold())))


def _teams(cases: Sequence[Case], squad: Squad, end: date) -> tuple[TeamItems, ...]:
    """The most overdue first."""
    open_ones: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    for case in cases:
        for item, due in to_do(case.post) if case.post.open else ():
            team = team_of(item, case.team, squad)
            open_ones[team] += 1
            overdue[team] += _is_over(due, end)
    found = (TeamItems(name=name, open=number, overdue=overdue[name]) for name, number in open_ones.items())
    return tuple(sorted(found, key=lambda it: (-it.overdue, -it.open, not it.name, it.name.casefold())))


def team_of(item: ActionItem, errors: str, squad: Squad) -> str:
    """See the module's second table; `errors` is the team of the post-mortem's error."""
    for owner in item.owners:
        for team in squad.teams:
            if owner.casefold() in (team.github.casefold(), team.lead.casefold()):
                return team.name
    return errors


def _times(took: Sequence[timedelta]) -> Times | None:
    return Times(number=len(took), middle=median_low(took), longest=max(took)) if took else None


def _done_times(cases: Sequence[Case], span: Span, calendar: Calendar) -> Times | None:
    """In whole days of 24 hours, each of which stands for a business day."""
    moments = ((case.post.opened_at, _done_at(case)) for case in cases)
    took = [calendar.between(began, at) / calendar.day * _DAY for began, at in moments if at and _in(at, span)]
    return _times(took)


def _feedback_times(cases: Sequence[Case], span: Span, calendar: Calendar) -> Times | None:
    took = []
    for case in cases:
        asked = case.post.memory.feedback_on
        if asked is None or not _in(_midnight(asked, calendar), span):
            continue
        began = _midnight(_date(case.post.opened_at, calendar), calendar)
        took.append(calendar.between(began, _midnight(asked, calendar)) / calendar.day * _DAY)
    return _times(took)


def _story(case: Case, calendar: Calendar) -> Story:
    post, done = case.post, _done_at(case)
    return Story(
        issue=post.issue,
        title=case.title,
        app=case.app,
        cause=post.paper.cause,
        began=_date(post.opened_at, calendar),
        done=_date(done, calendar) if done is not None else None,
        items=len(post.paper.items),
        ticked=len(post.paper.items) - len(to_do(post)),
    )


def _repeats(cases: dict[int, Case], rows: Iterable[Row], span: Span, calendar: Calendar) -> tuple[Repeat, ...]:
    """The latest first."""
    found = []
    for row in rows:
        came = row.reopened_at or row.made_at
        if not _in(came, span):
            continue
        for number in row.post_mortems:
            case = cases.get(number)
            left = to_do(case.post) if case is not None and case.post.opened_at < came else ()
            if case is not None and left:
                began = _date(case.post.opened_at, calendar)
                found.append(Repeat(row=row, came_at=came, post_mortem=case.post.issue, began=began, left=left))
    return tuple(sorted(found, key=lambda it: (it.came_at, it.row.number), reverse=True))
