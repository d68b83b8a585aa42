"""What is done with new errors while too many come at once: the tables of `decisions/storming.py`."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.decisions.storming import goes_alone, is_ended, is_member, is_on, may_wait, on_storm, told
from app.domain.actions import (
    Action,
    AdoptIssue,
    CloseIssue,
    NoteFix,
    OfferPostMortem,
    OpenIssue,
    PointAtTicket,
    RefreshBody,
)
from app.domain.alerts import Impact
from app.domain.mail import Mail
from app.domain.storms import Beside, Part, Resting, Storm, StormMail, StormPart, StormVerb
from app.domain.tickets import Closing, Counters, Ticket
from tests.unit.decisions.cases import (
    ANNOUNCED,
    ERROR,
    ISSUE,
    NEW,
    NOW,
    OPEN,
    OTHER,
    RESOLVED,
    THIRD,
    alerts,
    closed,
    report,
    seen,
    settled,
    with_,
)
from tests.unit.decisions.storm_cases import (
    ALEXS,
    ALONE,
    LEFT,
    MARKS,
    MEMBER,
    MINUTE,
    NOBODYS,
    ORIGIN,
    PARENT,
    SPLIT,
    STORM,
    joined,
    storm_ticket,
    word,
)

OPENS, ADOPTS = OpenIssue(op="3.open.1"), AdoptIssue(issue=seen(OTHER))
POINTS = PointAtTicket(op="3.pointer.1.8", issue=OTHER)
REFRESH = RefreshBody()
PARTS = with_(
    SPLIT,
    parts=(
        Part(owner="alex", fingerprint="v1:a", errors=1, occurrences=7),
        Part(owner="mark", fingerprint="v1:m", errors=1, occurrences=5),
    ),
)
OPENED = with_(SPLIT, parts=tuple(with_(part, issue=THIRD) for part in PARTS.parts))
OTHERS_RESTING = Resting(storm="v1:another", since=NOW)
CLOSING = Closing(at=NOW)
LATER = NOW + MINUTE


def but(storm: Storm = STORM, **more: object) -> Storm:
    return with_(storm, **more)


@pytest.mark.parametrize(
    ("ticket", "actions", "expected"),
    [
        pytest.param(NEW, (OPENS,), True, id="a new error"),
        pytest.param(NEW, (), False, id="nothing is to be opened"),
        pytest.param(with_(NEW, opened=1), (OPENS,), False, id="it had an issue before"),
        pytest.param(with_(NEW, impact=Impact.SEVERE), (OPENS,), False, id="severe"),
        pytest.param(with_(NEW, impact=Impact.ANNOYING), (OPENS,), True, id="annoying"),
        pytest.param(with_(NEW, quiet=True), (OPENS,), False, id="a support ticket"),
        pytest.param(NEW, (OPENS, POINTS), False, id="a person reported it, too"),
        pytest.param(NEW, (ADOPTS,), False, id="a person's report is adopted"),
        pytest.param(storm_ticket(issue=None), (OPENS,), False, id="a storm's own ticket"),
        pytest.param(MEMBER, (OPENS,), True, id="a member that occurs again"),
        pytest.param(with_(MEMBER, impact=Impact.SEVERE), (OPENS,), False, id="a member that has become severe"),
        pytest.param(with_(MEMBER, in_storm=ALONE), (OPENS,), False, id="a member that was told to go alone"),
        pytest.param(with_(MEMBER, in_storm=LEFT), (OPENS,), False, id="one that left"),
    ],
)
def test_whom_a_storm_may_take(ticket: Ticket, actions: tuple[Action, ...], expected: bool) -> None:
    assert may_wait(ticket, actions) is expected


@pytest.mark.parametrize(
    ("ticket", "member", "alone"),
    [
        pytest.param(NEW, False, False, id="a new error"),
        pytest.param(MEMBER, True, False, id="a member"),
        pytest.param(with_(MEMBER, in_storm=ALONE), True, True, id="told to go alone"),
        pytest.param(with_(MEMBER, in_storm=LEFT), False, False, id="it left"),
        pytest.param(with_(MEMBER, issue=ISSUE), False, False, id="it has an issue"),
        pytest.param(with_(MEMBER, in_storm=ALONE, issue=ISSUE), False, False, id="told so, and it has"),
    ],
)
def test_who_is_a_member(ticket: Ticket, member: bool, alone: bool) -> None:
    assert (is_member(ticket), goes_alone(ticket)) == (member, alone)


@pytest.mark.parametrize(
    ("ticket", "mail", "expected"),
    [
        # The storm's ticket hears of members.
        pytest.param(
            Ticket(id=9), joined(), with_(Ticket(id=9), storm=but(members=(MARKS,))), id="the first member: a storm"
        ),
        pytest.param(
            storm_ticket(),
            joined(NOBODYS),
            storm_ticket(but(members=(MARKS, ALEXS, NOBODYS))),
            id="a new member",
        ),
        pytest.param(
            storm_ticket(but(over_at=NOW)),
            joined(with_(NOBODYS, at=LATER)),
            storm_ticket(but(members=(MARKS, ALEXS, with_(NOBODYS, at=LATER)), newest_at=LATER)),
            id="a new member: the storm goes on",
        ),
        pytest.param(
            storm_ticket(closing=CLOSING),
            joined(NOBODYS),
            storm_ticket(but(members=(MARKS, ALEXS, with_(NOBODYS, alone=True))), closing=CLOSING),
            id="a new member of a storm that is closed goes alone",
        ),
        pytest.param(
            storm_ticket(but(division=PARTS)),
            joined(NOBODYS),
            storm_ticket(but(division=PARTS, members=(MARKS, ALEXS, with_(NOBODYS, alone=True)))),
            id="a new member of a storm that was split goes alone",
        ),
        pytest.param(
            storm_ticket(),
            joined(with_(MARKS, occurrences=8)),
            storm_ticket(but(members=(with_(MARKS, occurrences=8), ALEXS))),
            id="a member's new totals",
        ),
        pytest.param(
            storm_ticket(),
            joined(with_(MARKS, resolved=True)),
            storm_ticket(but(members=(with_(MARKS, resolved=True), ALEXS))),
            id="resolved at the sender",
        ),
        pytest.param(storm_ticket(), joined(with_(MARKS, occurrences=4)), storm_ticket(), id="told late: nothing new"),
        pytest.param(
            storm_ticket(closing=CLOSING),
            joined(with_(MARKS, occurrences=6, last_seen=NOW + timedelta(seconds=1))),
            storm_ticket(
                but(members=(with_(MARKS, occurrences=6, last_seen=NOW + timedelta(seconds=1), alone=True), ALEXS)),
                closing=CLOSING,
            ),
            id="it occurs after the closing: alone",
        ),
        pytest.param(
            storm_ticket(closing=CLOSING),
            joined(with_(MARKS, occurrences=6, last_seen=NOW)),
            storm_ticket(but(members=(with_(MARKS, occurrences=6, last_seen=NOW), ALEXS)), closing=CLOSING),
            id="it occurred before the closing, or in its second: counted",
        ),
        pytest.param(
            storm_ticket(closing=CLOSING),
            joined(with_(MARKS, resolved=True, last_seen=LATER)),
            storm_ticket(but(members=(with_(MARKS, resolved=True, last_seen=LATER), ALEXS)), closing=CLOSING),
            id="it did not occur again: counted",
        ),
        pytest.param(
            storm_ticket(closing=CLOSING),
            joined(with_(MARKS, occurrences=6, last_seen=None)),
            storm_ticket(but(members=(with_(MARKS, occurrences=6, last_seen=None), ALEXS)), closing=CLOSING),
            id="nobody knows when: counted",
        ),
        pytest.param(
            storm_ticket(but(division=PARTS), closing=CLOSING),
            joined(with_(MARKS, occurrences=6, last_seen=LATER)),
            storm_ticket(
                but(division=PARTS, members=(with_(MARKS, occurrences=6, last_seen=LATER), ALEXS)), closing=CLOSING
            ),
            id="it is in a part now: the part decides",
        ),
        pytest.param(
            storm_ticket(but(members=(with_(MARKS, alone=True),))),
            joined(with_(MARKS, occurrences=6)),
            storm_ticket(but(members=(with_(MARKS, occurrences=6, alone=True),))),
            id="it is to go alone already",
        ),
        pytest.param(
            storm_ticket(),
            joined(issue=THIRD),
            storm_ticket(but(members=(ALEXS,), own=(Beside(ticket=3, issue=THIRD),))),
            id="a member that has its own ticket now",
        ),
        pytest.param(
            storm_ticket(),
            joined(NOBODYS, issue=THIRD),
            storm_ticket(but(own=(Beside(ticket=5, issue=THIRD),))),
            id="one that never was told of, and has its own ticket",
        ),
        pytest.param(NEW, joined(joined=None), NEW, id="passed on to what is no storm's ticket"),
        # Parts.
        pytest.param(Ticket(id=9), StormPart(storm=STORM), Ticket(id=9, storm=STORM), id="an owner's part"),
        pytest.param(storm_ticket(), StormPart(storm=but(most=99)), storm_ticket(), id="… once"),
        pytest.param(
            storm_ticket(but(division=PARTS)),
            word(StormVerb.OPENED, "v1:m"),
            storm_ticket(but(division=with_(PARTS, parts=(PARTS.parts[0], with_(PARTS.parts[1], issue=THIRD))))),
            id="a part was opened",
        ),
        pytest.param(storm_ticket(), word(StormVerb.OPENED, "v1:m"), storm_ticket(), id="… of no split"),
        pytest.param(OPEN, word(StormVerb.OPENED, "v1:m"), OPEN, id="… told to what is no storm's ticket"),
        # The others hear of the storm.
        pytest.param(
            OPEN, word(StormVerb.REST), with_(OPEN, resting=Resting(storm=PARENT, since=LATER)), id="rest from pings"
        ),
        pytest.param(
            with_(OPEN, resting=Resting(storm=PARENT, since=NOW)),
            word(StormVerb.WAKE),
            with_(OPEN, opened_at=LATER),
            id="its time begins now",
        ),
        pytest.param(
            with_(OPEN, resting=Resting(storm=PARENT, since=NOW), impact=Impact.UNSURE, opened_at=NOW),
            word(StormVerb.WAKE),
            with_(OPEN, impact=Impact.UNSURE, opened_at=NOW),
            id="it was decided meanwhile: its time began then",
        ),
        pytest.param(
            with_(OPEN, resting=OTHERS_RESTING),
            word(StormVerb.WAKE),
            with_(OPEN, resting=OTHERS_RESTING),
            id="another storm's word",
        ),
        pytest.param(OPEN, word(StormVerb.WAKE), OPEN, id="it does not rest"),
        pytest.param(
            MEMBER,
            word(StormVerb.ALONE),
            with_(MEMBER, in_storm=with_(ALONE, parent=THIRD)),
            id="go alone, and what you come from",
        ),
        pytest.param(
            MEMBER, word(StormVerb.ALONE, issue=None), with_(MEMBER, in_storm=ALONE), id="… from what has no issue"
        ),
        pytest.param(OPEN, word(StormVerb.ALONE), OPEN, id="… told to one that is in no storm"),
    ],
)
def test_what_is_told(ticket: Ticket, mail: StormMail, expected: Ticket) -> None:
    assert told(ticket, mail, LATER) == expected


def test_a_storm_begins_with_who_came_just_before() -> None:
    storm = told(Ticket(id=9), joined(), NOW).storm
    assert storm is not None
    assert (storm.began_at, storm.newest_at, storm.errors) == (NOW - 5 * MINUTE, NOW, 3)
    assert [beside.ticket for beside in storm.before] == [1, 2]


MORE = but(members=(MARKS, ALEXS, NOBODYS))
TO_SPLIT = but(division=SPLIT)
MARKS_ALONE = but(members=(MARKS, with_(MARKS, ticket=4)), division=SPLIT)
GONE = but(members=(), division=SPLIT, own=(Beside(ticket=3, issue=THIRD),))


@pytest.mark.parametrize(
    ("before", "after", "now", "stale", "expected"),
    [
        pytest.param(Ticket(id=9), storm_ticket(issue=None), NOW, False, (OpenIssue(op="9.open.1"),), id="opened"),
        pytest.param(
            Ticket(id=9, opened=1), storm_ticket(issue=None, opened=1), NOW, False, (OpenIssue(op="9.open.2"),),
            id="its issue was deleted: opened anew",
        ),
        pytest.param(
            Ticket(id=9), storm_ticket(but(members=()), issue=None), NOW, False, (), id="all went their own way first"
        ),
        pytest.param(
            Ticket(id=9),
            storm_ticket(but(members=(with_(MARKS, alone=True),)), issue=None),
            NOW,
            False,
            (),
            id="who is left is going alone",
        ),
        pytest.param(storm_ticket(), storm_ticket(), NOW, False, (), id="nothing new"),
        pytest.param(storm_ticket(), storm_ticket(), NOW, True, (REFRESH,), id="a person's decision"),
        pytest.param(storm_ticket(), storm_ticket(MORE), NOW, False, (REFRESH,), id="told more: the body alone"),
        pytest.param(storm_ticket(), storm_ticket(), NOW + 10 * MINUTE, False, (REFRESH,), id="it is over"),
        pytest.param(
            storm_ticket(but(over_at=NOW)), storm_ticket(but(over_at=NOW)), NOW + 99 * MINUTE, False, (), id="… once"
        ),
        pytest.param(
            storm_ticket(but(origin=ORIGIN)), storm_ticket(but(origin=ORIGIN)), NOW + 99 * MINUTE, False, (),
            id="a part is no storm that goes on",
        ),
        pytest.param(storm_ticket(), storm_ticket(MORE, closing=CLOSING), NOW, False, (), id="closed: only counted"),
        pytest.param(
            storm_ticket(closing=CLOSING),
            storm_ticket(but(own=(Beside(ticket=5, issue=THIRD),)), closing=CLOSING),
            NOW,
            False,
            (REFRESH,),
            id="closed: it still shows where its errors went",
        ),
        pytest.param(Ticket(id=9), storm_ticket(closing=CLOSING), NOW, False, (REFRESH,), id="closed at once"),
        pytest.param(storm_ticket(), storm_ticket(TO_SPLIT), NOW, True, (REFRESH,), id="split: the parts first"),
        pytest.param(
            storm_ticket(but(division=PARTS)),
            storm_ticket(but(division=OPENED)),
            NOW,
            False,
            (REFRESH, CloseIssue(at=NOW)),
            id="all parts are opened: it closes",
        ),
        pytest.param(
            storm_ticket(but(division=PARTS), closing=CLOSING),
            storm_ticket(but(division=OPENED), closing=CLOSING),
            NOW,
            False,
            (REFRESH,),
            id="… a person had closed it",
        ),
        pytest.param(
            storm_ticket(but(division=OPENED), closing=CLOSING),
            storm_ticket(but(division=OPENED)),
            NOW,
            False,
            (),
            id="… and a person reopened it: it stays open",
        ),
        pytest.param(
            storm_ticket(MARKS_ALONE), storm_ticket(GONE), NOW, False, (REFRESH, CloseIssue(at=NOW)),
            id="every error has its own: it closes",
        ),
        pytest.param(NEW, NEW, NOW, True, (), id="no storm's ticket"),
    ],
)  # fmt: skip
def test_what_is_done_on_a_storms_issue(
    before: Ticket, after: Ticket, now: datetime, stale: bool, expected: tuple[Action, ...]
) -> None:
    _, actions = on_storm(before, after, now, stale=stale)
    assert tuple(actions) == expected


def test_it_is_over_when_no_new_error_came_for_so_long() -> None:
    ticket, _ = on_storm(storm_ticket(), storm_ticket(), NOW + 30 * MINUTE, stale=False)
    assert ticket.storm is not None
    assert ticket.storm.over_at == NOW + 10 * MINUTE


def test_what_it_counts_is_what_is_kept_here() -> None:
    ticket, _ = on_storm(storm_ticket(), storm_ticket(MORE), NOW, stale=False)
    assert ticket.counters == Counters(occurrences=13, first_seen=NOW - 5 * MINUTE, last_seen=NOW)
    twice = but(members=(*STORM.members, *(with_(member, ticket=member.ticket + 9) for member in STORM.members)))
    split, _ = on_storm(storm_ticket(twice), storm_ticket(with_(twice, division=SPLIT)), NOW, stale=True)
    assert split.counters == Counters(first_seen=NOW - 5 * MINUTE), "the parts count theirs"


def test_its_days_are_those_of_what_is_kept_here() -> None:
    members = (with_(MARKS, days=((1, 2), (2, 3))), with_(ALEXS, days=((2, 7),)))
    ticket, _ = on_storm(storm_ticket(), storm_ticket(with_(STORM, members=members)), NOW, stale=False)
    assert ticket.counters.days == ((1, 2), (2, 10))


def test_a_storm_is_split_by_owner() -> None:
    twice = but(members=(*MORE.members, with_(ALEXS, ticket=6, owners=("ALEX",))), division=SPLIT)
    ticket, _ = on_storm(storm_ticket(), storm_ticket(twice), NOW, stale=True)
    assert ticket.storm is not None
    assert ticket.storm.division is not None
    parts = [(part.owner, part.errors, part.occurrences) for part in ticket.storm.division.parts]
    assert parts == [("alex", 2, 14)]
    alone = [member.owner for member in ticket.storm.members if member.alone]
    assert alone == ["mark", ""], "a ticket of one error is that error's own"


def test_a_storm_closes_when_its_parts_and_those_that_go_alone_have_their_tickets() -> None:
    others = tuple(with_(member, ticket=member.ticket + 9) for member in STORM.members)
    split = but(members=(*STORM.members, *others, with_(NOBODYS, alone=True)), division=OPENED)
    there, gone = storm_ticket(split), storm_ticket(with_(split, members=split.members[:-1]))
    assert on_storm(storm_ticket(with_(split, division=PARTS)), there, NOW, stale=False)[1] == [REFRESH]
    assert on_storm(there, gone, NOW, stale=False)[1] == [REFRESH, CloseIssue(at=NOW)]


def test_where_every_owner_has_one_error_each_goes_alone() -> None:
    ticket, _ = on_storm(storm_ticket(), storm_ticket(TO_SPLIT), NOW, stale=True)
    assert ticket.storm is not None
    assert ticket.storm.division == SPLIT, "there is no part"
    assert all(member.alone for member in ticket.storm.members)


def test_one_owners_errors_go_alone() -> None:
    ticket, _ = on_storm(storm_ticket(), storm_ticket(MARKS_ALONE), NOW, stale=True)
    assert ticket.storm is not None
    assert all(member.alone for member in ticket.storm.members)


@pytest.mark.parametrize(
    ("before", "after", "on", "ended"),
    [
        pytest.param(Ticket(id=9), storm_ticket(), True, False, id="it has begun"),
        pytest.param(Ticket(id=9), storm_ticket(issue=None), False, False, id="it is not opened yet"),
        pytest.param(storm_ticket(), storm_ticket(but(over_at=NOW)), False, False, id="it is over by itself"),
        pytest.param(storm_ticket(), storm_ticket(closing=CLOSING), False, True, id="closed"),
        pytest.param(storm_ticket(), storm_ticket(TO_SPLIT), False, True, id="split"),
        pytest.param(storm_ticket(TO_SPLIT), storm_ticket(TO_SPLIT), False, False, id="it was split before"),
        pytest.param(
            storm_ticket(but(origin=ORIGIN)),
            storm_ticket(but(origin=ORIGIN), closing=CLOSING),
            False,
            False,
            id="a part's closing ends no wave",
        ),
        pytest.param(OPEN, OPEN, False, False, id="no storm's ticket"),
    ],
)
def test_whether_a_storm_is_on_and_who_ended_it(before: Ticket, after: Ticket, on: bool, ended: bool) -> None:
    assert (is_on(after), is_ended(before, after)) == (on, ended)


@pytest.mark.parametrize(
    ("ticket", "mail", "expected"),
    [
        pytest.param(MEMBER, [report()], (AdoptIssue(issue=seen(OTHER)),), id="a member's report is adopted"),
        pytest.param(
            MEMBER, [*alerts(), report()], (AdoptIssue(issue=seen(OTHER)),), id="… though it occurred just before"
        ),
        pytest.param(with_(MEMBER, in_storm=ALONE), [], (OPENS,), id="told to go alone: its own issue"),
        pytest.param(MEMBER, [word(StormVerb.ALONE)], (OPENS,), id="… in this very settle"),
        pytest.param(MEMBER, [RESOLVED], (), id="resolved at its sender: nothing at GitHub"),
        pytest.param(storm_ticket(), [joined(NOBODYS)], (REFRESH,), id="a storm's ticket"),
        pytest.param(storm_ticket(), [closed()], (NoteFix(),), id="closed by a person: what fixed it is asked"),
        pytest.param(
            storm_ticket(impact=Impact.SEVERE),
            [closed("not_planned")],
            (OfferPostMortem(op="9.offer.1"),),
            id="a severe one: a post-mortem is offered",
        ),
        pytest.param(Ticket(id=9), [StormPart(storm=STORM)], (OpenIssue(op="9.open.1"),), id="a part"),
    ],
)
def test_settling_knows_storms(ticket: Ticket, mail: list[Mail], expected: tuple[Action, ...]) -> None:
    assert settled(ticket, mail).actions == expected


def test_an_announcement_waits_for_its_event_before_a_storm_may_take_it() -> None:
    plan = settled(NEW, alerts(alert=ANNOUNCED))
    assert plan.wait_until is not None
    assert plan.actions == ()
    assert may_wait(plan.ticket, settled(NEW, alerts(alert=ERROR)).actions)
