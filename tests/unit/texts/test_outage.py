"""A post-mortem of several tickets, of what was changed around them and what people noted; when clocks change, too."""

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
from app.domain.issues import Repository
from app.domain.storms import Member, Storm
from app.domain.surroundings import Change, ChangeKind, Gap, Source, Surroundings
from app.domain.tickets import Around, Closing, Counters, Pair, Routing, Ticket
from app.domain.triage import Why
from app.texts.body import GITHUB_REFUSES, merged
from app.texts.changes import gaps
from app.texts.gantt import MOST_SECTIONS, gantt
from app.texts.markdown import literal
from app.texts.outage import MOST_TOLD, Outage, facts, impact, tickets
from app.texts.post_mortem import View, body, part
from app.texts.timeline import Entry, entries
from app.texts.timeline_table import in_order, shortened
from tests.unit.texts import golden
from tests.unit.texts.cases import ALERT, issue
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

ZONE = ZoneInfo("America/New_York")
BEGAN = datetime(2026, 11, 1, 5, 40, 12, tzinfo=UTC)
"""01:40:12 EDT; twenty minutes later it is 01:00 EST."""
ENDED = BEGAN + timedelta(hours=1, minutes=5)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHOP = "https://github.com/acme/shop"
TALK = f"{SHOP}/issues/12#issuecomment-"


def after(minutes: float, kind: Kind, **more: object) -> Happened:
    return msgspec.structs.replace(Happened(at=BEGAN + timedelta(minutes=minutes), kind=kind), **more)


def change(minutes: float, kind: ChangeKind, **more: object) -> Change:
    made = Change(at=BEGAN + timedelta(minutes=minutes), kind=kind, repository="acme/shop")
    return msgspec.structs.replace(made, **more)


def but(ticket: Ticket, **changes: object) -> Ticket:
    return msgspec.structs.replace(ticket, **changes)


READER = Ticket(
    id=31,
    issue=issue(12),
    first=ALERT,
    latest=ALERT,
    counters=Counters(occurrences=90, users=12, first_seen=BEGAN, last_seen=BEGAN + timedelta(minutes=61)),
    routing=Routing(owners=("alex", "jo"), app="Reader", team="Whiskey"),
    on_duty=Pair(primary="kim", secondary="mark"),
    opened_at=BEGAN + timedelta(seconds=4),
    impact=Impact.UNSURE,
    closing=Closing(at=ENDED, by="jo", fix=f"{SHOP}/pull/31"),
    history=(
        after(0, Kind.FIRST, link="https://acme.sentry.io/organizations/acme/issues/4711/"),
        after(0.1, Kind.OPENED, whom=("alex",), link=issue(12).url),
        after(5, Kind.DECIDED, by="kim", detail="unsure", link=f"{TALK}2"),
        after(65, Kind.CLOSED, by="jo", detail="completed", link=issue(12).url),
        after(
            25,
            Kind.NOTED,
            by="alex",
            detail="we rolled back to 1.4.2, see @nick and #3",
            link=f"{TALK}9",
            comment=9,
            mark="x",
        ),
        after(30, Kind.PINNED, by="wanda", detail="It was the pool.", link=f"{TALK}8", comment=8),
    ),
)
DISPATCH = Ticket(
    id=32,
    issue=issue(13),
    first=msgspec.structs.replace(ALERT, title="PG::ConnectionBad: the connection is lost"),
    counters=Counters(occurrences=10, users=3, first_seen=BEGAN + timedelta(minutes=2), last_seen=ENDED),
    routing=Routing(owners=("sharon",), app="Dispatch", team="Tango"),
    opened_at=BEGAN + timedelta(minutes=2, seconds=1),
    impact=Impact.SEVERE,
    closing=Closing(at=BEGAN + timedelta(minutes=50), by="sharon"),
    history=(
        after(2, Kind.FIRST),
        after(2.1, Kind.OPENED, whom=("sharon",), link=issue(13).url),
        after(3, Kind.PINGED, whom=("sharon",), detail=Why.SEVERE),
        after(50, Kind.CLOSED, by="sharon", detail="completed"),
    ),
)
MEMBER = Ticket(
    id=33,
    first=msgspec.structs.replace(ALERT, title="KeyError: a member of the storm"),
    counters=Counters(occurrences=1, first_seen=BEGAN + timedelta(minutes=3), last_seen=BEGAN + timedelta(minutes=3)),
    history=(after(3, Kind.FIRST),),
    closing=Closing(at=ENDED),
)
LAST = change(
    -12,
    ChangeKind.DEPLOYED,
    environment="production",
    ref="v1.4.3",
    commit=COMMIT,
    link=f"{SHOP}/commit/{COMMIT}",
    by="release[bot]",
)
AROUND = Surroundings(
    changes=(
        change(-25, ChangeKind.MERGED, title="Fixes #3: halve the pool, @nick", link=f"{SHOP}/pull/30"),
        LAST,
        change(20, ChangeKind.BROKEN, environment="production", ref="v1.4.2", commit=COMMIT, by="alex"),
        change(21, ChangeKind.BEGUN, commit=COMMIT, repository="acme/reader"),
        change(24, ChangeKind.RELEASED, ref="v1.4.4", link=f"{SHOP}/releases/tag/v1.4.4"),
    ),
    last_before=LAST,
    gaps=(
        Gap(repository="acme/reader", unread=(Source.DEPLOYMENTS, Source.MERGES)),
        Gap(repository="acme/shop", unread=(Source.RELEASES,), cut=(Source.DEPLOYMENTS,)),
    ),
    also=(Ticket(id=40, issue=issue(20), routing=Routing(app="eFolder"), opened_at=BEGAN), Ticket(id=41)),
    more=2,
    left_out=3,
)
OTHERS = (DISPATCH, MEMBER)
VIEW = View(
    operation="31.post-mortem.1",
    zone=ZONE,
    zone_name="America/New_York",
    now=ENDED + timedelta(hours=3),
    others=OTHERS,
    around=AROUND,
)


