"""Reminders on issues, each with all that belongs to it in one call: the new comment, the old one gone, the label.

| call       | the comment was made               | what follows failed                                            |
|------------|------------------------------------|----------------------------------------------------------------|
| `remind`   | known by the answer, else in doubt | logged: the next run sees two reminders, and the label missing |
| … and open | as `remind`                        | nothing: it was opened again before it was said                |
| `answered` |                                    | what is gone already is no fault                               |
| `close`    | as `remind`                        | raised: it is open still, and the next run closes it           |

Rule: none is repeated here; the next run of the job sees on GitHub what was done, and goes on from there.
https://docs.github.com/en/graphql/reference/mutations
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from app.domain.errors import InDoubtError, UnavailableError
from app.domain.issues import CommentRef, IssueRef
from app.github import graphql
from app.github.client import Client
from app.texts.markdown import Markdown

_SAY: Final = "said: addComment(input: {subjectId: $issue, body: $text}) { commentEdge { node { id databaseId url } } }"
_DELETE: Final = "gone: deleteIssueComment(input: {id: $old}) { clientMutationId }"
_LABEL: Final = "marked: addLabelsToLabelable(input: {labelableId: $issue, labelIds: $labels}) { clientMutationId }"
_UNLABEL: Final = (
    "unmarked: removeLabelsFromLabelable(input: {labelableId: $issue, labelIds: $labels}) { clientMutationId }"
)
_CLOSE: Final = "closed: closeIssue(input: {issueId: $issue, stateReason: NOT_PLANNED}) { issue { id } }"
_REOPEN: Final = "opened: reopenIssue(input: {issueId: $issue}) { issue { id } }"
_TYPES: Final = {"issue": "ID!", "text": "String!", "old": "ID!", "labels": "[ID!]!"}
_log: Final = structlog.get_logger(__name__)


class _Node(msgspec.Struct, rename="camel"):
    id: str
    database_id: int = 0
    url: str = ""


class _Edge(msgspec.Struct):
    node: _Node | None = None


class _Said(msgspec.Struct, rename="camel"):
    comment_edge: _Edge | None = None


class _Data(msgspec.Struct):
    said: _Said | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[_Data])


class Reminders:
    """Raises what the client raises, and UnavailableError for an issue that takes no comment."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def remind(
        self, issue: IssueRef, text: Markdown, *, replaces: CommentRef | None, label: str, reopens: bool = False
    ) -> CommentRef:
        """A new comment, for GitHub tells nobody of an edit; then the old one goes. `label` is a label's node id.

        `reopens`: the issue is opened again with it; one that is open stays as it is.
        """
        variables = {"issue": issue.node_id, "text": str(text), "labels": [label]}
        parts = [_REOPEN, _SAY] if reopens else [_SAY]
        if replaces is not None:
            parts, variables = [*parts, _DELETE], variables | {"old": replaces.node_id}
        said, refused = await self._run(issue, [*parts, _LABEL], variables, creates=1)
        if "opened" in refused:
            raise refused["opened"]
        for part, error in refused.items():
            _log.warning("a reminder's other half failed", part=part, issue=issue.url, error=str(error))
        return said

    async def answered(self, issue: IssueRef, comment: CommentRef | None, *, label: str) -> None:
        """The reminder, where there is one, and its label go."""
        variables: dict[str, object] = {"issue": issue.node_id, "labels": [label]}
        parts = [_UNLABEL]
        if comment is not None:
            parts, variables = [_DELETE, _UNLABEL], variables | {"old": comment.node_id}
        _, refused = await self._send(issue, parts, variables, creates=0)
        for error in refused.values():
            if not isinstance(error, UnavailableError) or error.reason != "gone":
                raise error

    async def close(self, issue: IssueRef, text: Markdown) -> None:
        """Say why, and close as not planned."""
        variables = {"issue": issue.node_id, "text": str(text)}
        _, refused = await self._run(issue, [_SAY, _CLOSE], variables, creates=1)
        for error in refused.values():
            raise error

    async def _run(
        self, issue: IssueRef, parts: list[str], variables: Mapping[str, object], *, creates: int
    ) -> tuple[CommentRef, dict[str, Exception]]:
        data, refused = await self._send(issue, parts, variables, creates=creates)
        edge = data.said.comment_edge if data.said is not None else None
        if edge is None or edge.node is None:
            raise refused.get("said") or InDoubtError("GitHub does not say whether the comment was made.")
        ref = CommentRef(id=edge.node.database_id, node_id=edge.node.id, url=edge.node.url)
        return ref, refused

    async def _send(
        self, issue: IssueRef, parts: list[str], variables: Mapping[str, object], *, creates: int
    ) -> tuple[_Data, dict[str, Exception]]:
        head = ", ".join(f"${name}: {_TYPES[name]}" for name in variables)
        document = f"mutation({head}) {{ {' '.join(parts)} }}"
        data, refused = await graphql.run(
            self._client,
            document,
            variables,
            _DATA,
            installation=issue.repository.installation,
            write=True,
            creates=creates,
        )
        return data, dict(refused)
