"""How a repository was changed around an outage: deployments, merged pull requests, releases. One call.

| read                 | how                                                                                          |
|----------------------|----------------------------------------------------------------------------------------------|
| deployments          | the latest hundred, of the environments that are asked for; when each first succeeded or     |
|                      | failed. GitHub can't be asked for those of a time.                                           |
| merged pull requests | those of the default branch's commits of the time, from before the beginning and since, each |
|                      | on its own, so that a long outage does not hide what came before it                          |
| releases             | the latest thirty, but for drafts                                                            |

Rules: each is a root field of its own, so what the App may not read leaves the others. A commit's time is not quite its
pull request's: a merge queue makes the commit first. So commits are read from some time before, and `mergedAt` counts.
<https://docs.github.com/en/graphql/reference/objects#deployment>,
<https://docs.github.com/en/graphql/reference/objects#commit>
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from app.domain.errors import SystemRefusedError
from app.domain.issues import Repository
from app.domain.surroundings import Change, ChangeKind, ChangesSeen, Source
from app.github import graphql
from app.github.client import Client

_QUEUED: Final = timedelta(hours=2)
"""So long before its pull request counts as merged a merge queue may have made the commit."""
CHANGES: Final = """query(
  $owner: String!, $name: String!, $environments: [String!],
  $since: GitTimestamp!, $began: GitTimestamp!, $until: GitTimestamp!
) {
  deployments: repository(owner: $owner, name: $name) {
    deployments(first: 100, environments: $environments, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage }
      nodes {
        createdAt environment commitOid
        commit { url } creator { __typename login } ref { name }
        statuses(first: 20) { nodes { state createdAt } }
      }
    }
  }
  merges: repository(owner: $owner, name: $name) {
    defaultBranchRef { target { ... on Commit {
      before: history(first: 50, since: $since, until: $began) { ...pulls }
      during: history(first: 100, since: $began, until: $until) { ...pulls }
    } } }
  }
  releases: repository(owner: $owner, name: $name) {
    releases(first: 30, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage }
      nodes { tagName url isDraft publishedAt }
    }
  }
}
fragment pulls on CommitHistoryConnection {
  pageInfo { hasNextPage }
  nodes { associatedPullRequests(first: 1) { nodes { url title mergedAt } } }
}"""
_log: Final = structlog.get_logger("changes")


class _Page(msgspec.Struct, rename="camel"):
    has_next_page: bool = False


class _Actor(msgspec.Struct, rename={"kind": "__typename"}):
    login: str = ""
    kind: str = "User"


class _Named(msgspec.Struct):
    name: str = ""


class _Url(msgspec.Struct):
    url: str = ""


class _Status(msgspec.Struct, rename="camel"):
    state: str
    created_at: datetime


class _Statuses(msgspec.Struct):
    nodes: list[_Status | None] = []


class _Deployment(msgspec.Struct, rename="camel"):
    created_at: datetime
    commit_oid: str
    environment: str | None = None
    commit: _Url | None = None
    creator: _Actor | None = None
    ref: _Named | None = None
    statuses: _Statuses | None = None


class _Deployments(msgspec.Struct, rename="camel"):
    page_info: _Page
    nodes: list[_Deployment | None] = []


class _Pull(msgspec.Struct, rename="camel"):
    url: str
    title: str
    merged_at: datetime | None = None


class _Pulls(msgspec.Struct):
    nodes: list[_Pull | None] = []


class _Commit(msgspec.Struct, rename="camel"):
    associated_pull_requests: _Pulls | None = None


class _History(msgspec.Struct, rename="camel"):
    page_info: _Page
    nodes: list[_Commit | None] = []


class _Target(msgspec.Struct):
    before: _History | None = None
    during: _History | None = None


class _Branch(msgspec.Struct):
    target: _Target | None = None


class _Release(msgspec.Struct, rename="camel"):
    tag_name: str
    url: str
    is_draft: bool = False
    published_at: datetime | None = None


class _Releases(msgspec.Struct, rename="camel"):
    page_info: _Page
    nodes: list[_Release | None] = []


class _Deployed(msgspec.Struct):
    deployments: _Deployments


class _Merged(msgspec.Struct, rename="camel"):
    default_branch_ref: _Branch | None = None


class _Released(msgspec.Struct):
    releases: _Releases


class ChangesData(msgspec.Struct):
    """What of it GitHub tells; None what it refuses."""

    deployments: _Deployed | None = None
    merges: _Merged | None = None
    releases: _Released | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[ChangesData])


class Changes:
    """See the module's table. Reads only."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def around(
        self,
        repository: Repository,
        began: datetime,
        ended: datetime,
        look_back: timedelta,
        environments: Sequence[str],
    ) -> ChangesSeen:
        """What is told of the time from `look_back` before the beginning to the end, and deployments from before.

        Titles are as GitHub has them: redact them. It never raises what the client raises: what can't be read is said.
        """
        owner, _, name = repository.name.partition("/")
        variables = {
            "owner": owner,
            "name": name,
            "environments": list(environments) or None,
            "since": _stamp(began - look_back - _QUEUED),
            "began": _stamp(began),
            "until": _stamp(ended),
        }
        try:
            data, refused = await graphql.run(
                self._client, CHANGES, variables, _DATA, installation=repository.installation, write=False
            )
        except SystemRefusedError as error:
            _log.warning("the changes of a repository can't be read", repository=repository.name, error=str(error))
            return ChangesSeen(unread=tuple(Source))
        for field, refusal in refused.items():
            _log.warning("some can't be read", what=field, repository=repository.name, error=str(refusal))
        since = began - look_back
        found = [*_deployments(data, repository.name), *_merges(data, repository.name)]
        found += _releases(data, repository.name)
        return ChangesSeen(
            changes=tuple(change for change in found if change.at <= ended),
            unread=tuple(source for source in Source if source in refused or getattr(data, source) is None),
            cut=tuple(_cut(data, since)),
        )


