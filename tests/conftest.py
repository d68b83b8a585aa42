"""What every test may need: its databases on PostgreSQL are taken back, and the server ends with the last test.

Properties are tried with the same examples in every run, however slow the machine: what is judged is the change, and
not luck. `pytest --hypothesis-profile=search` looks for examples that nobody has tried yet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _databases_are_given_back() -> Iterator[None]:
    yield
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].take_back()


def pytest_sessionfinish() -> None:
    """The server ends with the tests."""
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].close()
