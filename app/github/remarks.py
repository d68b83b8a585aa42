"""Bots' latest comments on one issue, to the letter: their hidden markers say what was done already; and whose the
others are.

One call, which only reads. https://docs.github.com/en/graphql/reference/objects#issuecomment
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.domain.issues import CommentRef, IssueRef
from app.domain.listed import Remark, Said
from app.github import graphql
from app.github.client import Client

MOST: Final = 100
"""The newest so many comments are looked through; GitHub gives no more at once."""
REMARKS: Final = """query($issue: ID!, $most: Int!) { node(id: $issue) { ... on Issue {
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


class _Issue(msgspec.Struct):
    comments: _Comments = msgspec.field(default_factory=_Comments)


class _Data(msgspec.Struct):
    node: _Issue | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[_Data])


class Remarks:
    """Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, issue: IssueRef) -> tuple[Remark, ...]:
        """Oldest first."""
        return (await self.said(issue)).remarks

    async def said(self, issue: IssueRef) -> Said:
        """What bots said, and who of the people said something."""
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
        comments = data.node.comments.nodes if data.node is not None else []
        remarks = tuple(
            Remark(
                ref=CommentRef(id=comment.database_id, node_id=comment.id, url=comment.url),
                at=comment.created_at,
                text=comment.body,
            )
            for comment in comments
            if comment.author is not None and comment.author.kind == "Bot"
        )
        people = (it.author.login for it in comments if it.author is not None and it.author.kind != "Bot")
        return Said(remarks=remarks, commenters=tuple(dict.fromkeys(people)))
