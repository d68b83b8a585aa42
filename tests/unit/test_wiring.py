"""What is not used is not loaded: on SQLite nobody pays for PostgreSQL's libraries."""

from __future__ import annotations

import subprocess
import sys


def test_without_postgresql_none_of_its_libraries_is_loaded() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, app.cli.main, app.wiring, scripts.job; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "app.mailroom.sqlite" in loaded
    assert {name.partition(".")[0] for name in loaded}.isdisjoint({"psycopg", "psycopg_pool", "procrastinate"})
