"""What a person may do in which repository, and who is in a team, as far as the tokens at hand may see it.

Rule: of the repository where the job runs the workflow's own token knows all. Anything else is looked at with the token
that was given for it, and what that one may not see is UnavailableError: never “has no access”.
"""

from __future__ import annotations

from app.domain.errors import UnavailableError
from app.domain.issues import Repository
from app.github import graphql
from app.github.client import Client
from app.github.ground import NO_INSTALLATION
from app.github.people import People
from app.github.roll import Roll


class Places:
    """`elsewhere` looks at what is not `home`. Reads only; raises what the client raises."""

    def __init__(self, here: Client, elsewhere: Client, *, home: Repository) -> None:
        self._home = home
        self._people = People(here)
        self._elsewhere = elsewhere
        self._people_elsewhere = People(elsewhere)
        self._found: dict[str, Repository] = {}

    async def role(self, repository: str, login: str) -> str:
        """`admin`, `maintain`, `write`, `triage`, `read` or `none`; of a public repository everybody may `read`."""
        if repository.casefold() == self._home.name.casefold():
            return await self._people.permission(self._home, login)
        return await self._people_elsewhere.permission(await self._find(repository), login)

    async def team(self, name: str) -> frozenset[str]:
        """The logins of all who are in `organisation/team`, in small letters."""
        members = await Roll(self._elsewhere).team(name, NO_INSTALLATION)
        return frozenset(login.casefold() for login in members)

    async def _find(self, name: str) -> Repository:
        if name not in self._found:
            owner, _, repo = name.partition("/")
            data, refused = await graphql.run(
                self._elsewhere,
                graphql.REPOSITORY,
                {"owner": owner, "name": repo},
                graphql.FOUND,
                installation=NO_INSTALLATION,
                write=False,
            )
            for error in refused.values():
                if not isinstance(error, UnavailableError):
                    raise error
            if data.repository is None:
                raise UnavailableError(
                    f"No token of the job may see {name}. Give it one that may, as the secret ACCESS_TOKEN.",
                    reason="gone",
                )
            self._found[name] = Repository(
                id=data.repository.databaseId, name=data.repository.nameWithOwner, installation=NO_INSTALLATION
            )
        return self._found[name]
