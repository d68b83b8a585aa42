"""A post-mortem is announced by mention, and its readers are called for feedback: the App's comments on it.

Rule: the call carries hidden what it said, so that the job which follows post-mortems up keeps to the same day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from app.domain.following_up import Called
from app.domain.listed import Remark
from app.domain.triage import MOST_MENTIONS
from app.texts.figures import count
from app.texts.markdown import BLANK, BLANK_LINE, LINE, Markdown, fill, hidden, joined, literal, marker, mention, words

_CALLED: Final = re.compile(r"^<!-- prod-squad:v1:feedback=(\{.*\}) -->\r?$", re.MULTILINE)


def begun(audience: Sequence[str], business_days: int, operation: str) -> Markdown:
    """To those who will be asked: it is being written."""
    said = fill(
        "📣 {who} This post-mortem is being written. Say in a comment what you saw, when, and what would have helped. "
        "Once no section is empty, feedback is open for {days}, and you hear until when.",
        who=_mentions(audience),
        days=count(business_days, "business day", "business days"),
    )
    return joined([said, marker(operation)], BLANK_LINE)


def call(audience: Sequence[str], called: Called, business_days: int, operation: str) -> Markdown:
    """To those who are asked: until when."""
    said = fill(
        "**Feedback is open until {day}** ({days}): say in a comment what is missing or wrong.",
        day=words(f"{called.by:%A}, {called.by}"),
        days=count(business_days, "business day", "business days"),
    )
    memory = hidden("feedback", msgspec.json.encode(called).decode())
    said = joined([literal("🔎"), _mentions(audience), said], BLANK)
    return joined([said, joined([memory, marker(operation)], LINE)], BLANK_LINE)


def called_in(remark: Remark) -> Called | None:
    """What a bot's comment called for; None where it is no such call, or damaged."""
    found = _CALLED.search(remark.text)
    if found is None:
        return None
    try:
        return msgspec.json.decode(found[1], type=Called)
    except msgspec.DecodeError:
        return None


def _mentions(people: Sequence[str]) -> Markdown:
    return joined([mention(who) for who in people[:MOST_MENTIONS]], BLANK)
