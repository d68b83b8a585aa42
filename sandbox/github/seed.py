"""What the world holds at the start, from a mapping (YAML or JSON on disk).

```yaml
tokens: {ghp_example: nick}            # what a person or a workflow calls with
installations:
  - {id: 7, account: acme, repositories: [acme/shop]}
repositories:
  - name: acme/shop
    people: {nick: admin, mark: write, jo: triage, sam: read}
    unassignable: [sam]
    labels: [{name: prod-alert, color: 006b75, description: An error in production}]
    files: {.github/PRODOWNERS: "* @nick"}
    issues: [{title: An old bug, body: text, author: nick, labels: [bug]}]
projects:
  - {owner: acme, number: 7, title: Squad, fields: {Status: [Todo, In Progress, Feedback, Done]}, access: write}
```
A repository no installation names belongs to installation 1 of its owner, made up when needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.github.acts import Acts
from sandbox.github.projects import add_board
from sandbox.github.state import Actor, Installation, Repository, Token, World

ROLES = ("read", "triage", "write", "maintain", "admin")


def add_repository(world: World, full_name: str) -> Repository:
    """An empty one, at its owner's installation."""
    owner, _, name = full_name.partition("/")
    if not owner or not name or any(r.full_name == full_name for r in world.repositories.values()):
        raise ValueError(f"{full_name!r} is no new owner/name.")
    repository = Repository(id=world.next_id(), owner=owner, name=name, created_at=world.now())
    world.repositories[repository.id] = repository
    home = next((it for it in world.installations.values() if it.account == owner), None)
    if home is None:
        number = max(world.installations, default=0) + 1
        home = Installation(id=number, account=owner, created_at=world.now())
        world.installations[number] = home
    home.repository_ids.add(repository.id)
    return repository


def add_person(world: World, repository: Repository, login: str, role: str, *, assignable: bool = True) -> None:
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}.")
    world.user_id(login)
    repository.permissions[login] = role
    if assignable:
        repository.unassignable.discard(login)
    else:
        repository.unassignable.add(login)


def plant(world: World, acts: Acts, seed: Mapping[str, Any]) -> None:
    """Fill an empty world. A wrong seed is a ValueError or KeyError that names what is wrong."""
    unknown = set(seed) - {"tokens", "installations", "repositories", "projects"}
    if unknown:
        raise ValueError(f"The seed knows no {', '.join(sorted(unknown))}.")
    for entry in seed.get("installations", ()):
        number = int(entry["id"])
        world.installations[number] = Installation(id=number, account=entry["account"], created_at=world.now())
    for entry in seed.get("repositories", ()):
        repository = add_repository(world, entry["name"])
        for login, role in entry.get("people", {}).items():
            add_person(world, repository, login, role, assignable=login not in entry.get("unassignable", ()))
        for label in entry.get("labels", ()):
            acts.create_label(repository, label["name"], color=label.get("color"), description=label.get("description"))
        repository.files.update(entry.get("files", {}))
        for issue in entry.get("issues", ()):
            acts.open_issue(
                repository,
                Actor(login=issue["author"]),
                title=issue["title"],
                body=issue.get("body"),
                labels=tuple(issue.get("labels", ())),
            )
    for entry in seed.get("projects", ()):
        add_board(world, entry)
    for value, login in seed.get("tokens", {}).items():
        world.user_id(login)
        world.tokens[value] = Token(actor=Actor(login=login), created_at=world.now(), expires_at=None)
