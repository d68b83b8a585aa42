"""The table of `decisions/settling.py`: what people report, close, edit and delete."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.decisions.moving import moved_on
from app.decisions.settling import Rules, Settling
from app.domain.actions import (
    Action,
    AdoptIssue,
    NoteFix,
    OfferPostMortem,
    PointAtTicket,
    Reopen,
    ResolveAtSender,
)
from app.domain.alerts import Impact
from app.domain.issues import IssueRef
from app.domain.mail import (
    Commented,
    IssueVerb,
    ItemWanted,
    LabelChanged,
    Mail,
    PostMortemMoved,
    PostMortemNamed,
    PostMortemWritten,
)
from app.domain.post_mortems import PostMortem, Stage
from app.domain.tickets import Around, Closing, EarlierIssue, Ticket
from app.domain.wishes import AddAction
from tests.unit.decisions.cases import (
    ADD,
    CLOSED,
    DONE,
    EDIT,
    HOME,
    HOUR,
    ISSUE,
    LONG_CLOSED,
    NEW,
    NOT_PLANNED,
    NOW,
    OPEN,
    OPEN_FIRST,
    OPEN_SECOND,
    OTHER,
    POINT,
    REOPEN,
    REPORT,
    THIRD,
    alerts,
    changed,
    closed,
    report,
    seen,
    settled,
    with_,
)


@pytest.mark.parametrize(
    ("ticket", "mail", "expected", "occurrences"),
    [
        pytest.param(NEW, [report()], (AdoptIssue(issue=seen(OTHER)),), 1, id="a report becomes the ticket"),
        pytest.param(NEW, [report(), report()], (AdoptIssue(issue=seen(OTHER)),), 1, id="opened, and labelled"),
        pytest.param(NEW, [report(), *alerts()], (AdoptIssue(issue=seen(OTHER)),), 2, id="and an alert of it"),
        pytest.param(NEW, [*alerts(), report()], (OPEN_FIRST, POINT), 2, id="after an alert it is the duplicate"),
        pytest.param(NEW, [report(alert=None)], (AdoptIssue(issue=seen(OTHER)),), 0, id="a report that tells nothing"),
        pytest.param(
            NEW,
            [report(THIRD), report(), report()],
            (AdoptIssue(issue=seen(THIRD)), POINT),
            2,
            id="of two reports the second is the duplicate",
        ),
        pytest.param(
            NEW,
            [report(), changed(IssueVerb.DELETED, seen(OTHER))],
            (),
            1,
            id="a report that was taken back is counted",
        ),
        pytest.param(
            NEW,
            [report(), changed(IssueVerb.EDITED, seen(OTHER))],
            (AdoptIssue(issue=seen(OTHER)),),
            1,
            id="a report that was edited is read when it is adopted",
        ),
        pytest.param(OPEN, [report()], (EDIT, POINT), 4, id="an open ticket: counted, pointer"),
        pytest.param(OPEN, [report(), report()], (EDIT, POINT), 4, id="once"),
        pytest.param(with_(OPEN, pointed=(OTHER,)), [report()], (), 3, id="not one that was pointed before"),
        pytest.param(with_(OPEN, earlier=(EarlierIssue(ref=OTHER),)), [report()], (), 3, id="not its own earlier one"),
        pytest.param(OPEN, [report(ISSUE)], (), 3, id="not the ticket itself"),
        pytest.param(CLOSED, [report()], (REOPEN, POINT), 4, id="a closed ticket is reopened"),
        pytest.param(
            NOT_PLANNED,
            [report()],
            (Reopen(op="3.reopen.1", closing=Closing(at=DONE.at, by="jo", reason="not_planned")), POINT),
            4,
            id="however it was closed",
        ),
        pytest.param(
            LONG_CLOSED, [*alerts(), report()], (OPEN_SECOND, POINT), 5, id="thirty days later, after an alert"
        ),
        pytest.param(
            LONG_CLOSED,
            [report(), report(THIRD)],
            (AdoptIssue(issue=seen(OTHER)), PointAtTicket(op="3.pointer.1.9", issue=THIRD)),
            5,
            id="thirty days later the report is the new ticket",
        ),
    ],
)
def test_what_a_persons_report_does(
    ticket: Ticket, mail: list[Mail], expected: tuple[Action, ...], occurrences: int
) -> None:
    plan = settled(ticket, mail)
    assert plan.actions == expected
    assert plan.ticket.counters.occurrences == occurrences
    assert plan.ticket.people_at == NOW


def test_a_report_that_is_adopted_brings_its_faults_and_a_first_judgement() -> None:
    plan = settled(NEW, [report(faults=("Fill in “App”.",))])
    assert (plan.ticket.faults, plan.ticket.impact) == (("Fill in “App”.",), Impact.SEVERE)
    judged = settled(with_(NEW, impact=Impact.ANNOYING), [report()])
    assert judged.ticket.impact is Impact.ANNOYING


SEVERE = with_(OPEN, impact=Impact.SEVERE)
FIX = "https://github.com/acme/shop/pull/31"
RESOLVE = ResolveAtSender(sender_ref="4711")
NOTE, OFFER = NoteFix(), OfferPostMortem(op="3.offer.1")


def test_what_became_a_duplicate_meanwhile_is_not_resolved_at_its_sender() -> None:
    settling = Settling(OPEN, Rules(resolve_at_sender=True), lambda _: None)
    settling.take(NOW, closed())
    settling.ticket = with_(settling.ticket, merged_into=8)  # a command in the same settle
    assert RESOLVE not in settling.plan(NOW).actions


@pytest.mark.parametrize(
    ("ticket", "mail", "rules", "expected"),
    [
        pytest.param(OPEN, [closed()], Rules(resolve_at_sender=True), (NOTE, RESOLVE), id="completed: resolved there"),
        pytest.param(OPEN, [closed()], Rules(), (NOTE,), id="not where it is not configured"),
        pytest.param(OPEN, [closed("not_planned")], Rules(resolve_at_sender=True), (), id="not as not planned"),
        pytest.param(
            OPEN, [closed(), changed(IssueVerb.REOPENED)], Rules(resolve_at_sender=True), (), id="not if reopened"
        ),
        pytest.param(
            with_(OPEN, resolved_by_sender=NOW), [closed()], Rules(resolve_at_sender=True), (NOTE,), id="not if it is"
        ),
        pytest.param(
            with_(OPEN, latest=REPORT),
            [closed()],
            Rules(resolve_at_sender=True),
            (NOTE,),
            id="not what it does not know",
        ),
        pytest.param(
            with_(OPEN, latest=None, first=None),
            [closed()],
            Rules(resolve_at_sender=True),
            (NOTE,),
            id="nor nothing at all",
        ),
        pytest.param(OPEN, [*alerts(), closed()], Rules(), (NOTE,), id="an alert, then closed: counted"),
        pytest.param(
            OPEN,
            [closed(), *alerts(at=NOW + HOUR)],
            Rules(),
            (Reopen(op="3.reopen.1", closing=Closing(at=NOW, by="jo")),),
            id="closed, then an alert: reopened",
        ),
        pytest.param(
            OPEN, [closed(), *alerts(at=NOW + HOUR), changed(IssueVerb.REOPENED)], Rules(), (ADD,), id="people reopened"
        ),
        pytest.param(CLOSED, [changed(IssueVerb.REOPENED)], Rules(), (), id="reopened by a person"),
        pytest.param(SEVERE, [closed()], Rules(), (NOTE, OFFER), id="severe: a post-mortem is offered"),
        pytest.param(SEVERE, [closed("not_planned")], Rules(), (OFFER,), id="severe, and nothing to be done about it"),
        pytest.param(SEVERE, [closed("duplicate")], Rules(), (), id="severe, and another ticket's"),
        pytest.param(
            with_(SEVERE, post_mortem_offered=True), [closed()], Rules(), (NOTE,), id="severe: it is offered once"
        ),
        pytest.param(
            with_(SEVERE, post_mortem=THIRD), [closed()], Rules(), (NOTE,), id="severe: not where there is one"
        ),
        pytest.param(
            SEVERE,
            [closed(), *alerts(at=NOW + HOUR)],
            Rules(),
            (Reopen(op="3.reopen.1", closing=Closing(at=NOW, by="jo")),),
            id="severe, and it is back at once: not yet",
        ),
    ],
)
def test_what_closing_does(ticket: Ticket, mail: list[Mail], rules: Rules, expected: tuple[Action, ...]) -> None:
    assert settled(ticket, mail, rules).actions == expected


@pytest.mark.parametrize(
    ("mail", "is_open"),
    [
        pytest.param([closed()], False, id="closed"),
        pytest.param([closed(), changed(IssueVerb.REOPENED, seen(at=NOW + HOUR), NOW + HOUR)], True, id="and reopened"),
        pytest.param(
            [changed(IssueVerb.REOPENED, seen(at=NOW + HOUR), NOW + HOUR), closed()], True, id="heard of in turns"
        ),
        pytest.param([changed(IssueVerb.CLOSED, seen(OTHER, open=False))], True, id="another issue was closed"),
        pytest.param([changed(IssueVerb.CLOSED, seen(open=False))], False, id="without a reason: as completed"),
    ],
)
def test_people_close_and_reopen(mail: list[Mail], is_open: bool) -> None:
    ticket = settled(OPEN, mail).ticket
    assert ticket.is_open == is_open
    if ticket.closing is not None:
        assert ticket.closing == Closing(at=NOW, by="jo", reason="completed")


def test_what_a_bot_does_is_nobodys_attention() -> None:
    by_a_bot = changed(IssueVerb.CLOSED, seen(open=False), actor_is_bot=True)
    assert settled(OPEN, [by_a_bot]).ticket.people_at == OPEN.people_at


@pytest.mark.parametrize(
    ("mail", "issue", "expected"),
    [
        pytest.param([changed(IssueVerb.DELETED)], None, (), id="deleted"),
        pytest.param([*alerts(), changed(IssueVerb.DELETED)], None, (), id="an alert from before is counted"),
        pytest.param([changed(IssueVerb.DELETED), *alerts()], None, (OPEN_SECOND,), id="the next alert opens it anew"),
        pytest.param(
            [changed(IssueVerb.TRANSFERRED, moved_to=seen(OTHER)), *alerts()], OTHER, (EDIT,), id="it is followed"
        ),
        pytest.param([changed(IssueVerb.TRANSFERRED), *alerts()], None, (OPEN_SECOND,), id="no one knows where to"),
    ],
)
def test_the_issue_is_no_longer_there(mail: list[Mail], issue: IssueRef | None, expected: tuple[Action, ...]) -> None:
    plan = settled(OPEN, mail)
    assert (plan.ticket.issue, plan.actions) == (issue, expected)


def test_what_is_seen_of_an_issue_is_known() -> None:
    shown = seen(labels=("a",), assignees=("kim",), locked=True)
    ticket = settled(OPEN, [changed(IssueVerb.EDITED, shown)]).ticket
    assert (ticket.labels, ticket.assigned, ticket.locked) == (("a",), ("kim",), True)
    assert (ticket.around, ticket.seen_at) == (Around(before="people's"), NOW)


def test_what_redaction_changed_is_not_known_to_the_letter() -> None:
    assert settled(OPEN, [changed(IssueVerb.EDITED, seen(body_exact=False))]).ticket.around is None


@pytest.mark.parametrize(
    ("at", "labels"),
    [
        pytest.param(NOW - HOUR, ("new",), id="what is older tells nothing"),
        pytest.param(NOW, ("old",), id="of one second the later one counts"),
        pytest.param(None, ("old",), id="as where GitHub tells no time"),
    ],
)
def test_webhooks_in_the_wrong_order(at: datetime | None, labels: tuple[str, ...]) -> None:
    mail = [
        changed(IssueVerb.LABELED, seen(labels=("new",))),
        changed(IssueVerb.LABELED, seen(labels=("old",), updated_at=at)),
    ]
    ticket = settled(OPEN, mail).ticket
    assert (ticket.labels, ticket.seen_at) == (labels, NOW)


@pytest.mark.parametrize(("bot", "at"), [(False, NOW), (True, None)])
def test_only_what_people_do_moves_their_clock(bot: bool, at: datetime | None) -> None:
    comment = Commented(action="created", comment_id=1, issue=seen().ref, actor="x", actor_is_bot=bot, at=NOW)
    plan = settled(OPEN, [comment, LabelChanged(action="created", repository=HOME, name="x")])
    assert (plan.ticket.people_at, plan.actions) == (at, ())


def test_a_ticket_without_an_issue_moves_nowhere() -> None:
    assert moved_on(NEW) is NEW
    assert moved_on(OPEN).earlier == (EarlierIssue(ref=ISSUE),)


def test_a_post_mortem_stays_with_the_issue_it_is_about() -> None:
    done = with_(CLOSED, closing=with_(DONE, fix=FIX), post_mortem=THIRD, post_mortem_offered=True, adopted=True)
    ticket = moved_on(done)
    assert ticket.earlier == (EarlierIssue(ref=ISSUE, closed_at=DONE.at, fix=FIX, post_mortem=THIRD),)
    assert (ticket.post_mortem, ticket.post_mortem_offered, ticket.adopted) == (None, False, False)
    assert moved_on(with_(OPEN, post_mortem=THIRD)).post_mortem == THIRD, "it goes on, and so does its post-mortem"


@pytest.mark.parametrize(
    ("ticket", "moves"),
    [
        pytest.param(OPEN, True, id="a comment moves people's clock"),
        pytest.param(with_(OPEN, post_mortem=OTHER), False, id="not one on the post-mortem"),
        pytest.param(
            with_(OPEN, earlier=(EarlierIssue(ref=THIRD, post_mortem=OTHER),)), False, id="nor on an earlier one"
        ),
    ],
)
def test_what_is_written_on_a_post_mortem_is_no_work_on_the_error(ticket: Ticket, moves: bool) -> None:
    said = Commented(action="created", comment_id=1, issue=OTHER, actor="jo", actor_is_bot=False, at=NOW)
    assert settled(ticket, [said]).ticket.people_at == (NOW if moves else None)


def test_what_is_done_on_a_post_mortem_changes_nothing() -> None:
    ticket = with_(OPEN, post_mortem=OTHER)
    acts = [changed(verb, seen(OTHER)) for verb in (IssueVerb.CLOSED, IssueVerb.LABELED, IssueVerb.DELETED)]
    plan = settled(ticket, acts)
    assert (plan.ticket, plan.actions) == (ticket, ())


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        pytest.param(OPEN, OTHER, id="it has none"),
        pytest.param(with_(OPEN, post_mortem=THIRD), THIRD, id="it has one"),
        pytest.param(with_(OPEN, issue=OTHER), None, id="it is itself that issue"),
        pytest.param(with_(OPEN, earlier=(EarlierIssue(ref=THIRD, post_mortem=OTHER),)), None, id="an earlier one's"),
        pytest.param(with_(OPEN, issue=None), OTHER, id="its issue is gone"),
    ],
)
def test_a_post_mortem_that_people_began_is_its_tickets(ticket: Ticket, expected: IssueRef | None) -> None:
    assert settled(ticket, [PostMortemNamed(issue=OTHER)]).ticket.post_mortem == expected


def test_what_is_for_a_post_mortems_mailbox_is_nothing_to_a_ticket() -> None:
    record = PostMortem(issue=OTHER, stage=Stage.DONE, began_at=NOW)
    item = AddAction(logins=("jo",), due=NOW.date(), what="x")
    mail = [
        PostMortemWritten(issue=OTHER, ticket=3),
        PostMortemMoved(record=record),
        ItemWanted(issue=OTHER, item=item, op="a", on=ISSUE),
    ]
    assert settled(OPEN, mail).ticket == OPEN
