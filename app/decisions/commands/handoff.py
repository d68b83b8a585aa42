"""`/handoff`: another person takes one's duty."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.people import login_of
from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.wishes import Handoff


def parse(rest: str, moment: Moment) -> Handoff:
    """`@login`; whatever follows is a remark. Raises UserError where nobody is named, or a team."""
    if not rest:
        raise UserError("Say who takes over, as in `/handoff @octocat`.")
    return Handoff(to=login_of(rest.partition(" ")[0]))


SPEC: Final = Spec(
    name="handoff",
    usage="/handoff @login",
    help="Hands your duty to another person, and tells them.",
    who=Who.ON_DUTY,
    examples=("/handoff @octocat",),
    parse=parse,
)
