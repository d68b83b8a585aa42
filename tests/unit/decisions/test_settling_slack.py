"""What Slack's mail is to a settle: a press is a person's doing; the rest is of other mailboxes."""

from __future__ import annotations

import pytest

from app.decisions.settling import Rules, Settling
from app.domain.announcements import Shown, SlackMessage, Standing, Verb
from app.domain.duty import Duty, Handover, Source
from app.domain.mail import AnswerPress, HandedOver, Mail, Pressed, ShowInSlack
from app.domain.mailboxes import announcement_key, ticket_key
from tests.unit.decisions.cases import HOME, NOW, OPEN

NOBODY = Duty(primary="", secondary="", source=Source.NOTHING, as_of=NOW)
SHOWN = Shown(ticket=3, title="KeyError", standing=Standing.STORM, repository=HOME)


def after(mail: Mail) -> Settling:
    settling = Settling(OPEN, Rules(), lambda _: None)
    settling.take(NOW, mail)
    return settling


def test_a_press_moves_peoples_clock() -> None:
    press = Pressed(verb=Verb.ACKNOWLEDGE, user="U0JO", message=SlackMessage(channel="C0", ts="1.0"), at=NOW)
    assert after(press).ticket.people_at == NOW


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(ShowInSlack(shown=SHOWN), id="what a message shall show"),
        pytest.param(
            HandedOver(handover=Handover(before=NOBODY, now=NOBODY), by="jo", repository=HOME), id="a handover"
        ),
        pytest.param(AnswerPress(to="", why="", pressed_at=NOW), id="an answer"),
    ],
)
def test_what_is_to_be_said_in_slack_is_nothing_to_the_ticket(mail: Mail) -> None:
    assert after(mail).ticket == OPEN
    assert after(mail).plan(NOW).actions == ()


def test_a_message_has_a_mailbox_of_its_own() -> None:
    assert (ticket_key(3), announcement_key(3)) == ("ticket:3", "slack:3")
