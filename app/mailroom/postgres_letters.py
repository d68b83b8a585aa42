"""Letters on their way into PostgreSQL: what comes while a call is under way goes with the next one, in one commit.

Rules: a letter is answered only after the commit it is part of, and in time for its sender; what took longer may be
saved all the same, and is a repeated one when it is sent again. Letters that are saved together share one call of
`receive`; if that call is refused, or can't be made, each is saved alone, so that only the one at fault fails.
Cancelling who waits does not stop a letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from app.domain.errors import StoreError
from app.domain.mail import ByError, ByIssue, ByKey, Letter
from app.domain.mailboxes import Fate, Receipt
from app.ledger.instants import micros
from app.ledger.postgres.database import Database, RefusedError
from app.ledger.text import text

T = TypeVar("T")

_AT_ONCE: Final = 128
_SENDERS_WAIT: Final = 8.0
"""Seconds. GitHub waits for ten:
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks#respond-within-10-seconds"""
_RECEIVE: Final = "SELECT fate, box FROM receive(%s::json, %b::bytea[])"


class Letters:
    """See the module's rule."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Letter, asyncio.Future[Receipt]]] = []
        self._carrier: asyncio.Task[None] | None = None

    async def receive(self, letter: Letter) -> Receipt:
        """Save it. Errors: `StoreError`."""
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((letter, answer))
        if self._carrier is None:
            self._carrier = asyncio.create_task(self._carry(), name="letters")
        return await in_time(answer)

    async def settle_down(self) -> None:
        """Wait until all that was handed in is answered."""
        if self._carrier is not None:
            await self._carrier

    async def _carry(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            outcomes = await self._outcomes([letter for letter, _ in batch])
            for (_, answer), outcome in zip(batch, outcomes, strict=True):
                if answer.done():
                    continue
                if isinstance(outcome, Receipt):
                    answer.set_result(outcome)
                else:
                    answer.set_exception(outcome)
        self._carrier = None

    async def _outcomes(self, letters: Sequence[Letter]) -> Sequence[Receipt | Exception]:
        try:
            return await self._saved(letters)
        except Exception as error:  # noqa: BLE001 - handed to those who wait
            fails = isinstance(error, StoreError) and not isinstance(error, RefusedError)
            if fails or len(letters) == 1:
                return [error] * len(letters)
        return [outcome for letter in letters for outcome in await self._outcomes([letter])]

    async def _saved(self, letters: Sequence[Letter]) -> Sequence[Receipt]:
        rows = await self._database.rows(_RECEIVE, parted(letters), again=True)
        return [Receipt(fate=Fate(fate), key=key or "") for fate, key in rows]


async def in_time(saving: Awaitable[T]) -> T:
    """What a sender waits for. Errors: `StoreError`, also where PostgreSQL takes longer than it may."""
    try:
        async with asyncio.timeout(_SENDERS_WAIT):
            return await saving
    except TimeoutError as error:
        raise StoreError("PostgreSQL does not answer.") from error


def parted(letters: Sequence[Letter]) -> tuple[str, list[bytes]]:
    """What the functions of the database take: what is known of each letter, and its mail."""
    known = [_known(letter) for letter in letters]
    return msgspec.json.encode(known).decode(), [msgspec.json.encode(letter.mail) for letter in letters]


def _known(letter: Letter) -> dict[str, Any]:
    known: dict[str, Any] = {
        "sender": text(letter.sender),
        "delivery": text(letter.delivery_id),
        "occurrence": text(letter.occurrence),
        "kind": type(letter.mail).__struct_config__.tag,
        "at": micros(letter.received_at),
        "prompt": letter.prompt,
        "priority": letter.priority,
    }
    match letter.address:
        case ByKey(key=key):
            known["key"] = text(key)
        case ByError() as error:
            known |= _of_error(error)
        case ByIssue() as issue:
            known |= {
                "about_issue": True,
                "repository": issue.repository_id,
                "number": issue.number,
                "ours": issue.ours,
                "asked": issue.asked,
            }
            if issue.error is not None:
                known |= _of_error(issue.error)
    return known


def _of_error(error: ByError) -> dict[str, Any]:
    return {
        "about_error": True,
        "fingerprint": text(error.fingerprint),
        "signature": text(error.signature),
        "words": text(error.words),
        "may_make": error.may_make,
    }
