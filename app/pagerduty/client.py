"""Who is on call, asked of PagerDuty.

Rule: who goes on call later, or just went off, is left out. See `wire.py` for what becomes of a lost answer, and of the
key.

<https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls>,
<https://developer.pagerduty.com/docs/pagination>
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

import aiohttp
import msgspec

from app.domain.duty import OnCall
from app.domain.errors import InvalidError
from app.pagerduty.wire import TIMEOUT, PagerDutyWire

PER_PAGE: Final = 100
"""The most that PagerDuty lists at once."""
MOST_PAGES: Final = 10

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
        self._wire = PagerDutyWire(session, url=url, token=token, clock=clock, timeout=timeout)

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
        now = self._wire.clock()
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
        params = {
            "escalation_policy_ids[]": escalation_policy,
            "include[]": "users",
            "limit": str(PER_PAGE),
            "offset": str(offset),
        }
        body = await self._wire.read("oncalls", params, call="list who is on call")
        try:
            return msgspec.json.decode(body, type=_Page)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise InvalidError(
                "PagerDuty's list of on-calls can't be read. Is PAGERDUTY_URL the address of PagerDuty's API?"
            ) from None
