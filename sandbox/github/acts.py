"""Everything that can be done to issues, comments and labels, by the App or by a person, with its webhooks.

Rules kept as GitHub keeps them: an archived repository refuses every write (403), issues switched off are 410, a locked
issue or one with 2,500 comments takes no comment (403), a body is at most 65,536 characters (422), a label nobody
created appears in grey, and a login that can't be assigned is dropped without a word (but see `rest_issues.py`).
"""

from __future__ import annotations

from typing import Any

from sandbox.github import shapes
from sandbox.github.state import Actor, Comment, Event, Issue, Label, RefusedError, Repository, World
from sandbox.github.webhooks import Webhooks

MAX_BODY = 65_536
MAX_TITLE = 256
MAX_COMMENTS = 2_500
MAX_ASSIGNEES = 10
MAX_SUB_ISSUES = 100
REASONS = ("completed", "not_planned", "duplicate", "reopened")


def invalid(resource: str, field: str, code: str, message: str | None = None) -> RefusedError:
    """GitHub's 422."""
    error = {"resource": resource, "field": field, "code": code}
    return RefusedError(422, "Validation Failed", errors=[error if message is None else error | {"message": message}])


def check_body(resource: str, body: str | None) -> None:
    if body is not None and len(body) > MAX_BODY:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {MAX_BODY} characters)")


