"""A handful of journeys on PostgreSQL; with PROD_SQUAD_TEST_STORE=postgresql all are played on it."""

from __future__ import annotations

import pytest

from tests.journey.stage import STORE
from tests.journey.test_alerts import (
    test_a_new_error_gets_its_ticket_in_one_call as test_alerts,
)
from tests.journey.test_coming_and_going import (
    test_an_app_that_ended_before_the_answer_came_does_nothing_twice as test_doubt,
)
from tests.journey.test_coming_and_going import (
    test_mail_that_nobody_settled_is_settled_after_a_restart as test_restart,
)
from tests.journey.test_coming_and_going import (
    test_the_operator_replays_what_was_not_understood as test_operator,
)

__all__ = ["test_alerts", "test_doubt", "test_operator", "test_restart"]


@pytest.fixture(autouse=True)
def _on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE, "postgresql")
