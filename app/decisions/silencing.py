"""Silencing: when a silence is over, and what its end does.

| the silence was set until …     | is over when                                             | noticed by         |
|---------------------------------|----------------------------------------------------------|--------------------|
| a time                          | it is that time                                          | a timer            |
| so many more occurrences        | the ticket has counted as many since it began            | an alert, totals   |
| so many more users              | the ticket has counted as many since it began            | an alert, totals   |
| it escalates                    | the sender says that it does                             | the sender's word  |
| anything, at the sender, too    | the sender says that it escalates: what was set there is | the sender's word  |
|                                 | met, whatever was counted here                           |                    |
| anything, at the sender, too    | it was brought back there                                | the sender's word  |

Several conditions: the first that is met ends it; the one that stands higher in the table is named.

| at its end the error …                                             | and then                                        |
|--------------------------------------------------------------------|-------------------------------------------------|
| occurred since the silence began, within the last day              | it is alive: the ticket is shown, or reopened   |
| has met a condition, or escalates, or was brought back             | it is alive, whenever it was counted            |
| did not occur since, or not within the last day                    | it stays quiet; the next occurrence is heard    |

Rule: the App keeps every silence itself, also where the sender keeps it too. When a time set at Sentry is over, Sentry
sends no webhook (`manage_issue_states` with ONGOING in
<https://github.com/getsentry/sentry/blob/master/src/sentry/issues/escalating/escalating.py>), and neither does it when
somebody unarchives by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.domain.facts import Fact
from app.domain.mail import SenderVerb
from app.domain.tickets import Ticket
from app.domain.triage import Over, Silence

RECENT: Final = timedelta(days=1)
"""An error that has not occurred for so long when its silence ends is not alive."""


class Ending(Fact, frozen=True, kw_only=True):
    """The end of a silence, and whether the error is still alive then."""

    over: Over
    alive: bool


def is_over(silence: Silence, ticket: Ticket, now: datetime, said: SenderVerb | None = None) -> Over | None:
    """What has ended the silence; None while it holds. `said`: the sender's word of the error since the last settle."""
    counters = ticket.counters
    if silence.until is not None and silence.until <= now:
        return Over.TIME
    if silence.occurrences is not None and counters.occurrences - silence.counted_from >= silence.occurrences:
        return Over.OCCURRENCES
    if silence.users is not None and (counters.users or 0) - silence.users_from >= silence.users:
        return Over.USERS
    if said is SenderVerb.ESCALATING and (silence.escalating or silence.at_sender):
        return Over.ESCALATING
    if said in {SenderVerb.UNRESOLVED, SenderVerb.REGRESSED} and silence.at_sender:
        return Over.SENDER
    return None


def wakes_at(silence: Silence) -> datetime | None:
    """When to look at the silence again though nothing has happened; None where only what happens can end it."""
    return silence.until


def ending(silence: Silence, ticket: Ticket, over: Over, now: datetime) -> Ending:
    """What the end does: an error that is alive is shown again, and its ticket reopened where it is closed.

    An error that is archived at Sentry is often not heard here: fold what Sentry counted meanwhile into the ticket
    first, where it can be asked.
    """
    return Ending(over=over, alive=over is not Over.TIME or _occurred(silence, ticket, now))


def _occurred(silence: Silence, ticket: Ticket, now: datetime) -> bool:
    seen = ticket.counters.last_seen
    return seen is not None and seen > silence.at and now - seen <= RECENT
