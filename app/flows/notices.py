"""Notices: what is said to people on an issue beside a ticket's own acts, and the signs on their comments.

| the issue                                        | what is done                                                      |
|--------------------------------------------------|-------------------------------------------------------------------|
| takes the comment                                | it is made once (`flows/once.py`), however often that is settled  |
| takes none (locked, archived, gone), or not this | it is logged, and gone on with: nobody waits for a word of ours   |

Rule: what GitHub may do later is raised, so that the settle is tried again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

import structlog

from app.domain.errors import InvalidError, UnavailableError
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.mail import Commented
from app.domain.mailboxes import Claim
from app.flows.once import Once
from app.flows.systems import Issues
from app.texts.markdown import Markdown

_log: Final = structlog.get_logger("notices")


class Reactions(Protocol):
    """Signs on comments."""

    async def react(self, repository: Repository, comment_id: int, content: str) -> None: ...


class Notices:
    """See the module's table."""

    def __init__(self, issues: Issues, reactions: Reactions, once: Once) -> None:
        self._issues = issues
        self._reactions = reactions
        self._once = once

    async def say(self, claim: Claim, issue: IssueRef, operation: str, text: Markdown) -> bool:
        """Whether it is said; `text` carries the operation's marker. Raises what GitHub may do later."""

        async def call() -> CommentRef:
            return (await self._issues.comment(issue, text, body=None, urgent=claim.urgent)).comment

        async def find(since: datetime) -> CommentRef | None:
            return await self._issues.commented_by(issue, operation, since)

        try:
            await self._once.make(claim, operation, CommentRef, call=call, find=find)
        except (UnavailableError, InvalidError) as error:
            _log.warning("a word to people could not be said", issue=issue.url, operation=operation, error=str(error))
            return False
        return True

    async def sign(self, said: Commented, content: str) -> None:
        """GitHub's emoji of that name on the comment, once whoever asks. Raises what GitHub may do later."""
        try:
            await self._reactions.react(said.issue.repository, said.comment_id, content)
        except (UnavailableError, InvalidError) as error:
            _log.info("no sign on a comment", issue=said.issue.url, error=str(error))
