"""`/back`: available again."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.wishes import Back


def parse(rest: str, moment: Moment) -> Back:
    """Whatever follows is a remark."""
    return Back()


SPEC: Final = Spec(
    name="back",
    usage="/back",
    help="Says that you are available again: your duty comes back to you.",
    who=Who.ON_DUTY,
    examples=("/back",),
    parse=parse,
)
