"""The table of `decisions/retrying.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.retrying import GIVE_UP_AFTER, GiveUp, RetryAt, decide_retry
from app.domain.errors import HeldBackError, InDoubtError, InvalidError, LaterError, StoreError, UnavailableError

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=37)


def _in(**much: float) -> RetryAt:
    return RetryAt(at=NOW + timedelta(**much))


@pytest.mark.parametrize(
    ("error", "attempt", "decided"),
    [
        pytest.param(LaterError("busy", not_before=SOON), 1, RetryAt(at=SOON), id="then, when it says"),
        pytest.param(LaterError("busy", not_before=SOON), 50, RetryAt(at=SOON), id="however often it was tried"),
        pytest.param(LaterError("busy", not_before=NOW - timedelta(hours=1)), 1, _in(), id="at once, if that is over"),
        pytest.param(
            HeldBackError("full", not_before=SOON, installation=1, urgent=False), 1, RetryAt(at=SOON), id="held back"
        ),
        pytest.param(LaterError("busy"), 1, _in(seconds=1), id="it does not say when: after a second"),
        pytest.param(InDoubtError("lost"), 1, _in(seconds=1), id="the answer was lost: after a second"),
        pytest.param(InDoubtError("lost"), 4, _in(seconds=8), id="then longer"),
        pytest.param(InDoubtError("lost"), 9, _in(seconds=256), id="and longer"),
        pytest.param(InDoubtError("lost"), 10, _in(minutes=5), id="never longer than five minutes"),
        pytest.param(InDoubtError("lost"), 100_000, _in(minutes=5), id="and never given up"),
        pytest.param(UnavailableError("locked", reason="locked"), 1, _in(minutes=15), id="a person must act"),
        pytest.param(UnavailableError("locked", reason="locked"), 99, _in(minutes=15), id="and may take their time"),
        pytest.param(InvalidError("body"), 1, _in(seconds=1), id="a wrong call is tried again"),
        pytest.param(ValueError("oops"), GIVE_UP_AFTER - 1, _in(seconds=64), id="as is what the App got wrong"),
        pytest.param(
            InvalidError("Slack would not post a message: invalid_blocks."),
            GIVE_UP_AFTER,
            GiveUp(reason="What was asked for is called invalid: Slack would not post a message: invalid_blocks."),
            id="till it is given up, and the one that refused it is named",
        ),
        pytest.param(ValueError("oops"), GIVE_UP_AFTER, GiveUp(reason="ValueError: oops"), id="with the reason"),
        pytest.param(StoreError("full"), GIVE_UP_AFTER, GiveUp(reason="StoreError: full"), id="of whatever kind"),
    ],
)
def test_what_becomes_of_a_settle_that_failed(error: Exception, attempt: int, decided: RetryAt | GiveUp) -> None:
    assert decide_retry(error, attempt, now=NOW, spread=0.0) == decided


@given(
    st.integers(min_value=1, max_value=10_000),
    st.floats(min_value=0, max_value=1, exclude_max=True),
    st.sampled_from([LaterError("busy"), InDoubtError("lost"), UnavailableError("gone", reason="gone")]),
)
def test_retries_are_spread_and_bounded(attempt: int, spread: float, error: Exception) -> None:
    decided = decide_retry(error, attempt, now=NOW, spread=spread)
    assert isinstance(decided, RetryAt)
    assert timedelta(seconds=1) <= decided.at - NOW < timedelta(minutes=17)
