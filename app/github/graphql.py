"""GraphQL: the documents the App sends, and what of a partly failed one was done.

Rules: GitHub runs a document's mutations in order, each on its own; one that fails leaves the others done, and its
field is null with an error at its path. So each mutation's outcome is told apart here, and nobody reads "there are
errors" as "nothing was done". A comment's `before` is the issue as it stood when the comment was written, which is
before the body's mutation; where there is no comment to write, a mutation that changes nothing tells it. https://spec.graphql.org/October2021/#sec-Normal-and-Serial-Execution
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from app.domain.errors import InDoubtError, LaterError, SystemRefusedError
from app.domain.issues import CommentRef
from app.github.answers import read
from app.github.client import Call, Client
from app.github.errors import GraphQLFault, LimitedError, graphql_refusal

ADD: Final = """mutation($issue: ID!, $text: String!) {
  said: addComment(input: {subjectId: $issue, body: $text}) {
    commentEdge { node { id databaseId url bodyHTML issue { body } } }
  }
}"""
ADD_AND_WRITE: Final = """mutation($issue: ID!, $text: String!, $body: String!) {
  said: addComment(input: {subjectId: $issue, body: $text}) {
    commentEdge { node { id databaseId url bodyHTML issue { body } } }
  }
  written: updateIssue(input: {id: $issue, body: $body}) { issue { id } }
}"""
EDIT: Final = """mutation($comment: ID!, $text: String!) {
  said: updateIssueComment(input: {id: $comment, body: $text}) {
    issueComment { id databaseId url bodyHTML issue { body } }
  }
}"""
EDIT_AND_WRITE: Final = """mutation($comment: ID!, $text: String!, $issue: ID!, $body: String!) {
  said: updateIssueComment(input: {id: $comment, body: $text}) {
    issueComment { id databaseId url bodyHTML issue { body } }
  }
  written: updateIssue(input: {id: $issue, body: $body}) { issue { id } }
}"""
WRITE: Final = """mutation($issue: ID!, $body: String!) {
  before: updateIssue(input: {id: $issue}) { issue { body } }
  written: updateIssue(input: {id: $issue, body: $body}) { issue { id } }
}"""
CLOSED_BY: Final = """query($issue: ID!) {
  node(id: $issue) { ... on Issue { timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes {
    ... on ClosedEvent { closer { ... on Commit { url } ... on PullRequest { url } } }
  } } } }
}"""
REPOSITORY: Final = """query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { id databaseId nameWithOwner defaultBranchRef { name } }
}"""
CHECK: Final = """mutation($wish: CreateCheckRunInput!) {
  made: createCheckRun(input: $wish) { checkRun { id } }
}"""

_D = TypeVar("_D")


class _Body(msgspec.Struct):
    body: str = ""


class _Comment(msgspec.Struct):
    id: str
    issue: _Body
    databaseId: int = 0  # noqa: N815 - GitHub's name
    url: str = ""
    bodyHTML: str = ""  # noqa: N815 - GitHub's name


class _Edge(msgspec.Struct):
    node: _Comment | None = None


class _Payload(msgspec.Struct):
    """Of addComment, or of updateIssueComment."""

    commentEdge: _Edge | None = None  # noqa: N815 - GitHub's name
    issueComment: _Comment | None = None  # noqa: N815 - GitHub's name


class SaidData(msgspec.Struct):
    """What a document that writes a comment, and the body with it, brings back."""

    said: _Payload | None = None

    @property
    def comment(self) -> CommentRef | None:
        """The comment that was made or edited; None where that failed."""
        found = self._found
        return None if found is None else CommentRef(id=found.databaseId, node_id=found.id, url=found.url)

    @property
    def body_before(self) -> str:
        """The issue's body before it was written."""
        return "" if self._found is None else self._found.issue.body

    @property
    def html(self) -> str:
        """The comment as GitHub renders it."""
        return "" if self._found is None else self._found.bodyHTML

    @property
    def _found(self) -> _Comment | None:
        if self.said is None:
            return None
        edge = self.said.commentEdge
        return self.said.issueComment if edge is None else edge.node


