"""What was delivered from a repository, as GraphQL's objects: deployments, merged pull requests, releases.

A commit of the default branch is there for each pull request that was merged, and no other. What the App has no
permission for is refused with GitHub's words; the list may not be null, so that its repository is null then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.github import shapes
from sandbox.github.call import Call
from sandbox.github.state import Merge, RefusedError, Repository, World

Json = dict[str, Any]


class Delivered:
    """Of one repository."""

    def __init__(self, world: World, call: Call, repository: Repository) -> None:
        self._world = world
        self._call = call
        self._it = repository

    def _check(self, what: str) -> None:
        if self._call.actor.is_app and what in self._it.denied:
            raise RefusedError(403, "Resource not accessible by integration")

    @property
    def _url(self) -> str:
        return f"{self._world.base}/{self._it.full_name}"

    def commit(self, oid: str) -> Json:
        """Only the head's has a history."""
        merged = [merge for merge in self._it.merges if merge.commit == oid]
        return {
            "__typename": "Commit",
            "id": f"C_{oid}",
            "oid": oid,
            "url": f"{self._url}/commit/{oid}",
            "associatedPullRequests": lambda _info, first=30: _connection([self._pull(it) for it in merged], first),
        }

    def history(self, _info: object, *, first: int = 30, since: str | None = None, until: str | None = None) -> Json:
        """Newest first, by when a commit was made."""
        self._check("merges")
        found = sorted(self._it.merges, key=lambda it: it.committed_at, reverse=True)
        shown = [
            it
            for it in found
            if (since is None or it.committed_at >= _moment(since))
            and (until is None or it.committed_at <= _moment(until))
        ]
        return _connection([self.commit(it.commit) for it in shown], first)

    def _pull(self, it: Merge) -> Json:
        return {
            "__typename": "PullRequest",
            "id": f"PR_{it.number}",
            "number": it.number,
            "title": it.title,
            "url": f"{self._url}/pull/{it.number}",
            "mergedAt": shapes.stamp(it.merged_at),
        }

    def deployments(
        self,
        actor: Callable[[str], Json],
        *,
        first: int = 30,
        environments: list[str] | None = None,
        orderBy: Json | None = None,  # noqa: N803 - GitHub's name
    ) -> Json:
        """The oldest first, unless it is asked for otherwise."""
        self._check("deployments")
        backwards = (orderBy or {}).get("direction") == "DESC"
        found = sorted(self._it.deployments, key=lambda it: it.created_at, reverse=backwards)
        nodes = [
            {
                "__typename": "Deployment",
                "id": f"DE_{it.id}",
                "databaseId": it.id,
                "commit": self.commit(it.commit),
                "commitOid": it.commit,
                "createdAt": shapes.stamp(it.created_at),
                "creator": actor(it.creator),
                "environment": it.environment,
                "ref": None if it.ref is None else {"__typename": "Ref", "id": f"REF_{it.ref}", "name": it.ref},
                "statuses": lambda _info, first=30, it=it: _connection(
                    [
                        {"id": f"DES_{it.id}_{nth}", "state": state, "createdAt": shapes.stamp(at)}
                        for nth, (state, at) in enumerate(reversed(it.statuses))
                    ],
                    first,
                ),
            }
            for it in found
            if not environments or it.environment in environments
        ]
        return _connection(nodes, first)

    def releases(self, _info: object, *, first: int = 30, orderBy: Json | None = None) -> Json:  # noqa: N803
        """The oldest first, unless it is asked for otherwise."""
        self._check("releases")
        backwards = (orderBy or {}).get("direction") == "DESC"
        found = sorted(self._it.releases, key=lambda it: it.created_at, reverse=backwards)
        nodes = [
            {
                "__typename": "Release",
                "id": f"RE_{it.id}",
                "tagName": it.tag,
                "url": f"{self._url}/releases/tag/{it.tag}",
                "isDraft": it.draft,
                "publishedAt": None if it.draft else shapes.stamp(it.created_at),
            }
            for it in found
        ]
        return _connection(nodes, first)


def _connection(nodes: list[Json], first: int) -> Json:
    if first > 100:
        raise RefusedError(
            422, f"Requesting {first} records on the connection exceeds the `first` limit of 100 records."
        )
    return {
        "nodes": nodes[:first],
        "totalCount": len(nodes),
        "pageInfo": {"hasNextPage": len(nodes) > first, "endCursor": None},
    }


def _moment(stamp: str) -> datetime:
    moment = datetime.fromisoformat(stamp)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
