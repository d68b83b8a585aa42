"""A post-mortem: as it is posted, what it never says, and that people's part of it is people's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Impact
from app.domain.history import Happened, Kind
from app.domain.paging import Told
from app.domain.tickets import Around, Closing, Counters, EarlierIssue, Pair, Routing, Ticket
from app.domain.triage import Why
from app.texts.body import merged, split
from app.texts.figures import lasting, second
from app.texts.gantt import MOST_MOMENTS, gantt
from app.texts.markdown import Markdown, diagram, operation_in
from app.texts.post_mortem import View, Written, body, offer, part, title, written
from app.texts.timeline import entries
from app.texts.timeline_table import in_order
from tests.unit.texts import golden
from tests.unit.texts.cases import ALERT, NOW, TICKET, issue
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

ZONE = ZoneInfo("America/New_York")
VIEW = View(operation="31.post-mortem.1", zone=ZONE, zone_name="America/New_York", now=NOW)
BEGAN = NOW - timedelta(hours=3, minutes=2, seconds=5)
TALK = "https://github.com/acme/shop/issues/12#issuecomment-"


def after(minutes: float, kind: Kind, **more: object) -> Happened:
    return msgspec.structs.replace(Happened(at=BEGAN + timedelta(minutes=minutes), kind=kind), **more)


HISTORY = (
    after(0, Kind.FIRST, link="https://acme.sentry.io/organizations/acme/issues/4711/"),
    after(0.1, Kind.OPENED, whom=("jo",), link=issue(12).url),
    after(9, Kind.REPORTED, by="wanda", link=issue(13).url),
    after(31, Kind.PINGED, whom=("kim",), detail=Why.UNDECIDED, link=f"{TALK}1"),
    after(35, Kind.DECIDED, by="kim", detail="unsure", link=f"{TALK}2"),
    after(36, Kind.PINGED, whom=("alex",), detail=Why.UNSURE, link=f"{TALK}3"),
    after(40, Kind.CHANGED, by="alex", detail="severe", why="nobody can certify, says @jo", link=f"{TALK}4"),
    after(40.5, Kind.PINGED, whom=("alex", "nick", "acme/ops"), detail=Why.SEVERE, link=f"{TALK}5"),
    after(42, Kind.ACKNOWLEDGED, by="Alex", until=BEGAN + timedelta(minutes=72), link=f"{TALK}6"),
    after(43, Kind.TAKEN, by="jo", link=f"{TALK}7"),
    after(72, Kind.EXPIRED, by="alex"),
    after(72.5, Kind.PINGED, whom=("alex",), detail=Why.EXPIRED, link=f"{TALK}8"),
    after(120, Kind.RESOLVED, by="Mark Miller", link="https://acme.sentry.io/organizations/acme/issues/4711/"),
    after(120, Kind.CLOSED, by="jo", detail="completed", link=issue(12).url),
    after(120, Kind.FIXED, link="https://github.com/acme/shop/pull/31"),
)
SEVERE = msgspec.structs.replace(
    TICKET,
    counters=msgspec.structs.replace(TICKET.counters, first_seen=BEGAN, last_seen=BEGAN + timedelta(minutes=118)),
    routing=msgspec.structs.replace(TICKET.routing, owners=("alex", "jo")),
    on_duty=Pair(primary="kim", secondary="mark"),
    history=HISTORY,
    opened_at=BEGAN + timedelta(seconds=6),
    closing=Closing(at=BEGAN + timedelta(hours=2), by="jo", fix="https://github.com/acme/shop/pull/31"),
    regressions=0,
    earlier=(
        EarlierIssue(
            ref=issue(3),
            closed_at=NOW - timedelta(days=90),
            fix="https://github.com/acme/shop/commit/0123456789abcdef0123456789abcdef01234567",
            post_mortem=issue(4),
        ),
    ),
    kin=(EarlierIssue(ref=issue(5)),),
    post_mortem=issue(40),
)
DETAILS = {Kind.PINGED: str(Why.SEVERE), Kind.PAGED: str(Told.TRIGGER)}
"""What can't be any text: these are words of our own."""
EVERY_KIND = tuple(
    after(number, kind, by="jo", whom=("kim", "wanda"), detail=DETAILS.get(kind, "severe"))
    for number, kind in enumerate(Kind)
)


def but(ticket: Ticket, **changes: object) -> Ticket:
    return msgspec.structs.replace(ticket, **changes)


