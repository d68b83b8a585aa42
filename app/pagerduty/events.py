"""What is severe, told to PagerDuty: its Events API v2.

| answer                         | error            | reason      | why                                                |
|--------------------------------|------------------|-------------|----------------------------------------------------|
| 202                            | none             |             | accepted; PagerDuty works on it later              |
| 429, 408, 5xx, none in time, a | LaterError       |             | asked again later; the key keeps one page one page |
| broken connection              |                  |             |                                                    |
| 400                            | InvalidError     |             | the event, or the integration's key in it, is      |
|                                |                  |             | wrong                                              |
| 401, 403                       | UnavailableError | `forbidden` | something else than the Events API answers there   |
| 3xx, any other                 | UnavailableError | `gone`      | the same                                           |

Rules: every event carries its key, so it may be sent again whatever became of the answer, and a call is never in doubt.
The integration's key stands in the body, and in no error. Redirects are not followed. A call takes five seconds at
most, for it is made ahead of all else.

<https://developer.pagerduty.com/docs/send-alert-event>,
<https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json>
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
import msgspec
from yarl import URL

from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.domain.paging import PageEvent, Told
from app.pagerduty.answers import not_before

TIMEOUT: Final = aiohttp.ClientTimeout(total=5, connect=3, sock_read=4)
_CLIENT: Final = "Prod Squad"
_LARGEST_BODY: Final = 64 * 1024
_MOST_FAULTS: Final = 3
_LONGEST_FAULT: Final = 200


class _Refusal(msgspec.Struct):
    errors: list[str] | str = []


class Events:
    """One integration's events. `clock` tells the time in UTC. The session stays the caller's to close."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        routing_key: str,
        clock: Callable[[], datetime],
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._session = session
        self._where = URL(url)
        self._routing_key = routing_key
        self._clock = clock
        self._timeout = timeout

    async def send(self, event: PageEvent) -> None:
        """Tell PagerDuty; the same event may be sent again.

        Raises LaterError, UnavailableError (`forbidden`, `gone`), or InvalidError, as the module's table says.
        """
        try:
            async with self._session.post(
                self._where,
                data=msgspec.json.encode(_body(event, self._routing_key)),
                headers={"Content-Type": "application/json"},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                said = await response.content.read(_LARGEST_BODY)
                refused = self._refusal(response.status, response.headers, said)
                if refused is None:
                    return
        except TimeoutError:
            refused = LaterError("PagerDuty did not take the event in time; it is tried again.")
        except aiohttp.ClientError as error:
            refused = LaterError(f"PagerDuty can't be reached: {type(error).__name__}; it is tried again.")
        raise refused  # outside of `except`: what aiohttp raises may hold the request

    def _refusal(self, status: int, headers: Any, said: bytes) -> SystemRefusedError | None:
        if status == 202:
            return None
        refused = f"PagerDuty did not take the event ({status})"
        if status == 429:
            wait = not_before(headers, self._clock())
            return LaterError(f"{refused}: too many events at a time; it is tried again.", not_before=wait)
        if status == 408 or status >= 500:
            return LaterError(f"{refused}; it is tried again.")
        if status == 400:
            return InvalidError(f"{refused}: {self._faults(said)} Is PAGERDUTY_ROUTING_KEY its integration's key?")
        reason = "forbidden" if status in {401, 403} else "gone"
        return UnavailableError(
            f"{refused}: its Events API is not there. Correct PAGERDUTY_EVENTS_URL, or what stands between.",
            reason=reason,
        )

    def _faults(self, said: bytes) -> str:
        """What PagerDuty objects to, bounded; should it repeat the key, then without it."""
        try:
            errors = msgspec.json.decode(said, type=_Refusal).errors
        except (msgspec.DecodeError, UnicodeDecodeError):
            errors = []
        faults = [errors] if isinstance(errors, str) else errors[:_MOST_FAULTS]
        told = "; ".join(fault.replace(self._routing_key, "…")[:_LONGEST_FAULT] for fault in faults)
        return f"{told}." if told else "it calls the event invalid."


def _body(event: PageEvent, routing_key: str) -> dict[str, Any]:
    body: dict[str, Any] = {"routing_key": routing_key, "event_action": event.told.value, "dedup_key": event.key}
    if event.told is not Told.TRIGGER:
        return body
    optional = {
        "component": event.component,
        "group": event.group,
        "timestamp": None if event.at is None else event.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "custom_details": dict(event.details),
    }
    payload = {"summary": event.summary, "source": event.source, "severity": "critical"}
    links = [{"href": link.url, "text": link.text} for link in event.links]
    return {
        **body,
        "payload": payload | {name: value for name, value in optional.items() if value},
        "client": _CLIENT,
        **({"client_url": event.links[0].url, "links": links} if links else {}),
    }
