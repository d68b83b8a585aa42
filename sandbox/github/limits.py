"""GitHub's limits, counted exactly per installation, and every excess written down.

* primary: so many requests an hour; its headers are on every answer, and a 304 is free.
* content-creating: 80 in any 60 s and 500 in any hour; a refused call creates nothing and is not counted.
* points: 900 in any 60 s; reading costs 1, writing 5.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.github.state import Violation, World

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    primary_per_hour: int = 5000
    content_per_minute: int = 80
    content_per_hour: int = 500
    points_per_minute: int = 900
    status: int = 403
    """With what a secondary limit answers: 403 or 429."""
    retry_after: int | None = None
    """Seconds; None tells the true rest of the window."""


@dataclass(slots=True)
class Window:
    """How much happened in the last `length`, exactly: what is `length` old is out."""

    length: timedelta
    entries: deque[tuple[datetime, int]] = field(default_factory=deque)
    total: int = 0

    def count(self, now: datetime) -> int:
        while self.entries and self.entries[0][0] <= now - self.length:
            self.total -= self.entries.popleft()[1]
        return self.total

    def add(self, now: datetime, weight: int) -> None:
        self.entries.append((now, weight))
        self.total += weight

    def seconds_left(self, now: datetime) -> int:
        oldest = self.entries[0][0] if self.entries else now
        return max(1, int((oldest + self.length - now).total_seconds()) + 1)


@dataclass(slots=True)
class Meter:
    """One installation's windows."""

    content_minute: Window = field(default_factory=lambda: Window(MINUTE))
    content_hour: Window = field(default_factory=lambda: Window(HOUR))
    points: Window = field(default_factory=lambda: Window(MINUTE))
    used: int = 0
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Go on, unless one of the two is said."""

    retry_after: int | None = None
    exhausted: bool = False


class Limits:
    """Asked before each call; `installation_id` 0 stands for people's and Actions' tokens."""

    def __init__(self, world: World, allowance: Allowance) -> None:
        self._world = world
        self.allowance = allowance
        self._meters: dict[int, Meter] = {}

    def meter(self, installation_id: int) -> Meter:
        now = self._world.now()
        meter = self._meters.setdefault(installation_id, Meter())
        if meter.reset_at is None or meter.reset_at <= now:
            meter.used, meter.reset_at = 0, now + HOUR
        return meter

    def admit(self, installation_id: int, *, route: str, points: int, created: int) -> Verdict:
        """Count the call, or refuse it and write the violation down."""
        now = self._world.now()
        meter = self.meter(installation_id)
        allowed = self.allowance
        checks = (
            ("content-per-minute", meter.content_minute, created, allowed.content_per_minute),
            ("content-per-hour", meter.content_hour, created, allowed.content_per_hour),
            ("points-per-minute", meter.points, points, allowed.points_per_minute),
        )
        if meter.used >= allowed.primary_per_hour:
            self._record("primary-per-hour", installation_id, route, meter.used + 1, allowed.primary_per_hour)
            return Verdict(exhausted=True)
        for name, window, weight, most in checks:
            if weight and window.count(now) + weight > most:
                self._record(name, installation_id, route, window.total + weight, most)
                rest = allowed.retry_after if allowed.retry_after is not None else window.seconds_left(now)
                return Verdict(retry_after=rest)
        for _, window, weight, _ in checks:
            if weight:
                window.add(now, weight)
        meter.used += 1
        return Verdict()

    def give_back(self, installation_id: int) -> None:
        """A 304 does not count against the primary limit."""
        self.meter(installation_id).used -= 1

    def _record(self, limit: str, installation_id: int, route: str, count: int, allowed: int) -> None:
        self._world.violations.append(
            Violation(
                at=self._world.now(),
                limit=limit,
                installation_id=installation_id,
                route=route,
                count=count,
                allowed=allowed,
            )
        )

    def shown(self, installation_id: int) -> dict[str, int]:
        meter = self.meter(installation_id)
        reset = meter.reset_at or self._world.now()
        return {
            "limit": self.allowance.primary_per_hour,
            "remaining": max(0, self.allowance.primary_per_hour - meter.used),
            "reset": int(reset.timestamp()),
            "used": meter.used,
        }
