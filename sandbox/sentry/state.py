"""What the lookalike remembers, in memory: one organisation, its projects, and their issues with their latest events.

Only `acts.py` changes it, between two awaits, so it is whole. Times are aware datetimes in UTC.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LATEST_EVENTS = 20
"""Events an issue keeps to be shown; older ones are only counted."""
LATEST_DELIVERIES = 20_000

Frame = Mapping[str, Any]
"""`filename`, `function`, `lineno`, `in_app`; innermost last, as Sentry has them."""


class RefusedError(Exception):
    """Sentry says no: the answer's status and its body."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(str(detail))
        self.status = status
        self.body = detail if isinstance(detail, dict) else {"detail": detail}


@dataclass(slots=True, kw_only=True)
class Project:
    id: int
    slug: str
    name: str
    platform: str = "ruby-rails"
    last_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an application reports of one error; `user` is who met it."""

    type: str
    value: str
    culprit: str = ""
    level: str = "error"
    environment: str = "production"
    release: str = ""
    url: str = ""
    frames: tuple[Frame, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: str
    at: datetime
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """What ends an archived issue's rest; any one of it does. Counts are the issue's own, from its first event on."""

    until: datetime | None = None
    count: int | None = None
    user_count: int | None = None
    count_from: int = 0
    users_from: int = 0


@dataclass(slots=True, kw_only=True)
class Issue:
    id: int
    short_id: str
    project: Project
    report: Report
    """Of the latest event."""
    first_seen: datetime
    last_seen: datetime
    status: str = "unresolved"
    """`unresolved`, `resolved` or `ignored`."""
    substatus: str | None = "new"
    status_details: dict[str, Any] = field(default_factory=dict)
    snooze: Snooze | None = None
    assigned_to: str | None = None
    count: int = 0
    users: set[str] = field(default_factory=set)
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=LATEST_EVENTS))
    alerted_at: datetime | None = None

    @property
    def title(self) -> str:
        return f"{self.report.type}: {self.report.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the organisation; `pending`: invited, and not come yet."""

    email: str
    pending: bool = False
    active: bool = True


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One webhook: what was sent, and what became of it."""

    request_id: str
    resource: str
    action: str
    body: bytes
    at: datetime
    headers: dict[str, str] = field(default_factory=dict)
    status: str = "PENDING"
    status_code: int = 0
    duration: float = 0.0


class World:
    """`base` is known once the server listens; `public` is the address that stands in links."""

    def __init__(self, *, organization: str, clock: Callable[[], datetime], first_issue_id: int) -> None:
        self.organization = organization
        self.clock = clock
        self.base = ""
        self.public = ""
        self.projects: dict[str, Project] = {}
        self.issues: dict[int, Issue] = {}
        self.members: list[Member] = []
        self.deliveries: deque[Delivery] = deque(maxlen=LATEST_DELIVERIES)
        self.installation = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{organization}.prod-squad.example"))
        self.app = str(uuid.uuid5(uuid.NAMESPACE_DNS, "app.prod-squad.example"))
        self._last_issue_id = first_issue_id - 1

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    def project(self, slug: str) -> Project:
        """The project, made up when it is named for the first time."""
        if slug not in self.projects:
            name = slug.replace("-", " ").title()
            self.projects[slug] = Project(id=4_000 + len(self.projects) + 1, slug=slug, name=name)
        return self.projects[slug]

    def issue(self, number: int | str) -> Issue:
        """The issue by its id; 404 where there is none."""
        found = self.issues.get(int(number)) if str(number).isdigit() else None
        if found is None:
            raise RefusedError(404, "The requested resource does not exist")
        return found

    def next_issue_id(self) -> int:
        self._last_issue_id += 1
        return self._last_issue_id
