"""`/prod-alert` and `/duplicate-of`: what they make of a ticket, and what they refuse."""

from __future__ import annotations

import msgspec
import pytest

from app.decisions.commands import duplicate_of
from app.domain.alerts import Impact
from app.domain.errors import UserError
from app.domain.issues import IssueRef, Repository
from app.domain.tickets import Closing, Counters, Ticket
from app.domain.triage import Acknowledgement, Silence
from app.domain.wishes import DuplicateOf, Promote
from tests.unit.decisions.commands.cases import HOUR, NOW, TICKET, done, wish
from tests.unit.decisions.storm_cases import storm_ticket

SHOP = Repository(id=1, name="acme/shop", installation=9)
MINE = IssueRef(repository=SHOP, number=7, id=70, node_id="I_7")
THERE = IssueRef(repository=SHOP, number=8, id=80, node_id="I_8")
QUIET = msgspec.structs.replace(TICKET, quiet=True, issue=MINE)
LOUD = msgspec.structs.replace(TICKET, issue=MINE)
OTHER = Ticket(id=8, issue=THERE)
CLOSED = Closing(at=NOW - HOUR, by="jo")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/prod-alert", Promote(), id="alone"),
        pytest.param("/prod-alert severe", Promote(impact=Impact.SEVERE), id="how bad"),
        pytest.param("/prod-alert Severe: lost", Promote(impact=Impact.SEVERE, reason="lost"), id="and why"),
        pytest.param("/prod-alert nobody can log in", Promote(reason="nobody can log in"), id="a remark"),
        pytest.param("/duplicate-of #12", DuplicateOf(number=12), id="a number"),
        pytest.param("/duplicate-of 12, the same", DuplicateOf(number=12), id="without its sign, and a remark"),
        pytest.param(
            "/duplicate-of acme/shop#12", DuplicateOf(number=12, repository="acme/shop"), id="in another repository"
        ),
        pytest.param(
            "/duplicate-of https://github.com/acme/shop/issues/12#issuecomment-5",
            DuplicateOf(number=12, repository="acme/shop"),
            id="its address",
        ),
    ],
)
def test_what_is_wished_for(text: str, expected: object) -> None:
    assert wish(text) == expected


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("/prod-alert sever", "Did you mean `/prod-alert severe`", id="nearly an impact"),
        pytest.param("/duplicate-of", "^Name the other ticket", id="nothing"),
        pytest.param("/duplicate-of #0", "`#0` names no issue", id="no number"),
        pytest.param("/duplicate-of the other", "`the` names no issue", id="words"),
        pytest.param("/duplicate-of https://github.com/acme/shop/pull/12", "names no issue", id="a pull request"),
    ],
)
def test_what_is_not_understood_is_told(text: str, answer: str) -> None:
    with pytest.raises(UserError, match=answer):
        wish(text)


def test_a_quiet_ticket_is_promoted() -> None:
    assert done("/prod-alert", QUIET) == msgspec.structs.replace(LOUD, opened_at=NOW)
    severe = done("/prod-alert severe", QUIET)
    assert (severe.quiet, severe.impact, severe.decided_by, severe.opened_at) == (False, Impact.SEVERE, "jo", NOW)


def test_an_impact_promotes_it_too() -> None:
    after = done("/impact annoying", QUIET)
    assert (after.quiet, after.impact, after.opened_at) == (False, Impact.ANNOYING, NOW)


@pytest.mark.parametrize(
    ("text", "ticket", "answer"),
    [
        pytest.param("/prod-alert", LOUD, "a ticket already.*`/impact severe`", id="a ticket"),
        pytest.param("/prod-alert unsure", LOUD, "a ticket already.*`/impact unsure`", id="a ticket, and how bad"),
        pytest.param("/prod-alert", msgspec.structs.replace(QUIET, closing=CLOSED), "Reopen it", id="a closed one"),
    ],
)
def test_what_is_not_promoted(text: str, ticket: Ticket, answer: str) -> None:
    with pytest.raises(UserError, match=answer):
        done(text, ticket)


def test_a_duplicate_is_closed_and_rests() -> None:
    before = msgspec.structs.replace(
        LOUD,
        silence=Silence(by="jo", reason="x", at=NOW),
        acknowledged=Acknowledgement(by="jo", at=NOW, expires=NOW + HOUR),
    )
    after = duplicate_of.decide(before, OTHER, "jo", NOW)
    assert (after.merged_into, after.duplicate_of, after.handed) == (8, THERE, Counters(occurrences=12, users=4))
    assert after.closing == Closing(at=NOW, by="jo", reason="duplicate")
    assert (after.silence, after.acknowledged, after.burst, after.state_at) == (None, None, None, NOW)


@pytest.mark.parametrize(
    ("ticket", "other", "answer"),
    [
        pytest.param(LOUD, LOUD, "this ticket itself", id="itself"),
        pytest.param(LOUD, storm_ticket(), "of many errors, so it is no duplicate", id="a storm's ticket"),
        pytest.param(storm_ticket(), OTHER, "of many errors, so it is no duplicate", id="on a storm's ticket"),
        pytest.param(
            msgspec.structs.replace(LOUD, merged_into=9, duplicate_of=THERE),
            OTHER,
            "a duplicate of `acme/shop#8` already",
            id="a duplicate already",
        ),
        pytest.param(
            LOUD, msgspec.structs.replace(OTHER, merged_into=3), "of this one already", id="the other way round"
        ),
        pytest.param(
            LOUD,
            msgspec.structs.replace(OTHER, merged_into=9, duplicate_of=MINE),
            "Write `/duplicate-of acme/shop#7`",
            id="of a duplicate: the right one is named",
        ),
        pytest.param(LOUD, msgspec.structs.replace(OTHER, issue=None), "was deleted", id="its issue is gone"),
        pytest.param(
            LOUD, msgspec.structs.replace(OTHER, quiet=True), "`/prod-alert` there first", id="nobody would hear of it"
        ),
    ],
)
def test_what_it_can_not_be_a_duplicate_of(ticket: Ticket, other: Ticket, answer: str) -> None:
    with pytest.raises(UserError, match=answer):
        duplicate_of.decide(ticket, other, "jo", NOW)


def test_a_quiet_ticket_may_be_a_duplicate_of_a_quiet_one() -> None:
    assert duplicate_of.decide(QUIET, msgspec.structs.replace(OTHER, quiet=True), "jo", NOW).merged_into == 8


def test_an_unknown_ticket_is_named_somehow() -> None:
    assert duplicate_of.named(None) == "another one"
