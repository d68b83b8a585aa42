"""What a person's commands on a ticket come to: the table of `decisions/triaging.py`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.decisions.triaging import consequences, labelled
from app.domain.actions import Action, ArchiveAtSender, AssignPeople, RefreshBody, UnarchiveAtSender
from app.domain.alerts import Alert, Impact, Sender
from app.domain.tickets import Ticket
from app.domain.triage import Acknowledgement, ByRule, Silence

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALERT = Alert(sender=Sender.SENTRY, title="KeyError", occurred_at=NOW, sender_ref="4711")
TICKET = Ticket(id=3, first=ALERT, latest=ALERT, assigned=("mark",))
REPORTED = Ticket(id=3)
SILENCE = Silence(by="jo", reason="noise", at=NOW, until=NOW + timedelta(days=7))
THERE = msgspec.structs.replace(SILENCE, at_sender=True)


def but(ticket: Ticket, **changes: object) -> Ticket:
    return msgspec.structs.replace(ticket, **changes)


@pytest.mark.parametrize(
    ("before", "after", "unsilenced", "expected"),
    [
        pytest.param(TICKET, TICKET, False, (), id="nothing changed: nothing is done"),
        pytest.param(
            TICKET,
            but(TICKET, silence=SILENCE),
            False,
            (ArchiveAtSender(sender_ref="4711", silence=SILENCE), RefreshBody()),
            id="silenced: archived at the sender",
        ),
        pytest.param(
            REPORTED,
            but(REPORTED, silence=SILENCE),
            False,
            (RefreshBody(),),
            id="silenced, and no sender knows it: here only",
        ),
        pytest.param(
            but(TICKET, silence=THERE),
            TICKET,
            True,
            (UnarchiveAtSender(sender_ref="4711"), RefreshBody()),
            id="unsilenced: unarchived where it was archived",
        ),
        pytest.param(
            but(TICKET, silence=SILENCE), TICKET, True, (RefreshBody(),), id="unsilenced what was silenced here only"
        ),
        pytest.param(
            but(TICKET, silenced="archived"),
            but(TICKET, silenced="archived"),
            True,
            (UnarchiveAtSender(sender_ref="4711"),),
            id="unsilenced what the sender silenced of itself",
        ),
        pytest.param(
            TICKET,
            but(TICKET, assigned=("mark", "kim")),
            False,
            (AssignPeople(op="op.assign", logins=("kim",)),),
            id="assigned: they are",
        ),
        pytest.param(
            TICKET, but(TICKET, app_named="Reader"), False, (RefreshBody(reroute=True),), id="another app: routed again"
        ),
        pytest.param(
            TICKET,
            but(TICKET, acknowledged=Acknowledgement(by="jo", at=NOW, expires=NOW)),
            False,
            (RefreshBody(),),
            id="anything else: the body shows it",
        ),
    ],
)
def test_what_a_command_brings_about(
    before: Ticket, after: Ticket, unsilenced: bool, expected: tuple[Action, ...]
) -> None:
    assert consequences(before, after, "op", unsilenced=unsilenced) == expected


@pytest.mark.parametrize(
    ("ticket", "label", "impact", "by"),
    [
        pytest.param(TICKET, "impact:severe", Impact.SEVERE, "nick", id="a person's label is their decision"),
        pytest.param(TICKET, "Impact:Unsure", Impact.UNSURE, "nick", id="whatever its case"),
        pytest.param(TICKET, "impact:huge", None, "", id="a label of no impact"),
        pytest.param(TICKET, "bug", None, "", id="another label"),
        pytest.param(
            but(TICKET, impact=Impact.SEVERE), "impact:severe", Impact.SEVERE, "nick", id="a form's word, confirmed"
        ),
        pytest.param(
            but(TICKET, impact=Impact.SEVERE, decided_by="jo"),
            "impact:severe",
            Impact.SEVERE,
            "jo",
            id="what somebody decided already stays theirs",
        ),
    ],
)
def test_a_label_put_on_by_a_person(ticket: Ticket, label: str, impact: Impact | None, by: str) -> None:
    after = labelled(ticket, label, "nick", NOW)
    assert (after.impact, after.decided_by) == (impact, by)


def test_a_label_that_comes_late_is_no_decision_and_severe_ends_a_silence() -> None:
    decided = but(TICKET, impact=Impact.SEVERE, decided_by="jo", decided_at=NOW)
    assert labelled(decided, "impact:annoying", "nick", NOW - timedelta(minutes=1)) is decided
    assert labelled(but(TICKET, silence=SILENCE), "impact:severe", "nick", NOW).silence is None


def test_a_persons_label_stands_over_a_rule_whenever_it_is_heard_of() -> None:
    rule = ByRule(impact=Impact.SEVERE, rule=1, source="f", when="x", at=NOW)
    by_rule = but(TICKET, impact=Impact.SEVERE, set_by=rule)
    after = labelled(by_rule, "impact:annoying", "nick", NOW - timedelta(minutes=1))
    assert (after.impact, after.decided_by, after.impact_since) == (Impact.ANNOYING, "nick", NOW - timedelta(minutes=1))
    confirmed = labelled(by_rule, "impact:severe", "nick", NOW + timedelta(minutes=1))
    assert (confirmed.decided_by, confirmed.impact_since) == ("nick", NOW)
