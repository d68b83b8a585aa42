"""A checklist's comment and its body, written together; and the issue closed with them.

| call     | in one document, in this order                                        | made again                        |
|----------|-----------------------------------------------------------------------|-----------------------------------|
| `say`    | opened again, a new comment, the old one gone, the body, closed as    | never by itself                   |
|          | completed                                                             |                                   |
| `edit`   | the comment, the body                                                 | yes: it carries full state        |

Both tell the body as it stood when the comment was written, which is just before it was overwritten: so whoever writes
knows whether somebody's edit was lost, and to the letter which one.
https://docs.github.com/en/graphql/reference/mutations
"""

from __future__ import annotations

from typing import Final

import structlog

from app.domain.errors import InDoubtError, UnavailableError
from app.domain.issues import CommentRef, IssueRef
from app.github import graphql
from app.github.client import Client
from app.texts.drafts import Said
from app.texts.markdown import Markdown

_COMMENT: Final = "{ id databaseId url bodyHTML issue { body } }"
_ADD: Final = f"said: addComment(input: {{subjectId: $issue, body: $text}}) {{ commentEdge {{ node {_COMMENT} }} }}"
_EDIT: Final = f"said: updateIssueComment(input: {{id: $comment, body: $text}}) {{ issueComment {_COMMENT} }}"
_DELETE: Final = "gone: deleteIssueComment(input: {id: $comment}) { clientMutationId }"
_WRITE: Final = "written: updateIssue(input: {id: $issue, body: $body}) { issue { id } }"
_REOPEN: Final = "opened: reopenIssue(input: {issueId: $issue}) { issue { id } }"
_CLOSE: Final = "closed: closeIssue(input: {issueId: $issue, stateReason: COMPLETED}) { issue { id } }"
_TYPES: Final = {"issue": "ID!", "text": "String!", "comment": "ID!", "body": "String!"}
_log: Final = structlog.get_logger(__name__)


class Checklists:
    """Raises what the client raises, and UnavailableError for an issue that takes no comment."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def say(
        self,
        issue: IssueRef,
        text: Markdown,
        *,
        replaces: CommentRef | None,
        body: Markdown | None,
        close: bool = False,
        reopens: bool = False,
    ) -> Said:
        """A new comment, for GitHub tells nobody of an edit."""
        parts, variables = [_REOPEN, _ADD] if reopens else [_ADD], {"issue": issue.node_id, "text": str(text)}
        if replaces is not None:
            parts, variables = [*parts, _DELETE], variables | {"comment": replaces.node_id}
        if body is not None:
            parts, variables = [*parts, _WRITE], variables | {"body": str(body)}
        return await self._run(issue, [*parts, _CLOSE] if close else parts, variables, creates=1)

    async def edit(self, issue: IssueRef, comment: CommentRef, text: Markdown, *, body: Markdown | None) -> Said:
        """The comment as it is to stand from now on."""
        parts, variables = [_EDIT], {"comment": comment.node_id, "text": str(text)}
        if body is not None:
            parts, variables = [*parts, _WRITE], variables | {"issue": issue.node_id, "body": str(body)}
        return await self._run(issue, parts, variables, creates=0)

    async def _run(self, issue: IssueRef, parts: list[str], variables: dict[str, str], *, creates: int) -> Said:
        head = ", ".join(f"${name}: {_TYPES[name]}" for name in variables)
        data, refused = await graphql.run(
            self._client,
            f"mutation({head}) {{ {' '.join(parts)} }}",
            variables,
            graphql.SAID,
            installation=issue.repository.installation,
            write=True,
            creates=creates,
        )
        if data.comment is None:
            raise refused.get("said") or InDoubtError("GitHub does not say whether the comment was written.")
        for part, error in refused.items():
            if part != "gone" or not isinstance(error, UnavailableError):
                raise error
            _log.warning("the old comment can't be taken away", issue=issue.url, error=str(error))
        return Said(comment=data.comment, body_before=data.body_before, html=data.html)
