"""The faults a lookalike PagerDuty can have on request, rolled with a seeded die so that a run can be repeated.

| fault | what a caller sees |
|---|---|
| errors_next, server_errors | 500, 502 or 503 |
| limited_next | 429 with `ratelimit-reset: reset_in` (None: no such header); for an event without any |
| lost_next | the connection breaks without an answer |
| odd_next | 200 with a page for people instead of JSON |
| slow_ms | every answer waits this long |

Probabilities run from 0 to 1; `server_errors: 1` is an outage. The `*_next` counters strike the next so many for
certain.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Faults:
    errors_next: int = 0
    server_errors: float = 0.0
    limited_next: int = 0
    reset_in: float | None = 30
    """Seconds until the window ends, as a 429 tells it."""
    lost_next: int = 0
    odd_next: int = 0
    slow_ms: int = 0
    seed: int = 0
    _die: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    def change(self, wishes: Mapping[str, Any]) -> None:
        """Set what is named; naming a seed rolls from the start. An unknown name or no number is a ValueError."""
        known = self.shown()
        for name, value in wishes.items():
            if name not in known:
                raise ValueError(f"No fault is called {name!r}; there are {', '.join(known)}.")
            if not isinstance(value, int | float) and not (name == "reset_in" and value is None):
                raise ValueError(f"{name} must be a number, not {value!r}.")
        for name, value in wishes.items():
            setattr(self, name, value)
        if "seed" in wishes:
            self._die.seed(self.seed)

    def shown(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if not f.name.startswith("_")}

    def strikes(self, counter: str) -> bool:
        """Whether the next one is struck; counted down."""
        left: int = getattr(self, counter)
        if left > 0:
            setattr(self, counter, left - 1)
        return left > 0

    def server_error(self) -> int | None:
        """The status to fail this call with, if any."""
        rolled = self.server_errors > 0 and self._die.random() < self.server_errors
        return self._die.choice((500, 502, 503)) if self.strikes("errors_next") or rolled else None
