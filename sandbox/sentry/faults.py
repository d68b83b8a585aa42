"""The faults a lookalike Sentry can have on request, rolled with a seeded die so that a run can be repeated.

| fault | what a caller sees |
|---|---|
| errors_next, server_errors | 500, 502 or 503, and nothing is done |
| limited_next | 429 with `Retry-After: retry_after` (None: no such header), and nothing is done |
| lost_next | a write is done, then the connection breaks without an answer |
| odd_next | 200 with a page for people instead of JSON, and nothing is done |
| slow_ms | every answer of the API waits this long |
| hooks_lost_next, hooks_lost | a webhook is never sent |

Probabilities run from 0 to 1; the `*_next` counters strike the next so many for certain.
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
    retry_after: int | None = None
    """Seconds. Sentry documents no such header, only when its window ends, which every answer tells."""
    reset_in: float = 1.0
    """Seconds until the window ends, as the answers tell it."""
    lost_next: int = 0
    odd_next: int = 0
    slow_ms: int = 0
    hooks_lost_next: int = 0
    hooks_lost: float = 0.0
    seed: int = 0
    _die: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    def change(self, wishes: Mapping[str, Any]) -> None:
        """Set what is named; naming a seed rolls from the start. An unknown name or no number is a ValueError."""
        known = self.shown()
        for name, value in wishes.items():
            if name not in known:
                raise ValueError(f"No fault is called {name!r}; there are {', '.join(known)}.")
            if not isinstance(value, int | float) and not (name == "retry_after" and value is None):
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
        if self.strikes("errors_next") or self._rolls(self.server_errors):
            return self._die.choice((500, 502, 503))
        return None

    def loses_hook(self) -> bool:
        return self.strikes("hooks_lost_next") or self._rolls(self.hooks_lost)

    def _rolls(self, probability: float) -> bool:
        return probability > 0 and self._die.random() < probability
