"""One call of Sentry's API, and what came of it.

Rules: every call may be repeated (a PUT brings about a state, a GET changes nothing), so a lost answer is a
LaterError and never in doubt. The token goes to the configured address alone: redirects are not followed, and a next
page is asked for by its cursor, never by the address in the `Link` header. It stands in no error. Bodies are read up
to a limit; every call has its own time-outs. <https://docs.sentry.io/api/pagination/>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import aiohttp
import msgspec
from yarl import URL

from app.domain.errors import InvalidError, LaterError
from app.sentry.answers import refusal

TIMEOUT: Final = aiohttp.ClientTimeout(total=15, connect=5, sock_read=10)
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
LARGEST_BODY: Final = 8 * 1024 * 1024
_CHUNK: Final = 64 * 1024


class Answer(NamedTuple):
    """A good answer."""

    body: bytes | None
    """None where it was larger than the limit."""
    cursor: str
    """Of the next page; empty where there is none."""


class SentryWire:
    """Calls to one organisation's part of the API.

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
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        if not NAME.fullmatch(organization):
            raise InvalidError("SENTRY_ORGANIZATION must be the organisation's slug, as in its address at Sentry.")
        self._session = session
        self.root = URL(f"{url.rstrip('/')}/api/0/organizations/{organization}/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._clock = clock
        self._timeout = timeout

    async def call(
        self,
        method: str,
        where: URL,
        *,
        call: str,
        scope: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        """The answer. `call` says what is asked, as in "Sentry would not <call>"; `scope` is what the token needs.

        Raises LaterError, UnavailableError (`forbidden`, `gone`), or InvalidError, as `answers.py` says.
        """
        try:
            async with self._session.request(
                method,
                where,
                params=params,
                json=json,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await _bounded(response)
                refused = refusal(response.status, response.headers, call=call, scope=scope, now=self._clock())
                if refused is None:
                    return Answer(body, _next_cursor(response.links))
                if isinstance(refused, InvalidError):
                    refused = InvalidError(str(refused), fields=_fields(body))
        except TimeoutError:
            refused = LaterError(f"Sentry would not {call} in time; it is tried again.")
        except aiohttp.ClientError as error:
            refused = LaterError(f"Sentry would not {call}: {type(error).__name__}; it is tried again.")
        raise refused  # outside of `except`: aiohttp's errors carry the request's headers, and with them the token


async def _bounded(response: aiohttp.ClientResponse) -> bytes | None:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _next_cursor(links: Mapping[str, Mapping[str, Any]]) -> str:
    """Sentry names a next page even where there is nothing on it: `results` says so."""
    following = links.get("next", {})
    return str(following.get("cursor", "")) if following.get("results") == "true" else ""


def _fields(body: bytes | None) -> tuple[str, ...]:
    """A refusal names the fields it objects to as the keys of an object."""
    try:
        told = msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    return tuple(name[:60] for name in list(told)[:10])
