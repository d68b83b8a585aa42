"""Which tickets the squad's channel hears of, and what their message shows: the table of `decisions/announcing.py`."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from app.decisions.announcing import digest, shown
from app.domain.alerts import Impact
from app.domain.announcements import Shown, Standing, Verb
from app.domain.tickets import Closing, Counters, Routing, Ticket
from app.domain.triage import Acknowledgement, Ping, Silence, Why
from tests.unit.decisions.cases import HOME, HOUR, NOW, OPEN
from tests.unit.decisions.storm_cases import STORM

ACK, UNSURE, ANNOYING, SEVERE, SILENCE = Verb
AGREED = Silence(by="jo", reason="noise", at=NOW, until=NOW + HOUR)
CLOSED = Closing(at=NOW, by="jo", reason="not_planned")


def but(ticket: Ticket = OPEN, **changes: object) -> Ticket:
    return msgspec.structs.replace(ticket, **changes)


def told(ticket: Ticket) -> Shown | None:
    return shown(ticket, title="KeyError", repository=HOME, everybody=("nick", "acme/support"))


def of(ticket: Ticket) -> Shown:
    found = told(ticket)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("ticket", "posted", "edited"),
    [
        pytest.param(but(impact=Impact.SEVERE), Standing.SEVERE, Standing.SEVERE, id="severe"),
        pytest.param(but(impact=Impact.UNSURE), Standing.UNSURE, Standing.UNSURE, id="unsure"),
        pytest.param(but(storm=STORM), Standing.STORM, Standing.STORM, id="undecided, and a storm's parent"),
        pytest.param(OPEN, None, Standing.UNDECIDED, id="undecided"),
        pytest.param(but(impact=Impact.ANNOYING), None, Standing.ANNOYING, id="annoying"),
        pytest.param(but(impact=Impact.UNSURE, silence=AGREED), None, Standing.SILENCED, id="silenced by the squad"),
        pytest.param(
            but(impact=Impact.UNSURE, silenced="archived"), None, Standing.SILENCED, id="silenced at the sender"
        ),
        pytest.param(
            but(impact=Impact.SEVERE, silenced="archived"),
            Standing.SEVERE,
            Standing.SEVERE,
            id="severe, and silenced at the sender alone",
        ),
        pytest.param(but(impact=Impact.SEVERE, closing=CLOSED), None, Standing.CLOSED, id="closed"),
        pytest.param(
            but(impact=Impact.SEVERE, issue=None, opened=1), None, Standing.CLOSED, id="its issue was deleted"
        ),
        pytest.param(
            but(impact=Impact.SEVERE, issue=None),
            Standing.SEVERE,
            Standing.SEVERE,
            id="severe, and its issue can't be opened yet",
        ),
        pytest.param(
            but(impact=Impact.UNSURE, issue=None), None, Standing.UNSURE, id="unsure, and without an issue yet"
        ),
    ],
)
def test_what_is_posted_and_what_only_edits(ticket: Ticket, posted: Standing | None, edited: Standing) -> None:
    new = told(ticket)
    assert (None if new is None else new.standing) == posted
    assert of(but(ticket, announced="x")).standing is edited


@pytest.mark.parametrize(
    ("ticket", "buttons"),
    [
        pytest.param(but(impact=Impact.SEVERE), (ACK, UNSURE, ANNOYING), id="severe is not silenced"),
        pytest.param(but(impact=Impact.UNSURE), (ACK, ANNOYING, SEVERE, SILENCE), id="unsure"),
        pytest.param(but(storm=STORM), tuple(Verb), id="a storm"),
        pytest.param(OPEN, tuple(Verb), id="undecided again"),
        pytest.param(but(silence=AGREED), (SEVERE,), id="silenced"),
        pytest.param(but(impact=Impact.ANNOYING), (), id="annoying"),
        pytest.param(but(closing=CLOSED), (), id="closed"),
        pytest.param(but(impact=Impact.SEVERE, issue=None), (), id="nothing to command on yet"),
    ],
)
def test_its_buttons(ticket: Ticket, buttons: tuple[Verb, ...]) -> None:
    assert of(but(ticket, announced="x")).buttons == buttons


def test_severe_calls_the_lead_and_everybody_once() -> None:
    ticket = but(impact=Impact.SEVERE, routing=Routing(owners=("Nick", "kim")))
    assert of(ticket).called == ("Nick", "acme/support")
    assert of(but(ticket, impact=Impact.UNSURE)).called == (), "unsure mentions nobody"


def test_severe_calls_in_slack_whom_it_called_on_github() -> None:
    def ping(who: str, why: Why, since: datetime) -> Ping:
        return Ping(who=who, why=why, at=since, since=since, impact=Impact.SEVERE)

    pings = (ping("kim", Why.SEVERE, NOW - HOUR), ping("JO", Why.SEVERE, NOW), ping("ann", Why.UNANSWERED, NOW))
    ticket = but(impact=Impact.SEVERE, decided_at=NOW, opened_at=NOW - HOUR, routing=Routing(owners=("nick",)))
    assert of(but(ticket, pings=pings)).called == ("nick", "acme/support", "JO")


def test_how_it_was_closed() -> None:
    closed = of(but(closing=CLOSED, announced="x", acknowledged=Acknowledgement(by="jo", at=NOW, expires=NOW + HOUR)))
    assert (closed.closed_by, closed.closed_as, closed.closed_at) == ("jo", "not_planned", NOW)
    assert closed.acknowledged is None, "whoever was on it is so no more"
    assert of(but(issue=None, opened=1, announced="x")).closed_as == "deleted"


def test_who_had_acknowledged_it_before_it_was_severe_is_not_on_it() -> None:
    acknowledged = Acknowledgement(by="jo", at=NOW, expires=NOW + HOUR)
    before = but(impact=Impact.UNSURE, acknowledged=acknowledged, opened_at=NOW - HOUR, decided_at=NOW - HOUR)
    assert of(before).acknowledged == acknowledged
    assert of(but(before, impact=Impact.SEVERE, decided_at=NOW + HOUR)).acknowledged is None


def test_a_ticket_without_an_alert_shows_what_there_is() -> None:
    bare = of(Ticket(id=9, impact=Impact.SEVERE))
    assert (bare.app, bare.environment, bare.sender_link, bare.owner) == ("", "", "", "")


BASE = but(impact=Impact.UNSURE, counters=Counters(occurrences=12, users=10, last_seen=NOW))


@pytest.mark.parametrize(
    ("ticket", "same"),
    [
        pytest.param(but(BASE, counters=Counters(occurrences=99, users=10, last_seen=NOW)), True, id="a few more"),
        pytest.param(but(BASE, counters=Counters(occurrences=100, users=10)), False, id="the hundredth"),
        pytest.param(but(BASE, counters=Counters(occurrences=12, users=100)), False, id="a hundred users"),
        pytest.param(but(BASE, counters=Counters(occurrences=12)), False, id="users are not told any more"),
        pytest.param(but(BASE, counters=Counters(occurrences=12, users=10, last_seen=NOW + HOUR)), True, id="later"),
        pytest.param(but(BASE, impact=Impact.SEVERE), False, id="another impact"),
        pytest.param(but(BASE, decided_by="jo"), False, id="another one decided"),
        pytest.param(
            but(BASE, acknowledged=Acknowledgement(by="jo", at=NOW, expires=NOW + timedelta(hours=4))),
            False,
            id="acknowledged",
        ),
    ],
)
def test_what_is_worth_an_edit(ticket: Ticket, same: bool) -> None:
    assert (digest(of(ticket)) == digest(of(BASE))) is same


def test_a_storm_that_grows_is_no_other_message() -> None:
    one, more = of(but(storm=STORM)), msgspec.structs.replace(of(but(storm=STORM)), title="Storm: 38 new errors")
    assert digest(one) == digest(more)
