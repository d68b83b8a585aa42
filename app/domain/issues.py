"""Repositories and issues of GitHub as the App speaks of them.

Rule: a repository is known by its id; its name is what it was called when last heard of, and may change.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.facts import Fact


class Repository(Fact, frozen=True, kw_only=True):
    """A repository the App is installed on."""

    id: int
    name: str
    """`owner/name`."""
    installation: int
    default_branch: str = "main"

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.name.partition("/")[0]


class IssueRef(Fact, frozen=True, kw_only=True):
    """One issue: enough to speak to it over REST (number), GraphQL (node id) and as a duplicate's target (id)."""

    repository: Repository
    number: int
    id: int
    node_id: str
    url: str = ""


class IssueSeen(Fact, frozen=True, kw_only=True):
    """An issue as a webhook or an answer showed it."""

    ref: IssueRef
    title: str
    body: str
    """Redacted. `body_exact` says whether it is what GitHub holds to the letter."""
    body_exact: bool
    author: str
    open: bool
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    locked: bool = False
    state_reason: str = ""
    updated_at: datetime | None = None


class CommentRef(Fact, frozen=True, kw_only=True):
    """One comment of an issue."""

    id: int
    node_id: str
    url: str = ""