def outage(ticket: Ticket = READER, others: tuple[Ticket, ...] = OTHERS, around: Surroundings = AROUND) -> Outage:
    return Outage(ticket=ticket, others=others, around=around, zone=ZONE, now=VIEW.now)


def told(ticket: Ticket = READER, **changes: object) -> str:
    return str(body(ticket, msgspec.structs.replace(VIEW, **changes)))


def test_an_outage_of_several_tickets_as_it_is_posted() -> None:
    golden.holds("post-mortem-outage.md", told())


def test_the_same_facts_give_the_same_bytes_whenever_it_is_written() -> None:
    assert told(now=VIEW.now + timedelta(days=9)) == told()


# Facts and impact


@pytest.mark.parametrize(
    ("shown", "there"),
    [
        pytest.param(outage(), "| Other errors | 5 tickets |", id="how many others"),
        pytest.param(outage(), "| Apps | Reader · team Whiskey, Dispatch · team Tango |", id="whose"),
        pytest.param(outage(), "| Began | 2026-11-01 01:40:12 EDT |", id="the first beginning"),
        pytest.param(outage(), "| It lasted | 1 h 5 min 0 s |", id="to the last end, clocks changed or not"),
        pytest.param(
            outage(others=(but(DISPATCH, closing=None),)), "| Still open | 1 other ticket |", id="not all over"
        ),
        pytest.param(
            outage(others=(but(DISPATCH, closing=None),)), "| It lasted | 4 h 5 min 0 s so far |", id="so it goes on"
        ),
        pytest.param(outage(but(READER, closing=None)), "| It lasted | 4 h 5 min 0 s so far |", id="nor is this one"),
        pytest.param(
            outage(but(READER, routing=Routing(team="Whiskey")), others=()), "| App | team Whiskey |", id="no app known"
        ),
    ],
)
def test_facts(shown: Outage, there: str) -> None:
    assert there in str(facts(shown))


