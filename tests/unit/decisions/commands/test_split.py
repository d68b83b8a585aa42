"""`/split`: what it makes of a storm's ticket, and when it is refused."""

from __future__ import annotations

import pytest

from app.domain.errors import UserError
from app.domain.storms import Division
from app.domain.tickets import Closing, Ticket
from tests.unit.decisions.cases import with_
from tests.unit.decisions.commands.cases import NOW, TICKET, done
from tests.unit.decisions.storm_cases import MARKS, STORM, storm_ticket


def test_a_storm_is_to_be_split_and_who_said_so_is_kept() -> None:
    after = done("/split please", storm_ticket())
    assert after == storm_ticket(with_(STORM, division=Division(by="jo", at=NOW)))


@pytest.mark.parametrize(
    ("ticket", "sentence"),
    [
        pytest.param(TICKET, "of one error, so there is nothing to split", id="no storm"),
        pytest.param(
            storm_ticket(with_(STORM, division=Division(by="kim", at=NOW))),
            "kim had this storm split already. The body says where",
            id="split already",
        ),
        pytest.param(storm_ticket(closing=Closing(at=NOW)), "Reopen it to split it.", id="closed"),
        pytest.param(storm_ticket(with_(STORM, members=())), "have tickets of their own", id="nothing is left in it"),
        pytest.param(
            storm_ticket(with_(STORM, members=(with_(MARKS, alone=True),))),
            "have tickets of their own",
            id="what is left in it is going its own way",
        ),
    ],
)
def test_what_is_refused(ticket: Ticket, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        done("/split", ticket)
    assert sentence in str(refused.value)


def test_a_storm_is_no_apps_ticket() -> None:
    with pytest.raises(UserError, match=r"of many errors\. `/split` gives each owner theirs"):
        done("/route app:Reader", storm_ticket())
