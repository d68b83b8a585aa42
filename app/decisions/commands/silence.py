"""`/silence`: hear no more of an error, for a reason and until something ends it.

| written                         | ends                                    |
|---------------------------------|-----------------------------------------|
| `7d reason`                     | after so long                           |
| `until monday reason`           | then                                    |
| `until 100 more reason`         | after so many more occurrences          |
| `until 5 users reason`          | when so many more users are affected    |
| `until escalating reason`       | when its sender says that it escalates  |

Rules: a silence is temporary and has a reason. What is severe is not silenced: its impact is decided anew first. A new
silence takes the place of the one before.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.decisions.commands.times import HOW_LONG, UNTIL_WHEN, moment_in, span_of
from app.domain.alerts import Impact
from app.domain.errors import UserError
from app.domain.squad import written
from app.domain.tickets import Ticket
from app.domain.triage import Silence
from app.domain.wishes import SilenceIt

LONGEST: Final = timedelta(days=90)
MOST: Final = 1_000_000
"""Occurrences or users."""
_COUNT: Final = re.compile(
    r"([0-9][0-9,]{0,11}) (?:more )?(more|times?|occurrences?|events?|users?|people)\b[.,:;]? ?", re.I
)
_OTHERS: Final = "`until 100 more`, `until 5 users` or `until escalating`"


def parse(rest: str, moment: Moment) -> SilenceIt:
    """See the module's table. Raises UserError where the end or the reason is missing, or the end too far."""
    word, _, after = rest.partition(" ")
    if word.lower() == "until":
        wish = _until(after, moment)
    else:
        span = span_of(word)
        if span is None:
            raise UserError(f"Say how long to be silent: {HOW_LONG}, {UNTIL_WHEN}, {_OTHERS}; then the reason.")
        wish = SilenceIt(until=moment.now + span, reason=after)
    if wish.until is not None and wish.until - moment.now > LONGEST:
        raise UserError(
            f"A silence lasts at most {written(LONGEST)}. Write `/silence {written(LONGEST)}` and the reason."
        )
    if not wish.reason:
        raise UserError("A silence needs its reason, for whoever reads the ticket next. Add it at the line's end.")
    return wish


def _until(rest: str, moment: Moment) -> SilenceIt:
    count = _COUNT.match(rest)
    if count is not None:
        number, reason = int(count[1].replace(",", "")), rest[count.end() :]
        if not 1 <= number <= MOST:
            raise UserError(f"Write a number from 1 to {MOST:,}, as in `/silence until 100 more` and the reason.")
        if count[2].lower() in {"user", "users", "people"}:
            return SilenceIt(users=number, reason=reason)
        return SilenceIt(occurrences=number, reason=reason)
    word, _, reason = rest.partition(" ")
    if word.lower() == "escalating":
        return SilenceIt(escalating=True, reason=reason)
    found = moment_in(rest, moment)
    if found is None:
        raise UserError(f"Say until when: {UNTIL_WHEN}, {_OTHERS}; then the reason.")
    return SilenceIt(until=found[0], reason=found[1])


def decide(wish: SilenceIt, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """The ticket silenced from now on. Raises UserError where it is severe, and where the end is over."""
    if ticket.impact is Impact.SEVERE:
        raise UserError(
            "This ticket is severe, so it stays loud. Write `/ack` if you are on it; if it is not that bad, write "
            "`/impact annoying` first."
        )
    if wish.until is not None and wish.until <= at:
        raise UserError("That time is over by now. Write `/silence` again, with a time to come.")
    silence = Silence(
        by=by,
        reason=wish.reason,
        at=at,
        until=wish.until,
        occurrences=wish.occurrences,
        users=wish.users,
        escalating=wish.escalating,
        counted_from=ticket.counters.occurrences,
        users_from=ticket.counters.users or 0,
        at_sender=ticket.silence is not None and ticket.silence.at_sender,
    )
    return msgspec.structs.replace(ticket, silence=silence)


SPEC: Final = Spec(
    name="silence",
    usage="/silence 7d|until monday|until 100 more|until 5 users|until escalating reason",
    help="Hears no more of the error for a while, here and at its sender; the reason is needed.",
    who=Who.TRIAGE,
    examples=(
        "/silence 7d a known time-out of the scanner",
        "/silence until 100 more only the nightly job sees it",
        "/silence until 5 users one broken browser",
        "/silence until escalating harmless as it is",
    ),
    parse=parse,
)
