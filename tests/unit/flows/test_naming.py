"""Naming: what is said of an issue that a command names and that is no ticket."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app.decisions.commands import duplicate_of
from app.domain.errors import UserError
from app.domain.mail import Commented
from app.domain.tickets import Ticket
from app.domain.wishes import IssueNamed
from app.flows.naming import Naming
from tests.unit.decisions.cases import HOME, ISSUE, NOW

SAID = Commented(action="created", comment_id=1, issue=ISSUE, actor="jo", actor_is_bot=False, at=NOW)


class NoTickets:
    """A ledger that has none."""

    async def ticket_at(self, repository_id: int, number: int) -> int | None:
        return None

    async def look(self, ticket_id: int) -> Ticket | None:
        raise AssertionError("there is none to look at")


@pytest.mark.parametrize("label", ["prod-alert", "incident"])
async def test_an_issue_that_is_no_ticket_becomes_one_by_the_label_that_the_app_goes_by(label: str) -> None:
    nobody_else = cast(Any, None)
    naming = Naming(NoTickets(), nobody_else, nobody_else, ticket_label=label)
    with pytest.raises(UserError, match=f"`{HOME.name}#3` is no ticket. Label it `{label}`, or write `/prod-alert`"):
        await naming.ticket(IssueNamed(number=3), SAID, duplicate_of.SPEC, "closes")
