"""What an answer of Sentry's API means for the call that got it.

| answer        | error            | reason      | why                                            |
|---------------|------------------|-------------|------------------------------------------------|
| 2xx           | none             |             |                                                |
| 3xx           | UnavailableError | `gone`      | the organisation is at another address         |
| 401, 403      | UnavailableError | `forbidden` | the token is wrong, or lacks the scope         |
| 404, 410      | UnavailableError | `gone`      | deleted, or not for this token's eyes          |
| 408, 5xx      | LaterError       |             | every call we make may be repeated             |
| 429           | LaterError       |             | not before what the headers say                |
| any other 4xx | InvalidError     |             | the call itself is wrong                       |

Rule of 429: `Retry-After` (seconds or a date), else `X-Sentry-Rate-Limit-Reset` (seconds since 1970), else none said.
It is at least a second from now (where too many calls are under way the window may just have begun) and at most an
hour: a mad header must not put a ticket to sleep.

<https://docs.sentry.io/api/ratelimits/>
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError

SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(hours=1)


def refusal(
    status: int, headers: Mapping[str, str], *, call: str, scope: str, now: datetime
) -> SystemRefusedError | None:
    """The error that the answer stands for; None where there is none.

    `call` says what was asked, as in "Sentry would not <call>"; `scope` is what the token needs for it. `headers`
    are looked up as they are named in the module's rule, so they have to be case-insensitive.
    """
    if status < 300:
        return None
    said = f"Sentry would not {call} ({status})"
    if status < 400:
        return UnavailableError(
            f"{said}: it is at another address now. Set SENTRY_URL and SENTRY_ORGANIZATION to where it is.",
            reason="gone",
        )
    if status in {401, 403}:
        return UnavailableError(
            f"{said}. Set SENTRY_TOKEN to the token of an internal integration with the scope `{scope}`.",
            reason="forbidden",
        )
    if status in {404, 410}:
        return UnavailableError(
            f"{said}: it is not there (it may have been deleted), or SENTRY_TOKEN may not see it.",
            reason="gone",
        )
    if status == 429:
        return LaterError(f"{said}: too many calls.", not_before=_not_before(headers, now))
    if status == 408 or status >= 500:
        return LaterError(f"{said}; it is tried again.")
    return InvalidError(f"{said}: it calls the request wrong.")


def _not_before(headers: Mapping[str, str], now: datetime) -> datetime | None:
    at = _retry_after(headers.get("Retry-After", ""), now)
    if at is None:
        at = _since_1970(headers.get("X-Sentry-Rate-Limit-Reset", ""))
    return None if at is None else min(max(at, now + SHORTEST_WAIT), now + LONGEST_WAIT)


def _retry_after(value: str, now: datetime) -> datetime | None:
    """<https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>"""
    seconds = _number(value)
    if seconds is not None:
        return now + timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _since_1970(value: str) -> datetime | None:
    seconds = _number(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(value: str) -> float | None:
    """Sentry gives whole seconds, and has given fractions."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
