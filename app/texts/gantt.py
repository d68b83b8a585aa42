"""The timeline as a picture: a Gantt chart that GitHub draws from Mermaid's words.

| it is about      | sections                                                                          |
|------------------|-----------------------------------------------------------------------------------|
| one ticket       | what went on, what happened                                                       |
| several          | one for each of the first six: what went on and what happened with it             |
| what was changed | one of its own: deployments, merges, releases                                     |

Rules: it holds our own words, numbers, times and nothing else: no text from production, no name. Times are by the
squad's clock, for Mermaid knows no time zones; where clocks are changed in between, by the clock of the beginning
throughout, which is said, so that nothing runs backwards. It shows the time since the error came, or came back last; of
more than 30 moments the first ten and the latest, with several tickets of each its share.
<https://mermaid.js.org/syntax/gantt.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final, TypeVar

from app.domain.alerts import Impact
from app.domain.history import OF_PEOPLE, Happened, Kind
from app.domain.surroundings import Change, ChangeKind
from app.domain.tickets import Ticket
from app.texts.markdown import BLANK_LINE, NOTHING, Markdown, diagram, fill, joined, words

T = TypeVar("T")

MOST_MOMENTS: Final = 30
MOST_SECTIONS: Final = 6
_FEWEST_MOMENTS: Final = 6
_MOST_CHANGES: Final = 20
_A_DAY: Final = timedelta(days=1)
_SEEN: Final = timedelta(seconds=1)
"""What is shorter could not be seen."""
_ROUND: Final = frozenset({Kind.OPENED, Kind.ADOPTED, Kind.REGRESSED})
_MOMENTS: Final = {
    Kind.FIRST: "First occurrence",
    Kind.OPENED: "Ticket opened",
    Kind.ADOPTED: "Ticket opened",
    Kind.REPORTED: "Reported by a person",
    Kind.DECIDED: "Impact decided",
    Kind.CHANGED: "Impact changed",
    Kind.RULED: "Impact set by a rule",
    Kind.PAGED: "PagerDuty told",
    Kind.PINGED: "People pinged",
    Kind.ACKNOWLEDGED: "Acknowledged",
    Kind.EXPIRED: "Acknowledgement expired",
    Kind.TAKEN: "Taken to be fixed",
    Kind.RESCUED: "Caught in the code",
    Kind.SILENCED: "Silenced",
    Kind.SILENCE_OVER: "Silence over",
    Kind.RESOLVED: "Resolved at the sender",
    Kind.CLOSED: "Ticket closed",
    Kind.REOPENED: "Ticket reopened",
    Kind.REGRESSED: "It came back",
    Kind.NOTED: "Noted by a person",
    Kind.PINNED: "Noted by a person",
}
_CHANGES: Final = {
    ChangeKind.DEPLOYED: "Deployed",
    ChangeKind.BROKEN: "Deployment failed",
    ChangeKind.BEGUN: "Deployment begun",
    ChangeKind.MERGED: "Merged",
    ChangeKind.RELEASED: "Released",
}
_AFTERWARDS: Final = frozenset({Kind.POST_MORTEM})
_IMPACTS: Final = frozenset({Kind.DECIDED, Kind.CHANGED, Kind.RULED})
_BARS: Final = (
    ("Ticket open", _ROUND | {Kind.REOPENED}, frozenset({Kind.CLOSED, Kind.LOST})),
    ("Somebody on it", frozenset({Kind.ACKNOWLEDGED}), frozenset({Kind.EXPIRED, Kind.CLOSED})),
    ("Silenced", frozenset({Kind.SILENCED}), frozenset({Kind.SILENCE_OVER})),
)


def gantt(
    tickets: Sequence[Ticket], changes: Sequence[Change], last_before: Change | None, zone: tzinfo, now: datetime
) -> Markdown:
    """The chart; nothing where nothing is remembered."""
    rounds = [(ticket, _latest_round(ticket)) for ticket in tickets]
    rounds = [(ticket, lines) for ticket, lines in rounds if lines][:MOST_SECTIONS]
    if not rounds:
        return NOTHING
    moments = [line.at for _, lines in rounds for line in lines] + [change.at for change in changes]
    if any(ticket.closing is None for ticket, _ in rounds):
        moments.append(now)
    begin, end = min(moments), max(moments)
    one_clock, said = _one_clock(moments, zone)
    chart = [
        "gantt",
        "dateFormat YYYY-MM-DD HH:mm:ss",
        "axisFormat %H:%M" if end - begin < _A_DAY else "axisFormat %m-%d %H:%M",
    ]
    for ticket, lines in rounds:
        bars = _bars(ticket, lines, end, one_clock)
        shown = _moments(lines, MOST_MOMENTS if len(rounds) == 1 else max(_FEWEST_MOMENTS, MOST_MOMENTS // len(rounds)))
        if len(rounds) == 1:
            chart += ["section What went on", *bars, "section What happened"]
        else:
            chart += [f"section {_named(ticket)}", *bars]
        chart += [_moment(line, one_clock) for line in shown]
    if changes:
        chart.append("section What was changed")
        chart += [_change(change, one_clock, last=change == last_before) for change in _some(changes, _MOST_CHANGES)]
    return joined([said, diagram(chart)], BLANK_LINE)


def _one_clock(moments: Sequence[datetime], zone: tzinfo) -> tuple[tzinfo, Markdown]:
    """A clock that is never changed from the beginning to the end, and what is to be said of it."""
    offsets = {at.astimezone(zone).utcoffset() for at in moments}
    first = min(moments).astimezone(zone)
    if len(offsets) == 1:
        return zone, NOTHING
    said = fill("Clocks were changed in between; the picture goes by {zone} throughout.", zone=words(f"{first:%Z}"))
    return timezone(first.utcoffset() or timedelta()), said


def _named(ticket: Ticket) -> str:
    return f"Ticket {ticket.issue.number}" if ticket.issue is not None else "Without a ticket"


def _bars(ticket: Ticket, lines: Sequence[Happened], end: datetime, zone: tzinfo) -> list[str]:
    begin = min((line.at for line in lines if line.kind not in OF_PEOPLE), default=None)
    seen = ticket.counters.last_seen
    bars = [("Error occurring", begin, seen)] if begin is not None and seen is not None and seen > begin else []
    over = end if ticket.closing is None else ticket.closing.at
    for name, begins, ends in _BARS:
        bars += [(name, since, until) for since, until in _spans(lines, begins, ends, over)]
    return [_task(name, since, until, zone) for name, since, until in bars]


def _moments(lines: Sequence[Happened], most: int) -> Sequence[Happened]:
    return _some([line for line in lines if line.kind in _MOMENTS], most)


def _some(items: Sequence[T], most: int) -> Sequence[T]:
    """The first third and the latest."""
    return items if len(items) <= most else (*items[: most // 3], *items[most // 3 - most :])


def _latest_round(ticket: Ticket) -> Sequence[Happened]:
    lines = sorted((line for line in ticket.history if line.kind not in _AFTERWARDS), key=lambda line: line.at)
    rounds = [place for place, line in enumerate(lines) if line.kind in _ROUND]
    return lines[rounds[-1] :] if len(rounds) > 1 else lines


def _spans(
    lines: Iterable[Happened], begins: frozenset[Kind], ends: frozenset[Kind], now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    since: datetime | None = None
    for line in lines:
        if line.kind in begins:
            since = since or line.at
        elif line.kind in ends and since is not None:
            yield since, line.at
            since = None
    if since is not None:
        yield since, now


def _task(name: str, since: datetime, until: datetime, zone: tzinfo) -> str:
    return f"{name} :{_clock(since, zone)}, {_clock(max(until, since + _SEEN), zone)}"


def _moment(line: Happened, zone: tzinfo) -> str:
    name, severe = _MOMENTS[line.kind], line.detail == Impact.SEVERE and line.kind in _IMPACTS
    return f"{name} :{'crit, ' if severe else ''}milestone, {_clock(line.at, zone)}, 0s"


def _change(change: Change, zone: tzinfo, *, last: bool) -> str:
    name = "Last deployment before it began" if last else _CHANGES[change.kind]
    crit = "crit, " if last or change.kind is ChangeKind.BROKEN else ""
    return f"{name} :{crit}milestone, {_clock(change.at, zone)}, 0s"


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
