"""What the rules of the squad's file say of an impact: the tables of `decisions/suggesting.py`, row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.suggesting import Hearing, calls_at_once, described, ranked
from app.domain.actions import Action, AddOccurrence, AdoptIssue, OpenIssue, Reopen
from app.domain.alerts import Alert, Impact
from app.domain.mail import AlertArrived, ByKey, IssueVerb, Letter, Mail, TimerFell
from app.domain.mailboxes import URGENT
from app.domain.squad import App, Squad
from app.domain.squad_impact import ImpactRule, When
from app.domain.tickets import Counters, Ticket
from app.domain.triage import ByRule, Silence
from tests.unit.decisions.cases import CLOSED, DONE, ERROR, NEW, NOT_PLANNED, NOW, OPEN, changed, report, seen, with_

LATER = NOW + timedelta(minutes=1)
FATAL = with_(
    ERROR,
    level="fatal",
    environment="production",
    error_type="PG::ConnectionBad",
    project="reader-web",
    tags=(("component", "dispatch"), ("os", "linux")),
)
ALONE = with_(NEW, first=FATAL, latest=FATAL, counters=Counters(occurrences=1))
OPENS: tuple[Action, ...] = (OpenIssue(op="3.open.1"),)
RETURNS: tuple[Action, ...] = (Reopen(op="3.reopen.1", closing=DONE),)
ADDS: tuple[Action, ...] = (AddOccurrence(op="3.occurrence.2"),)
SILENCE = Silence(by="jo", reason="known", at=NOW, until=NOW + timedelta(days=7))
UNSURE, ANNOYING, SEVERE = Impact.UNSURE, Impact.ANNOYING, Impact.SEVERE


def rule(set: str = "", suggest: str = "", **when: Any) -> ImpactRule:
    said = {"set": set} if set else {"suggest": suggest}
    return ImpactRule.model_validate({"when": when or {"level": "fatal"}, **said})


def squad(*rules: ImpactRule) -> Squad:
    return Squad(apps=(App(name="Reader", projects=("reader-web",)),), impact=rules)


def said(impact: Impact, rule: int = 1, when: str = "level `fatal`", **more: Any) -> ByRule:
    return with_(ByRule(impact=impact, rule=rule, source=".github/prod-squad.yml", when=when, at=LATER), **more)


def judged(
    ticket: Ticket, *rules: ImpactRule, alerts: tuple[Alert, ...] = (FATAL,), actions: tuple[Action, ...] = OPENS
) -> Ticket:
    hearing = Hearing(squad(*rules))
    for alert in alerts:
        hearing.hear(AlertArrived(alert=alert), ticket, LATER)
    return hearing.judged(ticket, ticket, actions, NOW)


def holds(when: dict[str, Any], alert: Alert = FATAL, **more: Any) -> bool:
    ticket = with_(ALONE, first=more.pop("first", alert), latest=alert, **more)
    return judged(ticket, rule(set="severe", **when), alerts=(alert,)).impact is SEVERE


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param({"level": "fatal"}, True, id="a level"),
        pytest.param({"level": "FATAL"}, True, id="whose case does not count"),
        pytest.param({"level": ["critical", "fatal"]}, True, id="one of several"),
        pytest.param({"level": "fat"}, False, id="the whole of it"),
        pytest.param({"environment": "prod*"}, True, id="a glob"),
        pytest.param({"environment": "staging"}, False, id="another environment"),
        pytest.param({"error_type": "PG::*"}, True, id="a type"),
        pytest.param({"error_type": "pg::connection[a-c]ad"}, True, id="a class of characters"),
        pytest.param({"app": "Reader"}, True, id="the app whose project it is"),
        pytest.param({"app": "reader-web"}, False, id="not the project's slug, where it has an app"),
        pytest.param({"tags": {"component": "dispatch"}}, True, id="a tag"),
        pytest.param({"tags": {"component": "Dispatch"}}, False, id="whose case counts"),
        pytest.param({"tags": {"component": ["x", "disp*"], "os": "linux"}}, True, id="all tags that are named"),
        pytest.param({"tags": {"component": "dispatch", "os": "bsd"}}, False, id="one tag has another value"),
        pytest.param({"tags": {"colour": "*"}}, False, id="a tag that is not there"),
        pytest.param({"level": "fatal", "environment": "staging"}, False, id="all that is named must hold"),
        pytest.param({"occurrences": 1}, True, id="it occurred so often"),
        pytest.param({"occurrences": 2}, False, id="it did not"),
        pytest.param({"users": 1}, False, id="nobody said how many users"),
    ],
)
def test_when_a_rule_holds(when: dict[str, Any], expected: bool) -> None:
    assert holds(when) is expected


@pytest.mark.parametrize(
    ("when", "alert", "more", "expected"),
    [
        pytest.param({"level": "*"}, ERROR, {}, False, id="what an alert does not say, nothing matches"),
        pytest.param({"level": "fatal"}, ERROR, {"first": FATAL}, True, id="what it leaves out, the first one says"),
        pytest.param({"tags": {"os": "linux"}}, ERROR, {"first": FATAL}, True, id="its tags, too"),
        pytest.param(
            {"level": "fatal"}, with_(FATAL, level="error"), {"first": FATAL}, False, id="what it says counts"
        ),
        pytest.param({"app": "dispatch"}, with_(FATAL, app="Dispatch"), {}, True, id="the app that a person named"),
        pytest.param({"app": "other"}, FATAL, {"app_named": "Other"}, True, id="or routed it to"),
        pytest.param(
            {"users": 100}, FATAL, {"counters": Counters(users=100)}, True, id="so many users, to the very one"
        ),
        pytest.param({"users": 100}, FATAL, {"counters": Counters(users=99)}, False, id="one user less"),
    ],
)
def test_where_a_rule_looks(when: dict[str, Any], alert: Alert, more: dict[str, Any], expected: bool) -> None:
    assert holds(when, alert, **more) is expected


@pytest.mark.parametrize(
    ("ticket", "actions", "suggested", "set_to"),
    [
        pytest.param(ALONE, OPENS, True, True, id="a new ticket"),
        pytest.param(OPEN, ADDS, True, True, id="an open one without an impact"),
        pytest.param(with_(OPEN, impact=ANNOYING), ADDS, True, True, id="a reporter's weaker judgement is raised"),
        pytest.param(with_(OPEN, impact=ANNOYING, set_by=said(ANNOYING)), ADDS, True, True, id="a rule's, too"),
        pytest.param(with_(OPEN, impact=UNSURE), ADDS, False, False, id="as strong: nothing"),
        pytest.param(with_(OPEN, impact=SEVERE), ADDS, False, False, id="stronger: no rule lowers"),
        pytest.param(with_(OPEN, decided_by="jo", impact=ANNOYING), ADDS, False, False, id="decided by the squad"),
        pytest.param(with_(OPEN, silence=SILENCE), (), False, False, id="silenced by the squad"),
        pytest.param(with_(OPEN, quiet=True), (), False, False, id="a quiet support ticket"),
        pytest.param(with_(OPEN, silenced="archived"), ADDS, True, True, id="archived at the sender alone"),
        pytest.param(NOT_PLANNED, (), False, False, id="closed, and stays so"),
        pytest.param(CLOSED, RETURNS, True, True, id="closed, and coming back"),
        pytest.param(NEW, (AdoptIssue(issue=seen()),), True, True, id="a report that is taken over"),
        pytest.param(NEW, (), False, False, id="its issue is gone, and nothing opens one"),
    ],
)
def test_what_a_rule_does(ticket: Ticket, actions: tuple[Action, ...], suggested: bool, set_to: bool) -> None:
    suggests = judged(ticket, rule(suggest="unsure"), actions=actions)
    assert suggests == (with_(ticket, suggested=said(UNSURE)) if suggested else ticket)
    sets = judged(ticket, rule(set="unsure"), actions=actions)
    assert sets == (with_(ticket, impact=UNSURE, set_by=said(UNSURE)) if set_to else ticket)


def test_of_the_rules_that_hold_the_first_one_counts() -> None:
    rules = (rule(set="severe", level="warning"), rule(suggest="unsure"), rule(set="severe"))
    assert judged(ALONE, *rules) == with_(ALONE, suggested=said(UNSURE, 2))


def test_of_several_alerts_the_strongest_counts_in_any_order() -> None:
    rules = (rule(set="severe"), rule(set="annoying", level="error"))
    mild = with_(FATAL, level="error")
    for alerts in ((FATAL, mild), (mild, FATAL)):
        ticket = judged(with_(ALONE, latest=mild), *rules, alerts=alerts)
        assert (ticket.impact, ticket.set_by) == (SEVERE, said(SEVERE))


def test_a_suggestion_gives_way_to_a_stronger_one_alone() -> None:
    unsure = judged(ALONE, rule(suggest="unsure"))
    assert judged(unsure, rule(suggest="annoying")) == unsure
    severe = judged(unsure, rule(suggest="severe"))
    assert severe.suggested == said(SEVERE)
    assert severe.suggestion == severe.suggested
    assert with_(severe, decided_by="jo").suggestion is None
    assert with_(severe, impact=SEVERE).suggestion is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(OPEN, OPEN, None, id="nothing is new: a rule that was added judges nothing old"),
        pytest.param(OPEN, with_(OPEN, counters=Counters(users=100)), SEVERE, id="the sender told of more users"),
        pytest.param(
            with_(OPEN, silence=SILENCE, counters=Counters(users=100)),
            with_(OPEN, counters=Counters(users=100)),
            SEVERE,
            id="a silence is over",
        ),
        pytest.param(
            with_(OPEN, quiet=True, counters=Counters(users=100)),
            with_(OPEN, counters=Counters(users=100)),
            SEVERE,
            id="a support ticket is promoted",
        ),
        pytest.param(
            NEW, with_(NEW, issue=OPEN.issue, counters=Counters(users=100)), None, id="nothing else is known of it"
        ),
    ],
)
def test_totals_are_news_without_an_alert(before: Ticket, after: Ticket, expected: Impact | None) -> None:
    hearing = Hearing(squad(rule(set="severe", users=100)))
    hearing.hear(TimerFell(name="look again", due=NOW), after, LATER)
    ticket = hearing.judged(before, after, (), NOW)
    assert ticket.impact is expected
    assert ticket.set_by is None or ticket.set_by.at == NOW, "no letter told, so it counts from now on"


@pytest.mark.parametrize(
    ("mail", "heard"),
    [
        pytest.param(report(alert=FATAL), True, id="a person's report"),
        pytest.param(changed(IssueVerb.EDITED), False, id="an edit"),
    ],
)
def test_reports_are_heard_like_alerts(mail: Mail, heard: bool) -> None:
    hearing = Hearing(squad(rule(set="severe")))
    bare = with_(NEW, issue=OPEN.issue)
    hearing.hear(mail, bare, LATER)
    assert (hearing.judged(bare, bare, (), NOW).impact is SEVERE) is heard


def test_without_rules_nothing_is_judged() -> None:
    assert judged(ALONE) == ALONE


@pytest.mark.parametrize(
    ("rules", "alert", "expected"),
    [
        pytest.param((), FATAL, False, id="no rules"),
        pytest.param((rule(set="severe"),), FATAL, True, id="severe whatever the ticket is"),
        pytest.param((rule(set="severe"),), ERROR, False, id="it does not hold"),
        pytest.param((rule(suggest="severe"),), FATAL, False, id="only suggested"),
        pytest.param((rule(set="annoying"), rule(set="severe")), FATAL, False, id="the first one counts"),
        pytest.param((rule(set="severe", users=5),), with_(FATAL, users=5), True, id="the alert tells how many users"),
        pytest.param((rule(set="severe", users=5),), FATAL, False, id="only the ticket can tell"),
        pytest.param((rule(set="severe", occurrences=2),), FATAL, False, id="so often no alert occurs alone"),
    ],
)
def test_what_calls_at_once(rules: tuple[ImpactRule, ...], alert: Alert, expected: bool) -> None:
    assert calls_at_once(alert, squad(*rules)) is expected


@pytest.mark.parametrize(
    ("mail", "priority", "ranked_as"),
    [
        pytest.param(AlertArrived(alert=FATAL), 0, URGENT, id="an alert that calls at once"),
        pytest.param(AlertArrived(alert=FATAL), URGENT + 1, URGENT + 1, id="one that went ahead anyhow"),
        pytest.param(AlertArrived(alert=ERROR), 0, 0, id="any other alert"),
        pytest.param(TimerFell(name="again", due=NOW), 0, 0, id="what is no alert"),
    ],
)
def test_what_calls_at_once_goes_ahead_of_routine_mail(mail: Mail, priority: int, ranked_as: int) -> None:
    letter = Letter(
        sender="sentry", delivery_id="1", address=ByKey(key="a"), mail=mail, received_at=NOW, priority=priority
    )
    assert ranked(letter, squad(rule(set="severe"))) == with_(letter, priority=ranked_as)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        pytest.param({"level": "fatal"}, "level `fatal`", id="one"),
        pytest.param({"users": 1}, "1 user or more", id="one user"),
        pytest.param(
            {"error_type": ["A", "B"], "tags": {"os": "x"}, "users": 1000, "occurrences": 2},
            "error type `A` or `B`, tag `os` `x`, 1,000 users or more, 2 occurrences or more",
            id="several",
        ),
    ],
)
def test_a_rule_in_words(when: dict[str, Any], words: str) -> None:
    assert described(When.model_validate(when)) == words


IMPACTS = st.sampled_from(list(Impact))


@given(current=st.none() | IMPACTS, rules=st.lists(st.tuples(IMPACTS, st.booleans()), max_size=4))
def test_no_rule_ever_lowers(current: Impact | None, rules: list[tuple[Impact, bool]]) -> None:
    ticket = with_(OPEN, impact=current)
    for impact, sets in rules:
        after = judged(ticket, rule(**{"set" if sets else "suggest": impact.value}), actions=ADDS)
        assert after.impact is ticket.impact or (after.impact is impact and impact.exceeds(ticket.impact))
        ticket = after
