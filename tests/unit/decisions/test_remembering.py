"""The table of `decisions/remembering.py`: what is new in a ticket, as lines of its history."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from app.decisions.remembering import FIRST_KEPT, MOST, Cause, cause_of, cause_of_act, earlier_of, happened, remembered
from app.domain.actions import AssignPeople, RefreshBody
from app.domain.alerts import Impact
from app.domain.announcements import SlackMessage, Verb
from app.domain.history import Happened, Kind
from app.domain.issues import CommentRef
from app.domain.mail import AlertArrived, Commented, IssueVerb, Mail, Pressed, SenderVerb, TimerFell
from app.domain.paging import Page, Told
from app.domain.tickets import Closing, Counters, EarlierIssue, Ticket
from app.domain.triage import Acknowledgement, ByRule, Ping, Silence, Why
from tests.unit.decisions.cases import (
    CLOSED,
    DAY,
    DONE,
    ERROR,
    HOUR,
    ISSUE,
    NEW,
    NOW,
    OPEN,
    OTHER,
    THIRD,
    changed,
    said,
    with_,
)

LINK = "https://github.com/acme/shop/issues/7#issuecomment-5"
CAUSE = Cause(at=NOW, by="jo", link=LINK)
FIX = "https://github.com/acme/shop/pull/31"
THEN = NOW - HOUR
PAGE = with_(OTHER, url="https://github.com/acme/shop/issues/8")
ACK = Acknowledgement(by="kim", at=THEN, expires=NOW)
SILENCE = Silence(by="kim", reason="noise", at=THEN, until=NOW + DAY)
RULE = ByRule(impact=Impact.SEVERE, rule=1, source=".github/prod-squad.yml", when="level `fatal`", at=THEN)
COMMENT = CommentRef(id=9, node_id="C_9", url="https://github.com/acme/shop/issues/7#issuecomment-9")


def line(kind: Kind, at: datetime = NOW, **more: object) -> Happened:
    return with_(Happened(at=at, kind=kind, by="jo", link=LINK), **more)


def bare(kind: Kind, at: datetime = NOW, **more: object) -> Happened:
    return with_(Happened(at=at, kind=kind), **more)


def pings(*people: str, why: Why = Why.SEVERE, **more: object) -> tuple[Ping, ...]:
    return tuple(with_(Ping(who=who, why=why, at=NOW, comment=COMMENT), **more) for who in people)


BEGAN = with_(NEW, first=with_(ERROR, link="https://sentry.example/1"), counters=Counters(first_seen=THEN))
OPENED = with_(BEGAN, issue=PAGE, opened_at=NOW, assigned=("mark",))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(OPEN, OPEN, (), id="nothing"),
        pytest.param(OPEN, with_(OPEN, comments=2, people_at=NOW, locked=True), (), id="nothing worth remembering"),
        pytest.param(NEW, BEGAN, (bare(Kind.FIRST, THEN, link="https://sentry.example/1"),), id="its first occurrence"),
        pytest.param(NEW, with_(BEGAN, first=None), (bare(Kind.FIRST, THEN),), id="an occurrence without an alert"),
        pytest.param(
            BEGAN, OPENED, (bare(Kind.OPENED, whom=("mark",), link=PAGE.url),), id="opened, and assigned at once"
        ),
        pytest.param(
            NEW,
            OPENED,
            (
                bare(Kind.FIRST, THEN, link="https://sentry.example/1"),
                bare(Kind.OPENED, whom=("mark",), link=PAGE.url),
            ),
            id="both at once: in the order of time",
        ),
        pytest.param(
            BEGAN,
            with_(OPENED, adopted=True, opened_at=None),
            (bare(Kind.ADOPTED, whom=("mark",), link=PAGE.url),),
            id="a person's issue",
        ),
        pytest.param(
            CLOSED,
            with_(CLOSED, issue=PAGE, closing=None, opened=1, opened_at=NOW),
            (bare(Kind.OPENED, link=PAGE.url),),
            id="it went on in a new issue",
        ),
        pytest.param(OPEN, with_(OPEN, issue=PAGE), (line(Kind.MOVED, link=PAGE.url),), id="transferred"),
        pytest.param(OPEN, with_(OPEN, issue=None, opened=1), (bare(Kind.LOST, by="jo"),), id="deleted"),
        pytest.param(
            CLOSED,
            with_(CLOSED, issue=None, closing=None, opened=1, earlier=(EarlierIssue(ref=ISSUE),)),
            (),
            id="about to go on in a new issue",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, impact=Impact.SEVERE, decided_by="kim", decided_at=THEN),
            (line(Kind.DECIDED, THEN, by="kim", detail="severe"),),
            id="an impact",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, impact=Impact.SEVERE, decided_by="kim", decided_at=THEN, decided_because="nobody can certify"),
            (line(Kind.DECIDED, THEN, by="kim", detail="severe", why="nobody can certify"),),
            id="an impact, and why",
        ),
        pytest.param(
            OPEN, with_(OPEN, impact=Impact.SEVERE), (line(Kind.DECIDED, by="", detail="severe"),), id="a report's own"
        ),
        pytest.param(
            with_(OPEN, impact=Impact.SEVERE),
            with_(OPEN, impact=Impact.SEVERE, decided_by="kim", decided_at=THEN),
            (line(Kind.DECIDED, THEN, by="kim", detail="severe"),),
            id="the report's, confirmed",
        ),
        pytest.param(
            with_(OPEN, impact=Impact.UNSURE, decided_by="jo", decided_at=THEN),
            with_(OPEN, impact=Impact.SEVERE, decided_by="kim", decided_at=NOW),
            (line(Kind.CHANGED, by="kim", detail="severe"),),
            id="changed",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, impact=Impact.SEVERE, set_by=RULE),
            (bare(Kind.RULED, THEN, detail="severe"),),
            id="a rule sets the impact",
        ),
        pytest.param(
            with_(OPEN, impact=Impact.SEVERE, set_by=RULE),
            with_(
                OPEN,
                impact=Impact.ANNOYING,
                set_by=with_(RULE, stands=False),
                decided_by="jo",
                decided_at=NOW,
            ),
            (line(Kind.CHANGED, detail="annoying"),),
            id="and a person decides on another",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, paged=Page(number=1, told=Told.TRIGGER, at=THEN)),
            (bare(Kind.PAGED, THEN, detail="trigger"),),
            id="PagerDuty was told",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, acknowledged=ACK),
            (line(Kind.ACKNOWLEDGED, THEN, by="kim", until=NOW),),
            id="acknowledged",
        ),
        pytest.param(with_(OPEN, acknowledged=ACK), with_(OPEN, acknowledged=ACK, comments=3), (), id="as before"),
        pytest.param(
            OPEN,
            with_(OPEN, pings=pings("mark", "nick")),
            (bare(Kind.PINGED, whom=("mark", "nick"), detail="severe", link=COMMENT.url),),
            id="two pinged in one comment",
        ),
        pytest.param(
            with_(OPEN, pings=pings("mark")),
            with_(OPEN, pings=(*pings("mark"), *pings("kim", comment=None))),
            (bare(Kind.PINGED, whom=("kim",), detail="severe"),),
            id="one more, whose comment was refused",
        ),
        pytest.param(
            with_(OPEN, acknowledged=ACK),
            with_(OPEN, acknowledged=ACK, pings=pings("kim", why=Why.EXPIRED, since=THEN)),
            (
                bare(Kind.EXPIRED, THEN, by="kim"),
                bare(Kind.PINGED, whom=("kim",), detail="expired", link=COMMENT.url),
            ),
            id="an acknowledgement that had expired",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, pings=pings("kim", why=Why.EXPIRED, since=THEN)),
            (bare(Kind.EXPIRED, THEN), bare(Kind.PINGED, whom=("kim",), detail="expired", link=COMMENT.url)),
            id="expired, and nobody knows whose",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, pings=pings("kim", why=Why.EXPIRED)),
            (bare(Kind.PINGED, whom=("kim",), detail="expired", link=COMMENT.url),),
            id="nor since when",
        ),
        pytest.param(
            OPEN,
            with_(OPEN, silence=SILENCE),
            (line(Kind.SILENCED, THEN, by="kim", detail="noise", until=SILENCE.until),),
            id="silenced",
        ),
        pytest.param(
            with_(OPEN, silence=SILENCE),
            with_(OPEN, silence=with_(SILENCE, at_sender=True), silenced="archived"),
            (),
            id="… and at the sender, too",
        ),
        pytest.param(with_(OPEN, silence=SILENCE), OPEN, (line(Kind.SILENCE_OVER),), id="unsilenced by a person"),
        pytest.param(
            with_(OPEN, silence=with_(SILENCE, until=THEN)), OPEN, (bare(Kind.SILENCE_OVER, THEN),), id="its end came"
        ),
        pytest.param(
            with_(OPEN, silence=with_(SILENCE, until=None, occurrences=100)),
            OPEN,
            (line(Kind.SILENCE_OVER),),
            id="its condition was met",
        ),
        pytest.param(
            OPEN, with_(OPEN, silenced="archived"), (line(Kind.ARCHIVED, detail="archived"),), id="archived there"
        ),
        pytest.param(with_(OPEN, silenced="archived"), OPEN, (line(Kind.HEARD_AGAIN),), id="and no more"),
        pytest.param(
            OPEN, with_(OPEN, assigned=("Mark", "kim")), (line(Kind.ASSIGNED, whom=("Mark", "kim")),), id="assigned"
        ),
        pytest.param(
            with_(OPEN, assigned=("mark",)),
            with_(OPEN, assigned=("Mark", "kim")),
            (line(Kind.ASSIGNED, whom=("kim",)),),
            id="one more assigned",
        ),
        pytest.param(
            with_(OPEN, assigned=("mark",)), OPEN, (line(Kind.UNASSIGNED, whom=("mark",)),), id="assigned no more"
        ),
        pytest.param(OPEN, with_(OPEN, to_fix_by="kim"), (line(Kind.TAKEN, by="kim"),), id="taken to be fixed"),
        pytest.param(
            OPEN, with_(OPEN, rescued="in Reader"), (line(Kind.RESCUED, detail="in Reader"),), id="caught in the code"
        ),
        pytest.param(OPEN, with_(OPEN, app_named="Reader"), (line(Kind.ROUTED, detail="Reader"),), id="another app's"),
        pytest.param(OPEN, with_(OPEN, pointed=(PAGE,)), (line(Kind.REPORTED, link=PAGE.url),), id="reported, too"),
        pytest.param(OPEN, with_(OPEN, resolved_by_sender=THEN), (line(Kind.RESOLVED, THEN),), id="resolved there"),
        pytest.param(with_(OPEN, resolved_by_sender=THEN), OPEN, (), id="no longer resolved: it came back"),
        pytest.param(
            with_(OPEN, resolved_by_sender=THEN), with_(OPEN, resolved_by_sender=THEN, comments=2), (), id="still so"
        ),
        pytest.param(OPEN, CLOSED, (line(Kind.CLOSED, DONE.at, detail="completed"),), id="closed"),
        pytest.param(
            OPEN,
            with_(CLOSED, closing=with_(DONE, fix=FIX)),
            (line(Kind.CLOSED, DONE.at, detail="completed"), bare(Kind.FIXED, DONE.at, link=FIX)),
            id="closed, and by what",
        ),
        pytest.param(
            CLOSED,
            with_(CLOSED, closing=with_(DONE, fix=FIX)),
            (bare(Kind.FIXED, DONE.at, link=FIX),),
            id="what fixed it became known",
        ),
        pytest.param(
            CLOSED,
            with_(CLOSED, closing=Closing(at=NOW, by="kim", reason="not_planned")),
            (line(Kind.CLOSED, by="kim", detail="not_planned"),),
            id="closed once more",
        ),
        pytest.param(
            CLOSED,
            with_(CLOSED, closing=None, opened_at=THEN),
            (line(Kind.REOPENED, THEN),),
            id="reopened",
        ),
        pytest.param(
            CLOSED,
            with_(OPEN, closing=None, regressions=1, opened_at=NOW, latest=with_(ERROR, link="https://s.example/2")),
            (bare(Kind.REGRESSED, link="https://s.example/2"),),
            id="it came back",
        ),
        pytest.param(
            CLOSED, with_(OPEN, regressions=1, latest=None), (bare(Kind.REGRESSED),), id="it came back, as is said"
        ),
        pytest.param(
            CLOSED, with_(CLOSED, post_mortem=PAGE), (bare(Kind.POST_MORTEM, link=PAGE.url),), id="a post-mortem"
        ),
    ],
)
def test_what_is_new(before: Ticket, after: Ticket, expected: tuple[Happened, ...]) -> None:
    assert happened(before, after, CAUSE) == expected


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        pytest.param(
            AlertArrived(alert=with_(ERROR, occurred_at=THEN, link="https://s.example/1")),
            Cause(at=THEN, link="https://s.example/1"),
            id="an alert: when it occurred",
        ),
        pytest.param(said(SenderVerb.RESOLVED), Cause(at=NOW, by="Nick"), id="the sender's word: whose it was"),
        pytest.param(
            changed(IssueVerb.ASSIGNED, at=THEN), Cause(at=THEN, by="jo"), id="a click on GitHub: when and whose"
        ),
        pytest.param(
            Commented(action="created", comment_id=5, issue=PAGE, actor="kim", actor_is_bot=False, at=THEN),
            Cause(at=THEN, by="kim", link=f"{PAGE.url}#issuecomment-5"),
            id="a comment: it can be seen",
        ),
        pytest.param(
            Commented(action="created", comment_id=5, issue=OTHER, actor="kim", actor_is_bot=False, at=THEN),
            Cause(at=THEN, by="kim"),
            id="a comment nobody knows where",
        ),
        pytest.param(
            Pressed(verb=Verb.ACKNOWLEDGE, user="U0JO", message=SlackMessage(channel="C0", ts="1.0"), at=THEN),
            Cause(at=THEN),
            id="a press: when",
        ),
        pytest.param(TimerFell(name="x", due=THEN), Cause(at=NOW), id="anything else: when it arrived"),
    ],
)
def test_what_the_mail_tells_of_it(mail: Mail, expected: Cause) -> None:
    assert cause_of(mail, NOW) == expected


def test_an_act_s_cause_is_whoever_had_it_done() -> None:
    assert cause_of_act(AssignPeople(op="1", logins=("kim",), by="jo", link=LINK), NOW) == CAUSE
    assert cause_of_act(RefreshBody(), NOW) == Cause(at=NOW)


def test_a_settle_that_is_run_again_remembers_the_same() -> None:
    after = with_(OPENED, impact=Impact.SEVERE)
    once = remembered(NEW, after, CAUSE)
    assert [it.kind for it in once.history] == [Kind.FIRST, Kind.OPENED, Kind.DECIDED]
    assert remembered(NEW, after, CAUSE) == once
    assert remembered(once, once, CAUSE) is once
    assert msgspec.json.decode(msgspec.json.encode(once), type=Ticket) == once


def test_the_first_lines_and_the_latest_are_kept_and_the_rest_is_counted() -> None:
    ticket = OPEN
    for number in range(MOST + 30):
        cause = Cause(at=NOW + timedelta(minutes=number), by="jo")
        ticket = remembered(ticket, with_(ticket, app_named=f"app {number}"), cause)
    told = [int(it.detail.removeprefix("app ")) for it in ticket.history]
    assert (len(told), ticket.forgotten) == (MOST, 30)
    assert told == [*range(FIRST_KEPT), *range(FIRST_KEPT + 30, MOST + 30)]


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        pytest.param(NEW, None, id="no issue"),
        pytest.param(OPEN, None, id="not closed"),
        pytest.param(
            with_(CLOSED, closing=with_(DONE, fix=FIX), post_mortem=THIRD),
            EarlierIssue(ref=ISSUE, closed_at=DONE.at, fix=FIX, post_mortem=THIRD),
            id="closed: with what fixed it, and its post-mortem",
        ),
    ],
)
def test_a_closed_ticket_as_another_one_names_it(ticket: Ticket, expected: EarlierIssue | None) -> None:
    assert earlier_of(ticket) == expected
