"""Days that go by on a stage: what happens when, on the squad's clock, and who was pinged when.

Rules: time stands until all is settled that is due, then it leaps to the next moment at which something happens or
falls due, whichever comes first. So every timer goes off at its own moment. Who was pinged is read from GitHub: from
whom the App's comments mention, as GitHub renders them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sandbox.github.markdown import rendered
from sandbox.github.state import Comment
from tests.journey.stage import HOME, Clock, Stage, by_the_app

ZONE: Final = ZoneInfo("America/New_York")
YEAR: Final = 2026
MENTION: Final = re.compile(r'<a class="(?:user|team)-mention[^>]*>@([^<]+)</a>')
_SAYS: Final = (
    ("you are primary now", "handover"),
    ("you are secondary now", "handover"),
    ("you are off duty now", "handover"),
    ("acknowledged it on", "expired"),
    ("has been undecided since", "undecided"),
    ("did not answer in time", "unanswered"),
    ("this is severe", "severe"),
    ("Nobody is sure", "unsure"),
)
"""What a ping says, and the procedure's word for it; the first that is found counts."""
_STALE: Final = "PagerDuty has not told who is on call since"

Happening = Callable[[], Awaitable[object]]


@dataclass
class Standing(Clock):
    """A clock that stands, until a journey turns it."""

    start: datetime = datetime(YEAR, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.start + self.ahead


@dataclass(frozen=True, slots=True, order=True)
class Pinged:
    """A comment that pings. Its time has no seconds: a settle may wait two for an alert's second half."""

    at: datetime
    ticket: int
    who: str
    why: str
    severe: bool

    def row(self, names: Mapping[int, str]) -> str:
        """`Fri 30 Oct 16:45 EDT | lost form | kim | undecided`."""
        return f"{self.at.astimezone(ZONE):%a %d %b %H:%M %Z} | {names[self.ticket]} | {self.who} | {self.why}"


def moment(text: str) -> datetime:
    """`Fri 30 Oct 16:45` on the squad's clock, in UTC; the day of the week must be right."""
    local = datetime.strptime(f"{text} {YEAR}", "%a %d %b %H:%M %Y").replace(tzinfo=ZONE)
    assert f"{local:%a %d %b %H:%M}" == text, f"{text} is a {local:%A}"
    return local.astimezone(UTC)


async def play(here: Stage, happenings: Sequence[tuple[str, Happening]], *, until: str) -> None:
    """Let all of it happen at its moment, and everything else that falls due until then."""
    ahead = [(moment(at), what) for at, what in happenings]
    assert ahead == sorted(ahead, key=lambda it: it[0]), "what happens is told in its order"
    end = moment(until)
    while here.clock() < end:
        await _still(here)
        due = await here.house.mailroom.next_due({})
        following = min([end, *(at for at, _ in ahead[:1]), *([due] if due is not None else [])])
        await here.later(seconds=max(following - here.clock(), timedelta(0)).total_seconds())
        while ahead and ahead[0][0] <= here.clock():
            await ahead.pop(0)[1]()
    await _still(here)


async def _still(here: Stage) -> None:
    """Until all webhooks were delivered, and nothing is claimed or due; seen twice, for a claim may come between."""
    seen = 0
    async with asyncio.timeout(60):
        while seen < 2:
            await here.delivered()
            due = await here.house.mailroom.next_due({})
            busy = (await here.house.mailroom.standing()).claimed or (due is not None and due <= here.clock())
            seen = 0 if busy else seen + 1
            await asyncio.sleep(0.001)


def pinged(here: Stage) -> list[Pinged]:
    """Every comment of the App's that mentions anybody, in order."""
    return sorted(
        Pinged(
            at=said.created_at.replace(second=0, microsecond=0),
            ticket=issue.number,
            who=" ".join(mentioned(here, said)),
            why=_why(said.body),
            severe=said.body.startswith("🚨"),
        )
        for issue in here.issues
        for said in by_the_app(issue)
        if mentioned(here, said)
    )


def mentioned(here: Stage, said: Comment) -> list[str]:
    """Whom a comment really mentions, in its order."""
    world = here.github.state
    return MENTION.findall(rendered(said.body, base=world.base, repository=HOME, known=frozenset(world.users)))


def _why(text: str) -> str:
    why = next((word for sentence, word in _SAYS if sentence in text), "for no reason at all")
    return f"{why}; PagerDuty is silent" if _STALE in text else why
