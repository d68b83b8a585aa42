"""The figures of this process, and of the store, in Prometheus' text format: `GET /metrics`.

| who counts         | what                                                      | kept                     |
|--------------------|-----------------------------------------------------------|--------------------------|
| the doors          | deliveries by door and fate, and how long each took       | by this process          |
| the worker         | settles by how they ended, and how long each took         | by this process          |
| GitHub's client    | calls that its limits held back                           | by this process          |
| triage             | pings, by whether GitHub's rendering mentions the person  | by this process          |
| the wire (`asked`) | calls of every system by what HTTP says came of them      | by this process          |
| the store          | what waits, what fails, the budget that is left           | nowhere: read when asked |

Rules: figures of the store are the same whichever process is asked, so take the largest of several processes, not the
sum; the others are a process's own, so take the sum. No label has values without bound: never a ticket, a login, a
title. It tells counts only, as `/health` does. <https://prometheus.io/docs/practices/naming/>
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Final, Protocol

import aiohttp
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from yarl import URL

from app.domain.errors import StoreError
from app.domain.mailboxes import Fate, Standing
from app.domain.outcomes import Ending, Left

DOORS: Final = ("github", "sentry", "slack", "support")
_FATES: Final = (*Fate, "ignored", "dead-letter", "unverified", "malformed", "too-large", "closed", "unsaved", "failed")
_OUTCOMES: Final = ("ok", "limited", "refused", "failed", "lost")
_AT_A_DOOR: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""Seconds. Sentry hangs up after one, Slack after three, GitHub after ten."""
_OF_A_SETTLE: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_OF_A_CALL: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Allowance(Protocol):
    """GitHub's budget, as the figures need it."""

    async def left(self) -> Left: ...


