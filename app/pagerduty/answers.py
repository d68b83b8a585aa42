"""What an answer of PagerDuty's API means for the call that got it.

| answer        | error            | reason      | why                                             |
|---------------|------------------|-------------|-------------------------------------------------|
| 2xx           | none             |             |                                                 |
| 3xx           | UnavailableError | `gone`      | the API is at another address                   |
| 401, 403      | UnavailableError | `forbidden` | the key is wrong, or may not read               |
| 402           | UnavailableError | `forbidden` | the account's plan does not have it             |
| 404, 410      | UnavailableError | `gone`      | deleted, or of another account                  |
| 408, 5xx      | LaterError       |             | every call we make only reads                   |
| 429           | LaterError       |             | not before what the headers say                 |
| any other 4xx | InvalidError     |             | the call itself is wrong                        |

Rule of 429: `ratelimit-reset`, else `Retry-After`, both in seconds, else none said. It is at least a second from now
and at most an hour: a mad header must not keep the squad on old news.

<https://developer.pagerduty.com/docs/errors>, <https://support.pagerduty.com/docs/rest-api-rate-limits>
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError

SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(hours=1)


def refusal(status: int, headers: Mapping[str, str], *, call: str, now: datetime) -> SystemRefusedError | None:
    """The error that the answer stands for; None where there is none.

    `call` says what was asked, as in "PagerDuty would not <call>". `headers` have to be case-insensitive.
    """
    if status < 300:
        return None
    said = f"PagerDuty would not {call} ({status})"
    if status < 400:
        return UnavailableError(
            f"{said}: it is at another address now. Set PAGERDUTY_URL to where it is.", reason="gone"
        )
    if status in {401, 403}:
        return UnavailableError(f"{said}. Set PAGERDUTY_TOKEN to a REST API key that may read.", reason="forbidden")
    if status == 402:
        return UnavailableError(f"{said}: the account's plan does not have it.", reason="forbidden")
    if status in {404, 410}:
        return UnavailableError(
            f"{said}: it is not there. Correct escalation_policy in the squad's file, or PAGERDUTY_TOKEN.",
            reason="gone",
        )
    if status == 429:
        return LaterError(f"{said}: too many calls.", not_before=not_before(headers, now))
    if status == 408 or status >= 500:
        return LaterError(f"{said}; it is tried again.")
    return InvalidError(f"{said}: it calls the request wrong.")


def not_before(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a call that came too often may be made again; None where the answer does not say."""
    for name in ("ratelimit-reset", "Retry-After"):
        seconds = _seconds(headers.get(name, ""))
        if seconds is not None:
            wait = timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
            return now + max(wait, SHORTEST_WAIT)
    return None


def _seconds(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
