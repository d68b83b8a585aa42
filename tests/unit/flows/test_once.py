"""The table of `flows/once.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.domain.errors import InDoubtError, LaterError, SystemRefusedError, UnavailableError
from app.domain.issues import CommentRef
from app.domain.mailboxes import Claim, Operation
from app.flows.once import SURFACES, Once

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CLAIM = Claim(key="ticket:1", generation=1, attempt=1)
OPERATION = "1.occurrence.1"
MADE = CommentRef(id=5, node_id="C_5")
FOUND = CommentRef(id=6, node_id="C_6")
RESULT = msgspec.json.encode(MADE)
SENT = Operation(id=OPERATION, sent_at=NOW - timedelta(seconds=10))
SENT_LONG_AGO = Operation(id=OPERATION, sent_at=NOW - SURFACES)
DONE = Operation(id=OPERATION, sent_at=NOW, result=RESULT)


class Ledger:
    """One operation, kept in memory."""

    def __init__(self, known: Operation | None) -> None:
        self.known = known

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None:
        known = self.known
        if known is None:
            self.known = Operation(id=operation, sent_at=now)
        return known

    async def done(self, claim: Claim, operation: str, result: bytes) -> None:
        assert self.known is not None
        self.known = msgspec.structs.replace(self.known, result=result)

    async def undo(self, claim: Claim, operation: str) -> None:
        self.known = None


class GitHub:
    """What was called, and what comes of it."""

    def __init__(self, *, found: CommentRef | None = None, refuses: SystemRefusedError | None = None) -> None:
        self.calls: list[str] = []
        self._found = found
        self._refuses = refuses

    async def make(self) -> CommentRef:
        self.calls.append("make")
        if self._refuses is not None:
            raise self._refuses
        return MADE

    async def find(self, since: datetime) -> CommentRef | None:
        self.calls.append(f"find since {(NOW - since).total_seconds():.0f} s ago")
        return self._found


async def _made(ledger: Ledger, github: GitHub) -> tuple[CommentRef, bool]:
    once = Once(ledger, lambda: NOW)
    return await once.make(CLAIM, OPERATION, CommentRef, call=github.make, find=github.find)


@pytest.mark.parametrize(
    ("known", "found", "made", "calls"),
    [
        pytest.param(None, None, (MADE, True), ["make"], id="a first try costs no call more"),
        pytest.param(DONE, None, (MADE, False), [], id="what is done is read from the ledger"),
        pytest.param(SENT, FOUND, (FOUND, False), ["find since 10 s ago"], id="what is in doubt is looked for"),
        pytest.param(
            SENT_LONG_AGO, None, (MADE, True), ["find since 45 s ago", "make"], id="not found, long ago: it is made"
        ),
    ],
)
async def test_what_is_made_once(
    known: Operation | None, found: CommentRef | None, made: tuple[CommentRef, bool], calls: list[str]
) -> None:
    ledger, github = Ledger(known), GitHub(found=found)
    assert await _made(ledger, github) == made
    assert github.calls == calls
    assert ledger.known is not None
    assert ledger.known.result == msgspec.json.encode(made[0])


async def test_what_is_not_found_and_was_sent_lately_may_still_surface() -> None:
    ledger, github = Ledger(SENT), GitHub()
    with pytest.raises(LaterError) as refused:
        await _made(ledger, github)
    assert refused.value.not_before == SENT.sent_at + SURFACES
    assert ledger.known == SENT


async def test_what_is_made_after_all_is_in_doubt_from_then_on() -> None:
    ledger, github = Ledger(SENT_LONG_AGO), GitHub(refuses=InDoubtError("lost"))
    with pytest.raises(InDoubtError):
        await _made(ledger, github)
    assert ledger.known == Operation(id=OPERATION, sent_at=NOW)


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        pytest.param(InDoubtError("lost"), True, id="a lost answer leaves it in doubt"),
        pytest.param(LaterError("busy"), False, id="what was not done is forgotten"),
        pytest.param(UnavailableError("locked", reason="locked"), False, id="also where it can't be done"),
    ],
)
async def test_what_github_refuses(error: SystemRefusedError, stays: bool) -> None:
    ledger = Ledger(None)
    with pytest.raises(type(error)):
        await _made(ledger, GitHub(refuses=error))
    assert (ledger.known is not None) == stays