@pytest.mark.parametrize(
    ("shown", "there"),
    [
        pytest.param(outage(), "**severe**: ", id="the worst of them"),
        pytest.param(outage(), "101 occurrences in all", id="all of them"),
        pytest.param(outage(), "at least 12 users affected", id="users can't be added up"),
        pytest.param(outage(), "… and 3 more tickets.", id="tickets that are not told of"),
        pytest.param(
            outage(others=(but(DISPATCH, merged_into=31, handed=Counters(occurrences=8)),)),
            "92 occurrences in all",
            id="a duplicate's are counted once",
        ),
        pytest.param(
            outage(others=(but(DISPATCH, merged_into=99, handed=Counters(occurrences=8)),)),
            "100 occurrences in all",
            id="but where its ticket is not told of",
        ),
        pytest.param(
            outage(
                but(
                    READER,
                    storm=Storm(
                        fingerprint="v1:x",
                        wave=1,
                        began_at=BEGAN,
                        newest_at=BEGAN,
                        within=timedelta(minutes=5),
                        most=2,
                        members=(
                            Member(ticket=33, headline="KeyError", at=BEGAN, occurrences=1),
                            Member(ticket=34, headline="KeyError", at=BEGAN, occurrences=7),
                        ),
                    ),
                )
            ),
            "18 occurrences in all",
            id="a storm counts what its members do",
        ),
        pytest.param(
            outage(but(READER, impact=None), others=(MEMBER,)), "Nobody decided the impact. · 91 ", id="undecided"
        ),
        pytest.param(
            outage(others=(Ticket(id=9, issue=issue(9)),), around=Surroundings()),
            "issues/9) | – | – | 0 | – | – | – |",
            id="nothing known of one",
        ),
    ],
)
def test_impact(shown: Outage, there: str) -> None:
    assert there in str(impact(shown))


def test_without_users_nothing_is_said_of_them() -> None:
    nobody = but(READER, counters=Counters(occurrences=1))
    assert "at least" not in str(impact(outage(nobody, (MEMBER,))))


def test_many_tickets_are_told_of_up_to_a_number() -> None:
    many = tuple(but(DISPATCH, id=100 + number, issue=issue(100 + number)) for number in range(30))
    shown = outage(others=many, around=Surroundings())
    assert str(impact(shown)).count("| Dispatch |") == MOST_TOLD - 1
    assert "… and 11 more tickets." in str(impact(shown))


def test_other_tickets_of_the_time_are_named_by_link_and_app_alone() -> None:
    other = but(DISPATCH, id=9, issue=issue(9), opened_at=None)
    shown = str(tickets(outage(around=Surroundings(also=(other,)))))
    assert shown.endswith("issues/9): also at that time, Dispatch")


# The timeline


def test_a_note_finds_its_place_in_the_order_of_time() -> None:
    said = [str(entry.what) for entry in in_order(entries(READER, ZONE))]
    assert [place for place, what in enumerate(said) if "“" in what] == [3, 4]


def test_people_are_spoken_of_by_their_roles_in_notes_too() -> None:
    said = " ".join(str(entry.what) for entry in entries(READER, ZONE))
    assert "(noted by the tech lead)." in said
    assert "(a comment by somebody)." in said


def test_notes_of_nobody_known() -> None:
    nobody = but(READER, history=tuple(msgspec.structs.replace(line, by="") for line in READER.history[-2:]))
    assert [str(entry.what)[-2:] for entry in entries(nobody, ZONE)] == ["”.", "”."]


def test_a_comment_that_is_marked_and_pinned_is_told_once() -> None:
    both = (
        after(1, Kind.NOTED, detail="It was the pool.", comment=8),
        after(1, Kind.PINNED, detail="It was the pool.", comment=8),
        after(2, Kind.PINNED, detail="It was the pool.", comment=9),
    )
    assert len(entries(but(READER, history=both), ZONE)) == 2


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    twice = (after(0, Kind.FIRST), after(60, Kind.REPORTED))
    assert [str(entry.when) for entry in entries(but(READER, history=twice), ZONE)] == [
        "2026-11-01 01:40:12 EDT",
        "2026-11-01 01:40:12 EST",
    ]


