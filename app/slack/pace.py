"""Pace: Slack takes about one message a second in a channel, and says how long to wait after a 429.

| a call                                        | goes                                                              |
|-----------------------------------------------|-------------------------------------------------------------------|
| while Slack said to wait                      | not; LaterError with a moment of its own after that wait          |
| a routine one, within a second after another  | not; LaterError with a moment of its own                          |
| any other                                     | at once                                                           |

Rule: whoever is refused gets a moment that nobody else has got, so that many that wait do not all come again at once.
Moments lie at most `FURTHEST` ahead. <https://docs.slack.dev/apis/web-api/rate-limits>
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import LaterError

EVERY: Final = timedelta(seconds=1)
FURTHEST: Final = timedelta(minutes=5)


class Pace:
    """Of one method in one channel."""

    def __init__(self) -> None:
        self._shut_until: datetime | None = None
        self._free_at: datetime | None = None
        self._promised: datetime | None = None

    def step(self, now: datetime, *, urgent: bool) -> None:
        """Raises LaterError where the call has to wait; see the module's table."""
        shut = self._shut_until is not None and now < self._shut_until
        busy = self._free_at is not None and now < self._free_at
        if shut or (busy and not urgent):
            raise LaterError("Slack takes about one message a second.", not_before=self._moment(now))
        self._free_at = now + EVERY

    def shut(self, until: datetime) -> None:
        """Slack said to wait until then."""
        self._shut_until = until

    def _moment(self, now: datetime) -> datetime:
        earliest = max(moment for moment in (self._shut_until, self._free_at, now) if moment is not None)
        if self._promised is not None and self._promised >= earliest:
            earliest = self._promised + EVERY
        self._promised = earliest if earliest <= now + FURTHEST else max(now + FURTHEST, self._shut_until or now)
        return self._promised
