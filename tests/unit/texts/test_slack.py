"""Slack's messages, as they are posted; and that nothing in a ticket gets out of them."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given

from app.decisions.announcing import shown as shown_of
from app.domain.alerts import Impact
from app.domain.announcements import Shown, Standing
from app.domain.duty import Duty, Handover, Source
from app.domain.squad import Person
from app.domain.tickets import Closing, Counters, Ticket
from app.domain.triage import Acknowledgement, Silence
from app.texts import slack
from app.texts.ticket import title
from sandbox.slack import blocks
from tests.unit.decisions.storm_cases import STORM
from tests.unit.texts.cases import ALERT, NOW, REPOSITORY, TICKET
from tests.unit.texts.golden import holds
from tests.unit.texts.nasty import texts

PEOPLE = (Person(login="Alex", slack="U0ALEX"), Person(login="nick", slack="U0NICK"), Person(login="jo"))
SEVERE = msgspec.structs.replace(TICKET, silenced="", decided_by="jo", decided_because="*nobody* can certify <!here>")
UNTIL = NOW + timedelta(hours=4)


def shown(ticket: Ticket) -> Shown:
    found = shown_of(
        msgspec.structs.replace(ticket, announced="x"),
        title=title(ticket),
        repository=REPOSITORY,
        everybody=("nick", "acme/support"),
    )
    assert found is not None
    return found


def but(**changes: object) -> Ticket:
    return msgspec.structs.replace(SEVERE, **changes)


@pytest.mark.parametrize(
    ("file", "ticket"),
    [
        pytest.param("slack-severe.json", SEVERE, id="severe"),
        pytest.param(
            "slack-unsure.json",
            but(impact=Impact.UNSURE, acknowledged=Acknowledgement(by="jo", at=NOW, expires=UNTIL)),
            id="unsure and acknowledged",
        ),
        pytest.param("slack-storm.json", but(impact=None, decided_by="", regressions=0, storm=STORM), id="a storm"),
        pytest.param(
            "slack-silenced.json",
            but(impact=Impact.UNSURE, silence=Silence(by="jo", reason="<!here> *noise*", at=NOW, until=UNTIL)),
            id="silenced",
        ),
        pytest.param("slack-annoying.json", but(impact=Impact.ANNOYING), id="annoying"),
        pytest.param("slack-closed.json", but(closing=Closing(at=NOW, by="jo")), id="closed"),
        pytest.param("slack-unopened.json", but(issue=None), id="severe, and GitHub is down"),
    ],
)
def test_a_tickets_message(file: str, ticket: Ticket) -> None:
    message = slack.ticket(shown(ticket), PEOPLE)
    blocks.check(message.text, list(message.blocks))
    holds(file, json.dumps(msgspec.to_builtins(message), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize(
    ("ticket", "says"),
    [
        pytest.param(but(impact=Impact.UNSURE, silenced="archived"), "*Silenced* at its sender.", id="at the sender"),
        pytest.param(
            but(impact=Impact.UNSURE, silence=Silence(by="jo", reason="x", at=NOW, users=5)),
            "*Silenced* until one of its conditions is met by `jo`: x",
            id="until something happens",
        ),
        pytest.param(but(impact=None), "Nobody has decided yet.", id="undecided again"),
        pytest.param(but(issue=None, opened=1), "*Its issue was deleted*.", id="deleted"),
        pytest.param(but(closing=Closing(at=NOW, reason="odd")), "*Closed* on 2026-11-23 14:05 UTC.", id="by nobody"),
    ],
)
def test_what_it_says(ticket: Ticket, says: str) -> None:
    message = slack.ticket(shown(ticket), PEOPLE)
    blocks.check(message.text, list(message.blocks))
    assert says in str(message.blocks[1]["text"]["text"])


def test_a_bare_ticket_has_a_message_too() -> None:
    message = slack.ticket(shown(Ticket(id=1, impact=Impact.SEVERE)), ())
    blocks.check(message.text, list(message.blocks))
    one = shown(Ticket(id=1, impact=Impact.SEVERE, counters=Counters(occurrences=1, users=1)))
    assert "1 occurrence, 1 user" in str(slack.ticket(one, ()).blocks)


def test_what_people_wrote_and_production_says_can_do_nothing() -> None:
    @given(texts)
    def holds_for(text: str) -> None:
        alert = msgspec.structs.replace(
            ALERT, title=text, error_type="", error_value="", environment=text, app=text, link=text, culprit=text
        )
        ticket = but(
            first=alert,
            latest=alert,
            impact=Impact.UNSURE,
            silence=Silence(by=text, reason=text, at=NOW, until=UNTIL),
            decided_because=text,
            closing=None,
        )
        for it in (ticket, msgspec.structs.replace(ticket, silence=None)):
            message = slack.ticket(shown(it), PEOPLE)
            blocks.check(message.text, list(message.blocks))
            assert "<@" not in str(message)
            assert "<!" not in str(message)

    holds_for()


def duty(primary: str, secondary: str, *notes: str) -> Duty:
    return Duty(primary=primary, secondary=secondary, source=Source.MEMBERS, as_of=NOW, notes=notes)


def test_a_handover_mentions_whoever_takes_over() -> None:
    handover = Handover(before=duty("jo", "nick"), now=duty("alex", "nick", "jo is away (lunch <!here>)."))
    message = slack.handed_over(handover, by="jo", url="https://github.com/acme/shop/issues/12", people=PEOPLE)
    blocks.check(message.text, list(message.blocks))
    holds("slack-handover.json", json.dumps(msgspec.to_builtins(message), indent=1, ensure_ascii=False) + "\n")


def test_who_is_on_duty_no_more_hears_of_it() -> None:
    handover = Handover(before=duty("alex", "nick"), now=duty("jo", "alex"))
    message = slack.handed_over(handover, by="jo", url="", people=PEOPLE)
    assert message.text.endswith("<@U0ALEX> as secondary. Off duty now: <@U0NICK>.")


def test_a_handover_to_nobody() -> None:
    handover = Handover(before=duty("jo", "nick"), now=duty("nick", ""))
    message = slack.handed_over(handover, by="jo", url="", people=PEOPLE)
    assert message.text.endswith("<@U0NICK> as primary, nobody as secondary.")
    assert len(message.blocks) == 1


def test_a_refusal_is_two_sentences() -> None:
    assert str(slack.refused("Write `/ack`.")) == "That was not done. Write `/ack`."


def test_each_standing_has_its_headline() -> None:
    for standing in Standing:
        message = slack.ticket(msgspec.structs.replace(shown(SEVERE), standing=standing), PEOPLE)
        assert message.text.split(":")[0]


def test_who_is_called_below_a_message_that_became_severe() -> None:
    message = slack.alarm(shown(SEVERE), PEOPLE)
    holds(
        "slack-alarm.json", json.dumps({"text": message.text, "blocks": message.blocks}, indent=2, ensure_ascii=False)
    )
    blocks.check(message.text, list(message.blocks))