def test_the_last_deployment_stands_out_however_long_before_it_was() -> None:
    long_ago = msgspec.structs.replace(LAST, at=BEGAN - timedelta(days=2, seconds=3), environment="", ref="", by="")
    shown = told(around=Surroundings(changes=AROUND.changes[2:], last_before=long_ago))
    assert re.search(
        r"\*\*Deployed\*\* of \[`0123456`\].*: \*\*the last .* began\*\*, 2 days 0 h 0 min 3 s before\.", shown
    )
    assert "Last deployment before it began :" not in shown, "the picture shows what was near"


def test_a_ticket_of_another_repository_is_named_with_it() -> None:
    elsewhere = msgspec.structs.replace(issue(13), repository=Repository(id=8, name="acme/reader", installation=1))
    assert "| [acme/reader\\#" in told(others=(but(DISPATCH, issue=elsewhere),)).split("## Timeline")[1]


def test_what_was_too_much_is_said() -> None:
    around = Surroundings(gaps=(Gap(repository="acme/shop", cut=(Source.MERGES,)),), unasked=2)
    assert [str(line) for line in gaps(around)] == [
        "Of acme/shop only the latest merged pull requests were read.",
        "2 more repositories were not looked into for what was changed.",
    ]


def number(place: int, *, stays: bool = False) -> Entry:
    return Entry(at=BEGAN, when=literal("at"), what=literal("it"), ticket=place, stays=stays)


@pytest.mark.parametrize(
    ("all_of_them", "most", "expected"),
    [
        pytest.param([number(n) for n in range(6)], 6, [0, 1, 2, 3, 4, 5], id="all have room"),
        pytest.param([number(n) for n in range(12)], 6, [0, 1, -6, 8, 9, 10, 11], id="a third from the beginning"),
        pytest.param(
            [number(n, stays=n == 5) for n in range(12)], 6, [0, 1, -3, 5, -3, 9, 10, 11], id="what people noted stays"
        ),
        pytest.param(
            [number(n, stays=True) for n in range(12)], 6, [0, 1, 2, 3, -6, 10, 11], id="as much of it as has room"
        ),
    ],
)
def test_what_is_left_out_of_a_long_one(all_of_them: list[Entry], most: int, expected: list[int]) -> None:
    kept = shortened(all_of_them, most)
    assert [-entry if isinstance(entry, int) else entry.ticket for entry in kept] == expected


@given(st.lists(st.booleans(), max_size=60), st.integers(min_value=3, max_value=40))
def test_whatever_is_left_out_is_counted(staying: list[bool], most: int) -> None:
    kept = shortened([number(place, stays=stays) for place, stays in enumerate(staying)], most)
    places = [entry.ticket for entry in kept if not isinstance(entry, int)]
    assert places == sorted(set(places))
    assert len(places) <= max(most, 0)
    assert len(places) + sum(entry for entry in kept if isinstance(entry, int)) == len(staying)


def test_thousands_of_rows_fit_whatever_people_wrote() -> None:
    line = after(1, Kind.SILENCED, by="kim", detail="a reason of some length " * 8, link=f"{TALK}1")
    many = tuple(
        but(DISPATCH, id=100 + number, issue=issue(100 + number), history=(*DISPATCH.history[:2], *[line] * 198))
        for number in range(20)
    )
    all_of_it = part(READER, msgspec.structs.replace(VIEW, others=many))
    sizes = [variant.size for variant in all_of_it.variants]
    assert sizes == sorted(sizes, reverse=True)
    for room in (0, 20_000, 50_000):
        posted = str(merged(Around(after="x" * room), all_of_it))
        assert len(posted) <= GITHUB_REFUSES
        assert "lines are left out here" in posted or room == 50_000
        assert posted.count("| [2026") + posted.count("| 2026") >= 20 or room == 50_000


# The picture


def drawn(*shown: Ticket, around: Surroundings = AROUND, now: datetime = VIEW.now) -> list[str]:
    return str(gantt(shown, around.changes, around.last_before, ZONE, now)).split("\n")


