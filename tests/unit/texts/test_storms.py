"""A storm's ticket: its title, and the App's part of its body."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.storms import Beside, Division, InStorm, Member, Origin, Part, Storm, Wave
from app.domain.tickets import Around, Counters, Routing, Ticket
from app.domain.triage import Acknowledgement, Ping, Why
from app.texts import pings
from app.texts.body import LONGEST, merged, size_of, split, state_in
from app.texts.storms import retitled
from app.texts.ticket import View, fenced_part, headline, page_of, title
from tests.unit.texts import golden
from tests.unit.texts.cases import NOW, TICKET, issue
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

FactT = TypeVar("FactT", bound=Fact)
MINUTE = timedelta(minutes=1)
VIEW = View(now=NOW, operation="61.open.1")


def but(fact: FactT, **changes: object) -> FactT:
    return msgspec.structs.replace(fact, **changes)


def member(ticket: int, occurrences: int, *owners: str, **more: object) -> Member:
    known = Member(
        ticket=ticket,
        headline=f"PG::ConnectionBad: could not connect | try {ticket}",
        at=NOW - MINUTE,
        occurrences=occurrences,
        users=occurrences // 3,
        last_seen=NOW - MINUTE,
        owners=owners,
        app="Reader",
        link=f"https://acme.sentry.io/organizations/acme/issues/{ticket}/",
    )
    return but(known, **more)


STORM = Storm(
    fingerprint="v1:storm",
    wave=1,
    began_at=NOW - 20 * MINUTE,
    newest_at=NOW - MINUTE,
    within=10 * MINUTE,
    most=2,
    members=(
        member(41, 3, "mark"),
        member(42, 1_234, "alex", resolved=True),
        member(43, 8, "mark", app="", users=None, link="", last_seen=None),
        member(44, 1),
    ),
    before=(Beside(ticket=1, issue=issue(1)), Beside(ticket=2)),
    own=(Beside(ticket=3, issue=issue(9)),),
)
ON = Ticket(
    id=61,
    issue=issue(8),
    storm=STORM,
    counters=Counters(occurrences=1_246, first_seen=STORM.began_at, last_seen=NOW),
    routing=Routing(owners=("kim", "nick")),
    assigned=("kim",),
)
OVER = but(
    ON,
    storm=but(STORM, over_at=NOW + 9 * MINUTE),
    impact=Impact.UNSURE,
    decided_by="jo",
    acknowledged=Acknowledgement(by="kim", at=NOW, expires=NOW + 60 * MINUTE),
    unassignable=("kim",),
    assigned=("nick",),
)
SPLIT = but(
    ON,
    storm=but(
        STORM,
        division=Division(
            by="jo",
            at=NOW,
            parts=(
                Part(owner="mark", fingerprint="v1:m", errors=2, occurrences=11, issue=issue(12)),
                Part(owner="alex", fingerprint="v1:a", errors=1, occurrences=1_234),
                Part(owner="", fingerprint="v1:", errors=1, occurrences=1),
            ),
        ),
    ),
    counters=Counters(first_seen=STORM.began_at),
)
PART = but(
    ON,
    storm=but(
        STORM,
        members=(STORM.members[0], STORM.members[2]),
        before=(),
        own=(),
        over_at=NOW,
        origin=Origin(fingerprint="v1:storm", owner="mark", issue=issue(8)),
    ),
    counters=Counters(occurrences=11),
    routing=Routing(owners=("mark",), team="Whiskey"),
)


def body_of(ticket: Ticket) -> str:
    return str(merged(ticket.around or Around(), fenced_part(ticket, VIEW)))


@pytest.mark.parametrize(
    ("ticket", "file"),
    [
        pytest.param(ON, "storm-on.md", id="it goes on"),
        pytest.param(OVER, "storm-over.md", id="it is over"),
        pytest.param(SPLIT, "storm-split.md", id="it was split"),
        pytest.param(PART, "storm-part.md", id="an owner's part"),
    ],
)
def test_bodies_as_they_are_posted(ticket: Ticket, file: str) -> None:
    golden.holds(file, body_of(ticket))


def test_the_ping_for_all_of_them() -> None:
    due = (Ping(who="kim", why=Why.STORM, at=NOW, since=NOW, answer_by=NOW + 30 * MINUTE),)
    golden.holds("ping-storm.md", pings.ping(ON, due, "61.ping.1"))


def test_a_ticket_that_came_with_a_storm_links_it() -> None:
    wave = Wave(id=1, began_at=NOW)
    came = InStorm(storm="v1:storm", wave=wave, at=NOW, within=MINUTE, most=2, parent=issue(8))
    assert "**It came with a storm of new errors:** [acme/shop" in body_of(but(TICKET, in_storm=came))
    assert "came with a storm" not in body_of(but(TICKET, in_storm=but(came, parent=None)))


@pytest.mark.parametrize(
    ("ticket", "shown"),
    [
        pytest.param(ON, "Storm: 7 new errors since 2026-11-23 13:45 UTC", id="a storm"),
        pytest.param(PART, "Storm: 2 new errors for mark since 2026-11-23 13:45 UTC", id="an owner's part"),
        pytest.param(
            but(PART, storm=but(PART.storm, members=PART.storm.members[:1], origin=Origin(fingerprint="", owner=""))),
            "Storm: 1 new error for nobody since 2026-11-23 13:45 UTC",
            id="a part that nobody answers for",
        ),
    ],
)  # type: ignore[arg-type]  # the tickets have storms
def test_titles(ticket: Ticket, shown: str) -> None:
    assert title(ticket) == shown
    assert retitled(ticket, shown) is None


@pytest.mark.parametrize(
    ("ticket", "shown", "expected"),
    [
        pytest.param(ON, "Storm: 1 new error since 2026-11-23 13:45 UTC", title(ON), id="more came"),
        pytest.param(PART, "Storm: 9 new errors for mark since 2026-11-23 13:45 UTC", title(PART), id="a part"),
        pytest.param(ON, "The database is down", None, id="somebody gave it another one"),
        pytest.param(TICKET, "Storm: 1 new error since 2026-11-23 13:45 UTC", None, id="no storm's ticket"),
    ],
)
def test_a_title_follows_the_storm_but_not_against_people(ticket: Ticket, shown: str, expected: str | None) -> None:
    assert retitled(ticket, shown) == expected


def many(errors: int, **more: object) -> Storm:
    """So many errors of as many owners."""
    return but(STORM, members=tuple(member(nth, errors - nth, f"o{nth}", **more) for nth in range(errors)))


def test_a_table_is_bounded_and_what_is_left_out_is_counted() -> None:
    body = body_of(but(ON, storm=many(500)))
    assert body.count("[open](https://acme.sentry.io") == 50
    assert "… and 450 errors with 101,475 occurrences more, those that occurred least often." in body
    assert "- 470 other owners: 470 errors, 110,685 occurrences" in body


def test_what_may_be_severe_stands_first_however_seldom_it_is() -> None:
    storm = but(STORM, members=(*many(60).members, member(99, 1, "mark", impact=Impact.SEVERE)))
    rows = [line for line in body_of(but(ON, storm=storm)).split("\n") if line.startswith("| `@")]
    assert "try 99 – **suggested: severe** |" in rows[0]


@pytest.mark.parametrize(
    ("longest", "rows"),
    [
        pytest.param(700, 50, id="short addresses"),
        pytest.param(1_900, 20, id="long ones"),
    ],
)
def test_a_body_that_would_be_too_long_has_a_shorter_table(longest: int, rows: int) -> None:
    body = body_of(but(ON, storm=many(300, link="https://acme.sentry.io/" + "x" * longest)))
    assert body.count("[open](") == rows
    assert f"… and {300 - rows} errors" in body
    assert size_of(body) <= LONGEST


def test_beside_much_of_peoples_text_the_counters_stand() -> None:
    body = body_of(but(ON, around=Around(before="x" * 59_500)))
    assert "**7 new errors** since" in body
    assert "| Who answers |" not in body


def test_many_parts_and_many_tickets_beside_are_counted() -> None:
    parts = tuple(Part(owner=f"o{nth}", fingerprint=str(nth), errors=2, occurrences=3) for nth in range(40))
    beside = tuple(Beside(ticket=nth, issue=issue(nth)) for nth in range(1, 41))
    body = body_of(but(ON, storm=but(STORM, before=beside, division=Division(by="jo", at=NOW, parts=parts))))
    assert "- 10 other owners: 20 errors, 30 occurrences" in body
    assert ", 10 others." in body
    assert "**Just before, with tickets of their own:** 2 errors." in body_of(
        but(ON, storm=but(STORM, before=(Beside(ticket=1), Beside(ticket=2))))
    )


@pytest.mark.parametrize(
    ("storm", "there"),
    [
        pytest.param(but(STORM, newest_at=STORM.began_at + timedelta(seconds=20), over_at=NOW), "20 seconds", id="s"),
        pytest.param(but(STORM, newest_at=STORM.began_at + timedelta(hours=5), over_at=NOW), "5 hours after", id="h"),
        pytest.param(but(STORM, members=STORM.members[:1]), "`/split` opens a ticket for each", id="one owner"),
        pytest.param(but(STORM, origin=Origin(fingerprint="", owner="")), "Of a storm, this is what nobody", id="part"),
        pytest.param(but(STORM, members=()), "2026-11-23 13:45 UTC · **1,246 occurrences**", id="all have their own"),
    ],
)
def test_what_stands_there(storm: Storm, there: str) -> None:
    assert there in body_of(but(ON, storm=storm))


def test_a_storm_that_was_split_is_not_split_again() -> None:
    body = body_of(but(ON, storm=but(STORM, division=Division(by="jo", at=NOW))))
    assert "**Split** by `@jo`" in body
    assert "/split" not in body


def test_nobody_answers_for_it() -> None:
    body = body_of(but(ON, routing=Routing(), counters=Counters()))
    assert "**Who answers:** nobody · **Impact:** undecided" in body


def test_an_error_as_a_storm_lists_it() -> None:
    assert headline(TICKET) == "NoMethodError: undefined method `name' for nil:NilClass"
    assert TICKET.app == "Certification v2"
    assert page_of(TICKET).startswith("https://acme.sentry.io/organizations/acme/issues/4711/events/")
    assert page_of(Ticket(id=1)) == ""


def test_the_state_is_the_storms() -> None:
    state = state_in(body_of(ON))
    assert state is not None
    assert (state.ticket, state.occurrences) == (61, 1_246)


@given(text=texts, owner=texts, number=st.integers(min_value=0, max_value=10**9))
def test_nothing_of_an_error_acts(text: str, owner: str, number: int) -> None:
    errors = (member(41, number, owner, headline=text, app=text, team=text, link=text),)
    body = body_of(but(ON, storm=but(STORM, members=errors)))
    page = rendered(body)
    assert page.linked == {}
    assert COMMAND.search(body) is None
    assert not {"img", "script", "h1", "h2", "h3", "blockquote", "ol", "hr", "input", "sup", "pre"} & set(page.tags)
    assert page.tags.count("details") == page.tags.count("table") == 1
    assert page.tags.count("tr") == 2
    assert split(body) == Around()


def test_jobs_read_from_the_body_which_errors_came_with_the_storm() -> None:
    state = state_in(str(merged(Around(), fenced_part(ON, VIEW))))
    assert state is not None
    assert state.errors == ("41", "42", "44"), "by the links of those that have one"
