"""Silenced by the squad: what is heard meanwhile, and what the end does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.actions import Action, EndSilence, RefreshBody, UnarchiveAtSender
from app.domain.mail import Mail, SenderSaid, SenderVerb, TimerFell
from app.domain.mailboxes import URGENT, Claim
from app.domain.tickets import Ticket
from app.domain.triage import Over, Silence
from tests.unit.decisions.cases import ERROR, NOW, OPEN, alerts, said, settled, with_

SILENCE = Silence(by="jo", reason="noise", at=NOW - timedelta(days=1), until=NOW + timedelta(days=1), counted_from=3)
OVER = with_(SILENCE, until=NOW)
AT_MOST = with_(SILENCE, until=None, occurrences=2, at_sender=True)
OP = f"3.unsilenced.{int(SILENCE.at.timestamp())}"
ESCALATING = SenderSaid(alert=ERROR, verb=SenderVerb.ESCALATING)


def ended(silence: Silence, over: Over, *, alive: bool) -> EndSilence:
    return EndSilence(op=OP, silence=silence, over=over, alive=alive)


@pytest.mark.parametrize(
    ("ticket", "mail", "actions", "silenced"),
    [
        pytest.param(
            with_(OPEN, silence=SILENCE),
            alerts(5),
            (),
            True,
            id="while it holds, occurrences are counted",
        ),
        pytest.param(
            with_(OPEN, silence=OVER),
            [TimerFell(name="look again", due=NOW)],
            (ended(OVER, Over.TIME, alive=False), RefreshBody()),
            False,
            id="its time is over, and nothing happened: it stays quiet",
        ),
        pytest.param(
            with_(OPEN, silence=AT_MOST, silenced="archived"),
            alerts(2),
            (
                ended(AT_MOST, Over.OCCURRENCES, alive=True),
                RefreshBody(),
                UnarchiveAtSender(sender_ref=ERROR.sender_ref),
            ),
            False,
            id="as often as agreed: said, and heard again at the sender, too",
        ),
        pytest.param(
            with_(OPEN, silence=with_(SILENCE, escalating=True)),
            [ESCALATING],
            (ended(with_(SILENCE, escalating=True), Over.ESCALATING, alive=True), RefreshBody()),
            False,
            id="it escalates: said",
        ),
    ],
)
def test_a_silence(ticket: Ticket, mail: list[Mail], actions: tuple[Action, ...], silenced: bool) -> None:
    plan = settled(ticket, mail)
    ends = tuple(action for action in plan.actions if isinstance(action, EndSilence | UnarchiveAtSender | RefreshBody))
    assert set(actions) <= set(ends) if actions else plan.actions == ()
    assert (plan.ticket.silence is not None) is silenced
    assert silenced or plan.ticket.silenced == ""


def test_what_was_resolved_at_the_sender_is_not_unarchived_there() -> None:
    plan = settled(with_(OPEN, silence=AT_MOST, silenced="archived"), [said(SenderVerb.RESOLVED), *alerts(2)])
    assert plan.ticket.silence is None
    assert any(isinstance(action, EndSilence) for action in plan.actions)
    assert not any(isinstance(action, UnarchiveAtSender) for action in plan.actions)


def test_urgent_is_what_goes_ahead_of_routine() -> None:
    assert Claim(key="ticket:1", generation=1, attempt=1, priority=URGENT).urgent
    assert not Claim(key="ticket:1", generation=1, attempt=1).urgent
