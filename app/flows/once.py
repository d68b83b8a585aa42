"""Acting once: a call that creates something is committed as sent before it is made, and as done after.

| what is known of the operation            | what is done                                                         |
|-------------------------------------------|----------------------------------------------------------------------|
| nothing                                   | commit it as sent, call, commit what was made                        |
| done                                      | nothing: what was made is read from the ledger                       |
| sent, no result (a crash, a lost answer)  | list what was made since; adopt what carries the operation's marker  |
| … and nothing carries it, lately sent     | wait: the call might still surface                                   |
| … and nothing carries it, long ago        | make it                                                              |

Rule: only what is in doubt costs a look-up; a first try costs no call more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

import msgspec

from app.domain.errors import InDoubtError, LaterError, SystemRefusedError
from app.domain.facts import Fact
from app.domain.mailboxes import Claim, Operation

T = TypeVar("T", bound=Fact)

SURFACES: Final = timedelta(seconds=45)
"""After so long a request whose answer was lost has been carried out or never will be; longer than the client waits."""


class Ledger(Protocol):
    """Where operations are committed."""

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None: ...
    async def done(self, claim: Claim, operation: str, result: bytes) -> None: ...
    async def undo(self, claim: Claim, operation: str) -> None: ...


class Once:
    """See the module's table."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now

    async def make(
        self,
        claim: Claim,
        operation: str,
        kind: type[T],
        *,
        call: Callable[[], Awaitable[T]],
        find: Callable[[datetime], Awaitable[T | None]],
    ) -> tuple[T, bool]:
        """What the operation made, and whether it was made just now. Raises what `call` and `find` raise."""
        known = await self._ledger.begin(claim, operation, self._now())
        if known is not None:
            if known.result is not None:
                return msgspec.json.decode(known.result, type=kind), False
            found = await find(known.sent_at)
            if found is not None:
                await self._ledger.done(claim, operation, msgspec.json.encode(found))
                return found, False
            settled_at = known.sent_at + SURFACES
            if self._now() < settled_at:
                raise LaterError(f"The answer to {operation} was lost; looking for it.", not_before=settled_at)
            await self._ledger.undo(claim, operation)
            await self._ledger.begin(claim, operation, self._now())
        try:
            made = await call()
        except InDoubtError:
            raise
        except SystemRefusedError:
            await self._ledger.undo(claim, operation)
            raise
        await self._ledger.done(claim, operation, msgspec.json.encode(made))
        return made, True
