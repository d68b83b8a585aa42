"""The tables of `decisions/nagging.py`, row by row. Business days are Monday to Friday, nine to five, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.decisions.business_time import Calendar
from app.decisions.nagging import Known, Rules, decide, impact_of
from app.domain.alerts import Impact
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.listed import Listed
from app.domain.nagging import Answered, CloseStale, Nagging, Remind, Reminder, Step
from app.domain.squad import Squad

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
REPOSITORY = Repository(id=1, name="acme/shop", installation=0)
ISSUE = IssueRef(repository=REPOSITORY, number=7, id=70, node_id="I_7")
COMMENT = CommentRef(id=9, node_id="IC_9")
CALENDAR = Calendar(Squad.model_validate({"business_hours": {"start": "09:00", "end": "17:00"}}))
RULES = Rules(severe=1, undecided=1, unsure=2, annoying=14, keep=("keep",))
CLOSING = msgspec.structs.replace(RULES, close_annoying=10)
DUTY = ("prim", "sec")
LISTED = Listed(
    ref=ISSUE,
    title="KeyError",
    body="",
    author="prod-squad",
    author_is_bot=True,
    opened_at=MONDAY,
    labels=("prod-alert",),
)
KNOWN = Known(owners=("lead", "next"))


def but(fact: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(fact, **changes)


def decided(impact: Impact | None, **more: Any) -> Known:
    return but(KNOWN, impact=impact, **more)


def reminded(at: datetime, number: int = 1, **more: Any) -> Reminder:
    return Reminder(comment=COMMENT, at=at, number=number, **more)


def nag(
    now: datetime,
    known: Known = KNOWN,
    reminder: Reminder | None = None,
    rules: Rules = RULES,
    duty: tuple[str, str] = DUTY,
    **listed: Any,
) -> Nagging | None:
    return decide(but(LISTED, **listed), known, reminder, rules, duty=duty, calendar=CALENDAR, now=now)


@pytest.mark.parametrize(
    ("impact", "patience"),
    [
        pytest.param(None, timedelta(days=1), id="undecided: one business day"),
        pytest.param(Impact.SEVERE, timedelta(days=1), id="severe: one business day"),
        pytest.param(Impact.UNSURE, timedelta(days=2), id="unsure: two"),
        pytest.param(Impact.ANNOYING, timedelta(days=18), id="annoying: fourteen, so two weekends and a half later"),
    ],
)
def test_patience_is_by_impact_and_in_business_days(impact: Impact | None, patience: timedelta) -> None:
    opened = MONDAY + timedelta(hours=1)
    due = opened + patience
    known = decided(impact)
    assert nag(due - timedelta(seconds=1), known, opened_at=opened) is None
    assert isinstance(nag(due, known, opened_at=opened), Remind)


def test_a_weekend_is_no_time() -> None:
    opened = FRIDAY + timedelta(hours=3)
    assert nag(FRIDAY + timedelta(days=2, hours=23), opened_at=opened) is None
    assert isinstance(nag(FRIDAY + timedelta(days=3, hours=3), opened_at=opened), Remind)


@pytest.mark.parametrize(
    ("known", "assignees", "duty", "step", "who"),
    [
        pytest.param(KNOWN, (), DUTY, Step.DECIDE, ("prim",), id="undecided: the primary decides"),
        pytest.param(KNOWN, (), ("", ""), Step.DECIDE, ("lead",), id="undecided, nobody on duty: its lead"),
        pytest.param(Known(), ("amy",), ("", ""), Step.DECIDE, ("amy",), id="undecided, no lead: who is assigned"),
        pytest.param(Known(), (), ("", ""), Step.DECIDE, (), id="nobody is known at all"),
        pytest.param(decided(Impact.UNSURE), ("amy",), DUTY, Step.JUDGE, ("lead",), id="unsure: its lead"),
        pytest.param(decided(Impact.SEVERE), ("amy",), DUTY, Step.MEND, ("amy",), id="severe: who is assigned"),
        pytest.param(decided(Impact.SEVERE), (), DUTY, Step.MEND, ("lead",), id="severe, nobody assigned: its lead"),
        pytest.param(decided(Impact.ANNOYING), ("amy",), DUTY, Step.TIDY, ("amy",), id="annoying: who is assigned"),
        pytest.param(decided(Impact.ANNOYING), (), DUTY, Step.TIDY, ("lead",), id="annoying, nobody: its lead"),
        pytest.param(
            decided(Impact.SEVERE, asked=("bo", "acme/ops")),
            ("amy",),
            DUTY,
            Step.ACKNOWLEDGE,
            ("bo", "acme/ops"),
            id="unanswered pings: those who were pinged",
        ),
    ],
)
def test_who_owes_which_step(
    known: Known, assignees: tuple[str, ...], duty: tuple[str, str], step: Step, who: tuple[str, ...]
) -> None:
    plan = nag(MONDAY + timedelta(days=60), known, assignees=assignees, duty=duty)
    assert isinstance(plan, Remind)
    assert (plan.number, plan.step, plan.who, plan.since) == (1, step, who, MONDAY)
    assert plan.replaces is None


@pytest.mark.parametrize(
    ("number", "who"),
    [
        pytest.param(1, ("amy", "sec"), id="the second one: the secondary hears of it"),
        pytest.param(2, ("amy", "sec", "lead"), id="the third one: the lead, too"),
        pytest.param(9, ("amy", "sec", "lead"), id="and so on"),
    ],
)
def test_reminders_go_up(number: int, who: tuple[str, ...]) -> None:
    last = reminded(MONDAY + timedelta(days=1), number)
    early = nag(MONDAY + timedelta(days=2, seconds=-1), decided(Impact.SEVERE), last, assignees=("amy",))
    assert early is None, "as long again"
    plan = nag(MONDAY + timedelta(days=2), decided(Impact.SEVERE), last, assignees=("amy",))
    assert isinstance(plan, Remind)
    assert (plan.number, plan.who, plan.replaces) == (number + 1, who, COMMENT)


def test_who_is_not_there_is_left_out() -> None:
    last = reminded(MONDAY + timedelta(days=1))
    plan = nag(MONDAY + timedelta(days=9), decided(Impact.SEVERE), last, assignees=("amy",), duty=("prim", ""))
    assert isinstance(plan, Remind)
    assert plan.who == ("amy",)


def test_nobody_is_named_twice() -> None:
    last = reminded(MONDAY + timedelta(days=1), 2)
    plan = nag(MONDAY + timedelta(days=9), decided(Impact.SEVERE, owners=("Sec",)), last, assignees=("SEC",))
    assert isinstance(plan, Remind)
    assert plan.who == ("SEC",)


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param({"people_at": MONDAY + timedelta(days=3)}, id="a person's act, by the list"),
        pytest.param({"known": decided(None, people_at=MONDAY + timedelta(days=3))}, id="a person's act, by the App"),
        pytest.param({"known": decided(None, opened_at=MONDAY + timedelta(days=3))}, id="it came back"),
        pytest.param({"opened_at": MONDAY + timedelta(days=3)}, id="it was opened"),
    ],
)
def test_what_moves_the_clock(moved: dict[str, Any]) -> None:
    assert nag(MONDAY + timedelta(days=3, hours=23), **moved) is None
    assert isinstance(nag(MONDAY + timedelta(days=4), **moved), Remind)


@pytest.mark.parametrize(
    "rests",
    [
        pytest.param({"known": decided(None, silenced=True)}, id="silenced"),
        pytest.param({"labels": ("prod-alert", "Silenced")}, id="silenced, by its label"),
        pytest.param(
            {"known": decided(None, acknowledged_until=MONDAY + timedelta(days=60, seconds=1))}, id="acknowledged"
        ),
        pytest.param({"labels": ("prod-alert", "KEEP")}, id="kept"),
        pytest.param({"milestone": "Q4"}, id="planned"),
        pytest.param({"locked": True}, id="locked"),
    ],
)
def test_what_rests(rests: dict[str, Any]) -> None:
    assert nag(MONDAY + timedelta(days=60), **rests) is None


def test_an_acknowledgement_that_is_over_rests_no_more() -> None:
    now = MONDAY + timedelta(days=60)
    assert isinstance(nag(now, decided(None, acknowledged_until=now)), Remind)


def test_a_persons_act_answers_the_reminder() -> None:
    last = reminded(MONDAY + timedelta(days=1))
    answered = nag(MONDAY + timedelta(days=2), reminder=last, people_at=MONDAY + timedelta(days=1, seconds=1))
    assert answered == Answered(issue=ISSUE, comment=COMMENT)
    still = nag(MONDAY + timedelta(days=2), reminder=last, people_at=MONDAY + timedelta(days=1))
    assert isinstance(still, Remind), "what a person did before it answers nothing"


def test_an_answer_counts_also_while_the_ticket_rests() -> None:
    last = reminded(MONDAY + timedelta(days=1))
    answered = nag(MONDAY + timedelta(days=2), reminder=last, people_at=MONDAY + timedelta(days=2), milestone="Q4")
    assert isinstance(answered, Answered)


def test_a_label_without_a_reminder_goes() -> None:
    soon = MONDAY + timedelta(hours=1)
    assert nag(soon, labels=("prod-alert", "Stale")) == Answered(issue=ISSUE, comment=None)
    assert isinstance(nag(MONDAY + timedelta(days=9), labels=("prod-alert", "stale")), Remind)


# Closing


def test_nothing_is_closed_unless_the_file_says_so() -> None:
    plan = nag(MONDAY + timedelta(days=60), decided(Impact.ANNOYING))
    assert isinstance(plan, Remind)
    assert plan.closes_at is None


def test_a_closing_is_announced_first() -> None:
    now = MONDAY + timedelta(days=18)  # a Friday
    plan = nag(now, decided(Impact.ANNOYING), rules=CLOSING)
    assert isinstance(plan, Remind)
    assert plan.closes_at == now + timedelta(days=14), "ten business days later"


@pytest.mark.parametrize(
    ("days", "rules", "impact", "closed"),
    [
        pytest.param(13, CLOSING, Impact.ANNOYING, False, id="not before its day"),
        pytest.param(14, CLOSING, Impact.ANNOYING, True, id="on its day"),
        pytest.param(14, RULES, Impact.ANNOYING, False, id="the file says so no more"),
        pytest.param(14, CLOSING, Impact.SEVERE, False, id="it is severe now"),
        pytest.param(14, CLOSING, Impact.UNSURE, False, id="nobody is sure now"),
        pytest.param(14, CLOSING, None, False, id="undecided again"),
    ],
)
def test_what_is_closed(days: int, rules: Rules, impact: Impact | None, closed: bool) -> None:
    warned = MONDAY + timedelta(days=18)
    last = reminded(warned, closes_at=warned + timedelta(days=14))
    plan = nag(warned + timedelta(days=days), decided(impact), last, rules)
    assert isinstance(plan, CloseStale) is closed
    if isinstance(plan, CloseStale):
        assert plan == CloseStale(issue=ISSUE, announced_at=warned, since=MONDAY)


@pytest.mark.parametrize(
    ("labels", "known", "impact"),
    [
        pytest.param(("impact:severe",), Impact.ANNOYING, Impact.SEVERE, id="the label is what people see"),
        pytest.param(("Impact:Unsure",), None, Impact.UNSURE, id="whatever its case"),
        pytest.param((), Impact.ANNOYING, Impact.ANNOYING, id="no label: as the App wrote it"),
        pytest.param((), None, None, id="neither"),
    ],
)
def test_a_tickets_impact(labels: tuple[str, ...], known: Impact | None, impact: Impact | None) -> None:
    assert impact_of(but(LISTED, labels=labels), decided(known)) is impact
