"""What was said on one issue lately: bots' comments to the letter, for their hidden markers say what was done already,
and when a person last said something.

One call, which only reads. https://docs.github.com/en/graphql/reference/objects#issuecomment
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.domain.issues import IssueRef
from app.domain.listed import Talk
from app.github import graphql
from app.github.client import Client
from app.github.comments import Actor, Comments, is_bot, is_word, remark

MOST: Final = 100
"""The newest so many comments are looked through; GitHub gives no more at once."""
REMARKS: Final = """query($issue: ID!, $most: Int!) { node(id: $issue) { ... on Issue {
  closedAt lastEditedAt editor { __typename }
  comments(last: $most) { nodes { id databaseId url body createdAt author { __typename login } } }
} } }"""


class _Issue(msgspec.Struct, rename="camel"):
    closed_at: datetime | None = None
    last_edited_at: datetime | None = None
    editor: Actor | None = None
    comments: Comments = msgspec.field(default_factory=Comments)


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
            remarks=tuple(remark(comment) for comment in comments if is_bot(comment.author)),
            commenters=tuple(dict.fromkeys(it.author.login for it in comments if it.author and not is_bot(it.author))),
            closed_at=seen.closed_at,
            said_at=max((comment.created_at for comment in comments if is_word(comment)), default=None),
            edited_at=seen.last_edited_at if not is_bot(seen.editor) else None,
        )
