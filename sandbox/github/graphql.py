"""GraphQL: the mutations and queries the App uses, executed in document order over the same acts as REST.

An object is read when it is selected, so `subject` is the issue as it stands when its comment was added, later
mutations of the document not yet done. Refusals become errors with GitHub's `type`: NOT_FOUND, FORBIDDEN,
UNPROCESSABLE. https://docs.github.com/graphql
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from sandbox.github import shapes
from sandbox.github.call import Call
from sandbox.github.markdown import rendered
from sandbox.github.state import Comment, Issue, MovedError, RefusedError, Repository

Json = dict[str, Any]
TYPES = {403: "FORBIDDEN", 404: "NOT_FOUND", 410: "FORBIDDEN", 422: "UNPROCESSABLE"}


def _no_node(node_id: str) -> RefusedError:
    return RefusedError(404, f"Could not resolve to a node with the global id of '{node_id}'")


class _Objects:
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
            "repository": lambda _info: self.repository(self._world.repositories[it.repository_id]),
            "timelineItems": lambda _info, **asked: self._timeline(it, **asked),
        }

    def _timeline(self, it: Issue, *, first: int | None = None, last: int | None = None, **_: Any) -> Json:
        closings = [event for event in it.events if event.event == "closed"]
        nodes = [
            {
                "__typename": "ClosedEvent",
                "id": f"CE_{event.id}",
                "actor": self.actor(event.actor),
                "closer": self._closer(it) if event is closings[-1] else None,
                "createdAt": shapes.stamp(event.created_at),
                "stateReason": event.detail["state_reason"].upper(),
                "url": f"{shapes.issue_html_url(self._world, it)}#event-{event.id}",
            }
            for event in closings
        ]
        shown = nodes[:first] if first is not None else nodes[-last:] if last else nodes
        return {
            "nodes": shown,
            "totalCount": len(nodes),
            "pageInfo": {"hasNextPage": first is not None and first < len(nodes), "endCursor": None},
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
        commit = {
            "__typename": "Commit",
            "id": f"C_{it.head}",
            "oid": it.head,
            "url": f"{self._world.base}/c/{it.head}",
        }
        return {
            "__typename": "Repository",
            "id": f"R_{it.id}",
            "databaseId": it.id,
            "name": it.name,
            "nameWithOwner": it.full_name,
            "url": f"{self._world.base}/{it.full_name}",
            "defaultBranchRef": {"id": f"REF_{it.id}", "name": "main", "target": commit},
            "issue": lambda _info, number: self.issue(self._numbered(it, number)),
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
            raise _no_node(node_id)
        return found

    def find_comment(self, node_id: str) -> tuple[Issue, Comment]:
        kind, _, number = node_id.partition("_")
        found = self._world.comment_by_id(int(number)) if kind == "IC" and number.isdigit() else None
        if found is None or not self.reaches(found[0]):
            raise _no_node(node_id)
        return found[1], found[2]

    def find_repository(self, node_id: str) -> Repository:
        kind, _, number = node_id.partition("_")
        found = self._world.repositories.get(int(number)) if kind == "R" and number.isdigit() else None
        if found is None or not self.reaches(found):
            raise _no_node(node_id)
        return found


def _node(call: Call, *, id: str) -> Json:
    objects = _Objects(call)
    match id.partition("_")[0]:
        case "IC":
            return objects.comment(*objects.find_comment(id))
        case "R":
            return objects.repository(objects.find_repository(id))
        case _:
            return objects.issue(objects.find_issue(id))


def _repository(call: Call, *, owner: str, name: str, **_: Any) -> Json:
    full_name, objects = f"{owner}/{name}", _Objects(call)
    try:
        found = call.world.repository(full_name)
    except MovedError as moved:
        found = call.world.repositories[int(moved.path.rpartition("/")[2])]
    except RefusedError:
        found = None
    if found is None or not objects.reaches(found):
        raise RefusedError(404, f"Could not resolve to a Repository with the name '{full_name}'.")
    return objects.repository(found)


def _add_comment(call: Call, wish: Json) -> Json:
    objects = _Objects(call)
    issue = objects.find_issue(wish["subjectId"])
    comment = call.acts.comment(issue, call.actor, wish["body"])
    edge = {"cursor": f"c{comment.id}", "node": objects.comment(issue, comment)}
    return {"commentEdge": edge, "subject": objects.issue(issue)}


def _update_issue_comment(call: Call, wish: Json) -> Json:
    objects = _Objects(call)
    issue, comment = objects.find_comment(wish["id"])
    call.acts.edit_comment(issue, comment, call.actor, wish["body"])
    return {"issueComment": objects.comment(issue, comment)}


def _update_issue(call: Call, wish: Json) -> Json:
    """With nothing but the id, nothing changes: a way to read in the middle of mutations."""
    objects = _Objects(call)
    issue = objects.find_issue(wish["id"])
    call.acts.edit_text(issue, call.actor, title=wish.get("title"), body=wish.get("body"))
    if wish.get("state") == "CLOSED":
        call.acts.close(issue, call.actor)
    elif wish.get("state") == "OPEN":
        call.acts.reopen(issue, call.actor)
    return {"issue": objects.issue(issue), "actor": objects.actor(call.actor.login)}


def _create_check_run(call: Call, wish: Json) -> Json:
    repository = _Objects(call).find_repository(wish["repositoryId"])
    if repository.archived:
        raise RefusedError(403, "Repository was archived so is read-only.")
    number = call.world.next_id()
    repository.checks.append({"id": number, **wish})
    output = wish.get("output") or {}
    run = {
        "id": f"CR_{number}",
        "databaseId": number,
        "name": wish["name"],
        "status": wish.get("status", "COMPLETED" if wish.get("conclusion") else "QUEUED"),
        "conclusion": wish.get("conclusion"),
        "title": output.get("title"),
        "summary": output.get("summary"),
        "url": f"{call.world.base}/{repository.full_name}/runs/{number}",
    }
    return {"checkRun": run}


_QUERIES: Mapping[str, Callable[..., Json]] = {"node": _node, "repository": _repository}
_MUTATIONS: Mapping[str, Callable[[Call, Json], Json]] = {
    "addComment": _add_comment,
    "updateIssueComment": _update_issue_comment,
    "updateIssue": _update_issue,
    "createCheckRun": _create_check_run,
}


def _resolve_query(run: Callable[..., Json]) -> Callable[..., Json]:
    return lambda _source, info, **asked: run(info.context, **asked)


def _resolve_mutation(run: Callable[[Call, Json], Json]) -> Callable[..., Json]:
    def resolve(_source: object, info: GraphQLResolveInfo[Call], *, input: Json) -> Json:
        return {"clientMutationId": input.get("clientMutationId")} | run(info.context, input)

    return resolve


@cache
def schema() -> GraphQLSchema:
    """The trimmed schema with its resolvers."""
    built = build_schema(Path(__file__).with_suffix(".graphql").read_text())
    if built.query_type is None or built.mutation_type is None:
        raise RuntimeError("graphql.graphql must define Query and Mutation.")
    for name, query in _QUERIES.items():
        built.query_type.fields[name].resolve = _resolve_query(query)
    for name, mutation in _MUTATIONS.items():
        built.mutation_type.fields[name].resolve = _resolve_mutation(mutation)
    return built


def operation_of(body: Any) -> tuple[DocumentNode, OperationDefinitionNode] | None:
    """The parsed document and what of it is to be run; None where `run` will tell what is wrong."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return None
    try:
        document = parse(body["query"])
    except GraphQLError:
        return None
    operation = get_operation_ast(document, body.get("operationName"))
    return None if operation is None else (document, operation)


