"""The comment that pings: as it is posted, and what it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Impact
from app.domain.duty import Duty, Source
from app.domain.issues import CommentRef
from app.domain.tickets import Counters, Ticket
from app.domain.triage import MOST_MENTIONS, Acknowledgement, Ping, Why
from app.texts import pings
from app.texts.markdown import operation_in
from tests.unit.texts import golden
from tests.unit.texts.cases import NOW, TICKET
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

OP = "31.ping.2"
SINCE, BY = NOW - timedelta(hours=1), NOW + timedelta(minutes=15)
COMMENT = CommentRef(id=1, node_id="C_1")
EVERYBODY = ("alex", "alan", "nick", "acme/product-support")


def due(why: Why, *people: str, **more: Any) -> tuple[Ping, ...]:
    known: dict[str, Any] = {"at": NOW, "since": SINCE, "answer_by": BY} | more
    return tuple(Ping(who=who, why=why, **known) for who in people)


def kept(*people: str, proved: bool = True, **more: Any) -> tuple[Ping, ...]:
    return due(Why.SEVERE, *people, comment=COMMENT, proved=proved, **more)


def ticket(impact: Impact | None, **more: Any) -> Ticket:
    return msgspec.structs.replace(TICKET, impact=impact, **more)


SEVERE = ticket(Impact.SEVERE, decided_by="mark", decided_at=NOW)
ACKED = ticket(Impact.UNSURE, acknowledged=Acknowledgement(by="jo", at=SINCE, expires=NOW))


@pytest.mark.parametrize(
    ("file", "it", "now"),
    [
        pytest.param("ping-undecided.md", ticket(None), due(Why.UNDECIDED, "mark"), id="undecided for too long"),
        pytest.param(
            "ping-unsure.md",
            ticket(Impact.UNSURE, decided_by="mark", decided_at=NOW),
            due(Why.UNSURE, "alex"),
            id="nobody is sure",
        ),
        pytest.param("ping-severe.md", SEVERE, due(Why.SEVERE, *EVERYBODY), id="severe"),
        pytest.param(
            "ping-unanswered.md",
            msgspec.structs.replace(SEVERE, pings=(*kept("alex", "alan"), *kept("nikc", proved=False))),
            due(Why.UNANSWERED, "mark", stage=1),
            id="severe, not answered, and one could not be reached",
        ),
        pytest.param("ping-expired.md", ACKED, due(Why.EXPIRED, "jo"), id="an acknowledgement expired"),
    ],
)
def test_pings_as_they_are_posted(file: str, it: Ticket, now: tuple[Ping, ...]) -> None:
    text = pings.ping(it, now, OP)
    golden.holds(file, text)
    page = rendered(text)
    assert page.linked.keys() == {"a mention"}
    assert COMMAND.search(str(text)) is None
    assert operation_in(str(text)) == OP
    first, _, rest = str(text).partition("\n")
    assert all(f"@{ping.who}" in first for ping in now)
    assert "a mention" not in rendered(rest).linked, "nobody else is mentioned"


@pytest.mark.parametrize(
    ("it", "now", "shown"),
    [
        pytest.param(
            ticket(Impact.SEVERE, counters=Counters(occurrences=1)),
            due(Why.SEVERE, "alex", answer_by=None),
            "🚨 @alex: this is severe. It may corrupt data, or keep people from their work.So far: 1 occurrence."
            "Say  when you are on it. Is it not severe after all? Then say  or .",
            id="severe by a rule, acknowledged already, and nobody counts users: no deadline",
        ),
        pytest.param(
            ticket(Impact.ANNOYING),
            due(Why.UNANSWERED, "alex", answer_by=None),
            "@alex: please look at this error.Say  when you are on it.",
            id="an annoying one, should one ever ping",
        ),
        pytest.param(
            ticket(None, pings=due(Why.UNDECIDED, "mark")),
            due(Why.UNDECIDED, "sharon", stage=1, answer_by=None),
            "@sharon: is this going to hurt somebody, or is it just noise? Nobody has decided yet."
            "It has been undecided since 2026-11-23 13:05 UTC.  did not answer in time."
            "Decide with ,  or . Does it take a while? Then say .",
            id="the one before did not answer, whether the ping was proved or not is not known yet",
        ),
        pytest.param(
            ticket(None),
            due(Why.UNDECIDED, "mark", since=None, answer_by=None),
            "@mark: is this going to hurt somebody, or is it just noise? Nobody has decided yet."
            "Decide with ,  or . Does it take a while? Then say .",
            id="since nobody knows when",
        ),
        pytest.param(
            ticket(None),
            due(Why.EXPIRED, "jo", answer_by=None),
            "@jo: are you still on it?Say  again, or close the ticket if it is done.",
            id="an acknowledgement expired that is not known any more",
        ),
        pytest.param(
            ticket(Impact.SEVERE, counters=Counters(occurrences=2)),
            due(Why.EXPIRED, "jo", answer_by=None),
            "🚨 @jo: this is severe. It may corrupt data, or keep people from their work.So far: 2 occurrences."
            "Say  again, or close the ticket if it is done.",
            id="the same when it is severe",
        ),
    ],
)
def test_what_a_ping_says(it: Ticket, now: tuple[Ping, ...], shown: str) -> None:
    assert rendered(pings.ping(it, now, OP)).shown.replace("\n", "") == shown


def test_a_ping_says_how_old_its_news_of_the_duty_is() -> None:
    silent = "PagerDuty has not told who is on call since 2026-11-23 08:30 EST; these were on call at 2026-11-20 EST."
    text = pings.ping(
        ticket(None), due(Why.UNDECIDED, "mark"), OP, (silent, "jo is away (@sharon **knows** /impact severe).")
    )
    golden.holds("ping-with-notes.md", text)
    assert "a mention" not in rendered(str(text).partition("\n")[2]).linked
    assert COMMAND.search(str(text)) is None


def test_the_deadline_is_in_utc() -> None:
    text = pings.ping(SEVERE, due(Why.SEVERE, "alex"), OP)
    assert "The next in line is asked at **2026-11-23 14:20 UTC**." in str(text)


def test_so_many_mentions_and_no_more() -> None:
    """GitHub notifies nobody when there are more than fifty."""
    many = due(Why.SEVERE, *(f"jo-{number}" for number in range(60)))
    assert str(pings.ping(SEVERE, many, OP)).count("@jo-") == MOST_MENTIONS < 50


@given(
    who=texts,
    other=texts,
    why=st.sampled_from(Why),
    impact=st.none() | st.sampled_from(Impact),
    stage=st.integers(0, 2),
    proved=st.booleans(),
)
def test_whatever_a_name_holds_stays_text(
    who: str, other: str, why: Why, impact: Impact | None, stage: int, proved: bool
) -> None:
    it = ticket(
        impact,
        pings=kept(other, proved=proved),
        decided_by=other,
        decided_at=NOW,
        acknowledged=Acknowledgement(by=other, at=SINCE, expires=NOW),
    )
    text = pings.ping(it, due(why, f"{who} ", stage=stage), OP, (other,))
    page = rendered(text)
    assert page.linked == {}, "a text with a blank is no login"
    assert page.links == []
    assert COMMAND.search(str(text)) is None
    assert set(page.tags) <= {"p", "strong", "code"}
    assert operation_in(str(text)) == OP
    assert len(page.comments) == 1


def on_duty(primary: str, secondary: str = "") -> Duty:
    return Duty(primary=primary, secondary=secondary, source=Source.MEMBERS, as_of=NOW)


HANDED = due(Why.HANDOVER, "sharon", since=None, answer_by=None)


@pytest.mark.parametrize(
    ("file", "it", "called", "relieved", "duty"),
    [
        pytest.param(
            "ping-handover.md",
            ticket(None),
            (*HANDED, *due(Why.HANDOVER, "nick", since=None, answer_by=None)),
            (),
            on_duty("sharon", "nick"),
            id="the primary is away",
        ),
        pytest.param(
            "ping-handover-severe.md",
            SEVERE,
            HANDED,
            ("jo", "nick"),
            on_duty("sharon", "jo"),
            id="severe: who is relieved is not alarmed",
        ),
        pytest.param("ping-relieved.md", SEVERE, (), ("sharon",), on_duty("jo", "sharon"), id="nobody is new"),
    ],
)
def test_a_handover_tells_each_their_role(
    file: str, it: Ticket, called: tuple[Ping, ...], relieved: tuple[str, ...], duty: Duty
) -> None:
    text = pings.handed_over(it, called, relieved, duty, OP)
    golden.holds(file, text)
    assert operation_in(str(text)) == OP
    for line in str(text).splitlines():
        assert not ("🚨" in line and any(f"@{who}" in line for who in relieved))
