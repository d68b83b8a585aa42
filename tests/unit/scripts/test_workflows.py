"""The workflows hand their jobs what the App's settings may have besides the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

_JOB: Final = "uses: $/.github/actions/job"
WORKFLOWS: Final = sorted(path for path in Path(".github/workflows").glob("*.yml") if _JOB in path.read_text("utf-8"))
BESIDE: Final = {
    "GITHUB_TOKEN": "TICKET_LABEL",
    "PAGERDUTY_TOKEN": "PAGERDUTY_URL",
    "SENTRY_TOKEN": "SENTRY_URL",
}
"""With what is handed over, what must be, too: without it a job would look elsewhere than the App."""


def test_there_are_workflows() -> None:
    assert len(WORKFLOWS) >= 8


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_looks_where_the_app_does(path: Path) -> None:
    text = path.read_text("utf-8")
    handed = text[text.index(_JOB) :]
    missing = [
        name for token, name in BESIDE.items() if f"{token}: " in handed and f"{name}: ${{{{ vars." not in handed
    ]
    assert missing == []
