"""GraphQL: the mutations and queries the App uses, executed in document order over the same acts as REST.

An object is read when it is selected, so `subject` is the issue as it stands when its comment was added, later
mutations of the document not yet done. Refusals become errors with GitHub's `type`: NOT_FOUND, FORBIDDEN,
UNPROCESSABLE. https://docs.github.com/graphql
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
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

from sandbox.github import projects
from sandbox.github.call import Call
from sandbox.github.graphql_objects import Json, Objects
from sandbox.github.state import MovedError, RefusedError

TYPES = {403: "FORBIDDEN", 404: "NOT_FOUND", 410: "FORBIDDEN", 422: "UNPROCESSABLE"}


def _node(call: Call, *, id: str) -> Json:
    objects = Objects(call)
    match id.partition("_")[0]:
        case "IC":
            return objects.comment(*objects.find_comment(id))
        case "R":
            return objects.repository(objects.find_repository(id))
        case _:
            return objects.issue(objects.find_issue(id))


def _repository(call: Call, *, owner: str, name: str, **_: Any) -> Json:
    full_name, objects = f"{owner}/{name}", Objects(call)
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
    objects = Objects(call)
    issue = objects.find_issue(wish["subjectId"])
    comment = call.acts.comment(issue, call.actor, wish["body"])
    edge = {"cursor": f"c{comment.id}", "node": objects.comment(issue, comment)}
    return {"commentEdge": edge, "subject": objects.issue(issue)}


def _update_issue_comment(call: Call, wish: Json) -> Json:
    objects = Objects(call)
    issue, comment = objects.find_comment(wish["id"])
    call.acts.edit_comment(issue, comment, call.actor, wish["body"])
    return {"issueComment": objects.comment(issue, comment)}


def _update_issue(call: Call, wish: Json) -> Json:
    """With nothing but the id, nothing changes: a way to read in the middle of mutations."""
    objects = Objects(call)
    issue = objects.find_issue(wish["id"])
    call.acts.edit_text(issue, call.actor, title=wish.get("title"), body=wish.get("body"))
    if wish.get("state") == "CLOSED":
        call.acts.close(issue, call.actor)
    elif wish.get("state") == "OPEN":
        call.acts.reopen(issue, call.actor)
    return {"issue": objects.issue(issue), "actor": objects.actor(call.actor.login)}


def _create_check_run(call: Call, wish: Json) -> Json:
    repository = Objects(call).find_repository(wish["repositoryId"])
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


def _delete_issue_comment(call: Call, wish: Json) -> Json:
    issue, comment = Objects(call).find_comment(wish["id"])
    call.acts.delete_comment(issue, comment, call.actor)
    return {}


def _add_labels(call: Call, wish: Json) -> Json:
    objects = Objects(call)
    issue = objects.find_issue(wish["labelableId"])
    call.acts.add_labels(issue, call.actor, tuple(objects.find_label(it)[1].name for it in wish["labelIds"]))
    return {}


def _remove_labels(call: Call, wish: Json) -> Json:
    """What the issue does not carry is passed over, other than by REST."""
    objects = Objects(call)
    issue = objects.find_issue(wish["labelableId"])
    for label_id in wish["labelIds"]:
        _, label = objects.find_label(label_id)
        if label.name in issue.labels:
            call.acts.remove_label(issue, call.actor, label.name)
    return {}


def _close_issue(call: Call, wish: Json) -> Json:
    objects = Objects(call)
    issue = objects.find_issue(wish["issueId"])
    call.acts.close(issue, call.actor, reason=(wish.get("stateReason") or "COMPLETED").lower())
    return {"issue": objects.issue(issue)}


def _reopen_issue(call: Call, wish: Json) -> Json:
    objects = Objects(call)
    issue = objects.find_issue(wish["issueId"])
    call.acts.reopen(issue, call.actor)
    return {"issue": objects.issue(issue)}


_QUERIES: Mapping[str, Callable[..., Json | None]] = {
    "node": _node,
    "repository": _repository,
    "repositoryOwner": projects.owner_of,
}
_MUTATIONS: Mapping[str, Callable[[Call, Json], Json]] = {
    "addComment": _add_comment,
    "updateIssueComment": _update_issue_comment,
    "updateIssue": _update_issue,
    "createCheckRun": _create_check_run,
    "deleteIssueComment": _delete_issue_comment,
    "addLabelsToLabelable": _add_labels,
    "removeLabelsFromLabelable": _remove_labels,
    "closeIssue": _close_issue,
    "reopenIssue": _reopen_issue,
    "addProjectV2ItemById": projects.add_item,
    "updateProjectV2ItemFieldValue": projects.set_value,
}


def _resolve_query(run: Callable[..., Json | None]) -> Callable[..., Json | None]:
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


@lru_cache(maxsize=256)
def _read(query: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    """A document and what is wrong with it; the App sends the same ones over and over."""
    document = parse(query)
    return document, tuple(validate(schema(), document))


def operation_of(body: Any) -> tuple[DocumentNode, OperationDefinitionNode] | None:
    """The parsed document and what of it is to be run; None where `run` will tell what is wrong."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return None
    try:
        document, _ = _read(body["query"])
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
        document, faults = _read(str(body.get("query", "")))
    except GraphQLError as error:
        return {"errors": [dict(error.formatted)]}
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
