"""What the lookalike remembers, in memory. Only `acts.py` and the seed change it, between two awaits, so it is whole.

Times are aware datetimes in UTC, whole seconds when shown, as GitHub shows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

GREY = "ededed"
"""The colour of a label that an issue named before anybody created it."""


class RefusedError(Exception):
    """GitHub says no: the answer's status, message and, on 422, its errors."""

    def __init__(self, status: int, message: str, *, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


class MovedError(Exception):
    """What was asked for lives elsewhere; `path` has no host."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a person, or the App through an installation."""

    login: str
    installation_id: int | None = None
    is_app: bool = False


@dataclass(slots=True, kw_only=True)
class Label:
    id: int
    name: str
    color: str = GREY
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime
    via_app: bool = False
    last_edited_at: datetime | None = None
    reactions: Counter[str] = field(default_factory=Counter)
    pinned_by: str = ""
    pinned_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Event:
    id: int
    event: str
    actor: str
    created_at: datetime
    via_app: bool = False
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Issue:
    id: int
    number: int
    repository_id: int
    title: str
    author: str
    created_at: datetime
    updated_at: datetime
    body: str | None = None
    via_app: bool = False
    state: str = "open"
    state_reason: str | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    locked: bool = False
    lock_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    closer: dict[str, Any] | None = None
    """What closed it when it was no person: `{"pull_request": 7}` or `{"commit": "<sha>"}`."""
    duplicate_of: int | None = None
    last_edited_at: datetime | None = None
    edited_by: str = ""
    milestone: str = ""
    """Its title; only GraphQL shows it."""
    moved_to: int | None = None
    """The id of the issue it became when it was transferred."""
    comments: dict[int, Comment] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    reactions: Counter[str] = field(default_factory=Counter)
    sub_issues: list[int] = field(default_factory=list)
    """The ids of the issues listed below it, in their order."""


@dataclass(slots=True, kw_only=True)
class PullRequest:
    """As far as GraphQL shows it."""

    number: int
    title: str
    closed_at: datetime | None = None
    merged_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Deployment:
    id: int
    creator: str
    environment: str
    commit: str
    created_at: datetime
    ref: str | None = None
    """A branch or a tag; None where it is gone since."""
    statuses: list[tuple[str, datetime]] = field(default_factory=list)
    """(GraphQL's state, when)."""


@dataclass(slots=True, kw_only=True)
class Merge:
    """A pull request that was merged into the default branch."""

    number: int
    title: str
    commit: str
    merged_at: datetime
    committed_at: datetime
    """A merge queue makes the commit before the pull request counts as merged."""


@dataclass(slots=True, kw_only=True)
class Release:
    id: int
    tag: str
    created_at: datetime
    draft: bool = False


@dataclass(slots=True, kw_only=True)
class Repository:
    id: int
    owner: str
    name: str
    created_at: datetime
    private: bool = True
    archived: bool = False
    has_issues: bool = True
    has_sub_issues: bool = True
    """An older GitHub has none, and answers 404."""
    former_names: set[str] = field(default_factory=set)
    labels: dict[str, Label] = field(default_factory=dict)
    """By lower-case name: GitHub's labels are the same whatever their case."""
    permissions: dict[str, str] = field(default_factory=dict)
    """login -> read, triage, write, maintain or admin."""
    unassignable: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    """On the default branch."""
    elsewhere: dict[str, dict[str, str]] = field(default_factory=dict)
    """Files that are others on other commits."""
    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    """By number; issues and pull requests are numbered together."""
    checks: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    """Of these three what the App has no permission to read."""
    last_number: int = 0
    revision: int = 1

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def head(self) -> str:
        """The head commit of the default branch; every change of a file moves it."""
        return f"{self.id:08x}{self.revision:032x}"

    def can_assign(self, login: str) -> bool:
        return login in self.permissions and login not in self.unassignable


@dataclass(slots=True, kw_only=True)
class BoardField:
    """A Project's field; without options it is a text."""

    id: str
    name: str
    options: dict[str, str] = field(default_factory=dict)
    """id -> name, in their order."""
    selects: bool = True


@dataclass(slots=True, kw_only=True)
class Card:
    """An issue on a Project."""

    id: int
    values: dict[str, str] = field(default_factory=dict)
    """field's id -> option's id."""


@dataclass(slots=True, kw_only=True)
class Board:
    """A Project (v2)."""

    id: int
    owner: str
    number: int
    title: str
    access: str = "write"
    """The App's: write, read or none."""
    fields: dict[str, BoardField] = field(default_factory=dict)
    """By name."""
    cards: dict[int, Card] = field(default_factory=dict)
    """By the issue's id."""


@dataclass(slots=True, kw_only=True)
class Installation:
    id: int
    account: str
    created_at: datetime
    repository_ids: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Token:
    actor: Actor
    created_at: datetime
    expires_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One attempt to send a webhook."""

    id: int
    guid: str
    event: str
    action: str | None
    payload: bytes
    at: datetime
    installation_id: int | None
    repository_id: int | None
    redelivery: bool = False
    status: str = "PENDING"
    status_code: int = 0
    duration: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A call beyond a limit that GitHub promises to hold against us."""

    at: datetime
    limit: str
    installation_id: int
    route: str
    count: int
    allowed: int


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything there is. `base` is the lookalike's own address, without a slash at its end."""

    base: str = ""
    app_id: int = 1
    slug: str = "prod-squad"
    clock: Callable[[], datetime] = _clock
    repositories: dict[int, Repository] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """`organisation/team` -> its members."""
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Codes of Apps that were registered from a manifest and not fetched yet."""
    boards: dict[int, Board] = field(default_factory=dict)
    serial: int = 1000

    @property
    def bot(self) -> str:
        return f"{self.slug}[bot]"

    def now(self) -> datetime:
        return self.clock()

    def next_id(self) -> int:
        self.serial += 1
        return self.serial

    def user_id(self, login: str) -> int:
        return self.users.setdefault(login, 5_000_000 + len(self.users))

    def repository(self, full_name: str) -> Repository:
        """By today's name; a former name is `MovedError`, an unknown one 404. Case does not matter."""
        wanted = full_name.lower()
        for repository in self.repositories.values():
            if repository.full_name.lower() == wanted:
                return repository
        for repository in self.repositories.values():
            if wanted in repository.former_names:
                raise MovedError(f"/repositories/{repository.id}")
        raise RefusedError(404, "Not Found")

    def issue_by_id(self, issue_id: int) -> Issue | None:
        found = (issue for r in self.repositories.values() for issue in r.issues.values() if issue.id == issue_id)
        return next(found, None)

    def comment_by_id(self, comment_id: int) -> tuple[Repository, Issue, Comment] | None:
        for repository in self.repositories.values():
            for issue in repository.issues.values():
                if comment_id in issue.comments:
                    return repository, issue, issue.comments[comment_id]
        return None

    def installation_of(self, repository: Repository) -> Installation | None:
        return next((i for i in self.installations.values() if repository.id in i.repository_ids), None)
