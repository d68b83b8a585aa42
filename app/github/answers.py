"""GitHub's answers: the fields that are taken of each, and how an issue of GitHub's becomes an `IssueSeen`.

Rule: a good answer that can't be read is treated like a lost one: in doubt for a write, later for a read. Bodies here
are to the letter, as `IssueSeen.body_exact` says; a flow must not store one.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from app.domain.errors import InDoubtError, LaterError
from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.github.wire import Answer

_T = TypeVar("_T")
_ID_IN_PATH: Final = re.compile(r"/repositories/(\d+)/")
_NAME_IN_URL: Final = re.compile(r"/repos/([^/]+/[^/]+)$")


class User(msgspec.Struct):
    """A person or a bot."""

    login: str


class Label(msgspec.Struct):
    """A label, as issues carry it."""

    name: str = ""
    color: str | None = None
    description: str | None = None


class Issue(msgspec.Struct):
    """An issue, or a pull request that lists show as one."""

    id: int
    node_id: str
    number: int
    title: str
    html_url: str
    state: str
    created_at: datetime
    repository_url: str = ""
    body: str | None = None
    user: User | None = None
    labels: list[Label | str] = []
    assignees: list[User] | None = None
    state_reason: str | None = None
    locked: bool = False
    updated_at: datetime | None = None
    pull_request: object = None


class Comment(msgspec.Struct):
    """A comment of an issue."""

    id: int
    node_id: str
    html_url: str = ""
    body: str | None = None
    user: User | None = None


class Installation(msgspec.Struct):
    """Where the App is installed."""

    id: int
    account: User | None = None
    suspended_at: datetime | None = None


class App(msgspec.Struct):
    """The App itself."""

    slug: str


class Delivery(msgspec.Struct):
    """One attempt to deliver a webhook."""

    id: int
    guid: str
    delivered_at: datetime
    status_code: int
    redelivery: bool = False
    event: str = ""

    @property
    def arrived(self) -> bool:
        """Its door took it."""
        return 200 <= self.status_code < 400


ISSUE: Final = msgspec.json.Decoder(Issue)
ISSUES: Final = msgspec.json.Decoder(list[Issue])
COMMENTS: Final = msgspec.json.Decoder(list[Comment])
INSTALLATION: Final = msgspec.json.Decoder(Installation)
INSTALLATIONS: Final = msgspec.json.Decoder(list[Installation])
APP: Final = msgspec.json.Decoder(App)
DELIVERIES: Final = msgspec.json.Decoder(list[Delivery])


def read(answer: Answer, decoder: msgspec.json.Decoder[_T], *, write: bool = False) -> _T:
    """The answer's body as what it should be; else see the module's rule."""
    try:
        return decoder.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        said = f"GitHub's answer from {answer.url.path} can't be read: {fault}"
        raise InDoubtError(said) if write else LaterError(said) from fault


def issue_seen(issue: Issue, repository: Repository, answer: Answer) -> IssueSeen:
    """As asked for in `repository`; where redirects led to another one, its id and name are that one's."""
    name = _NAME_IN_URL.search(issue.repository_url)
    moved = _ID_IN_PATH.search(answer.url.path)
    where = Repository(
        id=repository.id if moved is None else int(moved[1]),
        name=repository.name if name is None else name[1],
        installation=repository.installation,
        default_branch=repository.default_branch,
    )
    return IssueSeen(
        ref=IssueRef(repository=where, number=issue.number, id=issue.id, node_id=issue.node_id, url=issue.html_url),
        title=issue.title,
        body=issue.body or "",
        body_exact=True,
        author=issue.user.login if issue.user is not None else "",
        open=issue.state == "open",
        labels=tuple(label if isinstance(label, str) else label.name for label in issue.labels),
        assignees=tuple(user.login for user in issue.assignees or ()),
        locked=issue.locked,
        state_reason=(issue.state_reason or "") if issue.state != "open" else "",
        updated_at=issue.updated_at,
    )


def comment_ref(comment: Comment) -> CommentRef:
    """Enough to edit it later."""
    return CommentRef(id=comment.id, node_id=comment.node_id, url=comment.html_url)
