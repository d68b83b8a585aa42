"""Which creating calls a settle has asked for: those, and no others, are over when it ends.

A settle that failed may be made again with fewer letters, and end without the call whose answer was lost. If its end
forgot that call, the settle after it would make it a second time. So a call stays known until a settle that asked for
it has ended; then what it made is in the ticket.
"""

from __future__ import annotations

from app.domain.mailboxes import Claim


class Begun:
    """What the claims of this process have asked for; after a restart a settle asks anew."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[int, set[str]]] = {}

    def note(self, claim: Claim, operation: str) -> None:
        """The claim has asked for it."""
        generation, calls = self._calls.get(claim.key, (claim.generation, set()))
        if generation != claim.generation:
            calls = set()
        calls.add(operation)
        self._calls[claim.key] = (claim.generation, calls)

    def of(self, claim: Claim) -> list[str]:
        """What the claim has asked for."""
        generation, calls = self._calls.get(claim.key, (claim.generation, set()))
        return sorted(calls) if generation == claim.generation else []

    def forget(self, claim: Claim) -> None:
        """The claim is over."""
        if self._calls.get(claim.key, (0, set()))[0] == claim.generation:
            del self._calls[claim.key]
