"""State -> GitHub's JSON, as `sandbox/contracts/github-openapi-subset.json` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sandbox.github.state import Comment, Delivery, Event, Installation, Issue, Label, Repository, World

Json = dict[str, Any]
EPOCH = "2026-01-01T00:00:00Z"
PERMISSIONS = {
    "issues": "write",
    "metadata": "read",
    "contents": "read",
    "checks": "write",
    "deployments": "read",
    "pull_requests": "read",
    "members": "read",
}
EVENTS = ["issues", "issue_comment", "label", "push", "repository"]

_REPOSITORY_URLS = (
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
    "git_commits",
    "git_refs",
    "git_tags",
)
_REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")


def stamp(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def repository_url(world: World, repository: Repository) -> str:
    return f"{world.base}/repos/{repository.full_name}"


def issue_html_url(world: World, issue: Issue) -> str:
    return f"{world.base}/{world.repositories[issue.repository_id].full_name}/issues/{issue.number}"


def user(world: World, login: str) -> Json:
    bot = login.endswith("[bot]")
    api = f"{world.base}/users/{quote(login)}"
    number = world.user_id(login)
    return {
        "login": login,
        "id": number,
        "node_id": f"{'BOT' if bot else 'U'}_{number}",
        "avatar_url": f"{world.base}/avatars/{number}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{world.base}/{'apps/' + login.removesuffix('[bot]') if bot else login}",
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": "Bot" if bot else "User",
        "site_admin": False,
    }


def app(world: World) -> Json:
    return {
        "id": world.app_id,
        "slug": world.slug,
        "node_id": f"A_{world.app_id}",
        "client_id": f"Iv1.{world.app_id}",
        "owner": user(world, "acme"),
        "name": world.slug.replace("-", " ").title(),
        "description": "",
        "external_url": world.base,
        "html_url": f"{world.base}/apps/{world.slug}",
        "created_at": EPOCH,
        "updated_at": EPOCH,
        "permissions": PERMISSIONS,
        "events": EVENTS,
    }


def installation(world: World, it: Installation) -> Json:
    return {
        "id": it.id,
        "account": user(world, it.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{world.base}/app/installations/{it.id}/access_tokens",
        "repositories_url": f"{world.base}/installation/repositories",
        "html_url": f"{world.base}/settings/installations/{it.id}",
        "app_id": world.app_id,
        "app_slug": world.slug,
        "target_id": world.user_id(it.account),
        "target_type": "Organization",
        "permissions": PERMISSIONS,
        "events": EVENTS,
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.created_at),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }


def repository(world: World, it: Repository) -> Json:
    api = repository_url(world, it)
    html = f"{world.base}/{it.full_name}"
    open_issues = sum(1 for issue in it.issues.values() if issue.state == "open" and issue.moved_to is None)
    return {f"{name}_url": f"{api}/{name}" for name in _REPOSITORY_URLS} | {
        "id": it.id,
        "node_id": f"R_{it.id}",
        "name": it.name,
        "full_name": it.full_name,
        "owner": user(world, it.owner),
        "private": it.private,
        "html_url": html,
        "description": None,
        "fork": False,
        "url": api,
        "git_url": f"{html}.git",
        "ssh_url": f"{html}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 0,
        "default_branch": "main",
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "has_issues": it.has_issues,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": False,
        "has_discussions": False,
        "archived": it.archived,
        "disabled": False,
        "license": None,
        "visibility": "private" if it.private else "public",
        "pushed_at": stamp(it.created_at),
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.created_at),
    }


def label(world: World, owner: Repository, it: Label) -> Json:
    return {
        "id": it.id,
        "node_id": f"LA_{it.id}",
        "url": f"{repository_url(world, owner)}/labels/{quote(it.name)}",
        "name": it.name,
        "description": it.description,
        "color": it.color,
        "default": False,
    }


def _reactions(url: str, counts: Mapping[str, int]) -> Json:
    each = {name: counts.get(name, 0) for name in _REACTIONS}
    return {"url": f"{url}/reactions", "total_count": sum(each.values()), **each}


def _association(owner: Repository, login: str) -> str:
    permission = owner.permissions.get(login)
    return "NONE" if permission is None else "COLLABORATOR"


def issue(world: World, it: Issue) -> Json:
    owner = world.repositories[it.repository_id]
    url = f"{repository_url(world, owner)}/issues/{it.number}"
    assignees = [user(world, login) for login in it.assignees]
    return {
        "id": it.id,
        "node_id": f"I_{it.id}",
        "url": url,
        "repository_url": repository_url(world, owner),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": issue_html_url(world, it),
        "number": it.number,
        "state": it.state,
        "state_reason": it.state_reason,
        "title": it.title,
        "body": it.body,
        "user": user(world, it.author),
        "labels": [label(world, owner, owner.labels[name.lower()]) for name in it.labels],
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "locked": it.locked,
        "active_lock_reason": it.lock_reason,
        "comments": len(it.comments),
        "closed_at": stamp(it.closed_at),
        "closed_by": None if it.closed_by is None else user(world, it.closed_by),
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.updated_at),
        "author_association": _association(owner, it.author),
        "reactions": _reactions(url, it.reactions),
        "performed_via_github_app": app(world) if it.via_app else None,
    }


def comment(world: World, parent: Issue, it: Comment) -> Json:
    owner = world.repositories[parent.repository_id]
    api = repository_url(world, owner)
    return {
        "id": it.id,
        "node_id": f"IC_{it.id}",
        "url": f"{api}/issues/comments/{it.id}",
        "html_url": f"{issue_html_url(world, parent)}#issuecomment-{it.id}",
        "issue_url": f"{api}/issues/{parent.number}",
        "body": it.body,
        "user": user(world, it.author),
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.updated_at),
        "author_association": _association(owner, it.author),
        "reactions": _reactions(f"{api}/issues/comments/{it.id}", it.reactions),
        "performed_via_github_app": app(world) if it.via_app else None,
        "pin": {"pinned_at": stamp(it.pinned_at), "pinned_by": user(world, it.pinned_by)} if it.pinned_by else None,
    }


def event(world: World, parent: Issue, it: Event) -> Json:
    detail = dict(it.detail)
    if "assignee" in detail:
        detail |= {"assignee": user(world, detail["assignee"]), "assigner": user(world, it.actor)}
    return {
        "id": it.id,
        "node_id": f"EV_{it.id}",
        "url": f"{repository_url(world, world.repositories[parent.repository_id])}/issues/events/{it.id}",
        "actor": user(world, it.actor),
        "event": it.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": stamp(it.created_at),
        "performed_via_github_app": app(world) if it.via_app else None,
        **detail,
    }


def timeline(world: World, parent: Issue) -> list[Json]:
    events = [event(world, parent, it) for it in parent.events]
    comments = [
        comment(world, parent, it) | {"event": "commented", "actor": user(world, it.author)}
        for it in parent.comments.values()
    ]
    return sorted(events + comments, key=lambda entry: (entry["created_at"], entry["id"]))


def delivery(it: Delivery) -> Json:
    return {
        "id": it.id,
        "guid": it.guid,
        "delivered_at": stamp(it.at),
        "redelivery": it.redelivery,
        "duration": it.duration,
        "status": it.status,
        "status_code": it.status_code,
        "event": it.event,
        "action": it.action,
        "installation_id": it.installation_id,
        "repository_id": it.repository_id,
    }
