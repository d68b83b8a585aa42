"""What only a lookalike has: people's acts, faults and its state, over HTTP, so that other processes can drive it.

* `POST /_sandbox/act` `{"act": "comment", "repository": "acme/shop", "number": 1, "actor": "nick", "body": "hi"}`
* `POST /_sandbox/faults` `{"lost_answers": 0.2, "seed": 7}` (see faults.py); `GET` shows them
* `GET /_sandbox/state` issues and comments, calls by route, violations, deliveries
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.github import delivering, projects, shapes
from sandbox.github.acts import Acts
from sandbox.github.seed import add_person, add_repository
from sandbox.github.state import Actor, Comment, Issue, MovedError, RefusedError, Repository, Token, World

if TYPE_CHECKING:
    from sandbox.github.server import Sandbox

Wish = dict[str, Any]


class _Stage:
    """One act of a person, with what it names looked up."""

    def __init__(self, sandbox: Sandbox, wish: Wish) -> None:
        self.sandbox = sandbox
        self.world: World = sandbox.state
        self.acts: Acts = sandbox.acts
        self.wish: Wish = wish
        self.actor: Actor = Actor(login=wish.get("actor", "nick"))
        self.world.user_id(self.actor.login)

    def repository(self) -> Repository:
        return self.world.repository(self.wish["repository"])

    def issue(self) -> Issue:
        return self.repository().issues[int(self.wish["number"])]

    def comment(self) -> tuple[Issue, Comment]:
        found = self.world.comment_by_id(int(self.wish["comment_id"]))
        if found is None:
            raise KeyError("comment_id")
        return found[1], found[2]

    def names(self, name: str) -> tuple[str, ...]:
        value = self.wish.get(name, ())
        return (value,) if isinstance(value, str) else tuple(value)

    def shown(self, issue: Issue) -> Wish:
        return shapes.issue(self.world, issue)


def _open(it: _Stage) -> Wish:
    issue = it.acts.open_issue(
        it.repository(),
        it.actor,
        title=it.wish["title"],
        body=it.wish.get("body"),
        labels=it.names("labels"),
        assignees=it.names("assignees"),
    )
    return it.shown(issue)


def _comment(it: _Stage) -> Wish:
    issue = it.issue()
    return shapes.comment(it.world, issue, it.acts.comment(issue, it.actor, it.wish["body"]))


def _edit_comment(it: _Stage) -> Wish:
    issue, comment = it.comment()
    it.acts.edit_comment(issue, comment, it.actor, it.wish["body"])
    return shapes.comment(it.world, issue, comment)


def _delete_comment(it: _Stage) -> Wish:
    issue, comment = it.comment()
    it.acts.delete_comment(issue, comment, it.actor)
    return {}


def _on_issue(do: Callable[[_Stage, Issue], object]) -> Callable[[_Stage], Wish]:
    def run(it: _Stage) -> Wish:
        issue = it.issue()
        do(it, issue)
        return it.shown(issue)

    return run


def _close(it: _Stage, issue: Issue) -> None:
    reason, duplicate_of = it.wish.get("reason", "completed"), it.wish.get("duplicate_of")
    it.acts.close(issue, it.actor, reason=reason, duplicate_of=duplicate_of, closer=it.wish.get("closer"))


def _unlabel(it: _Stage, issue: Issue) -> None:
    for name in it.names("labels"):
        it.acts.remove_label(issue, it.actor, name)


def _transfer(it: _Stage) -> Wish:
    return it.shown(it.acts.transfer(it.issue(), it.actor, it.world.repository(it.wish["to"])))


def _rename(it: _Stage) -> Wish:
    repository, before = it.repository(), it.repository().name
    repository.former_names.add(repository.full_name.lower())
    repository.name = it.wish["name"]
    changes = {"repository": {"name": {"from": before}}}
    it.sandbox.hooks.emit("repository", "renamed", repository, it.actor.login, changes=changes)
    return shapes.repository(it.world, repository)


def _archive(*, archived: bool) -> Callable[[_Stage], Wish]:
    def run(it: _Stage) -> Wish:
        repository = it.repository()
        repository.archived = archived
        action = "archived" if archived else "unarchived"
        it.sandbox.hooks.emit("repository", action, repository, it.actor.login)
        return shapes.repository(it.world, repository)

    return run


def _switch_issues(*, on: bool) -> Callable[[_Stage], Wish]:
    def run(it: _Stage) -> Wish:
        it.repository().has_issues = on
        return shapes.repository(it.world, it.repository())

    return run


def _add_repository(it: _Stage) -> Wish:
    return shapes.repository(it.world, add_repository(it.world, it.wish["repository"]))


def _add_person(it: _Stage) -> Wish:
    login, role = it.wish["login"], it.wish.get("role", "write")
    add_person(it.world, it.repository(), login, role, assignable=it.wish.get("assignable", True))
    return shapes.user(it.world, login)


def _remove_person(it: _Stage) -> Wish:
    del it.repository().permissions[it.wish["login"]]
    return {}


def _add_token(it: _Stage) -> Wish:
    it.world.tokens[it.wish["token"]] = Token(actor=it.actor, created_at=it.world.now(), expires_at=None)
    return {}


def _add_project(it: _Stage) -> Wish:
    return projects.shown(it.world, projects.add_board(it.world, it.wish)) | {"field": None}


def _change_project(it: _Stage) -> Wish:
    """Give the App another access, or the field's options other names: `{"access": "read", "columns": ["Todo"]}`."""
    board = projects.board_of(it.world, it.wish["owner"], int(it.wish["project"]))
    board.access = it.wish.get("access", board.access)
    if "columns" in it.wish:
        field = board.fields[it.wish.get("field", "Status")]
        known = {name: id for id, name in field.options.items()}
        field.options = {known.get(name) or f"{it.world.next_id():08x}": name for name in it.names("columns")}
    return {"access": board.access}


