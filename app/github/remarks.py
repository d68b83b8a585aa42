"""What was said on one issue lately: bots' comments to the letter, for their hidden markers say what was done already,
and when a person last said something.

One call, which only reads. https://docs.github.com/en/graphql/reference/objects#issuecomment
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.domain.issues import CommentRef, IssueRef
from app.domain.listed import Remark, Talk
from app.github import graphql
from app.github.client import Client
from app.intake.commands import is_commands_alone

MOST: Final = 100
"""The newest so many comments are looked through; GitHub gives no more at once."""
REMARKS: Final = """query($issue: ID!, $most: Int!) { node(id: $issue) { ... on Issue {
  closedAt lastEditedAt editor { __typename }
  comments(last: $most) { nodes { id databaseId url body createdAt author { __typename login } } }
} } }"""


class _Actor(msgspec.Struct, rename={"kind": "__typename"}):
    kind: str
    login: str = ""


class _Comment(msgspec.Struct, rename="camel"):
    id: str
    database_id: int
    url: str
    body: str
    created_at: datetime
    author: _Actor | None = None


class _Comments(msgspec.Struct):
    nodes: list[_Comment] = []


class _Issue(msgspec.Struct, rename="camel"):
    closed_at: datetime | None = None
    last_edited_at: datetime | None = None
    editor: _Actor | None = None
    comments: _Comments = msgspec.field(default_factory=_Comments)


class _Data(msgspec.Struct):
    node: _Issue | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[_Data])


class Remarks:
    """Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, issue: IssueRef) -> Talk:
        """What is seen now; nothing of an issue that is gone."""
        data, refused = await graphql.run(
            self._client,
            REMARKS,
            {"issue": issue.node_id, "most": MOST},
            _DATA,
            installation=issue.repository.installation,
            write=False,
        )
        for error in refused.values():
            raise error
        seen = data.node if data.node is not None else _Issue()
        comments = seen.comments.nodes
        return Talk(
            remarks=tuple(_remark(comment) for comment in comments if _is_bot(comment.author)),
            commenters=tuple(dict.fromkeys(it.author.login for it in comments if it.author and not _is_bot(it.author))),
            closed_at=seen.closed_at,
            said_at=max((comment.created_at for comment in comments if _is_word(comment)), default=None),
            edited_at=seen.last_edited_at if not _is_bot(seen.editor) else None,
        )


def _remark(comment: _Comment) -> Remark:
    ref = CommentRef(id=comment.database_id, node_id=comment.id, url=comment.url)
    return Remark(ref=ref, at=comment.created_at, text=comment.body)


def _is_word(comment: _Comment) -> bool:
    return not _is_bot(comment.author) and not is_commands_alone(comment.body)


def _is_bot(actor: _Actor | None) -> bool:
    """A person who has deleted their account is nobody, and stays a person."""
    return actor is not None and actor.kind == "Bot"
