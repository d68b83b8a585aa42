"""Who must hear of a ticket, and when: the procedure's sentences as tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.decisions.pinging import Pinging, Rules, acknowledgement, expiry, is_acknowledged
from app.domain.alerts import Impact
from app.domain.storms import Resting
from app.domain.tickets import Closing, Counters, Routing, Ticket
from app.domain.triage import Acknowledgement, Ping, Silence, Why
from tests.unit.decisions.business import later
from tests.unit.decisions.cases import with_
from tests.unit.decisions.ping_cases import (
    COMMENT,
    JO,
    LEADS,
    MINUTE,
    RULES,
    TUESDAY,
    at,
    by_rule,
    decided,
    posted,
    ticket,
)
from tests.unit.decisions.storm_cases import ORIGIN, STORM

ACK = Acknowledgement(by="jo", at=at("09:05"), expires=at("13:05"))
RESTING = Resting(storm="v1:storm", since=TUESDAY)


def told(
    it: Ticket,
    until: datetime,
    rules: Rules = RULES,
    lost: tuple[str, ...] = (),
    start: datetime = TUESDAY,
    **duty: Any,
) -> list[tuple[str, str]]:
    """Who is pinged and when, as the timers go off one after another, if nobody does anything."""
    now: datetime | None = start
    found: list[tuple[str, str]] = []
    for _ in range(10_000):
        if now is None or now > until:
            return found
        due = decided(it, now, rules, **duty)
        if due.pings:
            found.append((f"{now:%a %H:%M}", " ".join(ping.who for ping in due.pings)))
        it = posted(it, due.pings, lost)
        assert due.next_at is None or due.next_at > now or lost
        now = due.next_at if due.next_at is None or due.next_at > now else now
        if any(ping.who in lost for ping in due.pings):
            now = max(ping.at for ping in due.pings)  # an unproved ping is looked at in the same settle
    raise AssertionError("the timers never come to an end")


@pytest.mark.parametrize(
    ("it", "expected", "more"),
    [
        pytest.param(
            ticket(),
            [("Tue 09:30", "mark"), ("Tue 10:00", "sharon"), ("Tue 10:30", "alex"), ("Tue 11:30", "jo")],
            {},
            id="undecided: after 30 minutes the primary, after 60 the secondary, then the tech lead, then on",
        ),
        pytest.param(
            ticket(storm=STORM),
            [("Tue 09:00", "mark"), ("Tue 09:30", "sharon"), ("Tue 10:00", "alex"), ("Tue 11:00", "jo")],
            {"until": at("11:30")},
            id="a storm, undecided: at once the primary, then on as for any undecided ticket",
        ),
        pytest.param(
            ticket(storm=STORM),
            [("Tue 09:00", "alex"), ("Tue 09:30", "jo"), ("Tue 10:00", "alex")],
            {"primary": "", "secondary": "", "until": at("10:30")},
            id="a storm, and nobody is on duty: who answers for it",
        ),
        pytest.param(
            ticket(storm=with_(STORM, origin=ORIGIN)),
            [("Tue 09:00", "alex"), ("Tue 09:30", "mark"), ("Tue 10:00", "sharon"), ("Tue 11:00", "jo")],
            {"until": at("11:30")},
            id="an owner's part of a storm: at once the owner",
        ),
        pytest.param(ticket(resting=RESTING), [], {}, id="undecided, from just before a storm that goes on: nobody"),
        pytest.param(
            ticket(Impact.UNSURE, resting=RESTING, decided_at=TUESDAY),
            [("Tue 09:00", "alex"), ("Tue 10:00", "jo"), ("Tue 11:00", "mark")],
            {"until": at("11:30")},
            id="… decided all the same: as ever",
        ),
        pytest.param(
            ticket(),
            [("Tue 16:45", "mark"), ("Wed 09:15", "sharon"), ("Wed 09:45", "alex"), ("Wed 10:45", "jo")],
            {"opened_at": at("16:15"), "start": at("16:15"), "until": at("11:00", 25)},
            id="undecided overnight: only business minutes count",
        ),
        pytest.param(
            ticket(),
            [("Mon 09:30", "mark"), ("Mon 10:00", "sharon"), ("Mon 10:30", "alex"), ("Mon 11:30", "jo")],
            {"opened_at": at("11:00", 28), "start": at("11:00", 28), "until": at("12:00", 30)},
            id="undecided from a Saturday on: the first half-hour of Monday's",
        ),
        pytest.param(
            ticket(),
            [("Tue 09:30", "sharon"), ("Tue 10:00", "alex"), ("Tue 10:30", "jo"), ("Tue 11:30", "sharon")],
            {"primary": ""},
            id="undecided, and nobody is primary: the next one's turn comes earlier",
        ),
        pytest.param(
            ticket(),
            [("Tue 09:30", "Alex"), ("Tue 10:00", "sharon"), ("Tue 10:30", "jo"), ("Tue 11:30", "Alex")],
            {"primary": "Alex"},
            id="undecided, and the tech lead is the primary: pinged once in the line, however it is written",
        ),
        pytest.param(
            ticket(),
            [("Tue 09:30", "mark"), ("Tue 10:00", "sharon alex"), ("Tue 11:00", "jo"), ("Tue 12:00", "mark")],
            {"rules": Rules(undecided=(30 * MINUTE, 60 * MINUTE, 60 * MINUTE))},
            id="undecided, and two have their turn at one time: together",
        ),
        pytest.param(
            ticket(),
            [("Tue 09:00", "mark"), ("Tue 10:00", "sharon"), ("Tue 11:00", "alex")],
            {"rules": Rules(undecided=(timedelta(0),)), "until": at("11:30")},
            id="undecided, with one turn only: then as long as an answer takes",
        ),
        pytest.param(
            ticket(Impact.SEVERE, decided_at=TUESDAY, decided_by="Alex"),
            [("Tue 09:00", "alex mark"), ("Tue 09:15", "sharon"), ("Tue 09:30", "jo"), ("Tue 09:45", "alex mark")],
            {"rules": Rules(), "until": at("09:50")},
            id="severe, as the only one to call says themselves: the next in line, too, at once",
        ),
        pytest.param(
            ticket(Impact.SEVERE, decided_at=TUESDAY, decided_by="mark", routing=Routing()),
            [("Tue 09:00", "mark sharon"), ("Tue 09:15", "mark sharon")],
            {"rules": Rules(), "until": at("09:20")},
            id="… the primary, where nobody answers for it",
        ),
        pytest.param(
            ticket(Impact.SEVERE, decided_at=TUESDAY, decided_by="alex"),
            [("Tue 09:00", "alex alan nick acme/product-support"), ("Tue 09:15", "mark")],
            {"until": at("09:20")},
            id="… one of several: the others are called as ever",
        ),
        pytest.param(
            ticket(Impact.SEVERE, decided_at=TUESDAY, decided_by="jo", routing=JO),
            [("Tue 09:00", "jo"), ("Tue 09:15", "jo")],
            {"rules": Rules(), "primary": "JO", "secondary": "", "until": at("09:20")},
            id="… and is the whole line",
        ),
        pytest.param(
            ticket(Impact.UNSURE),
            [("Tue 09:00", "alex"), ("Tue 10:00", "jo"), ("Tue 11:00", "mark"), ("Tue 12:00", "sharon")],
            {},
            id="unsure: the tech lead at once, then the next in line",
        ),
        pytest.param(
            ticket(Impact.UNSURE),
            [("Tue 20:00", "alex"), ("Wed 10:00", "jo"), ("Wed 11:00", "mark"), ("Wed 12:00", "sharon")],
            {"opened_at": at("20:00"), "start": at("20:00"), "until": at("12:00", 25)},
            id="unsure in the evening: the lead at once, but the answer has time until the morning",
        ),
        pytest.param(
            ticket(Impact.UNSURE, set_by=by_rule(at("20:00"))),
            [("Wed 09:00", "alex"), ("Wed 10:00", "jo"), ("Wed 11:00", "mark")],
            {"opened_at": at("20:00"), "start": at("20:00"), "until": at("11:30", 25)},
            id="unsure by a rule in the evening: nobody is at work on it, so it waits for the morning",
        ),
        pytest.param(
            ticket(Impact.UNSURE, decided_at=at("09:40")),
            [("Tue 09:40", "alex"), ("Tue 10:40", "jo"), ("Tue 11:40", "mark")],
            {"start": at("09:40")},
            id="unsure: the hour counts from when it was decided",
        ),
        pytest.param(
            ticket(Impact.SEVERE),
            [
                ("Tue 09:00", "alex alan nick acme/product-support"),
                ("Tue 09:15", "mark"),
                ("Tue 09:30", "sharon"),
                ("Tue 09:45", "jo"),
                ("Tue 10:00", "alex alan nick acme/product-support"),
                ("Tue 10:30", "mark"),
                ("Tue 11:00", "sharon"),
                ("Tue 11:30", "jo"),
                ("Tue 12:00", "alex alan nick acme/product-support"),
            ],
            {},
            id="severe: everybody at once, then the next every 15 minutes, then all again with twice the time",
        ),
        pytest.param(
            ticket(Impact.SEVERE, set_by=by_rule(at("09:40"))),
            [("Tue 09:40", "alex alan nick acme/product-support"), ("Tue 09:55", "mark"), ("Tue 10:10", "sharon")],
            {"start": at("09:40"), "until": at("10:15")},
            id="severe by a rule: counts from when it was set",
        ),
        pytest.param(
            ticket(Impact.SEVERE, set_by=by_rule(at("09:40")), decided_by="jo", decided_at=at("09:50")),
            [("Tue 09:40", "alex alan nick acme/product-support"), ("Tue 09:55", "mark")],
            {"start": at("09:40"), "until": at("10:00")},
            id="and confirmed: nobody is called again",
        ),
        pytest.param(
            ticket(Impact.SEVERE),
            [
                ("Sat 03:00", "alex alan nick acme/product-support"),
                ("Sat 03:15", "mark"),
                ("Sat 03:30", "sharon"),
                ("Sat 03:45", "jo"),
            ],
            {"opened_at": at("03:00", 28), "start": at("03:00", 28), "until": at("03:59", 28)},
            id="severe on a Saturday night: business hours do not bind it",
        ),
        pytest.param(
            ticket(Impact.SEVERE, routing=Routing(owners=("nick",))),
            [("Tue 09:00", "nick alan acme/product-support"), ("Tue 09:15", "Mark")],
            {"until": at("09:20"), "primary": "Mark"},
            id="severe, and the tech lead is the project's, too: mentioned once",
        ),
        pytest.param(
            ticket(Impact.SEVERE),
            [("Sat 03:40", "alex alan nick acme/product-support"), ("Sat 03:55", "mark")],
            {"opened_at": at("03:00", 28), "start": at("03:40", 28), "until": at("04:00", 28)},
            id="severe on a Saturday night, and the App was away as it came: at once all the same",
        ),
        pytest.param(ticket(Impact.ANNOYING), [], {}, id="annoying: nobody, it goes to the batch"),
        pytest.param(
            ticket(Impact.SEVERE, closing=Closing(at=TUESDAY, by="jo")), [], {}, id="closed: nobody, however severe"
        ),
        pytest.param(
            ticket(silence=Silence(by="jo", reason="known", at=TUESDAY, until=at("17:00"))),
            [],
            {},
            id="silenced: nobody",
        ),
        pytest.param(
            ticket(silenced="archived_until_escalating"), [], {}, id="silenced by somebody at the sender: nobody"
        ),
        pytest.param(
            ticket(
                silence=Silence(by="jo", reason="known", at=TUESDAY, occurrences=1), counters=Counters(occurrences=3)
            ),
            [("Tue 09:30", "mark"), ("Tue 10:00", "sharon")],
            {"until": at("10:20")},
            id="a silence that is over hides nothing",
        ),
        pytest.param(
            ticket(silence=Silence(by="jo", reason="known", at=TUESDAY, until=at("12:00", 28))),
            [("Mon 09:00", "mark"), ("Mon 09:30", "sharon")],
            {"start": at("12:00", 28), "until": at("09:40", 30)},
            id="a silence that ends on a Saturday: what fell due meanwhile waits for Monday",
        ),
        pytest.param(
            ticket(),
            [("Wed 09:00", "mark"), ("Wed 09:30", "sharon")],
            {"start": at("20:00"), "until": at("09:40", 25)},
            id="undecided, and the App was away over the closing: in the morning",
        ),
        pytest.param(
            ticket(),
            [("Tue 17:00", "mark"), ("Wed 09:30", "sharon")],
            {"opened_at": at("16:30"), "start": at("17:00") + timedelta(seconds=20), "until": at("09:40", 25)},
            id="undecided, and due at the closing: then, though the timer is some seconds late",
        ),
        pytest.param(
            ticket(Impact.UNSURE, decided_at=TUESDAY),
            [("Wed 09:00", "alex"), ("Wed 10:00", "jo")],
            {"opened_at": at("03:00", 25), "start": at("03:00", 25), "until": at("10:00", 25)},
            id="unsure, and back in the night: nobody has just asked, so the lead in the morning",
        ),
        pytest.param(
            ticket(Impact.UNSURE, decided_at=at("16:50", 27)),
            [("Mon 09:00", "alex"), ("Mon 10:00", "jo")],
            {"start": at("03:00", 28), "until": at("10:00", 30)},
            id="unsure on a Friday, and the App was away until the night: the lead on Monday",
        ),
        pytest.param(
            ticket(acknowledged=Acknowledgement(by="jo", at=at("13:00"), expires=at("17:00"))),
            [("Tue 17:00", "jo"), ("Wed 10:00", "mark")],
            {"start": at("17:00") + timedelta(seconds=20), "until": at("10:00", 25)},
            id="acknowledged, and that expires at the closing: then",
        ),
        pytest.param(
            ticket(Impact.SEVERE, decided_at=TUESDAY),
            [("Wed 03:00", "alex alan nick acme/product-support"), ("Wed 03:15", "mark")],
            {"opened_at": at("03:00", 25), "start": at("03:00", 25), "until": at("03:20", 25)},
            id="severe, and back in the night: at once",
        ),
        pytest.param(
            ticket(Impact.UNSURE, decided_at=at("20:00")),
            [("Tue 20:00", "alex"), ("Tue 20:00", "jo"), ("Wed 10:00", "mark")],
            {"start": at("20:00"), "until": at("10:00", 25), "lost": ("alex",)},
            id="unsure in the evening, and the lead can't be reached: the next in line at once",
        ),
        pytest.param(
            ticket(Impact.SEVERE),
            [("Tue 09:00", "alex alan nick acme/product-support"), ("Tue 09:00", "mark"), ("Tue 09:15", "sharon")],
            {"lost": ("nick",), "until": at("09:20")},
            id="severe, and one can't be reached: the next in line at once",
        ),
        pytest.param(
            ticket(),
            [("Tue 09:30", "mark"), ("Tue 09:30", "sharon"), ("Tue 10:00", "alex"), ("Tue 11:00", "jo")],
            {"lost": ("mark",), "until": at("11:30")},
            id="undecided, and the primary can't be reached: the secondary at once, then on",
        ),
        pytest.param(
            ticket(Impact.UNSURE, routing=JO),
            [("Tue 09:00", "jo"), ("Tue 09:00", "mark"), ("Tue 09:00", "sharon")],
            {"lost": ("jo", "mark", "sharon")},
            id="nobody can be reached: each was tried once",
        ),
        pytest.param(
            ticket(routing=Routing()), [], {"primary": "", "secondary": ""}, id="there is nobody: nobody is pinged"
        ),
        pytest.param(
            ticket(Impact.UNSURE, routing=Routing()),
            [("Tue 09:00", "mark"), ("Tue 10:00", "sharon"), ("Tue 11:00", "mark"), ("Tue 13:00", "sharon")],
            {"until": at("14:59")},
            id="nobody owns it: the squad, again and again with more time to answer",
        ),
    ],
)
def test_who_is_pinged_when(it: Ticket, expected: list[tuple[str, str]], more: dict[str, Any]) -> None:
    assert told(it, **({"until": at("12:00")} | more)) == expected


@pytest.mark.parametrize(
    ("impact", "whys"),
    [
        pytest.param(None, [Why.UNDECIDED] * 4, id="undecided"),
        pytest.param(Impact.UNSURE, [Why.UNSURE, Why.UNANSWERED, Why.UNANSWERED, Why.UNANSWERED], id="unsure"),
        pytest.param(Impact.SEVERE, [Why.SEVERE] * 4 + [Why.UNANSWERED] * 3, id="severe"),
    ],
)
def test_a_ping_says_why(impact: Impact | None, whys: list[Why]) -> None:
    it = ticket(impact)
    for minutes in range(0, 300, 5):
        it = posted(it, decided(it, TUESDAY + minutes * MINUTE).pings)
    assert [ping.why for ping in it.pings][: len(whys)] == whys


def test_a_ping_has_a_person_a_reason_and_a_deadline() -> None:
    due = decided(ticket(), at("09:30"))
    assert due == Pinging(
        pings=(Ping(who="mark", why=Why.UNDECIDED, at=at("09:30"), since=TUESDAY, stage=0, answer_by=at("10:00")),),
        next_at=at("10:00"),
    )


def test_after_an_outage_people_are_pinged_one_after_another() -> None:
    assert told(ticket(), at("14:30"), start=at("13:00")) == [
        ("Tue 13:00", "mark"),
        ("Tue 13:30", "sharon"),
        ("Tue 14:00", "alex"),
    ]


def test_a_severe_ticket_decided_a_moment_ahead_of_our_clock_is_pinged_at_once_and_once() -> None:
    it = ticket(Impact.SEVERE, decided_at=at("09:10"))
    first = decided(it, at("09:09"))
    assert len(first.pings) == 4
    assert decided(posted(it, first.pings), at("09:10")).pings == ()


ACKED = Acknowledgement(by="jo", at=at("10:00"), expires=at("14:00"))
TOLD = tuple(
    Ping(
        who=who,
        why=Why.SEVERE,
        at=TUESDAY,
        since=TUESDAY,
        impact=Impact.SEVERE,
        answer_by=at("09:15"),
        comment=COMMENT,
        proved=True,
    )
    for who in ("alex", *LEADS)
)


@pytest.mark.parametrize(
    ("it", "now", "who", "next_at"),
    [
        pytest.param(ticket(acknowledged=ACKED), at("10:00"), "", at("14:00"), id="acknowledged: nobody until then"),
        pytest.param(ticket(acknowledged=ACKED), at("13:59"), "", at("14:00"), id="a minute before it expires"),
        pytest.param(
            ticket(acknowledged=ACKED), at("14:00"), "jo", at("15:00"), id="expired: again the one who acknowledged"
        ),
        pytest.param(
            ticket(acknowledged=ACKED, people_at=at("09:59")), at("14:00"), "jo", at("15:00"), id="nothing since then"
        ),
        pytest.param(
            ticket(acknowledged=ACKED, people_at=at("13:00")),
            at("14:00"),
            "",
            at("17:00"),
            id="somebody did something: it holds for four business hours from there",
        ),
        pytest.param(
            ticket(Impact.SEVERE, acknowledged=ACKED, people_at=at("13:00"), pings=TOLD),
            at("14:00"),
            "",
            at("17:00"),
            id="the same when it is severe: four hours",
        ),
        pytest.param(
            ticket(Impact.SEVERE, acknowledged=ACKED, pings=TOLD),
            at("14:00"),
            "jo",
            at("14:15"),
            id="expired when severe: a quarter of an hour to answer",
        ),
        pytest.param(
            ticket(Impact.UNSURE, acknowledged=ACKED, decided_at=at("11:00")),
            at("11:00"),
            "alex",
            at("12:00"),
            id="acknowledged before it was found unsure: that is news to the tech lead",
        ),
        pytest.param(
            ticket(Impact.UNSURE, acknowledged=ACKED, decided_at=at("10:00")),
            at("10:00"),
            "",
            at("14:00"),
            id="found unsure and acknowledged in one comment: somebody is on it",
        ),
        pytest.param(
            ticket(Impact.SEVERE, acknowledged=ACKED, decided_at=at("10:00")),
            at("10:00"),
            "alex alan nick acme/product-support",
            at("14:00"),
            id="found severe and acknowledged in one comment: they are told all the same",
        ),
        pytest.param(
            ticket(Impact.SEVERE, acknowledged=ACKED, routing=Routing()),
            at("10:00"),
            "alan nick acme/product-support",
            at("14:00"),
            id="the same where nobody owns it",
        ),
        pytest.param(
            ticket(Impact.ANNOYING, acknowledged=ACKED), at("15:00"), "", None, id="annoying: an expiry pings nobody"
        ),
    ],
)
def test_acknowledgements(it: Ticket, now: datetime, who: str, next_at: datetime | None) -> None:
    due = decided(it, now)
    assert (" ".join(ping.who for ping in due.pings), due.next_at) == (who, next_at)


def test_those_told_of_what_is_acknowledged_need_not_answer() -> None:
    due = decided(ticket(Impact.SEVERE, acknowledged=ACKED, decided_at=at("10:00")), at("10:00"))
    assert {ping.answer_by for ping in due.pings} == {None}


def test_what_was_severe_and_acknowledged_while_we_were_away_is_told_first() -> None:
    it = ticket(Impact.SEVERE, acknowledged=ACKED, decided_at=at("10:00"))
    assert told(it, at("15:20"), start=at("15:00")) == [
        ("Tue 15:00", "alex alan nick acme/product-support"),
        ("Tue 15:15", "jo"),
    ]


def test_an_expired_acknowledgement_goes_on_to_the_others_and_comes_back() -> None:
    it = ticket(Impact.UNSURE, acknowledged=ACKED)
    assert told(it, at("17:00"), start=at("14:00")) == [
        ("Tue 14:00", "jo"),
        ("Tue 15:00", "alex"),
        ("Tue 16:00", "mark"),
        ("Tue 17:00", "sharon"),
    ]
    it = posted(it, decided(it, at("14:00")).pings)
    assert [ping.why for ping in it.pings] == [Why.EXPIRED]
    written = with_(it, people_at=at("14:30"))
    assert [ping.who for ping in decided(written, at("15:00")).pings] == ["alex"], "a passer-by acknowledges nothing"
    again = with_(it, acknowledged=acknowledgement(it, "alex", RULES, later=later, at=at("14:30")))
    assert decided(again, at("15:00")) == Pinging(next_at=at("10:30", 25))


def test_a_severe_ticket_that_nobody_can_hear_of_is_looked_at_again() -> None:
    nobody = ticket(Impact.SEVERE, routing=Routing())
    alone: dict[str, Any] = {"primary": "", "secondary": "", "rules": Rules()}
    assert decided(nobody, TUESDAY, **alone) == Pinging(next_at=at("13:00"))
    acknowledged = with_(nobody, acknowledged=ACKED)
    assert decided(acknowledged, at("10:00"), **alone) == Pinging(next_at=at("14:00"))
    assert [ping.who for ping in decided(acknowledged, at("14:00"), **alone).pings] == ["jo"]


def test_how_long_an_acknowledgement_holds() -> None:
    usual = acknowledgement(ticket(), "jo", RULES, later=later, at=at("16:00"))
    assert usual == Acknowledgement(by="jo", at=at("16:00"), expires=at("12:00", 25))
    severe = acknowledgement(ticket(Impact.SEVERE), "jo", RULES, later=later, at=at("16:00"))
    assert severe.expires == at("20:00")
    asked = acknowledgement(ticket(), "jo", RULES, later=later, at=at("10:00"), lasts=timedelta(hours=1))
    assert asked.expires == at("11:00")
    assert expiry(ticket(people_at=at("10:30")), asked, RULES, later) == at("14:30")


def test_nobody_is_pinged_twice_within_a_while_unless_it_is_severe() -> None:
    """The tech lead was the primary a minute ago; then the ticket was found unsure."""
    pinged = Ping(who="Alex", why=Why.UNDECIDED, at=at("09:30"), since=TUESDAY, comment=COMMENT, proved=True)
    unsure = ticket(Impact.UNSURE, decided_at=at("09:31"), pings=(pinged,))
    assert decided(unsure, at("09:31")) == Pinging(next_at=at("09:45"))
    assert [ping.who for ping in decided(unsure, at("09:45")).pings] == ["alex"]
    severe = with_(unsure, impact=Impact.SEVERE)
    assert len(decided(severe, at("09:31")).pings) == 4


def test_who_confirms_what_a_rule_found_severe_does_not_change_the_line() -> None:
    it = ticket(Impact.SEVERE, set_by=by_rule(TUESDAY))
    it = posted(it, decided(it, TUESDAY, Rules()).pings)
    confirmed = with_(it, decided_at=at("09:10"), decided_by="alex")
    assert [ping.who for ping in decided(confirmed, at("09:15"), Rules()).pings] == ["mark"]


def test_a_ticket_that_comes_back_severe_is_told_anew() -> None:
    it = ticket(Impact.SEVERE, pings=TOLD, acknowledged=ACKED, decided_at=TUESDAY)
    back = at("16:00")
    assert len(decided(it, back, opened_at=back).pings) == 4


def test_a_handover_answers_for_nothing() -> None:
    handed = Ping(who="sharon", why=Why.HANDOVER, at=at("09:00"))
    assert [ping.who for ping in decided(ticket(pings=(handed,)), at("09:30")).pings] == ["mark"]


@pytest.mark.parametrize(
    ("it", "now", "expected"),
    [
        pytest.param(ticket(Impact.SEVERE), "09:10", False, id="nobody has"),
        pytest.param(ticket(Impact.SEVERE, acknowledged=ACK), "13:04", True, id="somebody has"),
        pytest.param(ticket(Impact.SEVERE, acknowledged=ACK), "13:05", False, id="until it expires"),
        pytest.param(ticket(Impact.SEVERE, acknowledged=ACK, decided_at=at("09:06")), "09:10", False, id="before that"),
        pytest.param(
            ticket(Impact.SEVERE, acknowledged=ACK, decided_at=at("09:05") + timedelta(milliseconds=900)),
            "09:10",
            True,
            id="within that second, since GitHub tells no more",
        ),
        pytest.param(ticket(Impact.SEVERE, acknowledged=ACK, set_by=by_rule(at("09:05"))), "09:10", True, id="by rule"),
    ],
)
def test_whether_somebody_is_on_it(it: Ticket, now: str, expected: bool) -> None:
    it = with_(it, opened_at=TUESDAY)
    assert is_acknowledged(it, RULES, opened_at=TUESDAY, later=later, now=at(now)) is expected
    assert (it.held is not None and at(now) < it.held.expires) is expected, "what is shown is what counts"


def test_who_had_it_before_it_was_reopened_has_it_no_more() -> None:
    it = with_(ticket(acknowledged=ACK), opened_at=at("10:00"))
    assert it.held is None
    assert with_(it, opened_at=at("09:00")).held == ACK
    assert with_(it, opened_at=None, counters=Counters()).held == ACK, "it is not known since when"


def test_a_storm_is_the_reason_of_its_first_ping_only() -> None:
    it = ticket(storm=STORM)
    first = decided(it, TUESDAY).pings
    then = decided(posted(it, first), TUESDAY + 30 * MINUTE).pings
    assert [[ping.why for ping in pings] for pings in (first, then)] == [[Why.STORM], [Why.UNDECIDED]]
