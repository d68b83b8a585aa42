"""`/away`: not available until then; the secondary takes the duty over and is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.decisions.commands.spec import Moment, Spec, Who
from app.decisions.commands.times import HOW_LONG, UNTIL_WHEN, moment_in, span_of
from app.domain.errors import UserError
from app.domain.squad import written
from app.domain.wishes import Away

LONGEST: Final = timedelta(days=60)


def parse(rest: str, moment: Moment) -> Away:
    """`2h reason`, `until 14:00 reason`; the reason may be left out.

    Raises UserError where the end is missing, over, or further than `LONGEST`.
    """
    word, _, after = rest.partition(" ")
    span = span_of(word)
    found = (moment.now + span, after) if span is not None else None
    if word.lower() == "until":
        found = moment_in(after, moment)
    if found is None:
        raise UserError(f"Say how long you are away: {HOW_LONG}, or {UNTIL_WHEN}.")
    until, reason = found
    if until - moment.now > LONGEST:
        raise UserError(
            f"`/away` is for at most {written(LONGEST)}. For longer, change the rotation itself, and hand over with "
            "`/handoff`."
        )
    return Away(until=until, reason=reason)


SPEC: Final = Spec(
    name="away",
    usage="/away 2h|until 14:00 [reason]",
    help="Hands your duty to the secondary until you are back, and tells them.",
    who=Who.ON_DUTY,
    examples=("/away until 14:00 a no-laptops meeting", "/away 2h", "/away until monday PTO"),
    parse=parse,
)
