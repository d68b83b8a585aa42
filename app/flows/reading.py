"""Reading lists of issues to their end, at a job's pace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from app.domain.issues import Repository
from app.domain.listed import Listed, Page
from app.flows.pacing import Pace


class Listing(Protocol):
    """A repository's issues, a page with each call."""

    async def page(
        self,
        repository: Repository,
        label: str,
        *,
        states: Sequence[str] = ...,
        since: datetime | None = None,
        after: str | None = None,
    ) -> Page: ...


class Reading:
    """Every page is one call; what is opened or closed while a list is read moves nothing of the rest."""

    def __init__(self, listing: Listing, pace: Pace) -> None:
        self._listing = listing
        self._pace = pace

    async def pages(
        self,
        repository: Repository,
        label: str,
        *,
        states: Sequence[str] = ("OPEN",),
        since: datetime | None = None,
    ) -> AsyncIterator[tuple[Listed, ...]]:
        """The issues with this label, a page at a time. Raises OutOfTimeError, and what GitHub refuses."""
        after: str | None = None
        while True:
            call = partial(self._listing.page, repository, label, states=states, since=since, after=after)
            page = await self._pace(call)
            yield page.issues
            after = page.after
            if after is None:
                return
