"""Speaking back to Sentry: an error is resolved or archived there, and what was seen there lately is listed.

Rule: every call may be repeated; see `wire.py` for what becomes of a lost answer, and of the token.

<https://docs.sentry.io/api/events/update-an-issue/>,
<https://docs.sentry.io/api/events/list-an-organizations-issues/>, <https://docs.sentry.io/api/pagination/>
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import aiohttp
from yarl import URL

from app.domain.errors import InvalidError, PayloadError
from app.domain.facts import Fact
from app.domain.mail import Letter
from app.domain.triage import Silence
from app.intake import sentry_api
from app.intake.redaction import Redactor
from app.intake.sentry_api import Totals, totals_of
from app.sentry.archiving import UNARCHIVED, archived
from app.sentry.wire import LARGEST_BODY, NAME, TIMEOUT, Answer, SentryWire

QUERY: Final = "is:unresolved issue.category:error"
"""What a sweep looks at: a squad that is alerted by rules of its own may want less, e.g. with `project:[a, b]`."""
PER_PAGE: Final = 100
"""The most that Sentry lists at once."""
MOST_PAGES: Final = 20


class Unread(Fact, frozen=True, kw_only=True):
    """A listed issue that can't be read; to be kept as a dead letter."""

    payload: bytes
    reason: str


class Seen(Fact, frozen=True, kw_only=True):
    """What one sweep found, latest first."""

    letters: tuple[Letter, ...] = ()
    """One for each issue. To be saved only where the error is unknown or was seen later than what is known of it."""
    unread: tuple[Unread, ...] = ()
    complete: bool = True
    """False: there were more than `PER_PAGE` × `MOST_PAGES`; those seen longest ago are left out."""


class SentryErrors:
    """One organisation's errors at Sentry, or at a self-hosted one.

    `url` is the server's address without a path of the API, `organization` its slug or id, `clock` tells the time
    in UTC. The session stays the caller's to close.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        organization: str,
        token: str,
        clock: Callable[[], datetime],
        query: str = QUERY,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._wire = SentryWire(session, url=url, organization=organization, token=token, clock=clock, timeout=timeout)
        self._issues = self._wire.root / "issues" / ""
        self._clock = clock
        self._query = query

    async def resolve(self, sender_ref: str) -> None:
        """Mark the error as resolved; resolving it again changes nothing. The token needs `event:write`.

        Raises LaterError, UnavailableError (`forbidden`, `gone`), or InvalidError, as `answers.py` says.
        """
        await self._update(sender_ref, "resolve", {"status": "resolved"})

    async def archive(self, sender_ref: str, silence: Silence) -> None:
        """Silence the error, as `archiving.py` says; doing it again begins its counts anew. Needs `event:write`.

        Raises what `resolve` raises, and InvalidError for a silence that nothing ends.
        """
        await self._update(sender_ref, "archive", archived(silence, self._clock()))

    async def unarchive(self, sender_ref: str) -> None:
        """End the error's silence; of one that is not silenced it changes nothing. Needs `event:write`.

        Sentry would take one that was resolved meanwhile for a regression, so ask for it only while it is silenced.
        Raises what `resolve` raises.
        """
        await self._update(sender_ref, "unarchive", UNARCHIVED)

    async def totals(self, sender_ref: str) -> Totals:
        """How many events and users Sentry has counted of the error in all. Needs `event:read`.

        An alert rule fires at most every so many minutes, so alerts alone say too little.
        <https://docs.sentry.io/api/events/retrieve-an-issue/> Raises what `resolve` raises.
        """
        answer = await self._wire.call(
            "GET", self._issue(sender_ref), call=f"count issue {sender_ref}", scope="event:read"
        )
        try:
            return totals_of(answer.body or b"")
        except PayloadError as error:
            raise InvalidError("Sentry's issue can't be read. Is SENTRY_URL the address of a Sentry?") from error

    async def seen_since(self, since: datetime, *, redactor: Redactor) -> Seen:
        """The errors that were seen at `since` or later and are unresolved, each as a letter. Needs `event:read`.

        One that is seen again between two pages may be left out: the next sweep, from the start of this one, has it.
        Raises what `resolve` raises; then nothing is known, and the same sweep is made again.
        """
        received_at = self._clock()
        asked = {
            "query": f"{self._query} lastSeen:>={since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
            "sort": "date",
            "limit": str(PER_PAGE),
            "collapse": "unhandled",
        }
        letters: dict[str, Letter] = {}
        unread: list[Unread] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            params = {**asked, "cursor": cursor} if cursor else asked
            answer = await self._wire.call(
                "GET", self._issues, call="list its issues", scope="event:read", params=params
            )
            for issue in _issues_in(answer):
                try:
                    letter = sentry_api.read(issue, received_at=received_at, redactor=redactor)
                except PayloadError as error:
                    unread.append(Unread(payload=issue, reason=str(error)))
                else:
                    letters.setdefault(letter.delivery_id, letter)  # paging a list that moves can show one twice
            cursor = answer.cursor
            if not cursor:
                break
        return Seen(letters=tuple(letters.values()), unread=tuple(unread), complete=not cursor)

    def _issue(self, sender_ref: str) -> URL:
        if not NAME.fullmatch(sender_ref):
            raise InvalidError("This ticket's error has no issue at Sentry.", fields=("sender_ref",))
        return self._issues / sender_ref / ""

    async def _update(self, sender_ref: str, what: str, json: Mapping[str, object]) -> None:
        call = f"{what} issue {sender_ref}"
        await self._wire.call("PUT", self._issue(sender_ref), call=call, scope="event:write", json=json)


def _issues_in(answer: Answer) -> tuple[bytes, ...]:
    if answer.body is None:
        raise InvalidError(f"Sentry's list of issues is larger than {LARGEST_BODY} bytes.")
    try:
        return sentry_api.issues_of(answer.body)
    except PayloadError as error:
        raise InvalidError("Sentry's list of issues can't be read. Is SENTRY_URL the address of a Sentry?") from error