class Acts:
    """One world's acts. Each either happens as a whole or raises `RefusedError`."""

    def __init__(self, world: World, hooks: Webhooks) -> None:
        self._world = world
        self._hooks = hooks

    def _writable(self, repository: Repository) -> None:
        if repository.archived:
            raise RefusedError(403, "Repository was archived so is read-only.")
        if not repository.has_issues:
            raise RefusedError(410, "Issues has been disabled in this repository.")

    def _repository(self, issue: Issue) -> Repository:
        repository = self._world.repositories[issue.repository_id]
        self._writable(repository)
        return repository

    def _note(self, issue: Issue, actor: Actor, event: str, **detail: Any) -> None:
        now = self._world.now()
        issue.updated_at = now
        issue.events.append(
            Event(
                id=self._world.next_id(),
                event=event,
                actor=actor.login,
                created_at=now,
                via_app=actor.is_app,
                detail=detail,
            )
        )

    def _tell(self, issue: Issue, actor: Actor, action: str, **rest: Any) -> None:
        repository = self._world.repositories[issue.repository_id]
        self._hooks.emit("issues", action, repository, actor.login, issue=shapes.issue(self._world, issue), **rest)

    # Issues

    def open_issue(
        self,
        repository: Repository,
        actor: Actor,
        *,
        title: str,
        body: str | None = None,
        labels: tuple[str, ...] = (),
        assignees: tuple[str, ...] = (),
    ) -> Issue:
        self._writable(repository)
        self._check_title(title)
        check_body("Issue", body)
        now = self._world.now()
        repository.last_number += 1
        issue = Issue(
            id=self._world.next_id(),
            number=repository.last_number,
            repository_id=repository.id,
            title=title,
            body=body,
            author=actor.login,
            via_app=actor.is_app,
            created_at=now,
            updated_at=now,
        )
        repository.issues[issue.number] = issue
        self._tell(issue, actor, "opened")
        self.add_labels(issue, actor, labels)
        self.assign(issue, actor, assignees)
        return issue

    def _check_title(self, title: str) -> None:
        if not title.strip():
            raise invalid("Issue", "title", "missing_field")
        if len(title) > MAX_TITLE:
            raise invalid("Issue", "title", "custom", f"title is too long (maximum is {MAX_TITLE} characters)")

    def edit_text(self, issue: Issue, actor: Actor, *, title: str | None = None, body: str | None = None) -> None:
        """None leaves a text as it is; so does its own value."""
        self._repository(issue)
        check_body("Issue", body)
        changes: dict[str, dict[str, str]] = {}
        if title is not None and title != issue.title:
            self._check_title(title)
            changes["title"] = {"from": issue.title}
            self._note(issue, actor, "renamed", rename={"from": issue.title, "to": title})
            issue.title = title
        if body is not None and body != issue.body:
            changes["body"] = {"from": issue.body or ""}
            issue.body = body
            issue.last_edited_at = issue.updated_at = self._world.now()
            issue.edited_by = actor.login
        if changes:
            self._tell(issue, actor, "edited", changes=changes)

    def close(
        self,
        issue: Issue,
        actor: Actor,
        *,
        reason: str = "completed",
        duplicate_of: int | None = None,
        closer: dict[str, Any] | None = None,
    ) -> None:
        """Closing what is closed changes its reason, and says nothing when that is the same."""
        self._repository(issue)
        if reason not in REASONS:
            raise invalid("Issue", "state_reason", "invalid")
        if reason == "duplicate" and duplicate_of is not None:
            if self._world.issue_by_id(duplicate_of) is None:
                raise invalid("Issue", "duplicate_issue_id", "invalid")
            issue.duplicate_of = duplicate_of
        if issue.state == "closed" and issue.state_reason == reason:
            return
        was_open = issue.state == "open"
        issue.state, issue.state_reason, issue.closer = "closed", reason, closer
        if was_open:
            issue.closed_at, issue.closed_by = self._world.now(), actor.login
        self._note(issue, actor, "closed", state_reason=reason)
        self._tell(issue, actor, "closed")

    def reopen(self, issue: Issue, actor: Actor) -> None:
        self._repository(issue)
        if issue.state == "open":
            return
        issue.state, issue.state_reason = "open", "reopened"
        issue.closed_at = issue.closed_by = issue.closer = None
        self._note(issue, actor, "reopened", state_reason="reopened")
        self._tell(issue, actor, "reopened")

    def add_sub_issue(self, parent: Issue, child_id: int) -> None:
        """An issue has one parent, and a parent at most a hundred sub-issues; to add one again is refused.

        https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/adding-sub-issues
        """
        self._repository(parent)
        if self._world.issue_by_id(child_id) is None:
            raise RefusedError(404, "The provided sub-issue does not exist.")
        issues = [issue for repository in self._world.repositories.values() for issue in repository.issues.values()]
        taken = any(child_id in issue.sub_issues for issue in issues)
        if taken or child_id == parent.id or len(parent.sub_issues) >= MAX_SUB_ISSUES:
            raise invalid("Issue", "sub_issue_id", "invalid")
        parent.sub_issues.append(child_id)

    def lock(self, issue: Issue, actor: Actor, reason: str | None = None) -> None:
        self._repository(issue)
        if issue.locked:
            return
        issue.locked, issue.lock_reason = True, reason
        self._note(issue, actor, "locked", lock_reason=reason)
        self._tell(issue, actor, "locked")

    def unlock(self, issue: Issue, actor: Actor) -> None:
        self._repository(issue)
        if not issue.locked:
            return
        issue.locked, issue.lock_reason = False, None
        self._note(issue, actor, "unlocked", lock_reason=None)
        self._tell(issue, actor, "unlocked")

    def transfer(self, issue: Issue, actor: Actor, target: Repository) -> Issue:
        """The issue gets a new id and number at the target; only the source hears `transferred`."""
        source = self._repository(issue)
        self._writable(target)
        target.last_number += 1
        now = self._world.now()
        moved = Issue(
            id=self._world.next_id(),
            number=target.last_number,
            repository_id=target.id,
            title=issue.title,
            body=issue.body,
            author=issue.author,
            via_app=issue.via_app,
            created_at=issue.created_at,
            updated_at=now,
            state=issue.state,
            state_reason=issue.state_reason,
            closed_at=issue.closed_at,
            closed_by=issue.closed_by,
            assignees=[login for login in issue.assignees if target.can_assign(login)],
            labels=[name for name in issue.labels if name.lower() in target.labels],
            comments=dict(issue.comments),
        )
        target.issues[moved.number] = moved
        changes = {
            "new_issue": shapes.issue(self._world, moved),
            "new_repository": shapes.repository(self._world, target),
        }
        self._hooks.emit(
            "issues",
            "transferred",
            source,
            actor.login,
            issue=shapes.issue(self._world, issue),
            changes=changes,
        )
        issue.moved_to = moved.id
        issue.comments = {}
        return moved

    # Labels and assignees

    def create_label(
        self, repository: Repository, name: str, *, color: str | None = None, description: str | None = None
    ) -> Label:
        if repository.archived:
            raise RefusedError(403, "Repository was archived so is read-only.")
        if name.lower() in repository.labels:
            raise invalid("Label", "name", "already_exists")
        label = Label(id=self._world.next_id(), name=name, description=description)
        if color is not None:
            label.color = color.lstrip("#").lower()
        repository.labels[name.lower()] = label
        return label

    def add_labels(self, issue: Issue, actor: Actor, names: tuple[str, ...]) -> None:
        repository = self._repository(issue)
        for name in names:
            if any(name.lower() == present.lower() for present in issue.labels):
                continue
            known = repository.labels.get(name.lower()) or self.create_label(repository, name)
            issue.labels.append(known.name)
            self._note(issue, actor, "labeled", label={"name": known.name, "color": known.color})
            self._tell(issue, actor, "labeled", label=shapes.label(self._world, repository, known))

    def remove_label(self, issue: Issue, actor: Actor, name: str) -> None:
        """A label the issue does not carry is 404."""
        repository = self._repository(issue)
        present = next((label for label in issue.labels if label.lower() == name.lower()), None)
        if present is None:
            raise RefusedError(404, "Label does not exist")
        issue.labels.remove(present)
        known = repository.labels[present.lower()]
        self._note(issue, actor, "unlabeled", label={"name": known.name, "color": known.color})
        self._tell(issue, actor, "unlabeled", label=shapes.label(self._world, repository, known))

    def set_labels(self, issue: Issue, actor: Actor, names: tuple[str, ...]) -> None:
        wanted = {name.lower() for name in names}
        for name in tuple(issue.labels):
            if name.lower() not in wanted:
                self.remove_label(issue, actor, name)
        self.add_labels(issue, actor, names)

    def assign(self, issue: Issue, actor: Actor, logins: tuple[str, ...]) -> None:
        repository = self._repository(issue)
        for login in logins:
            if not repository.can_assign(login) or login in issue.assignees or len(issue.assignees) >= MAX_ASSIGNEES:
                continue
            issue.assignees.append(login)
            self._note(issue, actor, "assigned", assignee=login)
            self._tell(issue, actor, "assigned", assignee=shapes.user(self._world, login))

    def unassign(self, issue: Issue, actor: Actor, logins: tuple[str, ...]) -> None:
        self._repository(issue)
        for login in logins:
            if login not in issue.assignees:
                continue
            issue.assignees.remove(login)
            self._note(issue, actor, "unassigned", assignee=login)
            self._tell(issue, actor, "unassigned", assignee=shapes.user(self._world, login))

    def set_assignees(self, issue: Issue, actor: Actor, logins: tuple[str, ...]) -> None:
        self.unassign(issue, actor, tuple(login for login in issue.assignees if login not in logins))
        self.assign(issue, actor, logins)

    # Comments

    def comment(self, issue: Issue, actor: Actor, body: str) -> Comment:
        self._repository(issue)
        if issue.moved_to is not None:
            raise RefusedError(404, "Not Found")
        if issue.locked:
            raise RefusedError(403, "Unable to create comment because issue is locked.")
        if len(issue.comments) >= MAX_COMMENTS:
            raise RefusedError(403, f"Commenting is disabled on issues with more than {MAX_COMMENTS} comments")
        if not body.strip():
            raise invalid("IssueComment", "body", "missing_field")
        check_body("IssueComment", body)
        now = self._world.now()
        comment = Comment(
            id=self._world.next_id(),
            author=actor.login,
            body=body,
            created_at=now,
            updated_at=now,
            via_app=actor.is_app,
        )
        issue.comments[comment.id] = comment
        issue.updated_at = now
        self._tell_comment(issue, comment, actor, "created")
        return comment

    def edit_comment(self, issue: Issue, comment: Comment, actor: Actor, body: str) -> None:
        self._repository(issue)
        check_body("IssueComment", body)
        if body == comment.body:
            return
        before, comment.body = comment.body, body
        comment.updated_at = comment.last_edited_at = issue.updated_at = self._world.now()
        self._tell_comment(issue, comment, actor, "edited", changes={"body": {"from": before}})

    def delete_comment(self, issue: Issue, comment: Comment, actor: Actor) -> None:
        self._repository(issue)
        del issue.comments[comment.id]
        self._tell_comment(issue, comment, actor, "deleted")

    def pin_comment(self, issue: Issue, comment: Comment, actor: Actor, *, pinned: bool) -> None:
        """One comment of an issue is pinned; another takes its place."""
        self._repository(issue)
        for other in issue.comments.values():
            if other.pinned_by and (other is not comment or not pinned):
                other.pinned_by, other.pinned_at = "", None
                self._tell_comment(issue, other, actor, "unpinned")
        if pinned:
            comment.pinned_by, comment.pinned_at = actor.login, self._world.now()
            self._tell_comment(issue, comment, actor, "pinned")

    def _tell_comment(self, issue: Issue, comment: Comment, actor: Actor, action: str, **rest: Any) -> None:
        self._hooks.emit(
            "issue_comment",
            action,
            self._world.repositories[issue.repository_id],
            actor.login,
            issue=shapes.issue(self._world, issue),
            comment=shapes.comment(self._world, issue, comment),
            **rest,
        )
