"""Who is assigned once a ticket was routed anew: the new lead, and not the former one whom the App had put there."""

from __future__ import annotations

import pytest

from app.decisions.placing import assignees, newly_placed, placed
from app.domain.tickets import Routing, Ticket, with_assigned
from tests.unit.decisions.cases import OPEN, with_

MARK = with_(OPEN, routing=Routing(owners=("mark", "nick")), assigned=("mark",), placed=("mark",))


def routed(ticket: Ticket, *owners: str, app: str = "Dispatch") -> Ticket:
    return with_(ticket, routing=Routing(owners=owners), app_named=app)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(MARK, routed(MARK, "sharon"), ("sharon",), id="the App's choice goes, the new lead comes"),
        pytest.param(
            with_(MARK, assigned=("Mark", "jo")),
            routed(with_(MARK, assigned=("Mark", "jo")), "sharon"),
            ("jo", "sharon"),
            id="whom a person assigned stays",
        ),
        pytest.param(
            with_(MARK, placed=()),
            routed(with_(MARK, placed=()), "sharon"),
            ("mark", "sharon"),
            id="the lead, by people",
        ),
        pytest.param(
            with_(MARK, placed=None), routed(with_(MARK, placed=None), "sharon"), ("sharon",), id="not remembered yet"
        ),
        pytest.param(
            with_(MARK, assigned=("nick",), placed=("nick",)),
            routed(with_(MARK, assigned=("nick",), placed=("nick",)), "sharon"),
            ("sharon",),
            id="who took it instead of the lead goes, too",
        ),
        pytest.param(
            with_(MARK, assigned=("Sharon",), placed=()),
            routed(with_(MARK, assigned=("Sharon",), placed=()), "sharon"),
            ("Sharon",),
            id="the new lead has it already",
        ),
        pytest.param(
            MARK,
            routed(with_(MARK, assigned=("jo", "sharon"), placed=()), "sharon"),
            ("jo", "sharon"),
            id="it was done before a crash",
        ),
        pytest.param(MARK, routed(MARK, "Mark"), None, id="the lead is the same"),
        pytest.param(MARK, routed(MARK), (), id="nobody answers for it"),
        pytest.param(MARK, routed(MARK, "sharon", app=""), ("sharon",), id="by what arrived"),
        pytest.param(
            with_(MARK, assigned=("mark", "jo")),
            routed(with_(MARK, assigned=("mark", "jo")), "sharon", app=""),
            None,
            id="by what arrived, and a person has assigned somebody",
        ),
    ],
)
def test_who_is_assigned_now(before: Ticket, after: Ticket, expected: tuple[str, ...] | None) -> None:
    assert assignees(before, after) == expected


def test_who_was_assigned_by_a_person_was_not_placed() -> None:
    assert newly_placed(MARK, ("sharon",)) == ("sharon",)
    assert newly_placed(with_(MARK, assigned=("mark", "Sharon")), ("sharon",)) == ()
    assert newly_placed(MARK, ("mark",)) == ("mark",)
    assert placed(with_(MARK, placed=None)) == ("mark",)


def test_who_was_taken_off_and_assigned_again_was_so_by_people() -> None:
    off = with_assigned(MARK, ())
    assert (off.assigned, off.placed) == ((), ())
    assert with_assigned(off, ("mark",)).placed == ()
    assert with_assigned(MARK, ("MARK", "jo")).placed == ("mark",)
    assert with_assigned(with_(MARK, placed=None), ()).placed is None
