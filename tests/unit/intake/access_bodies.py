"""The checklist as GitHub renders it of the form, and what people make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TEMPLATES = Path(__file__).parents[3] / ".github" / "ISSUE_TEMPLATE"
FORM: dict[str, Any] = yaml.safe_load((TEMPLATES / "squad-access.yml").read_text())
FIELDS: dict[str, dict[str, Any]] = {it["id"]: it["attributes"] for it in FORM["body"] if it["type"] != "markdown"}
LABELS: tuple[str, ...] = tuple(option["label"] for option in FIELDS["access"]["options"])


def rendered(*ticked: str, login: str = "") -> str:
    """`ticked` are beginnings of the lines that are ticked."""
    boxes = "\n".join(f"- [{'X' if label.startswith(ticked) and ticked else ' '}] {label}" for label in LABELS)
    headings = [FIELDS[name]["label"] for name in ("login", "access")]
    return f"### {headings[0]}\n\n{login or '_No response_'}\n\n### {headings[1]}\n\n{boxes}"