def _deployments(data: ChangesData, repository: str) -> Iterator[Change]:
    for it in data.deployments.deployments.nodes if data.deployments is not None else ():
        if it is None:
            continue
        kind, at = _became(it)
        creator = it.creator
        bot = creator is not None and creator.kind == "Bot"
        yield Change(
            at=at,
            kind=kind,
            repository=repository,
            environment=it.environment or "",
            ref=it.ref.name if it.ref is not None else "",
            commit=it.commit_oid,
            link=it.commit.url if it.commit is not None else "",
            by="" if creator is None else f"{creator.login}[bot]" if bot else creator.login,
        )


def _became(it: _Deployment) -> tuple[ChangeKind, datetime]:
    """A later deployment makes one that succeeded inactive: the first word on how it went counts."""
    told = [status for status in (it.statuses.nodes if it.statuses is not None else ()) if status is not None]
    for status in sorted(told, key=lambda status: status.created_at):
        if status.state == "SUCCESS":
            return ChangeKind.DEPLOYED, status.created_at
        if status.state in {"FAILURE", "ERROR"}:
            return ChangeKind.BROKEN, status.created_at
    return ChangeKind.BEGUN, it.created_at


def _histories(data: ChangesData) -> list[_History]:
    branch = data.merges.default_branch_ref if data.merges is not None else None
    target = branch.target if branch is not None else None
    return [] if target is None else [each for each in (target.before, target.during) if each is not None]


def _merges(data: ChangesData, repository: str) -> Iterator[Change]:
    """Each pull request once, however many of its commits there are."""
    pulls = {
        pull.url: pull
        for history in _histories(data)
        for commit in history.nodes
        if commit is not None and commit.associated_pull_requests is not None
        for pull in commit.associated_pull_requests.nodes
        if pull is not None
    }
    for pull in pulls.values():
        if pull.merged_at is not None:
            yield Change(
                at=pull.merged_at, kind=ChangeKind.MERGED, repository=repository, title=pull.title, link=pull.url
            )


def _releases(data: ChangesData, repository: str) -> Iterator[Change]:
    for it in data.releases.releases.nodes if data.releases is not None else ():
        if it is not None and it.published_at is not None and not it.is_draft:
            yield Change(
                at=it.published_at, kind=ChangeKind.RELEASED, repository=repository, ref=it.tag_name, link=it.url
            )


def _cut(data: ChangesData, since: datetime) -> Iterator[Source]:
    """Where there are more than were read, and what was read does not reach back far enough."""
    if data.deployments is not None and data.deployments.deployments.page_info.has_next_page:
        moments = [it.created_at for it in data.deployments.deployments.nodes if it is not None]
        if min(moments, default=since) > since:
            yield Source.DEPLOYMENTS
    if any(history.page_info.has_next_page for history in _histories(data)):
        yield Source.MERGES
    if data.releases is not None and data.releases.releases.page_info.has_next_page:
        published = [it.published_at for it in data.releases.releases.nodes if it is not None and it.published_at]
        if min(published, default=since) > since:
            yield Source.RELEASES


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
