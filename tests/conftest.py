"""What every test may need: its databases on PostgreSQL are taken back, and the server ends with the last test."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _databases_are_given_back() -> Iterator[None]:
    yield
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].take_back()


def pytest_sessionfinish() -> None:
    """The server ends with the tests."""
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].close()
