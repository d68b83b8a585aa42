"""The roll: who can be assigned in a repository, which labels it has, who is in a team. Lists, read to their ends.

https://docs.github.com/en/rest/issues/assignees#list-assignees
https://docs.github.com/en/rest/issues/labels#list-labels-for-a-repository
https://docs.github.com/en/rest/teams/members#list-team-members
"""

from __future__ import annotations

from contextlib import aclosing
from typing import Final

import msgspec
from yarl import URL

from app.domain.issues import Repository
from app.github.answers import Label, User, read
from app.github.client import Call, Client
from app.github.wire import Answer

_USERS: Final = msgspec.json.Decoder(list[User])
_LABELS: Final = msgspec.json.Decoder(list[Label])


class Roll:
    """Reads only. Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def assignees(self, repository: Repository) -> tuple[str, ...]:
        """The logins of all who can be assigned."""
        url = self._client.url_in(repository, "/assignees{?per_page}", per_page=100)
        pages = await self._all(url, repository.installation)
        return tuple(user.login for page in pages for user in read(page, _USERS))

    async def labels(self, repository: Repository) -> tuple[str, ...]:
        """The names of all labels."""
        url = self._client.url_in(repository, "/labels{?per_page}", per_page=100)
        pages = await self._all(url, repository.installation)
        return tuple(label.name for page in pages for label in read(page, _LABELS))

    async def team(self, name: str, installation: int) -> tuple[str, ...]:
        """The members of `organisation/team`. UnavailableError where the token may not see it, or there is none."""
        org, _, slug = name.partition("/")
        url = self._client.url("/orgs/{org}/teams/{slug}/members{?per_page}", org=org, slug=slug, per_page=100)
        return tuple(user.login for page in await self._all(url, installation) for user in read(page, _USERS))

    async def _all(self, url: URL, installation: int) -> list[Answer]:
        call = Call(method="GET", url=url, installation=installation, write=False)
        async with aclosing(self._client.pages(call)) as pages:
            return [page async for page in pages]
