"""What has become of all that action items link: a hundred of them a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final, Protocol

from app.domain.links import LinkSeen, Place
from app.flows.pacing import Pace

AT_ONCE: Final = 100
MOST: Final = 1_000
"""Links of one run; what is beyond them is as if GitHub did not show it."""


class Links(Protocol):
    """Issues and pull requests, of any repositories, in one call."""

    async def seen(self, places: Sequence[Place], *, installation: int) -> Mapping[Place, LinkSeen]: ...


async def seen(links: Links, places: Iterable[Place], pace: Pace, *, installation: int) -> dict[Place, LinkSeen]:
    """What GitHub shows of them. Raises OutOfTimeError, and what GitHub raises."""
    wanted = list(islice(dict.fromkeys(places), MOST))
    found: dict[Place, LinkSeen] = {}
    for at in range(0, len(wanted), AT_ONCE):
        found |= await pace(partial(links.seen, wanted[at : at + AT_ONCE], installation=installation))
    return found
