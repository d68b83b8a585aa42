"""Tokens: the App's own JWT, and an installation's token made with it.

Rules: a JWT is issued 60 s in the past, for GitHub's clock may be behind ours, and lives nine of the ten minutes
allowed. An installation's token is kept until five minutes before its end. Only one is made at a time for each
installation; whoever else needs it waits for that one. A token that was refused is forgotten, once.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, cast

import cachetools
import jwt
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.domain.errors import LaterError, SystemRefusedError, UnavailableError
from app.github.errors import refusal
from app.github.wire import Wire

BACKDATED: Final = timedelta(seconds=60)
JWT_LIFE: Final = timedelta(minutes=9)
EARLY: Final = timedelta(minutes=5)
FRESH: Final = timedelta(seconds=60)
"""So long a new token may be unknown to some of GitHub's servers, which answer 401."""
_MOST: Final = 10_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An installation's token; its text is never shown."""

    text: str = field(repr=False)
    made_at: datetime
    ends_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether a 401 may only mean that it is not known everywhere yet."""
        return now < self.made_at + FRESH


class _Made(msgspec.Struct):
    token: str
    expires_at: datetime


class TokenSource(Protocol):
    """Where the client has its tokens from."""

    def app(self) -> str:
        """The App's JWT."""

    async def of(self, installation: int) -> Token:
        """The installation's token."""

    def forget(self, installation: int, token: Token) -> None:
        """GitHub refused this one."""


class GivenToken:
    """One token that was given from outside, such as a workflow's GITHUB_TOKEN: it is no App's, and can't be renewed.

    https://docs.github.com/en/actions/concepts/security/github_token
    """

    def __init__(self, text: str, now: Callable[[], datetime]) -> None:
        self._token = Token(text=text, made_at=now() - FRESH, ends_at=now() + timedelta(days=1))

    def app(self) -> str:
        """UnavailableError, always."""
        raise UnavailableError("This is for the App itself, and there is only a workflow's token.", reason="forbidden")

    async def of(self, installation: int) -> Token:
        """The token, whatever the installation."""
        return self._token

    def forget(self, installation: int, token: Token) -> None:
        """There is no other one, and waiting mends nothing: UnavailableError."""
        raise UnavailableError(
            "GitHub does not know the token that the job was given: it is wrong, or its time is over.",
            reason="forbidden",
        )


class Tokens:
    """One App's tokens."""

    def __init__(self, wire: Wire, *, app_id: str, private_key: str, now: Callable[[], datetime]) -> None:
        self._wire = wire
        self._app_id = app_id
        # Read once, for that takes 20 ms. What is no RSA key the settings have refused.
        self._private_key = cast(RSAPrivateKey, load_pem_private_key(private_key.encode(), password=None))
        self._now = now
        self._jwt = ("", now())
        self._kept: cachetools.TLRUCache[int, Token, datetime] = cachetools.TLRUCache(
            _MOST, ttu=lambda _key, token, _now: token.ends_at - EARLY, timer=now
        )
        self._making: dict[int, asyncio.Task[Token]] = {}

    def app(self) -> str:
        """The App's JWT, for what it does as itself."""
        text, renew_at = self._jwt
        now = self._now()
        if not text or now >= renew_at:
            issued = now - BACKDATED
            claims = {
                "iat": int(issued.timestamp()),
                "exp": int((issued + JWT_LIFE).timestamp()),
                "iss": self._app_id,
            }
            text = jwt.encode(claims, self._private_key, algorithm="RS256")
            self._jwt = (text, now + JWT_LIFE / 2)
        return text

    async def of(self, installation: int) -> Token:
        """The installation's token, made where none is kept.

        Errors: UnavailableError(reason="not-installed") where the App is not installed any more; LaterError.
        """
        kept = self._kept.get(installation)
        if kept is not None:
            return kept
        making = self._making.get(installation)
        if making is None:
            making = asyncio.create_task(self._make(installation))
            self._making[installation] = making
            making.add_done_callback(lambda done: self._made(installation, done))
        return await asyncio.shield(making)

    def forget(self, installation: int, token: Token) -> None:
        """GitHub refused this one; a newer one that somebody made meanwhile stays."""
        if self._kept.get(installation) is token:
            del self._kept[installation]

    def _made(self, installation: int, done: asyncio.Task[Token]) -> None:
        del self._making[installation]
        if not done.cancelled():
            done.exception()  # looked at here, since everybody who waited may have left

    async def _make(self, installation: int) -> Token:
        """Making one twice by accident does no harm: a write that may be repeated, so its loss is `LaterError`."""
        url = self._wire.url("/app/installations/{id}/access_tokens", id=installation)
        now = self._now()
        answer = await self._wire.send("POST", url, write=False, jwt=self.app())
        if answer.status != 201:
            raise _not_installed(refusal(answer.status, answer.headers, answer.body, write=False, now=now))
        try:
            made = msgspec.json.decode(answer.body, type=_Made)
        except msgspec.DecodeError as fault:
            raise LaterError("GitHub's answer to the making of a token can't be read.") from fault
        token = Token(text=made.token, made_at=now, ends_at=made.expires_at)
        self._kept[installation] = token
        _log.info("made a token", installation=installation, ends_at=made.expires_at.isoformat())
        return token


def _not_installed(refused: SystemRefusedError) -> SystemRefusedError:
    """Where there is no installation, or a suspended one, its token is 404 or 403."""
    if not isinstance(refused, UnavailableError):
        return refused
    return UnavailableError(f"The App is not installed there: {refused}", reason="not-installed")
