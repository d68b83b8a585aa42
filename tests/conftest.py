"""What every test may need: databases on PostgreSQL are taken back after each test, and the server ends with the
last."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.journey import stage


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--store postgresql` plays all journeys on PostgreSQL."""
    parser.addoption("--store", choices=("sqlite", "postgresql"), default="sqlite", help="where journeys are played")


def pytest_configure(config: pytest.Config) -> None:
    """The store that was chosen is the stage's."""
    stage.STORE[0] = config.getoption("--store")


@pytest.fixture(autouse=True)
def _databases_are_given_back() -> Iterator[None]:
    yield
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].take_back()


def pytest_sessionfinish() -> None:
    """The server ends with the tests."""
    if "tests.postgres.databases" in sys.modules:
        sys.modules["tests.postgres.databases"].close()
