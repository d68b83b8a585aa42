"""Files of repositories, and repositories by name. Fulfils `Files` of `app/flows/systems.py`.

Rules: a file is asked for by what was read before, so that an unchanged one costs nothing of the hourly limit. A
repository found is kept some minutes; one that was not found is looked for again, for it may just be installed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

import cachetools

from app.domain.errors import UnavailableError
from app.domain.issues import Repository
from app.github import graphql
from app.github.answers import INSTALLATION, read
from app.github.client import Call, Client
from app.github.wire import RAW

KEPT: Final = timedelta(minutes=5)
_NAME: Final = re.compile(r"([A-Za-z0-9_-]{1,39})/([A-Za-z0-9._-]{1,100})")
_DIRECTORY: Final = "application/json"
"""A file that was asked for raw comes as a media type of GitHub's own, a directory as a plain list."""


class Files:
    """Reads only, so each may be repeated."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: cachetools.TLRUCache[str, Repository, datetime] = cachetools.TLRUCache(
            1_000, ttu=lambda _name, _repository, now: now + KEPT, timer=client.now
        )

    async def text(self, repository: Repository, path: str) -> str | None:
        """The file on the default branch; None where there is none. What is no UTF-8 is replaced.

        https://docs.github.com/en/rest/repos/contents#get-repository-content
        """
        answer = await self._client.call(
            Call(
                method="GET",
                url=self._client.url_in(repository, "/contents/{+path}", path=path.strip("/")),
                installation=repository.installation,
                accept=RAW,
                write=False,
                conditional=True,
                passes=(404,),
                repository=repository.id,
            )
        )
        if answer.status == 404 or answer.kind == _DIRECTORY:
            return None
        return answer.body.decode(errors="replace")

    async def find(self, name: str) -> Repository | None:
        """The repository `owner/name`, by a former name too; None where the App is not installed on it."""
        parts = _NAME.fullmatch(name)
        if parts is None:
            return None
        kept = self._found.get(name.lower())
        if kept is not None:
            return kept
        installation = await self._installation(parts[1], parts[2])
        if installation is None:
            return None
        found = await self._described(parts[1], parts[2], installation)
        if found is not None:
            self._found[name.lower()] = found
        return found

    async def _installation(self, owner: str, repo: str) -> int | None:
        url = self._client.url("/repos/{owner}/{repo}/installation", owner=owner, repo=repo)
        answer = await self._client.call(Call(method="GET", url=url, installation=None, write=False, passes=(404,)))
        if answer.status == 404:
            return None
        installation = read(answer, INSTALLATION)
        return None if installation.suspended_at is not None else installation.id

    async def _described(self, owner: str, repo: str, installation: int) -> Repository | None:
        data, refused = await graphql.run(
            self._client,
            graphql.REPOSITORY,
            {"owner": owner, "name": repo},
            graphql.FOUND,
            installation=installation,
            write=False,
        )
        if data.repository is None:
            for error in refused.values():
                if not isinstance(error, UnavailableError):
                    raise error
            return None
        branch = data.repository.defaultBranchRef
        return Repository(
            id=data.repository.databaseId,
            name=data.repository.nameWithOwner,
            installation=installation,
            default_branch="main" if branch is None else branch.name,
        )