class _Stood(msgspec.Struct):
    issue: _Body | None = None


class WrittenData(msgspec.Struct):
    """What a document that writes a body alone brings back."""

    before: _Stood | None = None

    @property
    def body_before(self) -> str | None:
        """The issue's body before it was written; None where that is not told."""
        return None if self.before is None or self.before.issue is None else self.before.issue.body


class _Closer(msgspec.Struct):
    url: str = ""


class _Closing(msgspec.Struct):
    closer: _Closer | None = None


class _Closings(msgspec.Struct):
    nodes: list[_Closing] = []


class _Timeline(msgspec.Struct):
    timelineItems: _Closings = msgspec.field(default_factory=_Closings)  # noqa: N815 - GitHub's name


class ClosedData(msgspec.Struct):
    """Who or what closed an issue last."""

    node: _Timeline | None = None

    @property
    def url(self) -> str:
        """The pull request's or commit's page; empty where a person closed it by hand."""
        events = self.node.timelineItems.nodes if self.node is not None else []
        closer = events[-1].closer if events else None
        return closer.url if closer is not None else ""


class _Branch(msgspec.Struct):
    name: str


class _Repository(msgspec.Struct):
    id: str
    databaseId: int  # noqa: N815 - GitHub's name
    nameWithOwner: str  # noqa: N815 - GitHub's name
    defaultBranchRef: _Branch | None = None  # noqa: N815 - GitHub's name


class RepositoryData(msgspec.Struct):
    """A repository by its name, today's or a former one."""

    repository: _Repository | None = None


class _CheckRun(msgspec.Struct):
    id: str


class _CheckMade(msgspec.Struct):
    checkRun: _CheckRun | None = None  # noqa: N815 - GitHub's name


class CheckData(msgspec.Struct):
    """A check that was made; None where it was refused."""

    made: _CheckMade | None = None


class Outcome(msgspec.Struct, Generic[_D]):
    """The whole answer: data, in part where something failed, and what failed."""

    data: _D | None = None
    errors: list[GraphQLFault] = []


SAID: Final = msgspec.json.Decoder(Outcome[SaidData])
WRITTEN: Final = msgspec.json.Decoder(Outcome[WrittenData])
CLOSED: Final = msgspec.json.Decoder(Outcome[ClosedData])
FOUND: Final = msgspec.json.Decoder(Outcome[RepositoryData])
CHECKED: Final = msgspec.json.Decoder(Outcome[CheckData])


async def run(
    client: Client,
    document: str,
    variables: Mapping[str, Any],
    decoder: msgspec.json.Decoder[Outcome[_D]],
    *,
    installation: int,
    write: bool,
    creates: int = 0,
    urgent: bool = False,
) -> tuple[_D, Mapping[str, SystemRefusedError]]:
    """Run it: its data, and what GitHub refused by the field's name. A refusal of the whole document is raised."""
    call = Call(
        method="POST",
        url=client.graphql_url,
        installation=installation,
        json={"query": document, "variables": variables},
        write=write,
        creates=creates,
        urgent=urgent,
    )
    answer = await client.call(call)
    outcome = read(answer, decoder, write=write)
    refused: dict[str, SystemRefusedError] = {}
    for fault in outcome.errors:
        error = graphql_refusal(fault, answer.headers, write=write, now=client.now())
        if isinstance(error, LimitedError):
            await client.block(call, error)
        if not fault.path or outcome.data is None:
            raise error
        refused.setdefault(str(fault.path[0]), error)
    if outcome.data is None:
        nothing = "GitHub's answer to a GraphQL document has neither data nor errors."
        raise InDoubtError(nothing) if write else LaterError(nothing)
    return outcome.data, refused
