"""Who calls: the App by its JWT, an installation by its token, a person or a workflow by theirs.

A JWT must be RS256 by the App's key, `iss` the App's id or client id, `iat` not in the future, `exp` at most ten
minutes away. https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.github.faults import Faults
from sandbox.github.state import Actor, RefusedError, World

LONGEST = timedelta(minutes=10)
DRIFT = timedelta(seconds=5)


@cache
def throwaway_key() -> str:
    """A private key in PEM, made once a process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def public_half(pem: str) -> str:
    """The public key of a private one; a public one as it is."""
    if "PUBLIC KEY" in pem:
        return pem
    public = serialization.load_pem_private_key(pem.encode(), password=None).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


class Gate:
    """Every refusal is 401, with GitHub's words."""

    def __init__(self, world: World, faults: Faults, *, public_key: str) -> None:
        self._world = world
        self._faults = faults
        self._key = public_key

    @staticmethod
    def _value(header: str) -> str:
        scheme, _, value = header.partition(" ")
        if scheme.lower() not in ("bearer", "token") or not value:
            raise RefusedError(401, "Requires authentication")
        return value.strip()

    def app(self, header: str) -> Actor:
        try:
            claims = jwt.decode(
                self._value(header),
                self._key,
                algorithms=["RS256"],
                options={"require": ["iat", "exp", "iss"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise RefusedError(401, f"A JSON web token could not be decoded ({error})") from error
        now = self._world.now().timestamp()
        if str(claims["iss"]) not in (str(self._world.app_id), f"Iv1.{self._world.app_id}"):
            raise RefusedError(401, "'Issuer' claim ('iss') must be the App's id")
        if claims["iat"] > now + DRIFT.total_seconds():
            raise RefusedError(401, "'Issued at' claim ('iat') must be an Integer representing a time in the past")
        if claims["exp"] <= now:
            raise RefusedError(401, "'Expiration time' claim ('exp') must be a time in the future")
        if claims["exp"] > now + LONGEST.total_seconds() + DRIFT.total_seconds():
            raise RefusedError(401, "'Expiration time' claim ('exp') is too far in the future")
        return Actor(login=self._world.bot)

    def token(self, header: str) -> Actor:
        token = self._world.tokens.get(self._value(header))
        now = self._world.now()
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            raise RefusedError(401, "Bad credentials")
        young = timedelta(seconds=self._faults.fresh_token_seconds)
        if token.actor.is_app and now - token.created_at < young:
            raise RefusedError(401, "Bad credentials")
        return token.actor
