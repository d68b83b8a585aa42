"""The lookalike's state as GraphQL's objects; whatever is deep is a function, called only when it is selected.

A list is paged by a cursor that holds the last one's place, so what is opened or closed meanwhile moves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.github import shapes
from sandbox.github.call import Call
from sandbox.github.graphql_delivered import Delivered
from sandbox.github.markdown import rendered
from sandbox.github.state import Comment, Event, Issue, Label, RefusedError, Repository

Json = dict[str, Any]
_EVENTS = {
    "assigned": "AssignedEvent",
    "closed": "ClosedEvent",
    "demilestoned": "DemilestonedEvent",
    "labeled": "LabeledEvent",
    "locked": "LockedEvent",
    "milestoned": "MilestonedEvent",
    "renamed": "RenamedTitleEvent",
    "reopened": "ReopenedEvent",
    "unassigned": "UnassignedEvent",
    "unlabeled": "UnlabeledEvent",
    "unlocked": "UnlockedEvent",
}


def no_node(node_id: str) -> RefusedError:
    return RefusedError(404, f"Could not resolve to a node with the global id of '{node_id}'")


class Objects:
    """State as the trimmed schema's objects; whatever is deep is a function, called only when selected."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._world = call.world

    def reaches(self, repository: Repository) -> bool:
        if not self._call.actor.is_app:
            return True
        installation = self._world.installations.get(self._call.actor.installation_id or 0)
        return installation is not None and repository.id in installation.repository_ids

    def actor(self, login: str) -> Json:
        shape = shapes.user(self._world, login)
        kind = "Bot" if shape["type"] == "Bot" else "User"
        return {
            "__typename": kind,
            "id": shape["node_id"],
            "login": login.removesuffix("[bot]"),
            "url": shape["html_url"],
            "databaseId": shape["id"],
        }

    def issue(self, it: Issue) -> Json:
        return {
            "__typename": "Issue",
            "id": f"I_{it.id}",
            "databaseId": it.id,
            "number": it.number,
            "title": it.title,
            "body": it.body or "",
            "state": it.state.upper(),
            "stateReason": None if it.state_reason is None else it.state_reason.upper(),
            "url": shapes.issue_html_url(self._world, it),
            "author": self.actor(it.author),
            "locked": it.locked,
            "closed": it.state == "closed",
            "closedAt": shapes.stamp(it.closed_at),
            "createdAt": shapes.stamp(it.created_at),
            "updatedAt": shapes.stamp(it.updated_at),
            "lastEditedAt": shapes.stamp(it.last_edited_at),
            "editor": None if it.last_edited_at is None else self.actor(it.edited_by),
            "milestone": {"__typename": "Milestone", "id": f"MI_{it.id}", "title": it.milestone}
            if it.milestone
            else None,
            "labels": lambda _info, **asked: self._labels(it, **asked),
            "assignees": lambda _info, **asked: self._assignees(it, **asked),
            "participants": lambda _info, **asked: self._participants(it, **asked),
            "comments": lambda _info, **asked: self._comments(it, **asked),
            "repository": lambda _info: self.repository(self._world.repositories[it.repository_id]),
            "timelineItems": lambda _info, **asked: self._timeline(it, **asked),
        }

    def _timeline(
        self,
        it: Issue,
        *,
        first: int | None = None,
        last: int | None = None,
        itemTypes: list[str] | None = None,  # noqa: N803 - GitHub's name
    ) -> Json:
        closings = [event for event in it.events if event.event == "closed"]
        newest = closings[-1] if closings else None
        happened: list[tuple[datetime, int, Callable[[], Json]]] = [
            (event.created_at, event.id, lambda event=event: self._event(it, event, newest))  # type: ignore[misc]
            for event in it.events
            if event.event in _EVENTS and (itemTypes is None or _asked(_EVENTS[event.event]) in itemTypes)
        ]
        if itemTypes is None or "ISSUE_COMMENT" in itemTypes:
            happened += [
                (comment.created_at, comment.id, lambda comment=comment: self.comment(it, comment))  # type: ignore[misc]
                for comment in it.comments.values()
            ]
        happened.sort(key=lambda entry: entry[:2])
        shown = happened[:first] if first is not None else happened[-last:] if last else happened
        return {
            "nodes": [make() for _, _, make in shown],
            "totalCount": len(happened),
            "pageInfo": {"hasNextPage": first is not None and first < len(happened), "endCursor": None},
        }

    def _event(self, it: Issue, event: Event, newest_closing: Event | None) -> Json:
        kind = _EVENTS[event.event]
        shown: Json = {
            "__typename": kind,
            "id": f"EV_{event.id}",
            "actor": self.actor(event.actor),
            "createdAt": shapes.stamp(event.created_at),
        }
        if kind == "ClosedEvent":
            shown |= {
                "closer": self._closer(it) if event is newest_closing else None,
                "stateReason": event.detail["state_reason"].upper(),
                "url": f"{shapes.issue_html_url(self._world, it)}#event-{event.id}",
            }
        if kind in {"LabeledEvent", "UnlabeledEvent"}:
            label = self._world.repositories[it.repository_id].labels.get(event.detail["label"]["name"].lower())
            shown["label"] = None if label is None else self.label(label)
        return shown

    @staticmethod
    def label(it: Label) -> Json:
        return {
            "__typename": "Label",
            "id": f"LA_{it.id}",
            "name": it.name,
            "color": it.color,
            "description": it.description,
        }

    def _labels(self, it: Issue, *, first: int | None = None) -> Json:
        known = self._world.repositories[it.repository_id].labels
        shown = [self.label(known[name.lower()]) for name in it.labels]
        return {"nodes": shown[:first], "totalCount": len(shown)}

    def _assignees(self, it: Issue, *, first: int | None = None) -> Json:
        return {"nodes": [self.actor(login) for login in it.assignees[:first]], "totalCount": len(it.assignees)}

    def _participants(self, it: Issue, *, first: int | None = None) -> Json:
        """Who wrote or is assigned; GitHub counts who was mentioned, too."""
        logins = dict.fromkeys([it.author, *it.assignees, *(comment.author for comment in it.comments.values())])
        shown = [actor for actor in map(self.actor, logins) if actor["__typename"] == "User"]
        return {"nodes": shown[:first], "totalCount": len(shown)}

    def _comments(self, it: Issue, *, last: int | None = None) -> Json:
        comments = list(it.comments.values())
        return {
            "nodes": [self.comment(it, comment) for comment in comments[-last:] if last] if last else [],
            "totalCount": len(comments),
        }

    def _closer(self, it: Issue) -> Json | None:
        if it.closer is None:
            return None
        owner = f"{self._world.base}/{self._world.repositories[it.repository_id].full_name}"
        if "commit" in it.closer:
            oid = it.closer["commit"]
            return {"__typename": "Commit", "id": f"C_{oid}", "oid": oid, "url": f"{owner}/commit/{oid}"}
        number = it.closer["pull_request"]
        return {
            "__typename": "PullRequest",
            "id": f"PR_{number}",
            "number": number,
            "title": it.closer.get("title", f"Pull request {number}"),
            "url": f"{owner}/pull/{number}",
        }

    def comment(self, parent: Issue, it: Comment) -> Json:
        shape = shapes.comment(self._world, parent, it)
        return {
            "__typename": "IssueComment",
            "id": shape["node_id"],
            "databaseId": it.id,
            "body": it.body,
            "bodyHTML": lambda _info: rendered(
                it.body,
                base=self._world.base,
                repository=self._world.repositories[parent.repository_id].full_name,
                known=frozenset(self._world.users),
            ),
            "url": shape["html_url"],
            "author": self.actor(it.author),
            "createdAt": shape["created_at"],
            "updatedAt": shape["updated_at"],
            "lastEditedAt": shapes.stamp(it.last_edited_at),
            "issue": lambda _info: self.issue(parent),
        }

    def repository(self, it: Repository) -> Json:
        delivered = Delivered(self._world, self._call, it)
        commit = delivered.commit(it.head) | {"history": delivered.history}
        return {
            "__typename": "Repository",
            "id": f"R_{it.id}",
            "databaseId": it.id,
            "name": it.name,
            "nameWithOwner": it.full_name,
            "url": f"{self._world.base}/{it.full_name}",
            "defaultBranchRef": {"id": f"REF_{it.id}", "name": "main", "target": commit},
            "issue": lambda _info, number: self.issue(self._numbered(it, number)),
            "label": lambda _info, name: self.label(it.labels[name.lower()]) if name.lower() in it.labels else None,
            "issues": lambda _info, **asked: self._issues(it, **asked),
            "issueOrPullRequest": lambda _info, number: self._issue_or_pull(it, number),
            "object": lambda _info, expression: self._blob(it, expression),
            "deployments": lambda _info, **asked: delivered.deployments(self.actor, **asked),
            "releases": delivered.releases,
        }

    @staticmethod
    def _blob(it: Repository, expression: str) -> Json | None:
        ref, _, path = expression.partition(":")
        text = it.elsewhere.get(ref, {}).get(path, it.files.get(path))
        if text is None:
            return None
        oid = hashlib.sha1(text.encode()).hexdigest()  # as Git does it, but for its header
        return {"__typename": "Blob", "id": f"B_{oid}", "oid": oid, "text": text, "isTruncated": False}

    def _issues(
        self,
        it: Repository,
        *,
        first: int = 30,
        after: str | None = None,
        labels: list[str] | None = None,
        states: list[str] | None = None,
        orderBy: Json | None = None,  # noqa: N803 - GitHub's name
        filterBy: Json | None = None,  # noqa: N803 - GitHub's name
    ) -> Json:
        """An issue that carries one of the labels is listed, as GitHub does it."""
        if first > 100:
            raise RefusedError(422, f"Requesting {first} records on the `issues` connection exceeds the limit of 100.")
        wanted = {name.lower() for name in labels or ()}
        since = (filterBy or {}).get("since")
        found = [
            issue
            for issue in it.issues.values()
            if issue.moved_to is None
            and (states is None or issue.state.upper() in states)
            and (not wanted or wanted & {name.lower() for name in issue.labels})
            and (since is None or issue.updated_at >= datetime.fromisoformat(since))
        ]
        order = orderBy or {"field": "CREATED_AT", "direction": "ASC"}
        places = {issue.id: _place(issue, order["field"]) for issue in found}
        backwards = order["direction"] == "DESC"
        found.sort(key=lambda issue: places[issue.id], reverse=backwards)
        total = len(found)
        if after is not None:
            found = list(_behind(found, places, after, backwards=backwards))
        shown = found[:first]
        return {
            "nodes": [self.issue(issue) for issue in shown],
            "totalCount": total,
            "pageInfo": {
                "hasNextPage": len(found) > first,
                "endCursor": places[shown[-1].id] if shown else None,
            },
        }

    def _issue_or_pull(self, it: Repository, number: int) -> Json:
        if (pull := it.pulls.get(number)) is None:
            return self.issue(self._numbered(it, number))
        return {
            "__typename": "PullRequest",
            "id": f"PR_{number}",
            "number": number,
            "title": pull.title,
            "url": f"{self._world.base}/{it.full_name}/pull/{number}",
            "closed": pull.closed_at is not None,
            "closedAt": shapes.stamp(pull.closed_at),
            "merged": pull.merged_at is not None,
            "mergedAt": shapes.stamp(pull.merged_at),
        }

    @staticmethod
    def _numbered(repository: Repository, number: int) -> Issue:
        found = repository.issues.get(number)
        if found is None or found.moved_to is not None:
            raise RefusedError(404, f"Could not resolve to an Issue with the number of {number}.")
        return found

    def find_issue(self, node_id: str) -> Issue:
        kind, _, number = node_id.partition("_")
        found = self._world.issue_by_id(int(number)) if kind == "I" and number.isdigit() else None
        if (
            found is None
            or found.moved_to is not None
            or not self.reaches(self._world.repositories[found.repository_id])
        ):
            raise no_node(node_id)
        return found

    def find_comment(self, node_id: str) -> tuple[Issue, Comment]:
        kind, _, number = node_id.partition("_")
        found = self._world.comment_by_id(int(number)) if kind == "IC" and number.isdigit() else None
        if found is None or not self.reaches(found[0]):
            raise no_node(node_id)
        return found[1], found[2]

    def find_repository(self, node_id: str) -> Repository:
        kind, _, number = node_id.partition("_")
        found = self._world.repositories.get(int(number)) if kind == "R" and number.isdigit() else None
        if found is None or not self.reaches(found):
            raise no_node(node_id)
        return found

    def find_label(self, node_id: str) -> tuple[Repository, Label]:
        for repository in self._world.repositories.values():
            for label in repository.labels.values():
                if f"LA_{label.id}" == node_id and self.reaches(repository):
                    return repository, label
        raise no_node(node_id)


def _asked(kind: str) -> str:
    """`LabeledEvent` as a query asks for it: `LABELED_EVENT`."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in kind).upper().strip("_")


def _place(issue: Issue, field: str) -> str:
    """Where an issue stands in a list; texts that sort as the issues do."""
    key = {
        "CREATED_AT": issue.created_at.isoformat(timespec="microseconds"),
        "UPDATED_AT": issue.updated_at.isoformat(timespec="microseconds"),
        "COMMENTS": f"{len(issue.comments):09}",
    }[field]
    return f"{key} {issue.id:012}"


def _behind(found: Iterable[Issue], places: dict[int, str], after: str, *, backwards: bool) -> Iterable[Issue]:
    return (issue for issue in found if (places[issue.id] < after if backwards else places[issue.id] > after))