def rows(ticket: Ticket) -> list[str]:
    return [f"{entry.when} | {entry.what} |" for entry in entries(ticket, ZONE)]


def posted(ticket: Ticket, view: View = VIEW) -> str:
    return str(body(ticket, view))


def test_a_post_mortem_as_it_is_posted() -> None:
    golden.holds("post-mortem.md", posted(SEVERE))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("post-mortem-opened.md", written(SEVERE, Written.OPENED, "31.answer.1"), id="opened"),
        pytest.param("post-mortem-refreshed.md", written(SEVERE, Written.REFRESHED, "31.answer.1"), id="refreshed"),
        pytest.param("post-mortem-unchanged.md", written(SEVERE, Written.UNCHANGED, "31.answer.1"), id="unwritable"),
        pytest.param("post-mortem-offer.md", offer("31.offer.1"), id="offered"),
    ],
)
def test_what_is_said_of_it_on_the_ticket(file: str, text: Markdown) -> None:
    golden.holds(file, text)


def test_a_ticket_without_one_points_at_none() -> None:
    with pytest.raises(ValueError, match="none to point at"):
        written(but(SEVERE, post_mortem=None), Written.OPENED, "x")


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        pytest.param("", "Post-mortem: NoMethodError: undefined method `name' for nil:NilClass", id="after the error"),
        pytest.param("The hour without documents", "Post-mortem: The hour without documents", id="as was wished"),
        pytest.param("x" * 400, "Post-mortem: " + "x" * 127 + "…", id="not too long"),
    ],
)
def test_titles(wished: str, expected: str) -> None:
    assert title(SEVERE, wished) == expected


@pytest.mark.parametrize(
    ("ticket", "there"),
    [
        pytest.param(SEVERE, "- Primary: `@kim`", id="a role, and who had it"),
        pytest.param(but(SEVERE, on_duty=Pair()), "- Primary: nobody is on record", id="nobody on duty"),
        pytest.param(but(SEVERE, routing=Routing()), "- Tech lead: nobody is on record", id="nobody answers for it"),
        pytest.param(SEVERE, "2026-11-23 06:03:31 EST (6 s later)", id="how long nobody knew"),
        pytest.param(SEVERE, "| It lasted | 2 h 0 min 0 s |", id="how long it lasted"),
        pytest.param(but(SEVERE, closing=None), "| It lasted | 3 h 2 min 5 s so far |", id="and lasts"),
        pytest.param(but(SEVERE, impact=None), "Nobody decided the impact.", id="undecided"),
        pytest.param(but(SEVERE, impact=Impact.ANNOYING), "**annoying**", id="annoying"),
        pytest.param(but(SEVERE, history=()), "Nothing is remembered", id="older than its history"),
        pytest.param(
            but(SEVERE, forgotten=7),
            "7 lines were left out between the first and the latest",
            id="what was dropped is counted",
        ),
        pytest.param(
            but(SEVERE, history=(*HISTORY, after(170, Kind.REGRESSED)), closing=None),
            "| Began | 2026-11-23 08:53:25 EST |",
            id="it came back: the trouble began with that",
        ),
        pytest.param(Ticket(id=1, issue=issue(1)), "| Error | An error without a title |", id="nothing known"),
        pytest.param(
            Ticket(id=1, opened_at=NOW, counters=Counters(), closing=Closing(at=NOW)),
            "| The squad knew | 2026-11-23 09:05:30 EST |",
            id="nothing known of its beginning",
        ),
        pytest.param(
            but(SEVERE, first=None, latest=None, routing=Routing(app="Reader")),
            "| App | Reader |",
            id="no alert, no team",
        ),
        pytest.param(
            but(SEVERE, first=msgspec.structs.replace(ALERT, environment="", release="")),
            "| Error | NoMethodError",
            id="an alert that says little",
        ),
    ],
)
def test_what_it_says(ticket: Ticket, there: str) -> None:
    assert there in posted(ticket)


