"""The wire: one HTTP request goes to GitHub, one answer comes back. Nothing is judged, repeated or followed here.

Rule: what is lost is told by what it means. Nothing reached GitHub (no connection): `LaterError`, for a write too.
The request left and no whole answer came, or one that can't be read: a write is `InDoubtError`, a read is `LaterError`.

Stands on gidgethub's protocol half (headers, URLs); its client follows redirects by GET and keeps no status, so
the request itself is aiohttp's. aiohttp sends a GET again by itself where a kept connection turns out closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import msgspec
from gidgethub import sansio
from yarl import URL

from app.domain.errors import InDoubtError, InvalidError, LaterError

TIME_OUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=20)
"""GitHub itself gives a call up after 10 s: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts"""
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer that are read; a list of 100 issues of the longest bodies is smaller."""
API_VERSION: Final = "2022-11-28"
"""https://docs.github.com/en/rest/about-the-rest-api/api-versions"""
JSON: Final = sansio.accept_format()
RAW: Final = sansio.accept_format(media="raw")
_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What GitHub answered; `kind` is its media type, `next` the next page of a list, or empty."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: URL
    """The address that answered: another than was asked where redirects were followed."""
    kind: str = ""
    etag: str = ""
    next: str = ""


class Wire:
    """One address of GitHub's API, over a session that its owner closes."""

    def __init__(
        self, session: aiohttp.ClientSession, *, base_url: str, time_out: aiohttp.ClientTimeout = TIME_OUT
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._time_out = time_out

    def url(self, template: str, **variables: str | int | None) -> URL:
        """`/repos/{owner}/{repo}/issues{?state}` with its variables filled in and quoted; None leaves one out."""
        known = {name: str(value) for name, value in variables.items() if value is not None}
        return URL(sansio.format_url(template, known, base_url=self._base_url), encoded=True)

    @property
    def graphql_url(self) -> URL:
        """GraphQL's one address; on GitHub Enterprise Server it is beside the REST API, not below it.

        https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql
        """
        return URL(self._base_url.removesuffix("/v3") + "/graphql")

    def is_ours(self, url: URL) -> bool:
        """Whether a token may be sent there: the same scheme, host and port as the API's."""
        return url.origin() == URL(self._base_url).origin()

    async def send(
        self,
        method: str,
        url: URL,
        *,
        write: bool,
        accept: str = JSON,
        json: Any = None,
        token: str | None = None,
        jwt: str | None = None,
        if_none_match: str | None = None,
    ) -> Answer:
        """One request. Raises LaterError and InDoubtError as the module says, InvalidError for a huge answer."""
        headers = sansio.create_headers("prod-squad", accept=accept, oauth_token=token, jwt=jwt)
        headers["x-github-api-version"] = API_VERSION
        body = None
        if json is not None:
            headers["content-type"] = "application/json; charset=utf-8"
            body = msgspec.json.encode(json)
        if if_none_match is not None:
            headers["if-none-match"] = if_none_match
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=self._time_out
            ) as response:
                following = response.links.get("next")
                return Answer(
                    status=response.status,
                    headers=response.headers,
                    body=await _read(response),
                    url=url,
                    kind=response.content_type,
                    etag=response.headers.get("etag", ""),
                    next="" if following is None else str(following["url"]),
                )
        except _NEVER_SENT as lost:
            raise LaterError(f"GitHub could not be reached ({type(lost).__name__}); nothing was sent.") from lost
        except (aiohttp.ClientError, TimeoutError, ValueError) as lost:  # ValueError: a header that can't be read
            if write:
                raise InDoubtError(
                    f"GitHub's answer to {method} {url.path} was lost ({type(lost).__name__}): see whether it was done."
                ) from lost
            raise LaterError(f"GitHub's answer to {method} {url.path} was lost ({type(lost).__name__}).") from lost


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > LARGEST:
            raise InvalidError(f"GitHub's answer is larger than {LARGEST:,} bytes; it was not read.")
        parts.append(part)
    return b"".join(parts)
