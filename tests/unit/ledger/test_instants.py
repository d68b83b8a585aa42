"""Instants: what goes in comes out, in the same order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.instants import micros, moment, span

_MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(_MOMENTS)
def test_a_moment_comes_back_exactly(at: datetime) -> None:
    assert moment(micros(at)) == at


@given(_MOMENTS, _MOMENTS)
def test_numbers_compare_and_subtract_as_moments_do(one: datetime, other: datetime) -> None:
    assert (micros(one) < micros(other)) == (one < other)
    assert micros(one) - micros(other) == span(one - other)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), 0, id="the beginning"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1_000_000, id="before it"),
        pytest.param(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0, id="in another zone"),
    ],
)
def test_instants_count_from_1970_in_utc(at: datetime, value: int) -> None:
    assert micros(at) == value


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        micros(datetime(2026, 11, 24))  # noqa: DTZ001 - that is the point
