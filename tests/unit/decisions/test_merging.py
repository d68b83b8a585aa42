"""The tables of `decisions/merging.py` and `decisions/relating.py`: duplicates, circles, support tickets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.decisions import merging
from app.decisions.commands.duplicate_of import decide
from app.decisions.counting import DAYS_KEPT, HOURS_SHOWN
from app.decisions.settling import Rules, Settling
from app.decisions.silencing import is_over
from app.domain.actions import Action, OpenIssue, Post, RefreshBody, TellParted, TellWorse
from app.domain.alerts import Alert, Impact, Sender
from app.domain.mail import (
    AlertArrived,
    Commented,
    IssueVerb,
    Mail,
    SenderSaid,
    SenderVerb,
    TicketMerged,
    TicketParted,
)
from app.domain.tickets import Beginning, Closing, Counters, Duplicate, EarlierIssue, Ticket
from app.domain.triage import Over, Silence
from tests.unit.decisions.cases import (
    CLOSED,
    DAY,
    ERROR,
    HOUR,
    ISSUE,
    NEW,
    NOW,
    OPEN,
    OTHER,
    THIRD,
    changed,
    report,
    said,
    seen,
    settled,
    with_,
)

MERGED = with_(OPEN, merged_into=8, duplicate_of=OTHER, closing=Closing(at=NOW - HOUR, by="jo", reason="duplicate"))
ALERT = AlertArrived(alert=ERROR)
NEWS = TicketMerged(ticket=9, issue=THIRD, counters=Counters(occurrences=4))
ASKED = Alert(sender=Sender.SUPPORT, title="I can't log in", occurred_at=NOW, details="It says 500.")
AGAIN = with_(ASKED, details="It says 502.")
QUIET = Ticket(id=3, issue=ISSUE, first=ASKED, latest=ASKED, counters=Counters(occurrences=1), quiet=True)


@pytest.mark.parametrize(
    ("mail", "passed"),
    [
        pytest.param(ALERT, with_(ALERT, passed_by=(3,)), id="an alert is passed on"),
        pytest.param(
            with_(ALERT, passed_by=(5,)), with_(ALERT, passed_by=(5, 3)), id="one that was passed on already, too"
        ),
        pytest.param(with_(ALERT, passed_by=(5, 3)), None, id="not one that was here before"),
        pytest.param(AlertArrived(alert=ASKED), None, id="a support ticket's text stays"),
        pytest.param(
            said(SenderVerb.RESOLVED), with_(said(SenderVerb.RESOLVED), passed_by=(3,)), id="what the sender did"
        ),
        pytest.param(report(), None, id="a report in an issue that was once this ticket's stays"),
        pytest.param(report(THIRD), with_(report(THIRD), passed_by=(3,)), id="a report in another one is passed on"),
        pytest.param(report(ISSUE), None, id="not one in its own issue"),
        pytest.param(changed(IssueVerb.CLOSED, seen(THIRD)), None, id="what else is done to an issue stays"),
        pytest.param(NEWS, NEWS, id="another ticket's news"),
        pytest.param(TicketParted(ticket=9), TicketParted(ticket=9), id="and its end"),
        pytest.param(with_(NEWS, ticket=3), None, id="its own news has come round"),
        pytest.param(
            Commented(action="created", comment_id=1, issue=ISSUE, actor="jo", actor_is_bot=False, at=NOW),
            None,
            id="what people write stays",
        ),
    ],
)
def test_what_a_duplicate_passes_on(mail: Mail, passed: Mail | None) -> None:
    ticket = with_(MERGED, earlier=(EarlierIssue(ref=OTHER),))
    assert merging.passed_on(mail, ticket) == passed


def test_a_duplicate_whose_issue_was_deleted_passes_on_reports() -> None:
    assert merging.passed_on(report(ISSUE), with_(MERGED, issue=None)) is not None


def test_what_a_ticket_passes_on_arrives_once_and_in_its_time() -> None:
    letter = merging.post(3, 8, "passed.5", ALERT, NOW).letter
    assert (letter.sender, letter.delivery_id, letter.prompt, letter.priority) == ("ticket", "3:passed.5", False, 0)
    assert letter.received_at == NOW
    assert merging.post(3, 8, "merged", NEWS, NOW, urgent=True).letter.prompt


def test_what_was_told_before_is_not_told_again() -> None:
    hour = int(NOW.timestamp()) // 3600
    counters = Counters(occurrences=9, users=5, first_seen=NOW - DAY, last_seen=NOW, hours=((hour - 1, 4), (hour, 5)))
    handed = Counters(occurrences=6, hours=((hour - 1, 4), (hour, 2)))
    news = merging.news_of(with_(OPEN, counters=counters, handed=handed))
    assert news.counters == with_(counters, occurrences=3, hours=((hour, 3),))
    assert (news.ticket, news.issue, news.began) == (3, ISSUE, OPEN.began)


def test_days_are_told_once_and_added_for_the_reports() -> None:
    day = int(NOW.timestamp()) // 86400
    counters = Counters(occurrences=9, days=((day - 1, 4), (day, 5)))
    news = merging.news_of(
        with_(OPEN, counters=counters, handed=Counters(occurrences=6, days=((day - 1, 4), (day, 2))))
    )
    assert news.counters.days == ((day, 3),)
    mine = with_(OPEN, counters=Counters(occurrences=3, days=((day - DAYS_KEPT, 1), (day - 1, 2))))
    assert merging.folded(mine, news).counters.days == ((day - 1, 2), (day, 3))


def test_a_ticket_without_an_issue_tells_no_news() -> None:
    with pytest.raises(ValueError, match="can't be named"):
        merging.news_of(NEW)


def test_counts_are_added_and_users_may_be_the_same() -> None:
    hour = int(NOW.timestamp()) // 3600
    mine = Counters(occurrences=3, users=7, first_seen=NOW - DAY, last_seen=NOW - HOUR, hours=((hour - 1, 3),))
    theirs = Counters(
        occurrences=4,
        users=5,
        sender_count=40,
        first_seen=NOW - 2 * DAY,
        last_seen=NOW,
        hours=((hour - HOURS_SHOWN, 1), (hour - 1, 1), (hour, 3)),
    )
    began = (Beginning(sender_ref="4711", at=NOW), Beginning(sender_ref="4712", at=NOW))
    after = merging.folded(with_(OPEN, counters=mine), with_(NEWS, counters=theirs, began=began))
    assert after.counters == Counters(
        occurrences=7,
        users=7,
        sender_count=40,
        first_seen=NOW - 2 * DAY,
        last_seen=NOW,
        hours=((hour - 1, 4), (hour, 3)),
    )
    assert [it.sender_ref for it in after.began] == ["4711", "4712"]
    assert merging.folded(after, NEWS).duplicates == (Duplicate(ticket=9, issue=THIRD),), "named once"
    assert merging.folded(NEW, TicketMerged(ticket=9, issue=THIRD)).counters == Counters()


def test_a_silence_by_numbers_counts_what_comes_and_not_what_was_counted_elsewhere() -> None:
    silence = Silence(by="jo", reason="known", at=NOW, occurrences=10, counted_from=3, users=5, users_from=2)
    ticket = with_(OPEN, counters=Counters(occurrences=4, users=2), silence=silence)
    after = merging.folded(ticket, with_(NEWS, counters=Counters(occurrences=400, users=90)))
    assert after.silence is not None
    assert is_over(after.silence, after, NOW) is None
    more = with_(after, counters=with_(after.counters, occurrences=413))
    assert is_over(after.silence, more, NOW) is Over.OCCURRENCES, "ten since it was silenced"


def test_what_came_back_before_it_was_found_to_be_a_duplicate_does_not_reopen_it() -> None:
    settling = Settling(CLOSED, Rules(), lambda _: None)
    settling.take(NOW, ALERT)
    settling.ticket = decide(settling.ticket, Ticket(id=8, issue=OTHER), "jo", NOW)
    plan = settling.plan(NOW)
    assert (plan.actions, plan.ticket.merged_into) == ((), 8)
    assert plan.ticket.counters.occurrences == CLOSED.counters.occurrences + 1


@pytest.mark.parametrize(
    ("theirs", "ours", "worse"),
    [
        pytest.param(Impact.SEVERE, None, True, id="severe against undecided"),
        pytest.param(Impact.SEVERE, Impact.SEVERE, False, id="as bad"),
        pytest.param(Impact.UNSURE, Impact.ANNOYING, True, id="unsure against annoying"),
        pytest.param(Impact.ANNOYING, Impact.UNSURE, False, id="not as bad"),
        pytest.param(None, None, False, id="neither is decided"),
    ],
)
def test_a_worse_duplicate_is_told(theirs: Impact | None, ours: Impact | None, *, worse: bool) -> None:
    news = with_(NEWS, impact=theirs)
    plan = settled(with_(OPEN, impact=ours), [news])
    assert (TellWorse(op="3.worse.9.1", merged=news) in plan.actions) is worse
    assert RefreshBody() in plan.actions
    assert plan.ticket.impact is ours, "it is not changed by that"


def test_a_closed_ticket_shows_its_duplicates_and_stays_closed() -> None:
    plan = settled(CLOSED, [NEWS])
    assert plan.actions == (RefreshBody(),)
    assert plan.ticket.closing == CLOSED.closing


def test_a_duplicate_no_more_is_named_no_more() -> None:
    ticket = settled(OPEN, [NEWS]).ticket
    plan = settled(ticket, [TicketParted(ticket=9)])
    assert plan.actions == (RefreshBody(),)
    assert plan.ticket == with_(ticket, duplicates=())


def _parted(plan_actions: tuple[Action, ...]) -> list[Mail]:
    return [action.letter.mail for action in plan_actions if isinstance(action, Post)]


def test_reopened_by_a_person_it_is_a_ticket_of_its_own() -> None:
    plan = settled(MERGED, [changed(IssueVerb.REOPENED)])
    operation = f"3.parted.{int(NOW.timestamp())}"
    assert plan.actions[0] == TellParted(op=operation, was=OTHER)
    assert _parted(plan.actions) == [TicketParted(ticket=3)]
    after = plan.ticket
    assert (after.merged_into, after.duplicate_of, after.closing, after.opened_at) == (0, None, None, NOW)


def test_reopened_before_it_became_a_duplicate_changes_nothing() -> None:
    late = changed(IssueVerb.REOPENED, seen(at=NOW - DAY), at=NOW - DAY)
    plan = settled(with_(MERGED, state_at=NOW - HOUR), [late])
    assert plan.ticket.merged_into == 8
    assert plan.actions == ()


def test_its_own_news_takes_it_out_of_a_circle() -> None:
    plan = settled(MERGED, [with_(NEWS, ticket=3)])
    operation = f"3.parted.{int(NOW.timestamp())}"
    assert plan.actions[0] == TellParted(op=operation, was=OTHER, in_circle=True)
    assert plan.ticket.merged_into == 0
    assert plan.ticket.counters == MERGED.counters, "nothing is counted twice"
    assert settled(OPEN, [with_(NEWS, ticket=3)]).actions == (), "it was out already"


def test_a_support_ticket_is_opened_quietly() -> None:
    plan = settled(NEW, [AlertArrived(alert=ASKED)])
    assert plan.actions == (OpenIssue(op="3.open.1"),)
    assert plan.ticket.quiet
    assert plan.ticket.counters.occurrences == 1


def test_its_new_text_is_shown_and_counts_nothing() -> None:
    plan = settled(QUIET, [AlertArrived(alert=AGAIN)])
    assert plan.actions == (RefreshBody(),)
    assert (plan.ticket.first, plan.ticket.latest) == (AGAIN, AGAIN)
    assert plan.ticket.counters.occurrences == 1
    assert settled(QUIET, [AlertArrived(alert=ASKED)]).actions == (), "the same text is nothing"


def test_its_new_text_does_not_hide_an_alert() -> None:
    plan = settled(with_(QUIET, latest=ERROR, quiet=False), [AlertArrived(alert=AGAIN)])
    assert (plan.ticket.first, plan.ticket.latest) == (AGAIN, ERROR)


def test_the_label_promotes_a_support_ticket() -> None:
    label = changed(IssueVerb.LABELED, label="prod-alert", makes_ticket=True)
    plan = settled(QUIET, [label])
    assert plan.actions == (RefreshBody(reroute=True),)
    assert (plan.ticket.quiet, plan.ticket.opened_at) == (False, NOW)
    later = settled(with_(QUIET, quiet=False), [with_(label, at=NOW + timedelta(hours=1))])
    assert later.actions == ()


def test_what_a_sender_says_of_a_duplicate_is_not_taken_here() -> None:
    told = said(SenderVerb.RESOLVED)
    assert isinstance(merging.passed_on(told, MERGED), SenderSaid)
