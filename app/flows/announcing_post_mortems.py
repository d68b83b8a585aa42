"""Announcing post-mortems: what a post-mortem's settle has to say to the squad's channel, as letters to the mailbox
that speaks to Slack.

| when                                                | what is said                                                 |
|-----------------------------------------------------|--------------------------------------------------------------|
| its message would show something else               | its message shall show it                                    |
| (`decisions/announcing_post_mortems.py`)            |                                                              |
| standup is, and its action items were not discussed | that they are to be discussed, once a day                    |
| (`decisions/standup.py`)                            |                                                              |

Rules: nothing is said to Slack here; the letters are saved in the commit that ends the settle (ADR 10): so Slack can
hold up no post-mortem. A squad's file that names no channel says nothing. While items wait to be discussed a timer
wakes the mailbox at each standup.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec

from app.decisions import announcing_post_mortems as decisions
from app.decisions.business_time import Calendar
from app.decisions.standup import is_waiting, line_for, next_one
from app.domain.issues import IssueRef
from app.domain.mail import AfterStandup, ByKey, Letter, Mail, ShowPostMortem
from app.domain.mailboxes import Claim, Timer, post_mortem_announcement_key
from app.domain.post_mortems import PostMortem
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.flows.settle_post_mortem import Followed
from app.flows.slack_post_mortems import channel_of

STANDUP: Final = "standup"
"""The timer's name."""
_SENDER: Final = "announcing"


class Tickets(Protocol):
    """What the mailroom knows of tickets."""

    async def look(self, ticket_id: int) -> Ticket | None: ...


class AnnouncingPostMortems:
    """See the module's table."""

    def __init__(self, tickets: Tickets, *, now: Callable[[], datetime]) -> None:
        self._tickets = tickets
        self._now = now

    async def advanced(
        self, claim: Claim, before: PostMortem | None, after: PostMortem, squad: Squad, fell: tuple[str, ...]
    ) -> Followed:
        """The record with what is shown of it, and the letters and timers for that."""
        if not channel_of(squad):
            return Followed(record=after)
        record, letters = after, list[Letter]()
        shown = decisions.shown(record, await self._issues_of(record), squad)
        if shown is not None and (digest := decisions.digest(shown)) != record.announced:
            letters.append(self._letter(claim, ShowPostMortem(shown=shown), f"{digest}:{self._now().isoformat()}"))
            record = msgspec.structs.replace(record, announced=digest)
        timers: tuple[Timer, ...] = ()
        at = squad.post_mortem.standup
        if at is not None and is_waiting(record):
            calendar, now = Calendar(squad), self._now()
            day = line_for(calendar, at, record.standup_on, now)
            if day is not None and (STANDUP in fell or (before is not None and is_waiting(before))):
                line = AfterStandup(line=decisions.agenda(record, day))
                letters.append(self._letter(claim, line, f"standup:{day}"))
            if day is not None:  # said, or it was not waiting yet when standup was
                record = msgspec.structs.replace(record, standup_on=day)
            due = next_one(calendar, at, now)
            timers = (Timer(name=STANDUP, due=due),) if due is not None else ()
        return Followed(record=record, timers=timers, letters=tuple(letters))

    async def _issues_of(self, record: PostMortem) -> tuple[IssueRef, ...]:
        tickets = [await self._tickets.look(number) for number in record.tickets]
        return tuple(ticket.issue for ticket in tickets if ticket is not None and ticket.issue is not None)

    def _letter(self, claim: Claim, mail: Mail, what: str) -> Letter:
        return Letter(
            sender=_SENDER,
            delivery_id=f"{claim.key}:{what}",
            address=ByKey(key=post_mortem_announcement_key(claim.key)),
            mail=mail,
            received_at=self._now(),
            prompt=True,
        )
