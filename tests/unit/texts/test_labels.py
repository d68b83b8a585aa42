"""A ticket's labels, and how they live with those that people put on."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Impact
from app.domain.tickets import Routing, Ticket
from app.texts.labels import LONGEST_NAME, labels_for, with_peoples
from tests.unit.decisions.storm_cases import storm_ticket
from tests.unit.texts.cases import SUPPORT
from tests.unit.texts.nasty import texts

SEVERE = Ticket(
    id=1, routing=Routing(app="Reader", team="Whiskey"), impact=Impact.SEVERE, regressions=2, silenced="archived"
)


def names(ticket: Ticket, theirs: tuple[str, ...] = ()) -> list[str]:
    return [style.name for style in with_peoples(labels_for(ticket, "prod-alert"), theirs)]


@pytest.mark.parametrize(
    ("ticket", "theirs", "labels"),
    [
        pytest.param(Ticket(id=1), (), ["prod-alert"], id="nothing known"),
        pytest.param(SUPPORT, (), ["support", "app:Reader", "team:Whiskey"], id="a support ticket that is quiet"),
        pytest.param(
            msgspec.structs.replace(SUPPORT, quiet=False),
            ("support", "bug"),
            ["prod-alert", "support", "app:Reader", "team:Whiskey", "bug"],
            id="a support ticket that somebody found relevant",
        ),
        pytest.param(
            SEVERE,
            (),
            ["prod-alert", "app:Reader", "team:Whiskey", "impact:severe", "regression", "silenced"],
            id="everything known",
        ),
        pytest.param(
            SEVERE,
            ("bug", "App:Old", "impact:unsure", "PROD-ALERT", "Regression"),
            ["prod-alert", "app:Reader", "team:Whiskey", "impact:severe", "regression", "silenced", "bug"],
            id="ours of a kind replace that kind",
        ),
        pytest.param(storm_ticket(), ("bug",), ["prod-alert", "storm", "bug"], id="a storm"),
        pytest.param(Ticket(id=1), ("silenced", "bug"), ["prod-alert", "bug"], id="a silence that is over goes"),
        pytest.param(
            Ticket(id=1),
            ("app:a", "app:b", "impact:severe", "regression"),
            ["prod-alert", "app:a", "app:b", "impact:severe", "regression"],
            id="what the App knows nothing of stays",
        ),
        pytest.param(Ticket(id=1), ("bug", "Bug"), ["prod-alert", "Bug"], id="case makes no other label"),
        pytest.param(
            Ticket(id=1, routing=Routing(app="a,b\nc", team="t" * 60)),
            (),
            ["prod-alert", "app:a b c", "team:" + "t" * 44 + "…"],
            id="no comma, one line, not too long",
        ),
    ],
)
def test_labels(ticket: Ticket, theirs: tuple[str, ...], labels: list[str]) -> None:
    assert names(ticket, theirs) == labels


@given(app=texts, team=texts, label=st.sampled_from(("prod-alert", "error")), impact=st.sampled_from((None, *Impact)))
def test_a_label_is_what_github_takes(app: str, team: str, label: str, impact: Impact | None) -> None:
    ticket = Ticket(id=1, routing=Routing(app=app, team=team), impact=impact, regressions=1, silenced="x")
    for style in with_peoples(labels_for(ticket, label), ("bug",)):
        assert 0 < len(style.name) <= LONGEST_NAME
        assert "," not in style.name
        assert len(style.description) <= 100
        assert re.fullmatch("[0-9a-f]{6}", style.color)


def test_merging_twice_changes_nothing() -> None:
    ours = labels_for(SEVERE, "prod-alert")
    once = with_peoples(ours, ("bug",))
    assert with_peoples(ours, tuple(style.name for style in once)) == once


def test_no_two_labels_of_a_ticket_are_told_apart_by_their_words_alone() -> None:
    tickets = [msgspec.structs.replace(SEVERE, impact=impact) for impact in Impact]
    styles = [style for it in (*tickets, storm_ticket(), SUPPORT) for style in labels_for(it, "prod-alert")]
    assert len({style.color for style in styles}) == len({style.name for style in styles})
