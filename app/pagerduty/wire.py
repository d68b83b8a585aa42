"""One call that reads from PagerDuty's API.

Rules: a call only reads, so a lost answer is a LaterError and never in doubt. The key goes to the configured address
alone: redirects are not followed. It stands in no error. Bodies are read up to a limit; every call has its own
time-outs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import aiohttp
from yarl import URL

from app.domain.errors import LaterError
from app.pagerduty.answers import refusal

TIMEOUT: Final = aiohttp.ClientTimeout(total=10, connect=5, sock_read=8)
LARGEST_BODY: Final = 4 * 1024 * 1024
_CHUNK: Final = 64 * 1024


class PagerDutyWire:
    """One account's API. `clock` tells the time in UTC. The session stays the caller's to close."""

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
        self._root = url.rstrip("/")
        self._headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        self.clock = clock
        self._timeout = timeout

    async def read(self, path: str, params: Mapping[str, str], *, call: str) -> bytes:
        """The body. `call` says what is asked, as in "PagerDuty would not <call>".

        Raises LaterError, UnavailableError (`forbidden`, `gone`), or InvalidError, as `answers.py` says.
        """
        try:
            async with self._session.get(
                URL(f"{self._root}/{path}"),
                params=params,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await _bounded(response)
                refused = refusal(response.status, response.headers, call=call, now=self.clock())
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
        if len(body) > LARGEST_BODY:
            break
    return bytes(body)