def weight(body: Any) -> tuple[int, int]:
    """(points, contents created) of one GraphQL call: a mutation costs 5 points, a query 1."""
    found = operation_of(body)
    if found is None or found[1].operation is not OperationType.MUTATION:
        return 1, 0
    fields = [node for node in found[1].selection_set.selections if isinstance(node, FieldNode)]
    return 5, sum(1 for node in fields if node.name.value == "addComment")


def _shown(error: GraphQLError) -> Json:
    """A refusal's type, and in words what REST tells in `errors`."""
    refusal = error.original_error
    if not isinstance(refusal, RefusedError):
        return dict(error.formatted)
    told = [fault.get("message") or f"{fault['field']} {fault['code']}" for fault in refusal.errors or ()]
    message = {"message": "; ".join(told)} if told else {}
    return {"type": TYPES.get(refusal.status, "INTERNAL")} | dict(error.formatted) | message


def run(call: Call) -> Json:
    """The whole answer, always sent with status 200. A fault of the lookalike itself is raised, not told."""
    body = call.body
    try:
        document = parse(str(body.get("query", "")))
    except GraphQLError as error:
        return {"errors": [dict(error.formatted)]}
    faults = validate(schema(), document)
    if faults:
        return {"errors": [dict(fault.formatted) for fault in faults]}
    result = execute_sync(
        schema(),
        document,
        context_value=call,
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    for failed in result.errors or ():
        if failed.original_error is not None and not isinstance(failed.original_error, (RefusedError, GraphQLError)):
            raise failed.original_error
    answer: Json = {"data": result.data}
    return answer | ({"errors": [_shown(failed) for failed in result.errors]} if result.errors else {})
