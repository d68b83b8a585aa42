"""People as GitHub knows them: what they may do in a repository, and a sign on their comment that it was seen.

Rules: a permission is kept for ten minutes, so a storm of comments costs one look-up for each person. GitHub's older
`permission` knows no triage; `role_name` does, and names custom roles by their own names: then the older one counts.
A reaction is the same however often it is made.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import cachetools
import msgspec

from app.domain.issues import Repository
from app.github.answers import read
from app.github.client import Call, Client

KEPT: Final = timedelta(minutes=10)
_ROLES: Final = frozenset({"admin", "maintain", "write", "triage", "read", "none"})


class _Permission(msgspec.Struct):
    permission: str = "none"
    role_name: str = ""


_PERMISSION: Final = msgspec.json.Decoder(_Permission)


class People:
    """Each call may be repeated. Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: cachetools.TLRUCache[tuple[int, str], str, datetime] = cachetools.TLRUCache(
            5_000, ttu=lambda _who, _role, now: now + KEPT, timer=client.now
        )

    async def permission(self, repository: Repository, login: str) -> str:
        """`admin`, `maintain`, `write`, `triage`, `read` or `none`.

        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        who = (repository.id, login.casefold())
        kept = self._kept.get(who)
        if kept is not None:
            return kept
        answer = await self._client.call(
            Call(
                method="GET",
                url=self._client.url_in(repository, "/collaborators/{login}/permission", login=login),
                installation=repository.installation,
                write=False,
                passes=(404,),
                repository=repository.id,
            )
        )
        told = _Permission() if answer.status == 404 else read(answer, _PERMISSION)
        role = told.role_name if told.role_name in _ROLES else told.permission
        self._kept[who] = role
        return role

    async def react(self, repository: Repository, comment_id: int, content: str) -> None:
        """`eyes`, `+1` or `confused` on a comment.

        https://docs.github.com/en/rest/reactions/reactions#create-reaction-for-an-issue-comment
        """
        await self._client.call(
            Call(
                method="POST",
                url=self._client.url_in(repository, "/issues/comments/{id}/reactions", id=comment_id),
                installation=repository.installation,
                json={"content": content},
                repository=repository.id,
            )
        )
