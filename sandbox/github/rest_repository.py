"""REST: what a repository has beside issues: labels, assignable people, files, permissions.

https://docs.github.com/rest
"""

from __future__ import annotations

import base64
import hashlib

from sandbox.github import shapes
from sandbox.github.call import Answer, Call, Route
from sandbox.github.state import Label, RefusedError, Repository

ROLES = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read"}
"""role_name -> the older `permission`, which knows no triage and no maintain."""


def list_labels(call: Call) -> Answer:
    repository = call.repository()
    return call.paged([shapes.label(call.world, repository, label) for label in repository.labels.values()])


def _label(call: Call) -> tuple[Repository, Label]:
    repository = call.repository()
    label = repository.labels.get(call.params["name"].lower())
    if label is None:
        raise RefusedError(404, "Not Found")
    return repository, label


def get_label(call: Call) -> Answer:
    return Answer(json=shapes.label(call.world, *_label(call)))


def create_label(call: Call) -> Answer:
    repository = call.repository()
    name = call.text("name", resource="Label")
    color, description = call.body.get("color"), call.body.get("description")
    label = call.acts.create_label(repository, name, color=color, description=description)
    return Answer(status=201, json=shapes.label(call.world, repository, label))


def update_label(call: Call) -> Answer:
    repository, label = _label(call)
    if call.body.get("color"):
        label.color = str(call.body["color"]).lstrip("#").lower()
    if "description" in call.body:
        label.description = call.body["description"]
    new_name = call.body.get("new_name")
    if new_name and new_name != label.name:
        del repository.labels[label.name.lower()]
        for issue in repository.issues.values():
            issue.labels = [new_name if name == label.name else name for name in issue.labels]
        label.name = new_name
        repository.labels[new_name.lower()] = label
    return Answer(json=shapes.label(call.world, repository, label))


def list_assignees(call: Call) -> Answer:
    repository = call.repository()
    logins = [login for login in repository.permissions if repository.can_assign(login)]
    return call.paged([shapes.user(call.world, login) for login in logins])


def check_assignee(call: Call) -> Answer:
    if not call.repository().can_assign(call.params["assignee"]):
        raise RefusedError(404, "Not Found")
    return Answer(status=204)


def permission(call: Call) -> Answer:
    """Someone known who has no part in the repository has `none`; an unknown login is 404."""
    repository, login = call.repository(), call.params["username"]
    if login not in call.world.users:
        raise RefusedError(404, f"{login} is not a user")
    role = repository.permissions.get(login)
    answer = {
        "permission": "none" if role is None else ROLES[role],
        "role_name": "none" if role is None else role,
        "user": shapes.user(call.world, login) | {"permissions": _rights(role), "role_name": role or "none"},
    }
    return Answer(json=answer)


def _rights(role: str | None) -> dict[str, bool]:
    order = ("read", "triage", "write", "maintain", "admin")
    rank = -1 if role is None else order.index(role)
    return {name: rank >= order.index(least) for name, least in _LEAST.items()}


_LEAST = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}


def contents(call: Call) -> Answer:
    repository, path = call.repository(), call.params["path"]
    text = repository.files.get(path)
    if text is None:
        raise RefusedError(404, "Not Found")
    raw = text.encode()
    if "raw" in call.accept:
        return Answer(raw=raw, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    api = f"{shapes.repository_url(call.world, repository)}/contents/{path}"
    html = f"{call.world.base}/{repository.full_name}/blob/main/{path}"
    sha = hashlib.sha1(b"blob %d\0" % len(raw) + raw).hexdigest()
    git = f"{shapes.repository_url(call.world, repository)}/git/blobs/{sha}"
    answer = {
        "type": "file",
        "encoding": "base64",
        "size": len(raw),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(raw).decode(),
        "sha": sha,
        "url": f"{api}?ref=main",
        "git_url": git,
        "html_url": html,
        "download_url": f"{html}?raw=true",
        "_links": {"self": f"{api}?ref=main", "git": git, "html": html},
    }
    return Answer(json=answer)


ROUTES = (
    Route(method="GET", path="/labels", handler=list_labels),
    Route(method="POST", path="/labels", handler=create_label),
    Route(method="GET", path="/labels/{name}", handler=get_label),
    Route(method="PATCH", path="/labels/{name}", handler=update_label),
    Route(method="GET", path="/assignees", handler=list_assignees),
    Route(method="GET", path="/assignees/{assignee}", handler=check_assignee),
    Route(method="GET", path="/collaborators/{username}/permission", handler=permission),
    Route(method="GET", path="/contents/{path:.+}", handler=contents),
)
