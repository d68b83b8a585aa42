"""`/discussed`: the action items of a post-mortem were discussed with the team; said on the post-mortem."""

from __future__ import annotations

from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.wishes import Discussed

ELSEWHERE: Final = "Write `/discussed` on the post-mortem, whose action items were discussed; this is no post-mortem."


def parse(rest: str, moment: Moment) -> Discussed:
    """It takes nothing. Raises UserError for words behind it: they would get lost."""
    if rest:
        raise UserError("`/discussed` takes no words. Write what was said into the post-mortem's text.")
    return Discussed()


SPEC: Final = Spec(
    name="discussed",
    usage="/discussed",
    help="On a post-mortem: its action items were discussed after standup, so nobody is reminded of that any more.",
    who=Who.TRIAGE,
    examples=("/discussed",),
    parse=parse,
)