def test_people_are_spoken_of_by_their_roles() -> None:
    shown = "\n".join(rows(but(SEVERE, history=EVERY_KIND)))
    for login in ("jo", "kim", "alex", "wanda", "Mark"):
        assert re.search(rf"\b{login}\b", shown) is None, login
    told = "\n".join(rows(SEVERE))
    for role in ("by the primary", "by the tech lead", "by another owner", "by somebody", "the tech lead, 2 others"):
        assert role in told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(after(0, Kind.OPENED), "**The ticket was opened**. |", id="assigned to nobody"),
        pytest.param(
            after(0, Kind.CLOSED, by="release[bot]", detail="not_planned"), "as not planned by a bot", id="bot"
        ),
        pytest.param(
            after(0, Kind.DECIDED, detail="severe"),
            "**Impact: severe**, decided by the report.",
            id="a report's impact",
        ),
        pytest.param(
            after(0, Kind.DECIDED, by="kim", detail="severe", why="nobody can certify"),
            "**Impact: severe**, decided by the primary: “nobody can certify”. |",
            id="a person's, and why",
        ),
        pytest.param(after(0, Kind.RULED, detail="severe"), "set by a rule of the squad's file. |", id="a rule"),
        pytest.param(after(0, Kind.PAGED, detail=Told.RESOLVE), "that it is over. |", id="PagerDuty"),
        pytest.param(after(0, Kind.SILENCE_OVER), "The silence was over. |", id="a silence that ended by itself"),
        pytest.param(
            after(0, Kind.SILENCE_OVER, by="kim"), "(ended by the primary).", id="and one that a person ended"
        ),
        pytest.param(
            after(0, Kind.SILENCED, by="kim", detail="known, see @nick", until=NOW),
            "Silenced by the primary until 2026-11-23 09:05:30 EST (known, see @",
            id="a silence, and why",
        ),
    ],
)
def test_lines(line: Happened, says: str) -> None:
    (row,) = rows(but(SEVERE, history=(line,)))
    assert says in row


def told_of(text: str, kind: Kind) -> str:
    """A post-mortem in which this text stands wherever one can."""
    detail = DETAILS.get(kind, text)
    line = Happened(at=NOW, kind=kind, by=text, whom=(text,), detail=detail, why=text, until=NOW, link=text)
    earlier = EarlierIssue(ref=issue(1), fix=text)
    return posted(Ticket(id=1, history=(line,), on_duty=Pair(primary=text), earlier=(earlier,)))


@pytest.mark.parametrize("why", Why)
def test_there_are_words_for_every_ping(why: Why) -> None:
    (row,) = rows(but(SEVERE, history=(after(0, Kind.PINGED, whom=("kim",), detail=why),)))
    assert "Pinged: the primary; " in row


@given(text=texts, kind=st.sampled_from(Kind))
def test_nothing_in_a_history_gets_out(text: str, kind: Kind) -> None:
    page, plain = rendered(told_of(text, kind)), rendered(told_of("word", kind))
    assert page.linked == {}
    assert COMMAND.search(told_of(text, kind)) is None
    assert [tag for tag in page.tags if tag in {"table", "tr", "h2"}] == [
        tag for tag in plain.tags if tag in {"table", "tr", "h2"}
    ]


def test_what_people_wrote_stays_when_the_timeline_is_brought_up_to_date() -> None:
    drafted = posted(but(SEVERE, history=HISTORY[:3]))
    edited = "Read this first.\n\n" + drafted.replace("- [ ]", "- [ ] @mark adds an alert")
    again = str(merged(split(edited), part(SEVERE, VIEW)))
    assert again.startswith("Read this first.\n\n<!--")
    assert "- [ ] @mark adds an alert" in again
    assert "It was fixed by" not in drafted
    assert "It was fixed by" in again
    assert split(again) == split(edited)
    assert operation_in(again) == operation_in(drafted) == VIEW.operation


def test_a_long_history_gives_way_to_what_people_wrote() -> None:
    long = tuple(after(number, Kind.ROUTED, by="jo", detail="word " * 50, link=TALK + "1") for number in range(200))
    told = [variant.size for variant in part(but(SEVERE, history=long), VIEW).variants]
    assert told == sorted(told, reverse=True)
    crowded = str(merged(Around(after="x" * 40_000), part(but(SEVERE, history=long), VIEW)))
    assert "| … | *160 lines are left out here* |" in crowded
    assert crowded.endswith("x" * 40_000)


# The picture


def drawn(ticket: Ticket, now: datetime = NOW) -> list[str]:
    return str(gantt((ticket,), (), None, ZONE, now)).split("\n")[1:-1]


def test_the_picture_shows_what_went_on() -> None:
    lines = drawn(SEVERE)
    assert "Ticket open :2026-11-23 06:03:31, 2026-11-23 08:03:25" in lines
    assert "Somebody on it :2026-11-23 06:45:25, 2026-11-23 07:15:25" in lines
    assert "Error occurring :2026-11-23 06:03:25, 2026-11-23 08:01:25" in lines
    assert "Impact changed :crit, milestone, 2026-11-23 06:43:25, 0s" in lines
    assert "axisFormat %H:%M" in lines


