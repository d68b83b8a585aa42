"""`/ack`: I am on it. Nobody is pinged any more until the acknowledgement expires."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.decisions.commands.times import HOW_LONG, UNTIL_WHEN, moment_in, span_of
from app.domain.errors import UserError
from app.domain.squad import written
from app.domain.tickets import Ticket
from app.domain.triage import Acknowledgement
from app.domain.wishes import Acknowledge

LASTS: Final = timedelta(hours=4)
"""How long an acknowledgement lasts where nothing else is said."""
LONGEST: Final = timedelta(days=3)
"""A weekend; who needs longer silences the error."""


def parse(rest: str, moment: Moment) -> Acknowledge:
    """Nothing, `30m`, or `until 14:00`. Raises UserError for anything else, and for longer than `LONGEST`."""
    if not rest:
        return Acknowledge()
    word, _, after = rest.partition(" ")
    lasts = span_of(word)
    if word.lower() == "until":
        found = moment_in(after, moment)
        lasts, after = (found[0] - moment.now, found[1]) if found is not None else (None, after)
    if lasts is None or after:
        raise UserError(f"Write `/ack` alone, or with {HOW_LONG}, or {UNTIL_WHEN}.")
    if lasts > LONGEST:
        raise UserError(
            f"An acknowledgement lasts at most {written(LONGEST)}. Write `/ack {written(LONGEST)}` and renew it, or "
            "silence the error with `/silence 7d` and the reason."
        )
    return Acknowledge(lasts=lasts)


def decide(wish: Acknowledge, ticket: Ticket, by: str, at: datetime, lasts: timedelta = LASTS) -> Ticket:
    """The ticket acknowledged, for `lasts` where the wish says no more; again, or by another, it begins anew.

    Raises UserError where the ticket is closed.
    """
    if ticket.closing is not None:
        raise UserError("This ticket is closed, so nobody is pinged. Reopen it if there is still something to do.")
    expires = at + (wish.lasts if wish.lasts is not None else lasts)
    return msgspec.structs.replace(ticket, acknowledged=Acknowledgement(by=by, at=at, expires=expires))


SPEC: Final = Spec(
    name="ack",
    usage="/ack [30m | until 14:00]",
    help="Says that you are on it: nobody is pinged until it expires.",
    who=Who.TRIAGE,
    examples=("/ack", "/ack 30m", "/ack until 14:00"),
    parse=parse,
)
