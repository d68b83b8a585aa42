"""The faults a lookalike can have on request, rolled with a seeded die so that a run can be repeated.

| fault | what a caller sees |
|---|---|
| lost_answers | a write is done, then the connection breaks without an answer |
| server_errors | 500, 502 or 503, and nothing is done |
| limited | `limited_status` with `retry_after` seconds (None: no Retry-After header), and nothing is done |
| fresh_token_seconds | 401 while an installation token is younger than this |
| slow_ms | every answer waits this long |
| stale_list_seconds | listings do not show what is younger than this |
| webhooks_lost | a webhook is never sent |

Probabilities run from 0 to 1; the `*_next` counters strike the next so many calls for certain.
`route` limits calls' faults to those whose "METHOD /path" holds it, or ends with what stands before its `$`. A path is
the API's own: `/repos/{owner}/{repo}/issues`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Faults:
    lost_answers: float = 0.0
    lost_next: int = 0
    server_errors: float = 0.0
    errors_next: int = 0
    limited: float = 0.0
    limited_next: int = 0
    limited_status: int = 403
    retry_after: int | None = 60
    fresh_token_seconds: float = 0.0
    slow_ms: int = 0
    stale_list_seconds: float = 0.0
    webhooks_lost: float = 0.0
    route: str = ""
    seed: int = 0
    _die: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    def change(self, wishes: Mapping[str, Any]) -> None:
        """Set what is named; naming a seed rolls from the start. An unknown name or a wrong type is a ValueError."""
        defaults = Faults()
        known = defaults.shown()
        for name, value in wishes.items():
            if name not in known:
                raise ValueError(f"No fault is called {name!r}; there are {', '.join(known)}.")
            wanted = type(getattr(defaults, name))
            if name == "retry_after" and value is None:
                continue
            if not isinstance(value, (int, float) if wanted is float else wanted):
                raise ValueError(f"{name} must be {wanted.__name__}, not {value!r}.")  # noqa: TRY004 - one kind of fault
        for name, value in wishes.items():
            setattr(self, name, value)
        if "seed" in wishes:
            self._die.seed(self.seed)

    def shown(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if not f.name.startswith("_")}

    def _rolls(self, probability: float) -> bool:
        return probability > 0 and self._die.random() < probability

    def _concerns(self, call: str) -> bool:
        return call.endswith(self.route[:-1]) if self.route.endswith("$") else self.route in call

    def server_error(self, call: str) -> int | None:
        """The status to fail this call with, if any."""
        if not self._concerns(call):
            return None
        if self.errors_next > 0:
            self.errors_next -= 1
            return self._die.choice((500, 502, 503))
        return self._die.choice((500, 502, 503)) if self._rolls(self.server_errors) else None

    def limits(self, call: str) -> bool:
        if not self._concerns(call):
            return False
        if self.limited_next > 0:
            self.limited_next -= 1
            return True
        return self._rolls(self.limited)

    def loses_answer(self, call: str) -> bool:
        if not self._concerns(call):
            return False
        if self.lost_next > 0:
            self.lost_next -= 1
            return True
        return self._rolls(self.lost_answers)

    def loses_webhook(self) -> bool:
        return self._rolls(self.webhooks_lost)
