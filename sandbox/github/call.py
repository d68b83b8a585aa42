"""One call, as a handler sees it, and its answer. Handlers are plain functions: between two awaits nothing else moves.

Lists are paged by `per_page` (30, at most 100) and `page`, with GitHub's Link header.
https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.github.acts import Acts, invalid
from sandbox.github.faults import Faults
from sandbox.github.limits import Limits
from sandbox.github.state import Actor, Issue, MovedError, RefusedError, Repository, World
from sandbox.github.webhooks import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`json`, unless `raw` is given."""

    status: int = 200
    json: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    json: Any
    accept: str
    actor: Actor
    base: str
    """By which address the lookalike was called; lists lead on there."""
    world: World
    acts: Acts
    hooks: Webhooks
    limits: Limits
    faults: Faults

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object sent; anything else is 400."""
        if self.json is None:
            return {}
        if not isinstance(self.json, dict):
            raise RefusedError(400, "Body should be a JSON object")
        return self.json

    def repository(self) -> Repository:
        """The one in the path, if this caller's installation reaches it; else 404, or moved."""
        if "repository_id" in self.params:
            found = self.world.repositories.get(int(self.params["repository_id"]))
            if found is None:
                raise RefusedError(404, "Not Found")
        else:
            name = f"{self.params['owner']}/{self.params['repo']}"
            try:
                found = self.world.repository(name)
            except MovedError as moved:
                raise MovedError(moved.path + self.path.removeprefix(f"/repos/{name}")) from None
        installation = self.world.installations.get(self.actor.installation_id or 0)
        if self.actor.is_app and (installation is None or found.id not in installation.repository_ids):
            raise RefusedError(404, "Not Found")
        return found

    def issue(self, *, follow: bool = False) -> Issue:
        """The one in the path; a transferred one is moved when `follow`, else 404."""
        repository = self.repository()
        if not repository.has_issues:
            raise RefusedError(410, "Issues has been disabled in this repository.")
        issue = repository.issues.get(int(self.params["number"]))
        if issue is None:
            raise RefusedError(404, "Not Found")
        if issue.moved_to is not None:
            moved = self.world.issue_by_id(issue.moved_to)
            if moved is not None and follow:
                raise MovedError(f"/repositories/{moved.repository_id}/issues/{moved.number}")
            raise RefusedError(404, "Not Found")
        return issue

    def text(self, name: str, *, resource: str) -> str:
        """A string that must be in the body."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(resource, name, "missing_field")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """A list of strings, or of objects with a `name`, in the body; absent is empty."""
        value = self.body.get(name) or ()
        if isinstance(value, str):
            return (value,)
        return tuple(str(entry["name"]) if isinstance(entry, dict) else str(entry) for entry in value)

    def since(self) -> datetime | None:
        text = self.query.get("since")
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise RefusedError(422, f"Invalid `since`: {text}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def shows(self, created_at: datetime) -> bool:
        """Whether listings show it yet; stale ones hide what is young."""
        return created_at <= self.world.now() - timedelta(seconds=self.faults.stale_list_seconds)

    def paged(self, items: Sequence[Any], *, wrap: Callable[[list[Any]], Any] = lambda page: page) -> Answer:
        try:
            size = min(100, max(1, int(self.query.get("per_page", "30"))))
            page = max(1, int(self.query.get("page", "1")))
        except ValueError:
            raise RefusedError(422, "per_page and page must be numbers") from None
        last = max(1, -(-len(items) // size))
        relations = []
        if page < last:
            relations += [("next", page + 1), ("last", last)]
        if page > 1:
            relations += [("first", 1), ("prev", page - 1)]
        links = ", ".join(
            f'<{self.base}{self.path}?{urlencode({**self.query, "page": n})}>; rel="{rel}"' for rel, n in relations
        )
        chosen = list(items[(page - 1) * size : page * size])
        return Answer(json=wrap(chosen), headers={"Link": links} if links else {})


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`path` is a template; within repositories it is the part behind `/repos/{owner}/{repo}`."""

    method: str
    path: str
    handler: Handler
    as_app: bool = False
    """Called with the App's JWT, not with an installation's token."""
    public: bool = False
    """Called by anybody."""
    creates: bool = False
    """Counts as content-creating."""
