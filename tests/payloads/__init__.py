"""Webhook bodies that tests read, by sender and name; and where more of them may lie beside the project."""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
BESIDE: Final = HERE.parents[2] / "shared" / "payloads"
"""Bodies that are not copied into the project: tests that walk them are skipped where the folder is absent."""


def body(sender: str, name: str) -> bytes:
    """One body, e.g. `body("sentry", "issue.created")`."""
    return (HERE / sender / f"{name}.json").read_bytes()


def names(sender: str) -> list[str]:
    """All bodies of a sender."""
    return sorted(path.stem for path in (HERE / sender).glob("*.json"))
