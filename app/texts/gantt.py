"""The timeline as a picture: a Gantt chart that GitHub draws from Mermaid's words.

Rules: it holds our own words, times and nothing else: no text from production, no name. Times are by the squad's clock,
for Mermaid knows no time zones. It shows the time since the error came, or came back last; of more than 30 moments the
first ten and the latest. <https://mermaid.js.org/syntax/gantt.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from app.domain.alerts import Impact
from app.domain.history import Happened, Kind
from app.domain.tickets import Ticket
from app.texts.markdown import NOTHING, Markdown, diagram

MOST_MOMENTS: Final = 30
_FIRST_MOMENTS: Final = 10
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
}
_IMPACTS: Final = frozenset({Kind.DECIDED, Kind.CHANGED, Kind.RULED})
_BARS: Final = (
    ("Ticket open", _ROUND | {Kind.REOPENED}, frozenset({Kind.CLOSED, Kind.LOST})),
    ("Somebody on it", frozenset({Kind.ACKNOWLEDGED}), frozenset({Kind.EXPIRED, Kind.CLOSED})),
    ("Silenced", frozenset({Kind.SILENCED}), frozenset({Kind.SILENCE_OVER})),
)


def gantt(ticket: Ticket, zone: tzinfo, now: datetime) -> Markdown:
    """The chart; nothing where nothing is remembered."""
    lines = _latest_round(sorted(ticket.history, key=lambda line: line.at))
    if not lines:
        return NOTHING
    begin, end = lines[0].at, max(now, lines[-1].at)
    seen = ticket.counters.last_seen
    bars = [("Error occurring", begin, seen)] if seen is not None and seen > begin else []
    for name, begins, ends in _BARS:
        bars += [(name, since, until) for since, until in _spans(lines, begins, ends, end)]
    shown = [line for line in lines if line.kind in _MOMENTS]
    if len(shown) > MOST_MOMENTS:
        shown = shown[:_FIRST_MOMENTS] + shown[_FIRST_MOMENTS - MOST_MOMENTS :]
    return diagram(
        [
            "gantt",
            "dateFormat YYYY-MM-DD HH:mm:ss",
            "axisFormat %H:%M" if end - begin < _A_DAY else "axisFormat %m-%d %H:%M",
            "section What went on",
            *(_task(name, since, until, zone) for name, since, until in bars),
            "section What happened",
            *(_moment(line, zone) for line in shown),
        ]
    )


def _latest_round(lines: Sequence[Happened]) -> Sequence[Happened]:
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


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
