"""What PagerDuty is told of a ticket: the table of `decisions/paging.py`, row by row; and what a settle shows more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.decisions.paging import is_heard, next_step
from app.decisions.showing import shown
from app.domain.actions import Action, AddOccurrence, AdoptIssue, OpenIssue, RefreshBody, Reopen
from app.domain.alerts import Impact
from app.domain.paging import Page, Step, Told, Unpaged
from app.domain.tickets import Ticket
from app.domain.triage import ByRule, Silence
from tests.unit.decisions.cases import CLOSED, DONE, NEW, NOW, OPEN, seen, with_

SILENCE = Silence(by="jo", reason="known", at=NOW)
OPENS: tuple[Action, ...] = (OpenIssue(op="3.open.1"),)
RETURNS: tuple[Action, ...] = (Reopen(op="3.reopen.1", closing=DONE),)


def page(told: Told, number: int = 1) -> Page:
    return Page(number=number, told=told, at=NOW)


@pytest.mark.parametrize(
    ("known", "heard", "acknowledged", "step"),
    [
        pytest.param(None, True, False, (1, Told.TRIGGER), id="severe: triggered"),
        pytest.param(None, True, True, (1, Told.TRIGGER), id="and acknowledged already: told first all the same"),
        pytest.param(None, False, False, None, id="not severe, and nothing is known: nothing"),
        pytest.param(page(Told.TRIGGER), True, False, None, id="triggered: nothing more"),
        pytest.param(page(Told.TRIGGER), True, True, (1, Told.ACKNOWLEDGE), id="somebody is on it"),
        pytest.param(page(Told.TRIGGER), False, False, (1, Told.RESOLVE), id="not severe after all, or closed"),
        pytest.param(page(Told.ACKNOWLEDGE), True, True, None, id="acknowledged: nothing more"),
        pytest.param(page(Told.ACKNOWLEDGE), True, False, (1, Told.RESOLVE), id="that expired: over"),
        pytest.param(page(Told.ACKNOWLEDGE), False, True, (1, Told.RESOLVE), id="closed by who was on it"),
        pytest.param(page(Told.RESOLVE), True, False, (2, Told.TRIGGER), id="and another page; or severe again"),
        pytest.param(page(Told.RESOLVE, 4), True, True, (5, Told.TRIGGER), id="each page has a number of its own"),
        pytest.param(page(Told.RESOLVE), False, False, None, id="resolved: nothing more"),
    ],
)
def test_what_pagerduty_is_told(
    known: Page | None, heard: bool, acknowledged: bool, step: tuple[int, Told] | None
) -> None:
    expected = None if step is None else Step(number=step[0], told=step[1])
    assert next_step(known, heard=heard, acknowledged=acknowledged) == expected


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("known", [None, *map(page, Told)])
def test_the_steps_come_to_an_end(known: Page | None, heard: bool, acknowledged: bool) -> None:
    for _ in range(4):
        step = next_step(known, heard=heard, acknowledged=acknowledged)
        if step is None:
            return
        known = Page(number=step.number, told=step.told, at=NOW)
    pytest.fail("it goes on for ever")


@pytest.mark.parametrize(
    ("ticket", "actions", "expected"),
    [
        pytest.param(OPEN, (), True, id="open"),
        pytest.param(NEW, OPENS, True, id="about to be opened"),
        pytest.param(CLOSED, RETURNS, True, id="about to be reopened"),
        pytest.param(NEW, (AdoptIssue(issue=seen()),), True, id="taken over"),
        pytest.param(NEW, (AdoptIssue(issue=seen(open=False)),), False, id="taken over, and closed"),
        pytest.param(CLOSED, (), False, id="closed"),
        pytest.param(NEW, (), False, id="gone"),
        pytest.param(with_(OPEN, silence=SILENCE), (), False, id="silenced by the squad"),
        pytest.param(with_(OPEN, silenced="archived"), (), True, id="archived at the sender alone"),
    ],
)
def test_which_severe_ticket_is_heard(ticket: Ticket, actions: tuple[Action, ...], expected: bool) -> None:
    assert is_heard(with_(ticket, impact=Impact.SEVERE), actions) is expected
    assert not is_heard(with_(ticket, impact=Impact.UNSURE), actions)


FAILED = with_(OPEN, unpaged=Unpaged(step=Step(number=1, told=Told.TRIGGER), why="It is down.", again_at=NOW))
RULED = with_(OPEN, impact=Impact.SEVERE)
HINTED = with_(OPEN, suggested=ByRule(impact=Impact.SEVERE, rule=1, source="f", when="x", at=NOW + timedelta(1)))
ADDS: tuple[Action, ...] = (AddOccurrence(op="3.occurrence.2"),)
REFRESHES: tuple[Action, ...] = (RefreshBody(),)


@pytest.mark.parametrize(
    ("planned", "found", "actions", "expected"),
    [
        pytest.param(OPEN, OPEN, (), (), id="nothing new"),
        pytest.param(OPEN, RULED, ADDS, (*ADDS, RefreshBody()), id="an impact is a label, too"),
        pytest.param(OPEN, RULED, REFRESHES, REFRESHES, id="which is written anyway"),
        pytest.param(NEW, with_(NEW, impact=Impact.SEVERE), OPENS, OPENS, id="or comes with the new issue"),
        pytest.param(OPEN, HINTED, ADDS, ADDS, id="a suggestion comes with the comment"),
        pytest.param(OPEN, HINTED, (), REFRESHES, id="or in the body alone"),
        pytest.param(OPEN, FAILED, (), REFRESHES, id="PagerDuty could not be told"),
        pytest.param(FAILED, OPEN, (), REFRESHES, id="now it was"),
    ],
)
def test_what_is_shown_more(
    planned: Ticket, found: Ticket, actions: tuple[Action, ...], expected: tuple[Action, ...]
) -> None:
    assert shown(planned, found, actions) == expected
