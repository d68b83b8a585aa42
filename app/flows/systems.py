"""What the flows need of the systems they speak to. The systems' own rooms fulfil these; `wiring` joins them.

Rule: each call says by its error what became of it. `LaterError`: certainly not carried out, may be made again then.
`InDoubtError`: perhaps carried out. `UnavailableError`: not carried out, and asking again is of no use.
`InvalidError`: not carried out, the call itself is wrong. Any call may raise any of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.domain.listed import Talk
from app.domain.owners import Fault
from app.domain.triage import Silence
from app.intake.sentry_api import Totals
from app.texts.drafts import Change, Draft, Said
from app.texts.markdown import Markdown


class Issues(Protocol):
    """GitHub's issues. `urgent` calls may use the part of the budget that routine calls leave free."""

    async def open(self, repository: Repository, draft: Draft, *, urgent: bool) -> IssueSeen:
        """Create; the answer says who was really assigned. In doubt: look with `opened_by`."""

    async def opened_by(self, repository: Repository, operation: str, since: datetime) -> IssueSeen | None:
        """The issue the App made since then whose body carries the operation's marker, by listing."""

    async def read(self, issue: IssueRef) -> IssueSeen:
        """The issue as it is, its body exact; of a transferred one, where it is now (another `ref`)."""

    async def change(self, issue: IssueRef, change: Change, *, urgent: bool) -> IssueSeen:
        """Bring the issue to this state."""

    async def write(self, issue: IssueRef, body: Markdown, *, urgent: bool) -> str | None:
        """The issue's new body; what stood there just before, where GitHub tells. It may be repeated."""

    async def comment(self, issue: IssueRef, text: Markdown, *, body: Markdown | None, urgent: bool) -> Said:
        """A new comment and, where given, the issue's new body, in one call. In doubt: `commented_by`."""

    async def commented_by(self, issue: IssueRef, operation: str, since: datetime) -> CommentRef | None:
        """The comment the App made since then that carries the operation's marker, by listing."""

    async def edit(
        self, issue: IssueRef, comment: CommentRef, text: Markdown, *, body: Markdown | None, urgent: bool
    ) -> Said:
        """The comment's new text and, where given, the issue's new body, in one call, which may be repeated."""

    async def assignable(self, repository: Repository, login: str) -> bool:
        """Whether this person can be assigned in the repository."""

    async def fixed_by(self, issue: IssueRef) -> str:
        """The URL of the pull request or commit that closed the issue last; empty where a person did by hand."""


class Remarks(Protocol):
    """What was said on an issue lately, further back than a list shows it."""

    async def of(self, issue: IssueRef) -> Talk:
        """Bots' latest comments, oldest first, and when a person said something."""


class Files(Protocol):
    """Files of repositories on their default branch."""

    async def text(self, repository: Repository, path: str) -> str | None:
        """The file's text, conditional on what was read before; None where there is none."""

    async def find(self, name: str) -> Repository | None:
        """The repository `owner/name` as the App is installed on it; None where it is not."""


class Checks(Protocol):
    """What is shown on a commit."""

    async def report(self, repository: Repository, commit: str, faults: tuple[Fault, ...]) -> None:
        """A check on the commit: a failure with each fault at its line, or a success where there is none."""


class Errors(Protocol):
    """The sender's own record of an error, for speaking back."""

    async def resolve(self, sender_ref: str) -> None:
        """Mark the error as resolved there; it may be repeated."""

    async def archive(self, sender_ref: str, silence: Silence) -> None:
        """Silence the error there for as long as the silence says; it may be repeated."""

    async def unarchive(self, sender_ref: str) -> None:
        """End the error's silence there; it may be repeated."""

    async def totals(self, sender_ref: str) -> Totals:
        """What the sender has counted of the error in all: an alert need not tell of each event."""
