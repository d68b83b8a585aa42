"""The App as itself: its name, where it is installed, and the webhooks that did not reach it.

GitHub never sends a failed webhook again by itself, but does so when asked, for three days. So what failed while the
App was down is asked for when it is up again. Its record is read newest first, so many pages at once, and gone on with
where that ended. Asking twice does no harm: a door knows a delivery by its id.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from yarl import URL

from app.decisions.reckoning import MOST_ATTEMPTS
from app.domain.deliveries import Attempt, RecordPage, Redelivered, Rest
from app.domain.errors import InvalidError, LaterError, UnavailableError
from app.github.answers import APP, DELIVERIES, INSTALLATIONS, Delivery, Installation, read
from app.github.client import Call, Client

REACH: Final = timedelta(days=3)
MOST_PAGES: Final = 40
"""Pages of a hundred that are read of the record at once."""
MOST_FAILURES: Final = 3
"""After so many in a row GitHub is left in peace."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Slice:
    """Attempts, the newest first, and where the record goes on; empty: it was read to its end."""

    attempts: list[Delivery] = field(default_factory=list)
    cursor: str = ""


class Apps:
    """Calls with the App's own JWT."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._slug = ""

    async def slug(self) -> str:
        """What the App is called in links; asked once. It may be repeated."""
        if not self._slug:
            call = Call(method="GET", url=self._client.url("/app"), installation=None, write=False)
            self._slug = read(await self._client.call(call), APP).slug
        return self._slug

    async def login(self) -> str:
        """The login under which the App writes: `<slug>[bot]`."""
        return f"{await self.slug()}[bot]"

    async def installations(self) -> tuple[Installation, ...]:
        """Where the App is installed, suspended ones too. It may be repeated."""
        url = self._client.url("/app/installations{?per_page}", per_page=100)
        call = Call(method="GET", url=url, installation=None, write=False)
        found: list[Installation] = []
        async for page in self._client.pages(call):
            listed = read(page, INSTALLATIONS)
            found += listed
        return tuple(found)

    async def redeliver_failed(self, since: datetime, rest: Rest | None = None) -> Redelivered:
        """Ask for every webhook since then that never arrived, of one slice of the record, the oldest first.

        `rest` is where the slice begins; None: at the newest. It may be repeated. A call that failed is passed over,
        and its error raised in the end; after `MOST_FAILURES` in a row at once.
        """
        oldest = max(since, self._client.now() - REACH)
        found, rest = await self._slice(oldest, rest)
        dealt_with = () if rest is None else rest.dealt_with
        asked = in_a_row = 0
        failed: LaterError | None = None
        for delivery in _undelivered(found.attempts, frozenset(dealt_with)):
            try:
                await self.send_again(delivery.id)
            except (InvalidError, UnavailableError) as refused:
                _log.warning("a webhook can't be sent again", delivery=delivery.guid, error=type(refused).__name__)
            except LaterError as later:
                failed, in_a_row = later, in_a_row + 1
                if later.not_before is not None or in_a_row >= MOST_FAILURES:
                    break
            else:
                asked, in_a_row = asked + 1, 0
        _log.info("asked for failed webhooks", since=oldest.isoformat(), asked=asked)
        if failed is not None:
            raise failed
        if not found.cursor:
            return Redelivered(asked=asked)
        again = dict.fromkeys((*dealt_with, *(attempt.guid for attempt in found.attempts if attempt.redelivery)))
        return Redelivered(asked=asked, rest=Rest(cursor=found.cursor, dealt_with=tuple(again)))

    async def send_again(self, delivery: int) -> None:
        """Have GitHub send a webhook again, by the id of one of its attempts. It may be repeated.

        https://docs.github.com/en/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook
        """
        url = self._client.url("/app/hook/deliveries/{id}/attempts", id=delivery)
        await self._client.call(Call(method="POST", url=url, installation=None, write=False))

    async def record(self, after: str = "") -> RecordPage:
        """A page of the record of webhooks, from its newest or from where it goes on. One call."""
        url = self._client.url("/app/hook/deliveries{?per_page,cursor}", per_page=100, cursor=after or None)
        page = await self._client.call(Call(method="GET", url=url, installation=None, write=False))
        attempts = tuple(
            Attempt(id=it.id, guid=it.guid, at=it.delivered_at, arrived=it.arrived, again=it.redelivery, event=it.event)
            for it in read(page, DELIVERIES)
        )
        return RecordPage(attempts=attempts, after=_cursor(page.next))

    async def _slice(self, oldest: datetime, rest: Rest | None) -> tuple[_Slice, Rest | None]:
        """The slice, and what it was gone on from: GitHub may not know the place any more, then from the newest."""
        if rest is not None:
            try:
                return await self._deliveries(oldest, rest.cursor), rest
            except (InvalidError, UnavailableError) as refused:
                _log.warning("the record is read from its beginning again", error=str(refused))
        return await self._deliveries(oldest, None), None

    async def _deliveries(self, oldest: datetime, cursor: str | None) -> _Slice:
        """Attempts that are young enough. The first page that reaches back far enough is the last.

        https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
        """
        url = self._client.url("/app/hook/deliveries{?per_page,cursor}", per_page=100, cursor=cursor)
        found = _Slice()
        call = Call(method="GET", url=url, installation=None, write=False)
        pages = 0
        async with aclosing(self._client.pages(call)) as answers:
            async for page in answers:
                attempts = read(page, DELIVERIES)
                found.attempts += [attempt for attempt in attempts if attempt.delivered_at >= oldest]
                pages += 1
                if not attempts or attempts[-1].delivered_at < oldest:
                    break
                if pages == MOST_PAGES:
                    found.cursor = _cursor(page.next)
                    break
        return found


def _cursor(following: str) -> str:
    """Of a next page's address; empty where there is none."""
    return URL(following, encoded=True).query.get("cursor", "") if following else ""


def _undelivered(newest_first: list[Delivery], dealt_with: frozenset[str]) -> list[Delivery]:
    """The last attempt of each webhook none of whose attempts arrived, oldest first."""
    attempts: dict[str, list[Delivery]] = {}
    for attempt in newest_first:
        attempts.setdefault(attempt.guid, []).append(attempt)
    return [
        tried[0]
        for guid, tried in reversed(attempts.items())
        if guid not in dealt_with and len(tried) < MOST_ATTEMPTS and not any(attempt.arrived for attempt in tried)
    ]
