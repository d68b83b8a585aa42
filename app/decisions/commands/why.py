"""`/why`: say why the ticket went where it did."""

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
    help="Says why the ticket went where it did: the owners map's line and what it matched.",
    who=Who.TRIAGE,
    examples=("/why",),
    parse=parse,
)
