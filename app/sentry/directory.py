"""What an organisation at Sentry has: its projects, and its people by their addresses. It only reads.

Rule: whoever was invited and has not come, or whose account is switched off, has no access.

<https://docs.sentry.io/api/organizations/list-an-organizations-projects/>,
<https://docs.sentry.io/api/organizations/list-an-organizations-members/>
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from app.domain.errors import InvalidError
from app.sentry.wire import SentryWire

MOST_PAGES: Final = 50
_T = TypeVar("_T")


class _Project(msgspec.Struct):
    slug: str


class _Email(msgspec.Struct):
    email: str = ""
    is_verified: bool = False


class _User(msgspec.Struct):
    email: str | None = None
    isActive: bool = True  # noqa: N815 - Sentry's name
    emails: list[_Email] = []


class _Member(msgspec.Struct):
    email: str | None = None
    user: _User | None = None
    pending: bool = False
    expired: bool = False


_PROJECTS: Final = msgspec.json.Decoder(list[_Project])
_MEMBERS: Final = msgspec.json.Decoder(list[_Member])


class SentryDirectory:
    """Raises what `SentryWire.call` raises, and InvalidError for what can't be read or has no end."""

    def __init__(self, wire: SentryWire) -> None:
        self._wire = wire

    async def projects(self) -> tuple[str, ...]:
        """The slugs of all projects, in the order of the alphabet. Needs `org:read`."""
        listed = await self._all("projects", _PROJECTS, scope="org:read")
        return tuple(sorted(project.slug for project in listed))

    async def members(self) -> frozenset[str]:
        """The addresses of all who have access, in small letters. Needs `member:read`."""
        found: set[str] = set()
        for member in await self._all("members", _MEMBERS, scope="member:read"):
            user = member.user
            if user is None or member.pending or member.expired or not user.isActive:
                continue
            addresses = [member.email, user.email, *(each.email for each in user.emails if each.is_verified)]
            found.update(address.casefold() for address in addresses if address)
        return frozenset(found)

    async def _all(self, what: str, decoder: msgspec.json.Decoder[list[_T]], *, scope: str) -> list[_T]:
        found: list[_T] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self._wire.call(
                "GET",
                self._wire.root / what / "",
                call=f"list its {what}",
                scope=scope,
                params={"cursor": cursor} if cursor else None,
            )
            try:
                found += decoder.decode(answer.body or b"")
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise InvalidError(
                    f"Sentry's list of {what} can't be read. Is SENTRY_URL the address of a Sentry?"
                ) from None
            cursor = answer.cursor
            if not cursor:
                return found
        raise InvalidError(f"Sentry's list of {what} has more than {MOST_PAGES} pages; its end was not read.")
