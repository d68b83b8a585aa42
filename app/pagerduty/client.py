"""Who is on call, asked of PagerDuty.

Rules: a call only reads, so a lost answer is a LaterError and never in doubt. The key goes to the configured address
alone: redirects are not followed. It stands in no error. Bodies are read up to a limit; every call has its own
time-outs. Who goes on call later, or just went off, is left out.

<https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls>,
<https://developer.pagerduty.com/docs/pagination>
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

import aiohttp
import msgspec
from yarl import URL

from app.domain.duty import OnCall
from app.domain.errors import InvalidError, LaterError
from app.pagerduty.answers import refusal

TIMEOUT: Final = aiohttp.ClientTimeout(total=10, connect=5, sock_read=8)
PER_PAGE: Final = 100
"""The most that PagerDuty lists at once."""
MOST_PAGES: Final = 10
_LARGEST_BODY: Final = 4 * 1024 * 1024
_CHUNK: Final = 64 * 1024

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _User(msgspec.Struct):
    summary: str | None = None
    name: str | None = None
    email: str | None = None


class _Entry(msgspec.Struct):
    """One person at one level, for a while. Without an end it lasts."""

    escalation_level: int
    user: _User
    start: _Moment | None = None
    end: _Moment | None = None


class _Page(msgspec.Struct):
    oncalls: list[_Entry]
    more: bool | None = None


class OnCalls:
    """One account's on-calls. `clock` tells the time in UTC. The session stays the caller's to close."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        token: str,
        clock: Callable[[], datetime],
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._session = session
        self._where = URL(f"{url.rstrip('/')}/oncalls")
        self._headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        self._clock = clock
        self._timeout = timeout

    async def on_call(self, escalation_policy: str) -> tuple[OnCall, ...]:
        """Those on call now by this escalation policy, as PagerDuty lists them. The key needs to read alone.

        Raises LaterError, UnavailableError (`forbidden`, `gone`), or InvalidError, as `answers.py` says.
        """
        found: list[_Entry] = []
        for page in range(MOST_PAGES):
            answer = await self._page(escalation_policy, page * PER_PAGE)
            found += answer.oncalls
            if not answer.more:
                break
        else:
            raise InvalidError(f"PagerDuty lists more than {PER_PAGE * MOST_PAGES:,} on call in one escalation policy.")
        now = self._clock()
        return tuple(
            OnCall(
                level=entry.escalation_level,
                name=entry.user.name or entry.user.summary or "somebody",
                email=entry.user.email or "",
                until=entry.end,
            )
            for entry in found
            if (entry.start is None or entry.start <= now) and (entry.end is None or now < entry.end)
        )

    async def _page(self, escalation_policy: str, offset: int) -> _Page:
        body = await self._read(
            {
                "escalation_policy_ids[]": escalation_policy,
                "include[]": "users",
                "limit": str(PER_PAGE),
                "offset": str(offset),
            }
        )
        try:
            return msgspec.json.decode(body, type=_Page)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise InvalidError(
                "PagerDuty's list of on-calls can't be read. Is PAGERDUTY_URL the address of PagerDuty's API?"
            ) from None

    async def _read(self, params: dict[str, str]) -> bytes:
        call = "list who is on call"
        try:
            async with self._session.get(
                self._where, params=params, headers=self._headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                body = await _bounded(response)
                refused = refusal(response.status, response.headers, call=call, now=self._clock())
                if refused is None:
                    return body
        except TimeoutError:
            refused = LaterError(f"PagerDuty would not {call} in time; it is tried again.")
        except aiohttp.ClientError as error:
            refused = LaterError(f"PagerDuty would not {call}: {type(error).__name__}; it is tried again.")
        raise refused  # outside of `except`: aiohttp's errors carry the request's headers, and with them the key


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body; what is beyond the limit is left, and what is left of the body can't be read."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > _LARGEST_BODY:
            break
    return bytes(body)
