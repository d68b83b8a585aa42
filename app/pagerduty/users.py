"""Who has an account at PagerDuty. It only reads.

<https://developer.pagerduty.com/api-reference/c96e889522dd6-list-users>
"""

from __future__ import annotations

from typing import Final

import msgspec

from app.domain.errors import InvalidError
from app.pagerduty.wire import PagerDutyWire

PER_PAGE: Final = 100
"""The most that PagerDuty lists at once."""


class _User(msgspec.Struct):
    email: str | None = None


class _Page(msgspec.Struct):
    users: list[_User]


class Users:
    """One account's users. Raises what `PagerDutyWire.read` raises."""

    def __init__(self, wire: PagerDutyWire) -> None:
        self._wire = wire

    async def has(self, email: str) -> bool:
        """Whether somebody has this address. `query` finds parts of names and addresses, so each is compared."""
        body = await self._wire.read("users", {"query": email, "limit": str(PER_PAGE)}, call="list its users")
        try:
            found = msgspec.json.decode(body, type=_Page)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise InvalidError(
                "PagerDuty's list of users can't be read. Is PAGERDUTY_URL the address of PagerDuty's API?"
            ) from None
        return any((user.email or "").casefold() == email.casefold() for user in found.users)