class Metrics:
    """See the module's table. A registry of its own, so that two Apps in one process count each for itself."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._deliveries = self._counter("deliveries", "Deliveries that came to a door.", "door", "fate")
        self._door_seconds = self._histogram("door_seconds", "From a request to its answer.", _AT_A_DOOR, "door")
        self._settles = self._counter("settles", "Settles of a mailbox.", "outcome")
        self._settle_seconds = self._histogram("settle_seconds", "From a claim to its end.", _OF_A_SETTLE)
        self._held_back = self._counter("github_held_back_calls", "Calls not made: the budget had no room for them.")
        self._limits = self._counter("github_limits", "Times that GitHub itself refused a call for its limits.")
        self._pings = self._counter("pings", "Pings posted, by whether the comment mentions the person.", "mention")
        self._calls = self._counter("calls", "Calls of other systems.", "system", "outcome")
        self._call_seconds = self._histogram("call_seconds", "From a call to its answer's head.", _OF_A_CALL, "system")
        self._at_doors: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        for ending in Ending:
            self._settles.labels(ending)
        for mention in ("proved", "unproved"):
            self._pings.labels(mention)

    # What is told by those who count

    def opens(self, door: str) -> None:
        """The door is one of this process's: all its figures begin at 0."""
        for fate in _FATES:
            self._deliveries.labels(door, fate)
        self._door_seconds.labels(door)

    def delivery(self, door: str, fate: str, seconds: float) -> None:
        """A request at a door was answered."""
        known = self._at_doors.get((door, fate))
        if known is None:  # the library's own look-up costs each delivery more than the counting does
            known = self._deliveries.labels(door, fate), self._door_seconds.labels(door)
            self._at_doors[door, fate] = known
        known[0].inc()
        known[1].observe(seconds)

    def settled(self, ending: Ending, seconds: float) -> None:
        """A settle ended."""
        self._settles.labels(ending).inc()
        self._settle_seconds.observe(seconds)

    def held_back(self) -> None:
        """A call of GitHub was not made."""
        self._held_back.inc()

    def limited(self) -> None:
        """GitHub refused a call for its limits."""
        self._limits.inc()

    def pinged(self, *, proved: bool) -> None:
        """A ping was posted."""
        self._pings.labels("proved" if proved else "unproved").inc()

    def asked(self, systems: Mapping[str, str]) -> aiohttp.TraceConfig:
        """Counts what goes over a session; `systems` has the name of each by its address. See `_outcome`.

        An answer's status is all that is looked at: what Slack and GraphQL refuse in a 200's body counts as ok here,
        and is seen by the settles that fail.
        """
        names = {URL(address).origin(): name for address, name in systems.items()}
        for name in systems.values():
            for outcome in _OUTCOMES:
                self._calls.labels(name, outcome)
            self._call_seconds.labels(name)
        watch = aiohttp.TraceConfig()

        def ended(url: URL, outcome: str, began: float) -> None:
            name = names.get(url.origin(), "other")
            self._calls.labels(name, outcome).inc()
            self._call_seconds.labels(name).observe(asyncio.get_running_loop().time() - began)

        async def begins(_: object, context: SimpleNamespace, __: aiohttp.TraceRequestStartParams) -> None:
            context.began = asyncio.get_running_loop().time()

        async def answered(_: object, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
            ended(end.url, _outcome(end.response.status, end.response.headers), context.began)

        async def lost(_: object, context: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams) -> None:
            ended(end.url, "lost", context.began)

        watch.on_request_start.append(begins)
        watch.on_request_end.append(answered)
        watch.on_request_exception.append(lost)
        return watch

    # The page

    async def page(
        self, standing_of: Callable[[], Awaitable[Standing]], left_of: Callable[[], Awaitable[Left]], now: datetime
    ) -> bytes:
        """All figures; where the store fails without its own, which is itself a figure.

        `standing_of` tells how the mailroom is, `left_of` what is left of GitHub's budget.
        """
        try:
            snapshot = _Snapshot(await standing_of(), await left_of(), now)
        except StoreError:
            snapshot = _Snapshot(None, None, now)
        return generate_latest(self._registry) + generate_latest(snapshot)

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(f"prod_squad_{name}", help_, labels, registry=self._registry)

    def _histogram(self, name: str, help_: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"prod_squad_{name}", help_, labels, buckets=buckets, registry=self._registry)


class _Snapshot(Collector):
    """The store's figures at one moment."""

    def __init__(self, standing: Standing | None, left: Left | None, now: datetime) -> None:
        self._standing = standing
        self._left = left
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        yield _gauge("store_works", "Whether the store answers: 1, or 0.", int(self._standing is not None))
        if self._standing is not None:
            standing = self._standing
            age = (self._now - standing.oldest).total_seconds() if standing.oldest is not None else 0
            yield _gauge("pending_letters", "Mail that is not settled.", standing.pending)
            yield _gauge(
                "oldest_letter_age_seconds", "How long the oldest of it that could be has waited.", max(0, age)
            )
            yield _gauge("claims", "Mailboxes that are being settled.", standing.claimed)
            yield _gauge("failing_mailboxes", "Whose last settle failed; 20 means 20 or more.", len(standing.failing))
            yield _gauge("dead_letters", "What could not be understood or settled.", standing.dead)
            yield _gauge("tickets", "Tickets made so far.", standing.tickets)
            yield _gauge("quiet_support_tickets", "Support tickets that nobody has found relevant.", standing.support)
        if self._left is not None:
            help_ = "What is left of GitHub's budget to the installation that has the least, in each window."
            budget = GaugeMetricFamily("prod_squad_github_budget_left", help_, labels=["window"])
            for window, left in self._left.by_window:
                budget.add_metric([window], left)
            yield budget
            yield _gauge("github_blocked_installations", "That GitHub lets wait.", self._left.blocked)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"prod_squad_{name}", help_, value=value)


def _outcome(status: int, headers: Mapping[str, str]) -> str:
    """
    | the answer                                                      | outcome   |
    |-----------------------------------------------------------------|-----------|
    | below 400                                                       | `ok`      |
    | 429; 403 with Retry-After, or with nothing remaining            | `limited` |
    | any other 4xx                                                   | `refused` |
    | 5xx                                                             | `failed`  |
    | none came                                                       | `lost`    |
    """
    if status < 400:
        return "ok"
    if status == 429 or (status == 403 and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")):
        return "limited"
    return "refused" if status < 500 else "failed"
