"""What every test may need: databases on PostgreSQL are dropped after the test that made them, and the server at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _databases_are_dropped() -> Iterator[None]:
    yield
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].drop_all()


def pytest_sessionfinish() -> None:
    """The server ends with the tests."""
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].close()
