"""Issues in lists of a hundred, with who did what to each: what scheduled jobs read.

Rules: a list is in the order in which issues were opened, so what is opened or closed while it is read moves nothing
of the rest: nothing is missed or shown twice. A page that is too much for GitHub (a 5xx, or an answer too large) is
asked for in smaller pieces. One page is one call. https://docs.github.com/en/graphql/reference/objects#repository
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from app.domain.errors import InvalidError, LaterError
from app.domain.issues import IssueRef, Repository
from app.domain.listed import Listed, Page
from app.github import graphql
from app.github.client import Client
from app.github.comments import Actor, Comments, is_bot, is_word, remark

SIZES: Final = (100, 25, 5)
"""Issues of one page; the next size where the one before was too much."""
_REMARKS: Final = 30
"""Comments of each issue that are read, the newest ones."""
_HAPPENED: Final = 50
"""Events of each issue that are read, the newest ones."""
ISSUES: Final = """query(
  $owner: String!, $name: String!, $labels: [String!], $states: [IssueState!], $filter: IssueFilters,
  $size: Int!, $after: String, $remarks: Int!, $happened: Int!
) {
  repository(owner: $owner, name: $name) {
    issues(
      first: $size, after: $after, labels: $labels, states: $states, filterBy: $filter,
      orderBy: {field: CREATED_AT, direction: ASC}
    ) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id databaseId number title url body state stateReason createdAt closedAt lastEditedAt locked
        author { __typename login } editor { __typename login } milestone { title }
        labels(first: 50) { nodes { name } }
        assignees(first: 10) { nodes { login } }
        participants { totalCount }
        comments(last: $remarks) { nodes { id databaseId url body createdAt author { __typename login } } }
        timelineItems(last: $happened, itemTypes: [
          ASSIGNED_EVENT, CLOSED_EVENT, DEMILESTONED_EVENT, ISSUE_COMMENT, LABELED_EVENT, LOCKED_EVENT,
          MILESTONED_EVENT, RENAMED_TITLE_EVENT, REOPENED_EVENT, UNASSIGNED_EVENT, UNLABELED_EVENT, UNLOCKED_EVENT
        ]) { nodes {
          __typename
          ... on AssignedEvent { createdAt actor { __typename login } }
          ... on ClosedEvent { createdAt actor { __typename login } }
          ... on DemilestonedEvent { createdAt actor { __typename login } }
          ... on IssueComment { createdAt actor: author { __typename login } }
          ... on LabeledEvent { createdAt actor { __typename login } }
          ... on LockedEvent { createdAt actor { __typename login } }
          ... on MilestonedEvent { createdAt actor { __typename login } }
          ... on RenamedTitleEvent { createdAt actor { __typename login } }
          ... on ReopenedEvent { createdAt actor { __typename login } }
          ... on UnassignedEvent { createdAt actor { __typename login } }
          ... on UnlabeledEvent { createdAt actor { __typename login } }
          ... on UnlockedEvent { createdAt actor { __typename login } }
        } }
      }
    }
  }
}"""


class _Named(msgspec.Struct):
    name: str


class _Login(msgspec.Struct):
    login: str


class _Title(msgspec.Struct):
    title: str


class _Labels(msgspec.Struct):
    nodes: list[_Named] = []


class _Assignees(msgspec.Struct):
    nodes: list[_Login] = []


class _Counted(msgspec.Struct, rename="camel"):
    total_count: int = 0


class _Happened(msgspec.Struct, rename={"kind": "__typename", "created_at": "createdAt"}):
    created_at: datetime
    actor: Actor | None = None
    kind: str = ""


class _Timeline(msgspec.Struct):
    nodes: list[_Happened] = []


class _Issue(msgspec.Struct, rename="camel"):
    id: str
    database_id: int
    number: int
    title: str
    url: str
    body: str
    state: str
    created_at: datetime
    state_reason: str | None = None
    closed_at: datetime | None = None
    last_edited_at: datetime | None = None
    locked: bool = False
    author: Actor | None = None
    editor: Actor | None = None
    milestone: _Title | None = None
    labels: _Labels | None = None
    assignees: _Assignees = msgspec.field(default_factory=_Assignees)
    participants: _Counted = msgspec.field(default_factory=_Counted)
    comments: Comments = msgspec.field(default_factory=Comments)
    timeline_items: _Timeline = msgspec.field(default_factory=_Timeline)


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Issues(msgspec.Struct, rename="camel"):
    page_info: _PageInfo
    nodes: list[_Issue] = []


class _Repository(msgspec.Struct):
    issues: _Issues


class IssuesData(msgspec.Struct):
    """A page of a repository's issues."""

    repository: _Repository | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[IssuesData])