def _move_card(it: _Stage) -> Wish:
    board = projects.board_of(it.world, it.wish["owner"], int(it.wish["project"]))
    projects.put(it.world, board, it.issue().id, it.wish["column"], field=it.wish.get("field", "Status"))
    return {"column": it.wish["column"]}


def _file(it: _Stage) -> Wish:
    """Write or, without content, delete a file on the default branch, and push it."""
    repository, path, content = it.repository(), it.wish["path"], it.wish.get("content")
    before, known = repository.head, path in repository.files
    if content is None:
        del repository.files[path]
    else:
        repository.files[path] = content
    repository.revision += 1
    commit = {
        "id": repository.head,
        "message": f"Change {path}",
        "timestamp": shapes.stamp(it.world.now()),
        "added": [path] if not known else [],
        "modified": [path] if known and content is not None else [],
        "removed": [path] if content is None else [],
    }
    it.sandbox.hooks.emit(
        "push",
        None,
        repository,
        it.actor.login,
        ref="refs/heads/main",
        before=before,
        after=repository.head,
        created=False,
        deleted=False,
        forced=False,
        commits=[commit],
        head_commit=commit,
        pusher={"name": it.actor.login},
    )
    return {"head": repository.head}


def _deploy(it: _Stage) -> Wish:
    made = delivering.deploy(it.world, it.repository(), it.wish, it.actor.login)
    return {"id": made.id, "commit": made.commit}


def _merge(it: _Stage) -> Wish:
    made = delivering.merge(it.world, it.repository(), it.wish)
    return {"number": made.number, "commit": made.commit}


def _release(it: _Stage) -> Wish:
    return {"id": delivering.release(it.world, it.repository(), it.wish).id}


def _deny(it: _Stage) -> Wish:
    """The App may not read these: `deployments`, `merges`, `releases`; none: all may be read."""
    it.repository().denied = set(it.names("what"))
    return {}


def _pin(*, pinned: bool) -> Callable[[_Stage], Wish]:
    def run(it: _Stage) -> Wish:
        issue, comment = it.comment()
        it.acts.pin_comment(issue, comment, it.actor, pinned=pinned)
        return shapes.comment(it.world, issue, comment)

    return run


