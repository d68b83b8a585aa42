"""`/ack`: I am on it. Nobody is pinged any more until the acknowledgement expires.

| behind it               | is                                                                                         |
|-------------------------|--------------------------------------------------------------------------------------------|
| nothing                 | as long as the squad's acknowledgements last                                               |
| `30m`, `for 30m`        | so long                                                                                    |
| `until 14:00`           | until then                                                                                 |
| … and more words        | a remark, for whoever reads the comment                                                    |
| words alone             | a remark; refused where they begin like a time (`30 minutes`, `14:00`), which was meant    |
"""

from __future__ import annotations

import re
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
_SIGNS: Final = re.compile(r"[,:;.]+(?= |$)")
"""What may stand behind a word."""


def parse(rest: str, moment: Moment) -> Acknowledge:
    """See the module's table. Raises UserError for a time that can't be read, and for longer than `LONGEST`."""
    spoken = _SIGNS.sub("", rest)
    word, _, after = spoken.partition(" ")
    timed = after if word.lower() in {"for", "until"} else spoken
    lasts = span_of(timed.partition(" ")[0]) if word.lower() != "until" else None
    if lasts is None:
        found = moment_in(timed, moment)
        if word.lower() == "until" and found is not None:
            lasts = found[0] - moment.now
        elif word.lower() == "until" or found is not None or timed[:1].isdigit():
            raise UserError(f"Write `/ack` alone, or with {HOW_LONG}, or {UNTIL_WHEN}; a remark may follow.")
    if lasts is not None and lasts > LONGEST:
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
    also=("acknowledge",),
    usage="/ack [30m | until 14:00] [remark]",
    help="Says that you are on it: nobody is pinged until it expires.",
    who=Who.TRIAGE,
    examples=("/ack", "/ack 30m a retry is running", "/ack until 14:00"),
    parse=parse,
)
