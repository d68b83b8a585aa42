"""Sub-issues at GitHub: issues that it lists below another one.

| call    | calls   | made again                                                                      |
|---------|---------|---------------------------------------------------------------------------------|
| `known` | 1       | yes: it only reads                                                              |
| `add`   | 1, or 2 | yes: what is refused is looked for in the list; it may have been added before   |

A parent takes 100 sub-issues. https://docs.github.com/en/rest/issues/sub-issues
"""

from __future__ import annotations

from typing import Final

from app.domain.errors import InvalidError, UnavailableError
from app.domain.issues import IssueRef
from app.github.answers import ISSUES, read
from app.github.client import Call, Client

_LIST: Final = "/issues/{number}/sub_issues"


class SubIssues:
    """Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def known(self, parent: IssueRef) -> frozenset[int] | None:
        """The ids of its sub-issues; None where this GitHub, or the repository, has none."""
        call = Call(
            method="GET",
            url=self._client.url_in(parent.repository, _LIST + "{?per_page}", number=parent.number, per_page=100),
            installation=parent.repository.installation,
            write=False,
            repository=parent.repository.id,
        )
        try:
            answer = await self._client.call(call)
        except (UnavailableError, InvalidError):
            return None
        return frozenset(issue.id for issue in read(answer, ISSUES))

    async def add(self, parent: IssueRef, child: IssueRef) -> bool:
        """Whether GitHub lists it there now; not, where it refuses: a hundred are there, say."""
        call = Call(
            method="POST",
            url=self._client.url_in(parent.repository, _LIST, number=parent.number),
            installation=parent.repository.installation,
            json={"sub_issue_id": child.id},
            creates=1,
            repository=parent.repository.id,
        )
        try:
            await self._client.call(call)
        except (UnavailableError, InvalidError):
            return child.id in (await self.known(parent) or ())
        return True
