"""The mailroom's port: the durable inbox, one mailbox per ticket, timers. SQLite and PostgreSQL fulfil it.

Rules, held by `tests/contract/test_mailroom.py` for every store:
* `receive` returns only after the letter and the poke of its mailbox are committed together.
* At most one claim of a mailbox is alive at a time; every commit under a claim checks its generation.
* Mail of a mailbox is settled in the order of `seq`.
* A poke that comes while the mailbox is claimed is never lost: it is due again when the claim ends.
* Nothing sleeps in a slot: who must wait is given back with `not_before`, or held with its lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.mail import Letter
from app.domain.mailboxes import Claim, DeadLetter, Operation, Pending, Receipt, Standing, Timer
from app.domain.storms import Wave
from app.domain.tickets import Ticket


class Mailroom(Protocol):
    """See the module's rules. Times are aware datetimes in UTC. Any method raises `StoreError` if the store fails."""

    async def receive(self, letter: Letter) -> Receipt:
        """Save the letter and poke its mailbox, which is found or made in the same transaction."""

    async def receive_dead(
        self, *, sender: str, delivery_id: str, kind: str, payload: bytes, reason: str, received_at: datetime
    ) -> Receipt:
        """Save what could not be understood; `payload` is redacted. Repeated deliveries are saved once."""

    async def claim(self, now: datetime, held: Mapping[int, int]) -> Claim | None:
        """Claim the mailbox that is due, by priority, then age. `held` maps a lane to the least priority that passes.

        Timers that have fallen due become mail first.
        """

    async def next_due(self, held: Mapping[int, int]) -> datetime | None:
        """When the next mailbox or timer falls due; None if nothing waits."""

    async def changed(self, within: float) -> None:
        """Return when a mailbox may have become due, at the latest after so many seconds."""

    async def ticket(self, claim: Claim) -> Ticket | None:
        """The ticket of the claimed mailbox; None if the mailbox is no ticket's."""

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]:
        """Mail of the mailbox that is not settled, in order, from behind `after`."""

    async def begin(self, claim: Claim, operation: str, now: datetime) -> Operation | None:
        """Commit a creating call as sent. None: it was not sent before, so send it; else what is known of it."""

    async def done(self, claim: Claim, operation: str, result: bytes) -> None:
        """Commit what the call made."""

    async def undo(self, claim: Claim, operation: str) -> None:
        """The call was certainly not carried out: forget that it was begun."""

    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        gap: timedelta = timedelta(0),
        ticket: Ticket | None = None,
        timers: tuple[Timer, ...] = (),
        letters: tuple[Letter, ...] = (),
        remembers: tuple[str, bytes] | None = None,
    ) -> None:
        """In one commit: mail up to `through` is settled, the ticket saved, timers set, the claim given back.

        `remembers` is a name and its value from then on. `letters` are what this settle has to say to other mailboxes;
        they are received in the same commit. Of the creating calls only those are forgotten that were begun, or asked
        for again, under this claim.
        """

    async def retry(
        self, claim: Claim, *, not_before: datetime, error: str, lane: int | None = None, counts: bool = True
    ) -> None:
        """Give the claim back with its mail unsettled; `counts=False` leaves the attempts as they were."""

    async def bury(self, claim: Claim, *, seq: int, reason: str, now: datetime) -> None:
        """Make one piece of pending mail a dead letter; the claim goes on."""

    async def standing(self) -> Standing:
        """Counts for health and operators."""

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """The oldest dead letters."""

    async def revive(self, dead_id: int) -> bool:
        """Put mail that was buried back into its mailbox; False if there is no such dead letter of kind `mail`."""

    async def drop(self, dead_id: int) -> bool:
        """Forget a dead letter; False if there is none."""

    async def prune(self, before: datetime) -> int:
        """Forget mail that was settled before then; returns how much."""

    async def is_known(self, fingerprint: str) -> bool:
        """Whether there is a ticket for this fingerprint."""

    async def open_words(self, limit: int) -> tuple[tuple[int, str], ...]:
        """(ticket id, normalised error words) of the newest open tickets, for near misses."""

    async def look(self, ticket_id: int) -> Ticket | None:
        """A ticket as it was saved last, without claiming it."""

    async def ticket_at(self, repository_id: int, number: int) -> int | None:
        """The ticket that this issue is, or was; None where it is none's."""

    async def kin(self, ticket_id: int, limit: int) -> tuple[int, ...]:
        """Other tickets with a signature of this one's, the newest first."""

    async def opened_between(self, since: datetime, until: datetime, limit: int) -> tuple[int, ...]:
        """Tickets whose issue was opened, taken over or reopened then, both ends with it, in that order."""

    async def newcomer(self, claim: Claim, *, at: datetime, within: timedelta, most: int) -> Wave | None:
        """Note that the claimed ticket is a new error, which arrived then; the wave it is part of, if it is of one.

        Asked again it answers as before. A wave begins with the new error by which more than `most` have come within
        `within`, and goes on as long as they come no further apart than that.
        """

    async def end_wave(self, wave: int, now: datetime) -> None:
        """No new error is part of the wave any more, and those of before now begin no other."""

    async def recall(self, name: str) -> bytes | None:
        """What was remembered last under this name."""

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        """Remember a value under a name, across restarts."""

    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        """Remember a value in the place of what is known; False if another was remembered meanwhile."""
