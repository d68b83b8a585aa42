"""`/why`: say why the ticket went where it did, and which rule spoke of its impact."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.wishes import ExplainRouting


def parse(rest: str, moment: Moment) -> ExplainRouting:
    """Whatever follows is a remark."""
    return ExplainRouting()


SPEC: Final = Spec(
    name="why",
    usage="/why",
    help="Says why the ticket went where it did, by the owners map, and which rule spoke of its impact.",
    who=Who.TRIAGE,
    examples=("/why",),
    parse=parse,
)