ACTS: dict[str, Callable[[_Stage], Wish]] = {
    "open": _open,
    "comment": _comment,
    "edit_comment": _edit_comment,
    "delete_comment": _delete_comment,
    "pin_comment": _pin(pinned=True),
    "unpin_comment": _pin(pinned=False),
    "edit": _on_issue(
        lambda it, n: it.acts.edit_text(n, it.actor, title=it.wish.get("title"), body=it.wish.get("body"))
    ),
    "close": _on_issue(_close),
    "reopen": _on_issue(lambda it, n: it.acts.reopen(n, it.actor)),
    "label": _on_issue(lambda it, n: it.acts.add_labels(n, it.actor, it.names("labels"))),
    "unlabel": _on_issue(_unlabel),
    "assign": _on_issue(lambda it, n: it.acts.assign(n, it.actor, it.names("assignees"))),
    "unassign": _on_issue(lambda it, n: it.acts.unassign(n, it.actor, it.names("assignees"))),
    "lock": _on_issue(lambda it, n: it.acts.lock(n, it.actor, it.wish.get("reason"))),
    "unlock": _on_issue(lambda it, n: it.acts.unlock(n, it.actor)),
    "transfer": _transfer,
    "rename": _rename,
    "archive": _archive(archived=True),
    "unarchive": _archive(archived=False),
    "issues_off": _switch_issues(on=False),
    "issues_on": _switch_issues(on=True),
    "add_repository": _add_repository,
    "add_person": _add_person,
    "remove_person": _remove_person,
    "add_token": _add_token,
    "file": _file,
    "deploy": _deploy,
    "merge": _merge,
    "release": _release,
    "deny": _deny,
    "add_project": _add_project,
    "change_project": _change_project,
    "move_card": _move_card,
}


def perform(sandbox: Sandbox, wish: Wish) -> Wish:
    """Do one act. ValueError and KeyError say what is wrong with the wish; RefusedError is GitHub's own no."""
    act = ACTS.get(str(wish.get("act")))
    if act is None:
        raise ValueError(f"There is no act {wish.get('act')!r}; there are {', '.join(ACTS)}.")
    return act(_Stage(sandbox, wish))


def dump(sandbox: Sandbox) -> Wish:
    """Everything a test asks a lookalike about."""
    world = sandbox.state
    repositories = {
        repository.full_name: {
            "id": repository.id,
            "archived": repository.archived,
            "labels": [shapes.label(world, repository, label) for label in repository.labels.values()],
            "checks": repository.checks,
            "issues": [
                shapes.issue(world, issue)
                | {
                    "moved_to": issue.moved_to,
                    "comments": [shapes.comment(world, issue, comment) for comment in issue.comments.values()],
                }
                for issue in repository.issues.values()
            ],
        }
        for repository in world.repositories.values()
    }
    boards = {
        f"{board.owner}/{board.number}": {
            str(issue_id): projects.column_of(board, issue_id, field=next(iter(board.fields)))
            for issue_id in board.cards
        }
        for board in world.boards.values()
    }
    return {
        "repositories": repositories,
        "boards": boards,
        "calls": dict(Counter(logged.route for logged in sandbox.requests)),
        "violations": [asdict(it) | {"at": it.at.isoformat()} for it in world.violations],
        "deliveries": [shapes.delivery(it) for it in world.deliveries.values()],
        "faults": sandbox.faults.shown(),
        "broken_contract": sandbox.broken_contract,
    }


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    async def act(request: web.Request) -> web.Response:
        try:
            return web.json_response(perform(sandbox, await request.json()))
        except RefusedError as no:
            return web.json_response({"message": no.message, "errors": no.errors}, status=no.status)
        except MovedError as moved:
            return web.json_response({"message": f"Moved to {moved.path}"}, status=409)
        except (KeyError, ValueError) as wrong:
            return web.json_response({"message": f"{type(wrong).__name__}: {wrong}"}, status=400)

    async def set_faults(request: web.Request) -> web.Response:
        try:
            sandbox.faults.change(await request.json())
        except ValueError as wrong:
            return web.json_response({"message": str(wrong)}, status=400)
        return web.json_response(sandbox.faults.shown())

    async def show_faults(_: web.Request) -> web.Response:
        return web.json_response(sandbox.faults.shown())

    async def show_state(_: web.Request) -> web.Response:
        return web.json_response(dump(sandbox))

    app.router.add_post("/_sandbox/act", act)
    app.router.add_post("/_sandbox/faults", set_faults)
    app.router.add_get("/_sandbox/faults", show_faults)
    app.router.add_get("/_sandbox/state", show_state)