@pytest.mark.parametrize(
    ("ticket", "line"),
    [
        pytest.param(
            but(SEVERE, history=HISTORY[:2], closing=None),
            "Ticket open :2026-11-23 06:03:31, 2026-11-23 09:05:30",
            id="open still",
        ),
        pytest.param(
            but(SEVERE, history=(*HISTORY, after(170, Kind.REGRESSED)), closing=None),
            "Ticket open :2026-11-23 08:53:25, 2026-11-23 09:05:30",
            id="only the time since it came back",
        ),
        pytest.param(
            but(SEVERE, history=(after(-9_000, Kind.OPENED), *HISTORY)), "axisFormat %H:%M", id="only the latest issue"
        ),
        pytest.param(
            but(SEVERE, history=(after(-9_000, Kind.FIRST), *HISTORY)), "axisFormat %m-%d %H:%M", id="it took days"
        ),
        pytest.param(
            but(SEVERE, history=(after(0, Kind.OPENED), after(0, Kind.CLOSED), after(1, Kind.LOST))),
            "Ticket open :2026-11-23 06:03:25, 2026-11-23 06:03:26",
            id="closed at once: it is seen all the same",
        ),
    ],
)
def test_what_the_picture_shows(ticket: Ticket, line: str) -> None:
    assert line in drawn(ticket)


def test_a_picture_of_nothing_is_none() -> None:
    assert not gantt((but(SEVERE, history=()),), (), None, ZONE, NOW)
    assert "Error occurring" not in "".join(drawn(but(SEVERE, counters=Counters())))


def test_a_picture_of_too_much_shows_the_beginning_and_the_end() -> None:
    many = tuple(after(number, Kind.PINGED, detail=Why.SEVERE) for number in range(100))
    moments = [line for line in drawn(but(SEVERE, history=many)) if "milestone" in line]
    assert len(moments) == MOST_MOMENTS
    assert moments[9:11] == [
        "People pinged :milestone, 2026-11-23 06:12:25, 0s",
        "People pinged :milestone, 2026-11-23 07:23:25, 0s",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("a; b", id="a second statement"),
        pytest.param("a # b", id="an entity"),
        pytest.param("a %% b", id="a comment"),
        pytest.param("%%{init: x}%%", id="a directive"),
        pytest.param("a\nclick b", id="two lines"),
        pytest.param("a\n", id="a line's end"),
        pytest.param("a ``` b", id="a fence"),
        pytest.param("a <b>", id="HTML"),
        pytest.param("", id="nothing"),
        pytest.param("x" * 121, id="too long"),
        pytest.param("é", id="more than ASCII"),
    ],
)
def test_what_may_not_stand_in_a_diagram(statement: str) -> None:
    with pytest.raises(ValueError, match="may not stand"):
        diagram(["gantt", statement])


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        pytest.param(timedelta(), "0 s", id="no time"),
        pytest.param(timedelta(seconds=-3), "0 s", id="clocks that differ"),
        pytest.param(timedelta(minutes=2, seconds=5), "2 min 5 s", id="minutes"),
        pytest.param(timedelta(days=1, seconds=7), "1 day 0 h 0 min 7 s", id="a day"),
        pytest.param(timedelta(days=2, hours=3), "2 days 3 h 0 min 0 s", id="days"),
    ],
)
def test_how_long_it_lasted(span: timedelta, shown: str) -> None:
    assert str(lasting(span)) == shown


def test_an_instant_by_the_squads_clock() -> None:
    assert str(second(datetime(2026, 7, 1, 12, 0, 9, tzinfo=UTC), ZONE)) == "2026-07-01 08:00:09 EDT"


def test_an_error_begins_before_all_else_of_its_second() -> None:
    began = BEGAN.replace(microsecond=0)
    history = (
        Happened(at=began, kind=Kind.DECIDED, by="jo", detail="severe"),
        Happened(at=began + timedelta(microseconds=900_000), kind=Kind.FIRST),
        Happened(at=began - timedelta(microseconds=1), kind=Kind.NOTED, detail="just before"),
        Happened(at=began + timedelta(microseconds=100_000), kind=Kind.OPENED),
    )
    told = in_order(entries(msgspec.structs.replace(SEVERE, history=history), ZONE))
    expected = ["just before", "for the first time", "Impact: severe", "ticket was opened"]
    assert [words for entry, words in zip(told, expected, strict=True) if words in str(entry.what)] == expected
