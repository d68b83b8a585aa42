"""Comments of an issue, and who wrote them, as GraphQL tells of both.

Rule: whoever GitHub calls a bot is no person; a person who has deleted their account is nobody, and stays a person.
https://docs.github.com/en/graphql/reference/objects#issuecomment
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.issues import CommentRef
from app.domain.listed import Remark
from app.intake.commands import is_commands_alone


class Actor(msgspec.Struct, rename={"kind": "__typename"}):
    """Who did something. Some queries ask for one of the two only."""

    login: str = ""
    kind: str = "User"


class Comment(msgspec.Struct, rename="camel"):
    """One comment, to the letter."""

    id: str
    database_id: int
    url: str
    body: str
    created_at: datetime
    author: Actor | None = None


class Comments(msgspec.Struct):
    """A part of an issue's comments, oldest first."""

    nodes: list[Comment] = []


def is_bot(actor: Actor | None) -> bool:
    """Whether GitHub calls them a bot."""
    return actor is not None and actor.kind == "Bot"


def is_word(comment: Comment) -> bool:
    """Whether a person says something in it that is not commands alone."""
    return not is_bot(comment.author) and not is_commands_alone(comment.body)


def remark(comment: Comment) -> Remark:
    """The comment, as the words of ours have it."""
    ref = CommentRef(id=comment.database_id, node_id=comment.id, url=comment.url)
    return Remark(ref=ref, at=comment.created_at, text=comment.body)
