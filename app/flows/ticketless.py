"""Errors that Sentry knows and that no ticket names: what was missed on the way, whatever the reason.

| a ticket names an error by                                       | also a closed one, or a duplicate of another |
|------------------------------------------------------------------|----------------------------------------------|
| the sender's id in the App's hidden state, of each of its errors | yes                                          |
| a link to its page at Sentry, anywhere in the issue's body       | yes                                          |

| looked at                                                       | why                                           |
|-----------------------------------------------------------------|-----------------------------------------------|
| the tickets that changed within the time                        | a ticket changes when its error occurs again  |
| all others, if some errors are still without one                | a ticket may have been left alone meanwhile   |
| what changed meanwhile, a minute later, if there are some still | an error may just be getting its ticket       |

Rule: repositories whose tickets can't be seen are told, for then an error may have a ticket there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.domain.alerts import Alert
from app.domain.issues import Repository
from app.domain.ticketless import SenderSaw, Ticketless
from app.flows.pacing import Pace
from app.flows.reading import Reading
from app.intake.form import sentry_issues
from app.texts.body import state_in

REACH: Final = timedelta(days=3)
WAIT: Final = 60.0
"""Seconds that a new error has to get its ticket."""
_SKEW: Final = timedelta(minutes=2)
_STATES: Final = ("OPEN", "CLOSED")

Seen = Callable[[datetime], Awaitable[SenderSaw]]


class TicketlessErrors:
    """See the module's rules. `sleep` takes seconds."""

    def __init__(
        self,
        seen: Seen,
        pace: Pace,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[str], None],
    ) -> None:
        self._seen = seen
        self._pace = pace
        self._now = now
        self._sleep = sleep
        self._tell = tell

    async def run(
        self, places: Sequence[tuple[Reading, Repository]], ticket_label: str, *, unseen: tuple[str, ...] = ()
    ) -> Ticketless:
        """One comparison. Raises what Sentry and GitHub raise."""
        began = self._now()
        since = began - REACH
        saw = await self._pace(lambda: self._seen(since))
        left = {alert.sender_ref: alert for alert in saw.alerts if alert.sender_ref}
        self._tell(f"{len(saw.alerts):,} errors at Sentry")
        tickets = 0
        for reach in (since, None):
            for reading, repository in places if left else ():
                tickets += await self._taken_out(left, reading, repository, ticket_label, reach)
        if left:
            await self._sleep(WAIT)
            for reading, repository in places:
                await self._taken_out(left, reading, repository, ticket_label, began - _SKEW)
        return Ticketless(
            since=since,
            seen=len(saw.alerts),
            errors=tuple(left.values()),
            tickets=tickets,
            unread=saw.unread,
            complete=saw.complete,
            unseen=unseen,
        )

    async def _taken_out(
        self,
        left: dict[str, Alert],
        reading: Reading,
        repository: Repository,
        ticket_label: str,
        since: datetime | None,
    ) -> int:
        """Take out the errors that tickets name, to the end of the list or until none is left; how many were read."""
        read = 0
        async for page in reading.pages(repository, ticket_label, states=_STATES, since=since):
            for listed in page:
                state = state_in(listed.body)
                for name in (*(state.errors if state is not None else ()), *sentry_issues(listed.body)):
                    left.pop(name, None)
            read += len(page)
            self._tell(f"{read:,} tickets of {repository.name} read, {len(left):,} errors without one")
            if not left:
                break
        return read
