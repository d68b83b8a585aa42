"""What is said of an impact, and what PagerDuty is told: the words people read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given

from app.domain.alerts import Impact
from app.domain.paging import PageEvent, PageLink, Step, Told, Unpaged
from app.domain.tickets import Ticket
from app.domain.triage import ByRule, Ping, Why
from app.texts import impacts, pages, pings
from app.texts.pages import LONGEST_SUMMARY, Around
from app.texts.ticket import View, fenced_part
from tests.unit.texts.cases import ALERT, BARE, NOW, TICKET
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import rendered

RULE = ByRule(
    impact=Impact.SEVERE,
    rule=2,
    source=".github/prod-squad.yml",
    when="level `fatal`, 100 users or more",
    at=NOW - timedelta(minutes=1),
)
SUGGESTED = "**Suggested: severe** – rule 2 of `.github/prod-squad.yml` (level `fatal`, 100 users or more)."
TRIGGER = Step(number=3, told=Told.TRIGGER)
FAILED = Unpaged(step=TRIGGER, why="It took the event for wrong. Is `PAGERDUTY_ROUTING_KEY` right?", again_at=NOW)
AROUND = Around(home=7, repository="acme/shop", app="Shop", tickets_url="https://github.com/acme/shop/x", now=NOW)


def ticket(impact: Impact | None = None, **more: Any) -> Ticket:
    return msgspec.structs.replace(TICKET, impact=impact, **more)


BY_RULE = ticket(Impact.SEVERE, set_by=RULE)
CONFIRMED = ticket(Impact.SEVERE, set_by=RULE, decided_by="jo", decided_at=NOW)
BECAUSE = msgspec.structs.replace(CONFIRMED, decided_because="nobody can certify, @nick | #1")
HARMLESS = r"“nobody can certify, @&#x200B;nick &#x7C; \#&#x200B;1”"
OVERRULED = ticket(Impact.ANNOYING, set_by=msgspec.structs.replace(RULE, stands=False), decided_by="jo", decided_at=NOW)


@pytest.mark.parametrize(
    ("it", "said"),
    [
        pytest.param(ticket(), "undecided", id="nobody has decided"),
        pytest.param(ticket(Impact.UNSURE), "unsure", id="a reporter's first judgement"),
        pytest.param(
            BY_RULE,
            "severe, set by rule 2 of `.github/prod-squad.yml` (level `fatal`, 100 users or more)",
            id="a rule set it",
        ),
        pytest.param(CONFIRMED, "severe, decided by `@jo`", id="somebody agrees with the rule"),
        pytest.param(
            OVERRULED,
            "annoying, decided by `@jo` (rule 2 of `.github/prod-squad.yml` had set severe)",
            id="somebody overruled it",
        ),
        pytest.param(BECAUSE, f"severe, decided by `@jo`: {HARMLESS}", id="and said why"),
        pytest.param(
            msgspec.structs.replace(OVERRULED, decided_because="a retry helps"),
            "annoying, decided by `@jo`: “a retry helps” (rule 2 of `.github/prod-squad.yml` had set severe)",
            id="overruled it, and said why",
        ),
    ],
)
def test_whose_decision_the_impact_is(it: Ticket, said: str) -> None:
    assert str(impacts.decided(it)) == said
    assert f"| Impact | {said} |" in str(fenced_part(it, View(now=NOW)).variants[0])


@pytest.mark.parametrize(
    ("it", "said"),
    [
        pytest.param(ticket(Impact.SEVERE), "", id="nobody of the squad"),
        pytest.param(CONFIRMED, "`@jo` said so on 2026-11-23 14:05 UTC.", id="a person"),
        pytest.param(BECAUSE, f"`@jo` said so on 2026-11-23 14:05 UTC: {HARMLESS}.", id="a person, who said why"),
        pytest.param(
            BY_RULE,
            "It was set by rule 2 of `.github/prod-squad.yml` (level `fatal`, 100 users or more) on "
            "2026-11-23 14:04 UTC.",
            id="a rule",
        ),
    ],
)
def test_because_of_whom_people_are_called(it: Ticket, said: str) -> None:
    assert str(impacts.because(it)) == said
    ping = Ping(who="alex", why=Why.SEVERE, at=NOW)
    assert said in str(pings.ping(it, (ping,), "31.ping.1"))


@pytest.mark.parametrize(
    ("it", "shown"),
    [
        pytest.param(ticket(suggested=RULE), True, id="undecided"),
        pytest.param(ticket(Impact.ANNOYING, suggested=RULE), True, id="worse than its reporter thinks"),
        pytest.param(ticket(Impact.SEVERE, suggested=RULE), False, id="no worse than it is"),
        pytest.param(ticket(Impact.ANNOYING, suggested=RULE, decided_by="jo"), False, id="somebody has decided"),
        pytest.param(ticket(), False, id="nothing suggested"),
    ],
)
def test_where_a_suggestion_stands(it: Ticket, shown: bool) -> None:
    assert (SUGGESTED in str(fenced_part(it, View(now=NOW)).variants[0])) is shown
    assert str(impacts.suggestion(it)) == (f"{SUGGESTED} Decide with `/impact severe`, or otherwise." if shown else "")
    ping = Ping(who="alex", why=Why.UNDECIDED, at=NOW, since=NOW)
    assert (SUGGESTED in str(pings.ping(it, (ping,), "31.ping.1"))) is shown


@pytest.mark.parametrize(
    ("it", "said"),
    [
        pytest.param(ticket(Impact.SEVERE, decided_by="jo"), "", id="no rule had a part in it"),
        pytest.param(
            ticket(suggested=RULE),
            f"Its impact is undecided. {SUGGESTED} Decide with `/impact severe`, or otherwise.",
            id="a rule suggests",
        ),
        pytest.param(
            OVERRULED,
            "Its impact is annoying, decided by `@jo` (rule 2 of `.github/prod-squad.yml` had set severe).",
            id="a rule was overruled",
        ),
    ],
)
def test_why_it_has_its_impact(it: Ticket, said: str) -> None:
    assert str(impacts.explained(it)) == said


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        pytest.param(Told.TRIGGER, True, id="nobody is called by PagerDuty"),
        pytest.param(Told.RESOLVE, False, id="somebody was"),
    ],
)
def test_what_pagerduty_could_not_be_told_is_said(told: Told, warned: bool) -> None:
    it = ticket(Impact.SEVERE, unpaged=msgspec.structs.replace(FAILED, step=Step(number=3, told=told)))
    why = "📵 **PagerDuty was not told:** It took the event for wrong. Is `PAGERDUTY_ROUTING_KEY` right?"
    assert why in str(fenced_part(it, View(now=NOW)).variants[0])
    comment = str(pings.ping(it, (Ping(who="alex", why=Why.SEVERE, at=NOW),), "31.ping.1"))
    assert ("**PagerDuty could not be told**" in comment) is warned


def test_a_page_says_what_happened_and_names_nobody() -> None:
    assert pages.page(CONFIRMED, TRIGGER, AROUND) == PageEvent(
        key="prod-squad:7:ticket:31:3",
        told=Told.TRIGGER,
        summary="Severe: NoMethodError: undefined method `name' for nil:NilClass (Certification v2, production)",
        source="caseflow.example.org",
        component="Certification v2",
        group="Foxtrot",
        at=RULE.at,
        details=(
            ("severe because", "somebody of the squad decided so"),
            ("occurrences", "1,234"),
            ("users affected", "12"),
            ("first seen", "2026-11-20 09:05 UTC"),
            ("environment", "production"),
            ("level", "error"),
            ("culprit", "Certifications::ConfirmController#update_v2"),
            ("release", "caseflow@4.2.1"),
        ),
        links=(
            PageLink(text="The ticket", url="https://github.com/acme/shop/issues/12"),
            PageLink(text="The error at its sender", url=ALERT.link),
        ),
    )


@pytest.mark.parametrize(
    ("it", "because"),
    [
        pytest.param(BY_RULE, "rule 2 of .github/prod-squad.yml says so: level fatal, 100 users or more", id="a rule"),
        pytest.param(BARE, "its reporter says so", id="a person's report"),
        pytest.param(
            msgspec.structs.replace(CONFIRMED, decided_because="nobody can certify"),
            "somebody of the squad decided so: “nobody can certify”",
            id="somebody who said why",
        ),
    ],
)
def test_why_it_is_severe(it: Ticket, because: str) -> None:
    assert dict(pages.page(it, TRIGGER, AROUND).details)["severe because"] == because


def test_whoever_is_called_by_telephone_hears_why() -> None:
    said = msgspec.structs.replace(CONFIRMED, decided_because="nobody can\ncertify")
    assert pages.page(said, TRIGGER, AROUND).summary == (
        "Severe: NoMethodError: undefined method `name' for nil:NilClass (Certification v2, production): "
        "nobody can certify"
    )


def test_a_page_of_a_ticket_that_is_not_opened_yet_leads_to_where_it_will_be() -> None:
    event = pages.page(BARE, TRIGGER, AROUND)
    assert (event.summary, event.source, event.component) == ("Severe: An error without a title (Shop)", "Shop", "Shop")
    assert event.links == (PageLink(text="Severe tickets", url=AROUND.tickets_url),)
    assert event.at == NOW
    nobodys = pages.page(BARE, TRIGGER, msgspec.structs.replace(AROUND, app=""))
    assert (nobodys.summary, nobodys.source) == ("Severe: An error without a title", "acme/shop")


@pytest.mark.parametrize("address", ["http://[x", "//\u2028"])
def test_an_address_that_is_none_is_no_host(address: str) -> None:
    odd = msgspec.structs.replace(ALERT, url=address)
    assert pages.page(ticket(latest=odd, first=odd), TRIGGER, AROUND).source == "Certification v2"


@pytest.mark.parametrize("told", [Told.ACKNOWLEDGE, Told.RESOLVE])
def test_what_ends_a_page_needs_its_key_alone(told: Told) -> None:
    event = pages.page(BY_RULE, Step(number=3, told=told), AROUND)
    assert event == PageEvent(key="prod-squad:7:ticket:31:3", told=told)


@given(text=texts)
def test_whatever_production_says_a_page_stays_within_its_bounds(text: str) -> None:
    odd = msgspec.structs.replace(
        ALERT, title=text, error_type=text, error_value=text, culprit=text, environment=text, url=text, link=text
    )
    event = pages.page(ticket(latest=odd, first=odd, decided_by="jo", decided_because=text), TRIGGER, AROUND)
    assert 0 < len(event.summary) <= LONGEST_SUMMARY
    assert 0 < len(event.source) <= 300
    assert "\n" not in event.summary


@given(text=texts)
def test_whatever_stands_in_the_squads_file_and_whatever_people_say_stays_text(text: str) -> None:
    rule = msgspec.structs.replace(RULE, when=text)
    said = msgspec.structs.replace(OVERRULED, decided_because=text, set_by=msgspec.structs.replace(rule, stands=False))
    for it in (ticket(suggested=rule), ticket(Impact.SEVERE, set_by=rule), said):
        for out in (impacts.decided(it), impacts.suggestion(it), impacts.because(it), impacts.explained(it)):
            assert rendered(out).linked == {}