def test_clocks_that_change_in_between_do_not_run_backwards() -> None:
    lines = drawn(READER, *OTHERS)
    assert lines[0] == "Clocks were changed in between; the picture goes by EDT throughout."
    moments = [found[1] for line in lines if (found := re.search(r"milestone, (.{19}), 0s", line))]
    assert "2026-11-01 02:45:12" in moments, "which is 01:45:12 EST"
    assert all("2026-11-01 01:15" <= at <= "2026-11-01 02:46" for at in moments)


def test_in_spring_an_hour_is_left_out_of_the_clock_and_not_of_the_picture() -> None:
    begin = datetime(2027, 3, 14, 6, 50, tzinfo=UTC)
    history = (Happened(at=begin, kind=Kind.OPENED), Happened(at=begin + timedelta(minutes=20), kind=Kind.CLOSED))
    lines = drawn(but(READER, history=history, counters=Counters()), around=Surroundings())
    assert "Ticket open :2027-03-14 01:50:00, 2027-03-14 02:10:00" in lines
    assert lines[0].endswith("goes by EST throughout.")


def test_each_ticket_has_a_section_and_what_was_changed_its_own() -> None:
    sections = [line for line in drawn(READER, *OTHERS) if line.startswith("section")]
    assert sections == [
        "section Ticket 12",
        "section Ticket 13",
        "section Without a ticket",
        "section What was changed",
    ]


def test_of_many_tickets_the_first_are_drawn_each_with_its_share() -> None:
    pings = tuple(after(number, Kind.PINGED, detail=Why.SEVERE) for number in range(40))
    many = tuple(but(READER, id=number, issue=issue(number), history=pings) for number in range(1, 20))
    lines = drawn(*many, around=Surroundings())
    assert sum(line.startswith("section") for line in lines) == MOST_SECTIONS
    assert sum("milestone" in line for line in lines) == MOST_SECTIONS * 6


def test_a_note_from_before_does_not_begin_the_trouble() -> None:
    early = but(READER, history=(after(-60, Kind.NOTED, comment=1), *READER.history))
    assert "Error occurring :2026-11-01 01:40:12, 2026-11-01 02:41:12" in drawn(early)


def test_notes_alone_are_no_bar() -> None:
    only = but(READER, history=(after(-60, Kind.NOTED, comment=1),))
    assert not any(line.startswith("Error occurring") for line in drawn(only, around=Surroundings()))


# What others wrote


def told_of(text: str) -> str:
    """A post-mortem in which this text stands wherever one can."""
    note = Happened(at=BEGAN, kind=Kind.NOTED, by=text, detail=text, link=text, comment=1)
    made = [
        Change(
            at=BEGAN,
            kind=kind,
            repository=text,
            environment=text,
            ref=text,
            commit=text,
            title=text,
            link=text,
            by=text,
        )
        for kind in ChangeKind
    ]
    other = Ticket(
        id=2,
        first=msgspec.structs.replace(ALERT, title=text, link=text),
        routing=Routing(app=f"x{text}", team=text, owners=(text,)),
        history=(note, msgspec.structs.replace(note, kind=Kind.PINNED, comment=2)),
    )
    around = Surroundings(
        changes=tuple(made),
        last_before=made[0],
        gaps=(Gap(repository=text, unread=(Source.MERGES,)),),
        also=(but(other, id=3, issue=issue(3)),),
    )
    view = msgspec.structs.replace(VIEW, others=(other,), around=around)
    return str(body(Ticket(id=1, history=(note,)), view))


@given(text=texts)
def test_nothing_of_what_others_wrote_gets_out(text: str) -> None:
    shown, plain = rendered(told_of(text)), rendered(told_of("word"))
    assert shown.linked == {}
    assert COMMAND.search(told_of(text)) is None
    assert [tag for tag in shown.tags if tag in {"table", "tr", "h2"}] == [
        tag for tag in plain.tags if tag in {"table", "tr", "h2"}
    ]
