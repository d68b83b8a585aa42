"""Text as every store can hold it: what PostgreSQL's can't is a NUL, and what none can is half a character.

https://www.postgresql.org/docs/current/datatype-character.html
"""

from __future__ import annotations

import re
from typing import Final

_UNSAVABLE: Final = re.compile("[\0\ud800-\udfff]")


def text(value: str) -> str:
    """The same, with a sign in the place of what can't be saved."""
    return _UNSAVABLE.sub("\N{REPLACEMENT CHARACTER}", value)
