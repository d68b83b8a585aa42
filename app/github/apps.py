"""The App as itself: its name, where it is installed, and the webhooks that did not reach it.

GitHub never sends a failed webhook again by itself, but does so when asked, for three days. So what failed while the
App was down is asked for when it is up again. Asking twice does no harm: a door knows a delivery by its id.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.domain.errors import InvalidError, LaterError, UnavailableError
from app.github.answers import APP, DELIVERIES, INSTALLATIONS, Delivery, Installation, read
from app.github.client import Call, Client, EndlessError

REACH: Final = timedelta(days=3)
MOST_ATTEMPTS: Final = 5
"""A delivery that failed so often is given up: its door refuses it for a reason."""
MOST_FAILURES: Final = 3
"""After so many in a row GitHub is left in peace."""
_log = structlog.get_logger(__name__)


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

    async def redeliver_failed(self, since: datetime) -> int:
        """Ask for every webhook since then that never arrived, the oldest first; how many. It may be repeated.

        A call that failed is passed over, and its error raised in the end; after `MOST_FAILURES` in a row at once.
        """
        oldest = max(since, self._client.now() - REACH)
        asked = in_a_row = 0
        failed: LaterError | None = None
        for delivery in _undelivered(await self._deliveries(oldest)):
            url = self._client.url("/app/hook/deliveries/{id}/attempts", id=delivery.id)
            try:
                await self._client.call(Call(method="POST", url=url, installation=None, write=False))
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
        return asked

    async def _deliveries(self, oldest: datetime) -> list[Delivery]:
        """All attempts. The newest come first; the first page that reaches back far enough is the last."""
        url = self._client.url("/app/hook/deliveries{?per_page}", per_page=100)
        found: list[Delivery] = []
        call = Call(method="GET", url=url, installation=None, write=False)
        try:
            async with aclosing(self._client.pages(call)) as pages:
                async for page in pages:
                    attempts = read(page, DELIVERIES)
                    found += [attempt for attempt in attempts if attempt.delivered_at >= oldest]
                    if not attempts or attempts[-1].delivered_at < oldest:
                        break
        except EndlessError as error:
            _log.error("only the newest webhooks are looked at", found=len(found), error=str(error))
        return found


def _undelivered(newest_first: list[Delivery]) -> list[Delivery]:
    """The last attempt of each webhook none of whose attempts arrived, oldest first."""
    attempts: dict[str, list[Delivery]] = {}
    for attempt in newest_first:
        attempts.setdefault(attempt.guid, []).append(attempt)
    return [
        tried[0]
        for tried in reversed(attempts.values())
        if len(tried) < MOST_ATTEMPTS and not any(200 <= attempt.status_code < 400 for attempt in tried)
    ]
