"""Slack's pace: the table of `app/slack/pace.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import LaterError
from app.slack.pace import FURTHEST, Pace

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def refused(pace: Pace, now: datetime, *, urgent: bool = False) -> datetime:
    with pytest.raises(LaterError) as error:
        pace.step(now, urgent=urgent)
    assert error.value.not_before is not None
    return error.value.not_before


def test_routine_messages_are_a_second_apart() -> None:
    pace = Pace()
    pace.step(NOW, urgent=False)
    assert refused(pace, NOW) == after(1)
    pace.step(after(1), urgent=False)


def test_each_that_waits_has_a_moment_of_its_own() -> None:
    pace = Pace()
    pace.step(NOW, urgent=False)
    assert [refused(pace, NOW) for _ in range(3)] == [after(1), after(2), after(3)]


def test_what_is_severe_does_not_wait_for_the_others() -> None:
    pace = Pace()
    pace.step(NOW, urgent=False)
    pace.step(NOW, urgent=True)


def test_what_slack_says_binds_all() -> None:
    pace = Pace()
    pace.shut(after(30))
    assert refused(pace, NOW, urgent=True) == after(30)
    assert refused(pace, NOW) == after(31)
    pace.step(after(30), urgent=False)


def test_nobody_is_sent_away_for_longer_than_slack_says() -> None:
    pace = Pace()
    pace.step(NOW, urgent=False)
    moments = [refused(pace, NOW) for _ in range(1_000)]
    assert max(moments) == NOW + FURTHEST
    pace.shut(after(3_000))
    assert refused(pace, NOW) == after(3_000)