class Listing:
    """Reads only, so each page may be asked for again. Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def page(
        self,
        repository: Repository,
        label: str,
        *,
        states: Sequence[str] = ("OPEN",),
        since: datetime | None = None,
        after: str | None = None,
    ) -> Page:
        """The issues with this label, from behind `after`; with `since`, those that changed since then. One call."""
        owner, _, name = repository.name.partition("/")
        asked: dict[str, Any] = {
            "owner": owner,
            "name": name,
            "labels": [label],
            "states": list(states),
            "filter": None if since is None else {"since": since.isoformat()},
            "remarks": _REMARKS,
            "happened": _HAPPENED,
            "after": after,
        }
        page = await self._page(repository, asked)
        following = page.page_info.end_cursor if page.page_info.has_next_page else None
        return Page(issues=tuple(_listed(issue, repository) for issue in page.nodes), after=following)

    async def _page(self, repository: Repository, asked: Mapping[str, Any]) -> _Issues:
        for size in SIZES[:-1]:
            try:
                return await self._asked(repository, {**asked, "size": size})
            except InvalidError:
                continue  # too large; each issue is within GitHub's limits, so fewer are
            except LaterError as error:
                if error.not_before is not None:
                    raise
        return await self._asked(repository, {**asked, "size": SIZES[-1]})

    async def _asked(self, repository: Repository, variables: Mapping[str, Any]) -> _Issues:
        data, refused = await graphql.run(
            self._client, ISSUES, variables, _DATA, installation=repository.installation, write=False
        )
        for error in refused.values():
            raise error
        if data.repository is None:
            raise LaterError(f"GitHub's list of the issues of {repository.name} is empty-handed.")
        return data.repository.issues


def _listed(issue: _Issue, repository: Repository) -> Listed:
    return Listed(
        ref=IssueRef(repository=repository, number=issue.number, id=issue.database_id, node_id=issue.id, url=issue.url),
        title=issue.title,
        body=issue.body,
        author=issue.author.login if issue.author is not None else "",
        author_is_bot=is_bot(issue.author),
        opened_at=issue.created_at,
        open=issue.state == "OPEN",
        closed_at=issue.closed_at,
        reason=(issue.state_reason or "completed").lower() if issue.state != "OPEN" else "",
        labels=tuple(label.name for label in issue.labels.nodes) if issue.labels is not None else (),
        assignees=tuple(user.login for user in issue.assignees.nodes),
        milestone=issue.milestone.title if issue.milestone is not None else "",
        locked=issue.locked,
        people_at=max(_by_people(issue), default=None),
        commented_at=max((it.created_at for it in _done_by_people(issue) if it.kind == "IssueComment"), default=None),
        commenters=_commenters(issue),
        said_at=max((it.created_at for it in issue.comments.nodes if is_word(it)), default=None),
        edited_at=issue.last_edited_at if not is_bot(issue.editor) else None,
        participants=issue.participants.total_count,
        remarks=tuple(remark(comment) for comment in issue.comments.nodes if is_bot(comment.author)),
        goes_back=len(issue.comments.nodes) < _REMARKS,
    )


def _by_people(issue: _Issue) -> list[datetime]:
    """When people did something."""
    moments = [event.created_at for event in _done_by_people(issue)]
    if not is_bot(issue.author):
        moments.append(issue.created_at)
    if issue.last_edited_at is not None and not is_bot(issue.editor):
        moments.append(issue.last_edited_at)
    return moments


def _commenters(issue: _Issue) -> tuple[str, ...]:
    """Each once, however often they did."""
    actors = (event.actor for event in _done_by_people(issue) if event.kind == "IssueComment")
    return tuple(dict.fromkeys(actor.login for actor in actors if actor is not None))


def _done_by_people(issue: _Issue) -> list[_Happened]:
    return [event for event in issue.timeline_items.nodes if not is_bot(event.actor)]
