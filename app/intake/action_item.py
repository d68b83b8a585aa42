"""A sub-issue's body: the hidden marker that says whose action item it is.

Rule: anybody may write such a marker, so it only says where to look: the post-mortem's record knows its sub-issues.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from app.domain.post_mortems import ITEM_MARKER, ItemOf

_MARKER: Final = re.compile(rf"^<!-- prod-squad:v1:{ITEM_MARKER}=(\{{.{{1,300}}\}}) -->\r?$", re.MULTILINE)


def item_of(body: str) -> ItemOf | None:
    """The last marker on a line of its own; None where there is none, or it is damaged."""
    if ITEM_MARKER not in body:  # asked of every delivery, and a line's beginning is dear to look for
        return None
    found = _MARKER.findall(body)
    try:
        return msgspec.json.decode(found[-1], type=ItemOf) if found else None
    except msgspec.DecodeError:
        return None
