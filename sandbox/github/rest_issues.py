"""REST: issues, their comments, labels, assignees, lock, events and reactions.

https://docs.github.com/rest/issues
"""

from __future__ import annotations

from typing import Any

from sandbox.github import shapes
from sandbox.github.acts import invalid
from sandbox.github.call import Answer, Call, Route
from sandbox.github.markdown import rendered
from sandbox.github.state import Comment, Issue, RefusedError, Repository

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
LOCK_REASONS = ("off-topic", "too heated", "resolved", "spam")


def _in_media_type(call: Call, issue: Issue, shape: dict[str, Any]) -> dict[str, Any]:
    """`html+json` and `full+json` show the body rendered, mentions as anchors."""
    if "html+json" not in call.accept and "full+json" not in call.accept:
        return shape
    owner = call.world.repositories[issue.repository_id].full_name
    html = rendered(shape["body"] or "", base=call.world.base, repository=owner, known=frozenset(call.world.users))
    body = {"body": shape["body"]} if "full+json" in call.accept else {}
    return {key: value for key, value in shape.items() if key != "body"} | body | {"body_html": html}


def _issue(call: Call, issue: Issue) -> dict[str, Any]:
    return _in_media_type(call, issue, shapes.issue(call.world, issue))


def _comment(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    return _in_media_type(call, issue, shapes.comment(call.world, issue, comment))


def create_issue(call: Call) -> Answer:
    title = call.body.get("title")
    if title is None:
        raise invalid("Issue", "title", "missing_field")
    repository = call.repository()
    _check_assignees(call, repository)
    issue = call.acts.open_issue(
        repository,
        call.actor,
        title=str(title),
        body=call.body.get("body"),
        labels=call.names("labels"),
        assignees=call.names("assignees"),
    )
    return Answer(status=201, json=_issue(call, issue), headers={"Location": shapes.issue(call.world, issue)["url"]})


def _check_assignees(call: Call, repository: Repository) -> None:
    """Making an issue fails as a whole for one who can't be assigned, unlike adding assignees, which leaves him out.

    Seen in public logs, not in GitHub's documentation: https://github.com/trstringer/manual-approval/issues/71
    """
    refused = [login for login in call.names("assignees") if not repository.can_assign(login)]
    if refused and repository.has_issues and not repository.archived:
        message = f"assignees {', '.join(refused)} cannot be assigned to this issue"
        raise invalid("Issue", "assignees", "invalid", message)


def list_issues(call: Call) -> Answer:
    repository = call.repository()
    if not repository.has_issues:
        raise RefusedError(410, "Issues has been disabled in this repository.")
    state = call.query.get("state", "open")
    labels = {name.lower() for name in call.query.get("labels", "").split(",") if name}
    creator = call.query.get("creator")
    assignee = call.query.get("assignee")
    since = call.since()

    def wanted(issue: Issue) -> bool:
        return (
            issue.moved_to is None
            and state in (issue.state, "all")
            and labels <= {name.lower() for name in issue.labels}
            and creator in (None, issue.author)
            and (assignee is None or assignee in issue.assignees)
            and (since is None or issue.updated_at >= since)
            and call.shows(issue.created_at)
        )

    def order(issue: Issue) -> tuple[float, int]:
        match call.query.get("sort", "created"):
            case "updated":
                return (issue.updated_at.timestamp(), issue.id)
            case "comments":
                return (len(issue.comments), issue.id)
            case _:
                return (issue.created_at.timestamp(), issue.id)

    found = sorted(filter(wanted, repository.issues.values()), key=order, reverse=call.query.get("direction") != "asc")
    return call.paged(found, wrap=lambda page: [_issue(call, issue) for issue in page])


def get_issue(call: Call) -> Answer:
    return Answer(json=_issue(call, call.issue(follow=True)))


def update_issue(call: Call) -> Answer:
    issue = call.issue(follow=True)
    body, acts = call.body, call.acts
    state, reason = body.get("state"), body.get("state_reason")
    if state not in (None, "open", "closed"):
        raise invalid("Issue", "state", "invalid")
    acts.edit_text(issue, call.actor, title=body.get("title"), body=body.get("body"))
    if "labels" in body:
        acts.set_labels(issue, call.actor, call.names("labels"))
    if "assignees" in body:
        acts.set_assignees(issue, call.actor, call.names("assignees"))
    if state == "closed":
        duplicate_of = body.get("duplicate_issue_id")
        acts.close(issue, call.actor, reason=reason or "completed", duplicate_of=duplicate_of)
    elif state == "open":
        acts.reopen(issue, call.actor)
    return Answer(json=_issue(call, issue))


def list_comments(call: Call) -> Answer:
    issue, since = call.issue(), call.since()
    found = [
        comment
        for comment in issue.comments.values()
        if (since is None or comment.updated_at >= since) and call.shows(comment.created_at)
    ]
    return call.paged(found, wrap=lambda page: [_comment(call, issue, comment) for comment in page])


def create_comment(call: Call) -> Answer:
    issue = call.issue()
    comment = call.acts.comment(issue, call.actor, call.text("body", resource="IssueComment"))
    return Answer(status=201, json=_comment(call, issue, comment))


def _find_comment(call: Call) -> tuple[Issue, Comment]:
    repository = call.repository()
    found = call.world.comment_by_id(int(call.params["comment_id"]))
    if found is None or found[0].id != repository.id:
        raise RefusedError(404, "Not Found")
    return found[1], found[2]


def get_comment(call: Call) -> Answer:
    return Answer(json=_comment(call, *_find_comment(call)))


def update_comment(call: Call) -> Answer:
    issue, comment = _find_comment(call)
    call.acts.edit_comment(issue, comment, call.actor, call.text("body", resource="IssueComment"))
    return Answer(json=_comment(call, issue, comment))


def delete_comment(call: Call) -> Answer:
    issue, comment = _find_comment(call)
    call.acts.delete_comment(issue, comment, call.actor)
    return Answer(status=204)


def _labels(call: Call, issue: Issue) -> Answer:
    return call.paged(shapes.issue(call.world, issue)["labels"])


def list_labels(call: Call) -> Answer:
    return _labels(call, call.issue())


def add_labels(call: Call) -> Answer:
    issue = call.issue()
    call.acts.add_labels(issue, call.actor, call.names("labels"))
    return _labels(call, issue)


def set_labels(call: Call) -> Answer:
    issue = call.issue()
    call.acts.set_labels(issue, call.actor, call.names("labels"))
    return _labels(call, issue)


def remove_label(call: Call) -> Answer:
    issue = call.issue()
    call.acts.remove_label(issue, call.actor, call.params["name"])
    return _labels(call, issue)


def add_assignees(call: Call) -> Answer:
    issue = call.issue()
    call.acts.assign(issue, call.actor, call.names("assignees"))
    return Answer(status=201, json=_issue(call, issue))


def remove_assignees(call: Call) -> Answer:
    issue = call.issue()
    call.acts.unassign(issue, call.actor, call.names("assignees"))
    return Answer(json=_issue(call, issue))


def lock(call: Call) -> Answer:
    reason = call.body.get("lock_reason")
    if reason not in (None, *LOCK_REASONS):
        raise invalid("Issue", "lock_reason", "invalid")
    call.acts.lock(call.issue(), call.actor, reason)
    return Answer(status=204)


def unlock(call: Call) -> Answer:
    call.acts.unlock(call.issue(), call.actor)
    return Answer(status=204)


def list_events(call: Call) -> Answer:
    issue = call.issue()
    return call.paged([shapes.event(call.world, issue, event) for event in issue.events])


def list_timeline(call: Call) -> Answer:
    return call.paged(shapes.timeline(call.world, call.issue()))


def _react(call: Call, issue: Issue, target: Issue | Comment) -> Answer:
    content = call.body.get("content")
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    if issue.locked:
        raise RefusedError(403, "Unable to react because issue is locked.")
    target.reactions[content] += 1
    number = call.world.next_id()
    reaction = {
        "id": number,
        "node_id": f"REA_{number}",
        "user": shapes.user(call.world, call.actor.login),
        "content": content,
        "created_at": shapes.stamp(call.world.now()),
    }
    return Answer(status=201, json=reaction)


def react_to_issue(call: Call) -> Answer:
    issue = call.issue()
    return _react(call, issue, issue)


def react_to_comment(call: Call) -> Answer:
    issue, comment = _find_comment(call)
    return _react(call, issue, comment)


def _parent(call: Call) -> Issue:
    if not call.repository().has_sub_issues:
        raise RefusedError(404, "Not Found")
    return call.issue()


def list_sub_issues(call: Call) -> Answer:
    found = [call.world.issue_by_id(child) for child in _parent(call).sub_issues]
    there = [issue for issue in found if issue is not None]
    return call.paged(there, wrap=lambda page: [_issue(call, issue) for issue in page])


def add_sub_issue(call: Call) -> Answer:
    parent, child = _parent(call), call.body.get("sub_issue_id")
    if not isinstance(child, int):
        raise invalid("Issue", "sub_issue_id", "missing_field")
    call.acts.add_sub_issue(parent, child)
    return Answer(status=201, json=_issue(call, parent))


_ISSUE = "/issues/{number}"
_COMMENT = "/issues/comments/{comment_id}"

ROUTES = (
    Route(method="POST", path="/issues", handler=create_issue, creates=True),
    Route(method="GET", path="/issues", handler=list_issues),
    Route(method="GET", path=_COMMENT, handler=get_comment),
    Route(method="PATCH", path=_COMMENT, handler=update_comment),
    Route(method="DELETE", path=_COMMENT, handler=delete_comment),
    Route(method="POST", path=f"{_COMMENT}/reactions", handler=react_to_comment),
    Route(method="GET", path=_ISSUE, handler=get_issue),
    Route(method="PATCH", path=_ISSUE, handler=update_issue),
    Route(method="GET", path=f"{_ISSUE}/comments", handler=list_comments),
    Route(method="POST", path=f"{_ISSUE}/comments", handler=create_comment, creates=True),
    Route(method="GET", path=f"{_ISSUE}/labels", handler=list_labels),
    Route(method="POST", path=f"{_ISSUE}/labels", handler=add_labels),
    Route(method="PUT", path=f"{_ISSUE}/labels", handler=set_labels),
    Route(method="DELETE", path=f"{_ISSUE}/labels/{{name}}", handler=remove_label),
    Route(method="POST", path=f"{_ISSUE}/assignees", handler=add_assignees),
    Route(method="DELETE", path=f"{_ISSUE}/assignees", handler=remove_assignees),
    Route(method="PUT", path=f"{_ISSUE}/lock", handler=lock),
    Route(method="DELETE", path=f"{_ISSUE}/lock", handler=unlock),
    Route(method="GET", path=f"{_ISSUE}/events", handler=list_events),
    Route(method="GET", path=f"{_ISSUE}/timeline", handler=list_timeline),
    Route(method="GET", path=f"{_ISSUE}/sub_issues", handler=list_sub_issues),
    Route(method="POST", path=f"{_ISSUE}/sub_issues", handler=add_sub_issue, creates=True),
    Route(method="POST", path=f"{_ISSUE}/reactions", handler=react_to_issue),
)
