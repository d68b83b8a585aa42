"""What GitHub's payloads show, as facts of the house: the repository, an issue and what is written in it.

Rule: nothing is looked up and nothing is redacted here; whoever asks gives the redacted texts.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.errors import PayloadError
from app.domain.issues import IssueRef, IssueSeen, Repository
from app.domain.mail import IssueVerb
from app.intake import github_payloads as payloads
from app.intake.reading import bare_url, moment_of


def repository_of(seen: payloads.Repository, installation: payloads.Installation | None) -> Repository:
    """The repository. Raises PayloadError for a delivery that is not the App's: it names no installation."""
    if installation is None:
        raise PayloadError(
            "The delivery names no installation, so it was sent by a repository's own webhook. "
            "Remove that webhook: the App's own one sends all that is needed."
        )
    return Repository(id=seen.id, name=seen.full_name, installation=installation.id, default_branch=seen.default_branch)


def texts_of(issue: payloads.Issue) -> tuple[str, str]:
    """What people wrote: title and body."""
    return issue.title, issue.body or ""


def ref_of(seen: payloads.Issue, repository: Repository) -> IssueRef:
    """How the issue is named."""
    return IssueRef(
        repository=repository, number=seen.number, id=seen.id, node_id=seen.node_id, url=bare_url(seen.html_url)
    )


def issue_of(seen: payloads.Issue, repository: Repository, title: str, body: str) -> IssueSeen:
    """The issue with its redacted title and body."""
    return IssueSeen(
        ref=ref_of(seen, repository),
        title=title,
        body=body,
        body_exact=body == (seen.body or ""),
        author=seen.user.login if seen.user is not None else "",
        open=seen.state == "open",
        labels=tuple(label.name for label in seen.labels or ()),
        assignees=tuple(user.login for user in seen.assignees or () if user is not None),
        locked=bool(seen.locked),
        state_reason=(seen.state_reason or "") if seen.state != "open" else "",
        updated_at=moment_of(seen.updated_at),
    )


def acted_at(issue: payloads.Issue, verb: IssueVerb) -> datetime | None:
    """When it was done, as far as the issue tells; None: it does not."""
    if verb in {IssueVerb.DELETED, IssueVerb.TRANSFERRED}:
        return None  # the issue is shown as it was before that
    closed = moment_of(issue.closed_at) if verb is IssueVerb.CLOSED else None
    return closed or moment_of(issue.updated_at)
