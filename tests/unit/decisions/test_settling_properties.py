"""What holds of settling whatever arrives, in whatever pieces: the counts, and that doing it again changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.settling import EVENT_FOLLOWS, Plan, Rules, Settling
from app.domain.actions import (
    AddOccurrence,
    AdoptIssue,
    CloseIssue,
    EditOccurrence,
    NoteFix,
    OfferPostMortem,
    OpenIssue,
    PointAtTicket,
    RefreshBody,
    Reopen,
    ResolveAtSender,
    TellSenderSaid,
)
from app.domain.alerts import Sender
from app.domain.issues import CommentRef
from app.domain.mail import AlertArrived, IssueVerb, Mail, SenderSaid, SenderVerb
from app.domain.tickets import Closing, Ticket
from app.texts.body import split
from tests.unit.decisions.cases import ERROR, ISSUE, NOW, OTHER, THIRD, changed, closed, report, seen

RULES = Rules(close_when_resolved=True, resolve_at_sender=True)
MADE = msgspec.structs.replace(ISSUE, number=100)

_ERRORS = st.builds(
    msgspec.structs.replace,
    st.just(ERROR),
    occurred_at=st.integers(min_value=-100_000, max_value=100_000).map(lambda s: NOW + timedelta(seconds=s / 2)),
    sender_ref=st.sampled_from(["4711", "4712"]),
    first_of_error=st.booleans(),
    users=st.none() | st.integers(min_value=0, max_value=99),
)
_MAIL: st.SearchStrategy[Mail] = st.one_of(
    st.builds(AlertArrived, alert=_ERRORS),
    st.builds(SenderSaid, alert=_ERRORS, verb=st.sampled_from(SenderVerb)),
    st.sampled_from(
        [
            report(OTHER),
            report(THIRD),
            closed(),
            closed("not_planned"),
            changed(IssueVerb.REOPENED),
            changed(IssueVerb.EDITED, seen(locked=True)),
            changed(IssueVerb.DELETED),
        ]
    ),
)


def _plan(ticket: Ticket, mail: list[Mail]) -> Plan:
    settling = Settling(ticket, RULES, lambda it: split(it.body))
    for item in mail:
        settling.take(NOW, item)
    return settling.plan(NOW + EVENT_FOLLOWS)


def _acted(plan: Plan) -> Ticket:
    """The ticket after the acts, as far as the ledger hears of them."""
    ticket = plan.ticket
    for action in plan.actions:
        match action:
            case OpenIssue():
                ticket = msgspec.structs.replace(ticket, issue=MADE)
            case AdoptIssue(issue=adopted):
                ticket = msgspec.structs.replace(ticket, issue=adopted.ref)
            case AddOccurrence():
                assert ticket.burst is not None
                burst = msgspec.structs.replace(ticket.burst, comment=CommentRef(id=ticket.comments, node_id="C"))
                ticket = msgspec.structs.replace(ticket, burst=burst, comments=ticket.comments + 1)
            case Reopen():
                ticket = msgspec.structs.replace(ticket, closing=None, regressions=ticket.regressions + 1)
            case PointAtTicket(issue=duplicate):
                ticket = msgspec.structs.replace(ticket, pointed=(*ticket.pointed, duplicate))
            case CloseIssue(at=at):
                ticket = msgspec.structs.replace(ticket, closing=Closing(at=at), burst=None)
            case (
                EditOccurrence() | RefreshBody() | TellSenderSaid() | ResolveAtSender() | NoteFix() | OfferPostMortem()
            ):
                pass
            case _:
                assert_never(action)
    return ticket


@given(st.lists(_MAIL, max_size=30), st.data())
def test_the_counters_are_the_same_in_one_settle_or_in_many(mail: list[Mail], data: st.DataObject) -> None:
    at_once = _acted(_plan(Ticket(id=3), mail))
    piecemeal, left = Ticket(id=3), mail
    while left:
        size = data.draw(st.integers(min_value=1, max_value=len(left)))
        piecemeal, left = _acted(_plan(piecemeal, left[:size])), left[size:]
    assert piecemeal.counters == at_once.counters
    assert piecemeal.began == at_once.began


@given(st.lists(_MAIL, min_size=1, max_size=20), st.lists(_MAIL, max_size=20))
def test_a_call_in_doubt_that_opens_an_issue_is_asked_for_again_whatever_came_since(
    mail: list[Mail], since: list[Mail]
) -> None:
    asked = [action for action in _plan(Ticket(id=3), mail).actions if isinstance(action, OpenIssue)]
    again = [action for action in _plan(Ticket(id=3), [*mail, *since]).actions if isinstance(action, OpenIssue)]
    assert asked in ([], again)


@given(st.lists(_MAIL, max_size=30))
def test_nothing_more_is_done_when_nothing_more_arrived(mail: list[Mail]) -> None:
    ticket = _acted(_plan(Ticket(id=3), mail))
    assert _plan(ticket, []) == Plan(ticket=ticket, actions=())


@given(st.lists(_MAIL, max_size=30))
def test_every_alert_of_a_ticket_that_is_open_reaches_github(mail: list[Mail]) -> None:
    ticket = _acted(_plan(Ticket(id=3), mail))
    alert = msgspec.structs.replace(ERROR, sender=Sender.PERSON, occurred_at=NOW + timedelta(days=3))
    plan = _plan(ticket, [AlertArrived(alert=alert)])
    stays_closed = ticket.closing is not None and ticket.closing.reason != "completed"
    assert bool(plan.actions) != stays_closed


@given(st.lists(_MAIL, max_size=30))
def test_a_ticket_is_its_own_storage_format(mail: list[Mail]) -> None:
    ticket = _acted(_plan(Ticket(id=3), mail))
    assert msgspec.json.decode(msgspec.json.encode(ticket), type=Ticket) == ticket
