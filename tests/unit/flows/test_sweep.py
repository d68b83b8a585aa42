"""The sweep: what of a sender's record was covered, and where the next sweep goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts import Alert, Impact, Sender
from app.domain.deliveries import Redelivered, Rest
from app.domain.errors import LaterError
from app.domain.mail import AlertArrived, ByError, Letter
from app.domain.mailboxes import URGENT, Fate, Receipt
from app.domain.squad import Squad
from app.domain.squad_impact import ImpactRule, When
from app.flows.sweep import Seen, Sweep

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FATAL_IS_SEVERE = Squad(impact=(ImpactRule(when=When(level=("fatal",)), set=Impact.SEVERE),))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Inbox:
    """A memory, and nothing arrives."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.known = True
        self.received: list[Letter] = []

    async def receive(self, letter: Letter) -> Receipt:
        self.received.append(letter)
        return Receipt(fate=Fate.SAVED)

    async def is_known(self, fingerprint: str) -> bool:
        return self.known

    async def recall(self, name: str) -> bytes | None:
        return self.kept.get(name)

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        self.kept[name] = value


class GitHub:
    """A record of so many slices; what it was asked for, as (hours back, where it went on)."""

    def __init__(self, slices: int = 1) -> None:
        self.slices = slices
        self.fails = False
        self.asked: list[tuple[float, str]] = []

    async def redeliver_failed(self, since: datetime, rest: Rest | None) -> Redelivered:
        if self.fails:
            raise LaterError("GitHub is down.")
        self.asked.append(((NOW - since) / HOUR, "" if rest is None else rest.cursor))
        place = 0 if rest is None else int(rest.cursor)
        return Redelivered(asked=0, rest=Rest(cursor=str(place + 1)) if place + 1 < self.slices else None)


class Stage:
    """A sweep at times that a test sets; each `Sweep` is a new process, so all it knows was remembered."""

    def __init__(self, slices: int = 1) -> None:
        self.inbox, self.github, self.now = Inbox(), GitHub(slices), NOW
        self.seen: Seen | None = None

    async def sweep(self, after: timedelta = timedelta(0)) -> bool:
        self.now += after
        return await Sweep(
            self.github, self.inbox, seen=self.seen, squad=lambda: FATAL_IS_SEVERE, now=lambda: self.now
        )()


async def test_what_sentry_saw_and_calls_at_once_goes_ahead_of_routine_mail_as_at_the_door() -> None:
    stage = Stage()
    letters = tuple(
        Letter(
            sender="sentry",
            delivery_id=level,
            address=ByError(fingerprint=f"v1:{level}"),
            mail=AlertArrived(alert=Alert(sender=Sender.SENTRY, title="KeyError", occurred_at=NOW, level=level)),
            received_at=NOW,
        )
        for level in ("error", "fatal")
    )

    async def seen(_: datetime) -> tuple[Letter, ...]:
        return letters

    stage.seen, stage.inbox.known = seen, False
    await stage.sweep()
    assert [(letter.delivery_id, letter.priority) for letter in stage.inbox.received] == [
        ("error", 0),
        ("fatal", URGENT),
    ]


async def test_a_sweep_covers_the_time_since_the_last_one() -> None:
    stage = Stage()
    assert await stage.sweep() is False
    assert await stage.sweep(after=HOUR) is False
    assert await stage.sweep(after=HOUR) is False
    assert stage.github.asked == [(pytest.approx(minutes / 60), "") for minutes in (5, 5, -55)]


async def test_a_long_record_is_gone_through_slice_by_slice_and_then_from_where_it_began() -> None:
    stage = Stage()
    await stage.sweep()
    stage.github.slices = 3
    assert await stage.sweep(after=10 * HOUR) is True
    assert await stage.sweep(after=5 * MINUTE) is True
    assert await stage.sweep(after=5 * MINUTE) is True, "what came meanwhile is next"
    stage.github.slices = 1
    assert await stage.sweep(after=5 * MINUTE) is False
    since = pytest.approx(5 / 60)
    assert stage.github.asked[1:4] == [(since, ""), (since, "1"), (since, "2")]
    assert stage.github.asked[4:] == [(pytest.approx(5 / 60 - 10), "")]


async def test_a_slice_that_failed_is_gone_through_again() -> None:
    stage = Stage(slices=2)
    await stage.sweep()
    stage.github.fails = True
    with pytest.raises(LaterError):
        await stage.sweep(after=HOUR)
    stage.github.fails = False
    assert await stage.sweep(after=HOUR) is True
    assert [cursor for _, cursor in stage.github.asked] == ["", "1"]


async def test_a_rest_from_beyond_githubs_reach_is_looked_for_no_further() -> None:
    stage = Stage(slices=2)
    await stage.sweep()
    await stage.sweep(after=100 * HOUR)
    assert stage.github.asked[1] == (72 - 100, "1")
