"""GitHub's webhook bodies: the fields that are taken of each, and no more.

Rule: a field that GitHub documents as always there, and without which the App can't act, has no default; every other
one has. GitHub's own examples drift from its schema, so nothing is required that is not needed.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""What GitHub numbers things with; every store can hold it."""


class User(msgspec.Struct):
    """Who did it, or whose it is."""

    login: str = ""
    type: str | None = None

    @property
    def is_bot(self) -> bool:
        """Whether an App or another program acts under this login."""
        return self.type == "Bot" or self.login.endswith("[bot]")


class Label(msgspec.Struct):
    """A label."""

    name: str


class Account(msgspec.Struct):
    """The owner of an installation."""

    login: str = ""


class Installation(msgspec.Struct):
    """The installation that the delivery belongs to."""

    id: Id
    account: Account | None = None


class Repository(msgspec.Struct):
    """A repository; the short form in installation events has no default branch."""

    id: Id
    full_name: str
    default_branch: str = "main"


class Something(msgspec.Struct):
    """An object of which nothing is taken but that it is there."""


class Issue(msgspec.Struct):
    """An issue, or a pull request shown as one."""

    id: Id
    number: Id
    title: str
    node_id: str = ""
    html_url: str = ""
    body: str | None = None
    user: User | None = None
    labels: list[Label] | None = None
    assignees: list[User | None] | None = None
    state: str | None = "open"
    state_reason: str | None = None
    locked: bool | None = False
    updated_at: object = None
    closed_at: object = None
    pull_request: Something | None = None


class Comment(msgspec.Struct):
    """A comment of an issue."""

    id: Id
    body: str | None = None
    created_at: object = None
    updated_at: object = None
    user: User | None = None
    pin: Something | None = None


class Text(msgspec.Struct):
    """What a text was before."""

    from_: str = msgspec.field(default="", name="from")


class IssueChanges(msgspec.Struct):
    """Where a transferred issue is now, or that it was transferred here."""

    old_issue: Something | None = None
    new_issue: Issue | None = None
    new_repository: Repository | None = None


class IssuesHook(msgspec.Struct):
    """`issues`."""

    action: str
    issue: Issue
    repository: Repository
    sender: User
    installation: Installation | None = None
    label: Label | None = None
    changes: IssueChanges = msgspec.field(default_factory=IssueChanges)


class CommentChanges(msgspec.Struct):
    """What an edited comment was before."""

    body: Text | None = None


class IssueCommentHook(msgspec.Struct):
    """`issue_comment`."""

    action: str
    issue: Issue
    comment: Comment
    repository: Repository
    sender: User
    installation: Installation | None = None
    changes: CommentChanges = msgspec.field(default_factory=CommentChanges)


class Commit(msgspec.Struct):
    """The paths a commit touches."""

    added: list[str] = msgspec.field(default_factory=list)
    modified: list[str] = msgspec.field(default_factory=list)
    removed: list[str] = msgspec.field(default_factory=list)


class PushHook(msgspec.Struct):
    """`push`."""

    ref: str
    after: str
    repository: Repository
    commits: list[Commit] = msgspec.field(default_factory=list)
    size: int = 0
    created: bool = False
    deleted: bool = False
    forced: bool = False
    installation: Installation | None = None


class LabelChanges(msgspec.Struct):
    """What an edited label was called before."""

    name: Text | None = None


class LabelHook(msgspec.Struct):
    """`label`."""

    action: str
    label: Label
    repository: Repository
    sender: User
    installation: Installation | None = None
    changes: LabelChanges = msgspec.field(default_factory=LabelChanges)


class NameChange(msgspec.Struct):
    """What a renamed repository was called before, without its owner."""

    name: Text | None = None


class PreviousOwner(msgspec.Struct):
    """Whose a transferred repository was."""

    user: Account | None = None
    organization: Account | None = None

    @property
    def login(self) -> str:
        """The login of the one or the other."""
        owner = self.organization or self.user
        return owner.login if owner is not None else ""


class OwnerChange(msgspec.Struct):
    """The change of a repository's owner."""

    from_: PreviousOwner = msgspec.field(default_factory=PreviousOwner, name="from")


class RepositoryChanges(msgspec.Struct):
    """What a repository was before."""

    repository: NameChange | None = None
    owner: OwnerChange | None = None
    default_branch: Something | None = None


class RepositoryHook(msgspec.Struct):
    """`repository`."""

    action: str
    repository: Repository
    installation: Installation | None = None
    changes: RepositoryChanges = msgspec.field(default_factory=RepositoryChanges)


class InstallationHook(msgspec.Struct):
    """`installation` and `installation_repositories`."""

    action: str
    installation: Installation
    repositories: list[Repository] | None = None
    repositories_added: list[Repository] | None = None
    repositories_removed: list[Repository] | None = None


ISSUES: Final = msgspec.json.Decoder(IssuesHook)
ISSUE_COMMENT: Final = msgspec.json.Decoder(IssueCommentHook)
PUSH: Final = msgspec.json.Decoder(PushHook)
LABEL: Final = msgspec.json.Decoder(LabelHook)
REPOSITORY: Final = msgspec.json.Decoder(RepositoryHook)
INSTALLATION: Final = msgspec.json.Decoder(InstallationHook)
