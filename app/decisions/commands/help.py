"""`/help`: the commands, or all about one of them."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.wishes import Help


def parse(rest: str, moment: Moment) -> Help:
    """The first word, with or without its slash; the table of commands says whether there is such a one."""
    return Help(name=rest.partition(" ")[0].removeprefix("/").lower())


SPEC: Final = Spec(
    name="help",
    usage="/help [command]",
    help="Shows the commands, or all about one of them.",
    who=Who.ON_DUTY,
    examples=("/help", "/help silence"),
    parse=parse,
)
