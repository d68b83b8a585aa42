"""What a ticket tells of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.domain.alerts import Impact
from app.domain.issues import IssueRef, Repository
from app.domain.tickets import Closing, Counters, Ticket
from app.domain.triage import Acknowledgement, Ping, Why

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ISSUE = IssueRef(repository=Repository(id=1, name="acme/shop", installation=9), number=7, id=70, node_id="I_7")
FIRST = Ping(who="mark", why=Why.UNSURE, at=NOW, impact=Impact.UNSURE, answer_by=LATER)
LAST = msgspec.structs.replace(FIRST, who="alex", at=LATER, answer_by=LATER + timedelta(hours=1))
TOLD = msgspec.structs.replace(LAST, who="acme/support", answer_by=None)
TICKET = Ticket(id=1, issue=ISSUE, impact=Impact.UNSURE, pings=(FIRST, LAST, TOLD))


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        pytest.param({}, ["alex"], id="who was pinged last and is to answer"),
        pytest.param({"pings": ()}, [], id="nobody was pinged"),
        pytest.param({"pings": (FIRST,)}, ["mark"], id="the first one"),
        pytest.param({"impact": Impact.SEVERE}, [], id="it was decided since"),
        pytest.param({"closing": Closing(at=LATER)}, [], id="it was closed"),
        pytest.param(
            {"acknowledged": Acknowledgement(by="jo", at=LATER, expires=LATER)}, [], id="somebody is on it since"
        ),
        pytest.param(
            {"acknowledged": Acknowledgement(by="jo", at=NOW, expires=LATER)}, ["alex"], id="somebody was on it before"
        ),
    ],
)
def test_who_has_not_answered(changes: dict[str, object], who: list[str]) -> None:
    assert [ping.who for ping in msgspec.structs.replace(TICKET, **changes).unanswered] == who


def test_days_that_another_ticket_was_told_of_are_not_its_own() -> None:
    counters = Counters(occurrences=9, days=((1, 4), (2, 5)))
    assert msgspec.structs.replace(TICKET, counters=counters).own_days == ((1, 4), (2, 5))
    handed = Counters(occurrences=6, days=((1, 4), (2, 2)))
    assert msgspec.structs.replace(TICKET, counters=counters, handed=handed).own_days == ((2, 3),)
