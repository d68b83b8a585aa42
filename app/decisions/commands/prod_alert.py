"""`/prod-alert`: make a ticket of the issue it is written on."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.wishes import MakeTicket


def parse(rest: str, moment: Moment) -> MakeTicket:
    """Whatever follows is a remark."""
    return MakeTicket()


SPEC: Final = Spec(
    name="prod-alert",
    usage="/prod-alert",
    help="Makes a ticket of an issue that is about an error in production.",
    who=Who.TRIAGE,
    examples=("/prod-alert",),
    parse=parse,
)
