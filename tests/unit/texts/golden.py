"""Golden files: texts as they are posted, kept under `tests/golden/` for people to read."""

from __future__ import annotations

import os
from pathlib import Path

FILES = Path(__file__).parents[2] / "golden"
UPDATE = "UPDATE_GOLDEN"


def holds(name: str, text: object) -> None:
    """The file holds exactly this text. `UPDATE_GOLDEN=1 pytest tests/unit/texts` writes the files anew."""
    path = FILES / name
    if os.environ.get(UPDATE):
        path.write_bytes(str(text).encode())
    known = path.read_bytes().decode() if path.exists() else ""
    assert str(text) == known, f"{path.name} differs. If the new text is right: {UPDATE}=1 pytest tests/unit/texts"
