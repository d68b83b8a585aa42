"""What can be seen of a person's access, each system asked with whatever the job was given.

| line                       | seen where                                                              | asked         |
|----------------------------|-------------------------------------------------------------------------|---------------|
| e-mail                     | the squad's file has an address of theirs in the organisation's domain  | nobody        |
| GitHub                     | the role triage or more here; in the squad's team, where there is one   | GitHub        |
| PagerDuty                  | a user has their address                                                | once a person |
| Sentry                     | a member, who has come, has their address                               | once a run    |
| deployment repository      | any role there                                                          | GitHub        |
| logs, AWS, SSH, production | nowhere: people alone can tell                                          | nobody        |

Rule: what can't be asked is told, with the reason, and hinders nothing else. It is never taken for “not there”.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from app.domain.access import Item, Sight
from app.domain.errors import SystemRefusedError
from app.domain.squad import Squad
from app.flows.pacing import OutOfTimeError, Pace

_T = TypeVar("_T")
_ROLES: Final = frozenset({"triage", "write", "maintain", "admin"})
_PEOPLE: Final = (Item.LOGS, Item.AWS, Item.SSH, Item.PRODUCTION)


class Places(Protocol):
    """GitHub, as far as the token may see it: what a person may do in a repository, and who is in a team."""

    async def role(self, repository: str, login: str) -> str: ...
    async def team(self, name: str) -> frozenset[str]: ...


HasAddress = Callable[[str], Awaitable[bool]]
Addresses = Callable[[], Awaitable[frozenset[str]]]


class Sights:
    """`pagerduty` and `sentry` are None where there is no token. `blind` collects what could not be asked."""

    def __init__(
        self,
        places: Places,
        pace: Pace,
        squad: Squad,
        home: str,
        *,
        pagerduty: HasAddress | None,
        sentry: Addresses | None,
    ) -> None:
        self._places = places
        self._pace = pace
        self._squad = squad
        self._home = home
        self._pagerduty = pagerduty
        self._sentry = sentry
        self._members: frozenset[str] | None = None
        self._team: frozenset[str] | None = None
        self._known = {person.login.casefold(): person.email for person in squad.people}
        self.blind: dict[str, None] = {}

    @property
    def known(self) -> frozenset[str]:
        """Whom the squad's file names, in small letters."""
        return frozenset(self._known)

    async def of(self, login: str) -> dict[Item, Sight]:
        """What is seen of each line."""
        email = self._known.get(login.casefold(), "")
        return dict.fromkeys(_PEOPLE, Sight.PEOPLE) | {
            Item.EMAIL: self._of_email(email),
            Item.GITHUB: await self._looked("a role or a team on GitHub", lambda: self._may_work(login)),
            Item.PAGERDUTY: await self._of_pagerduty(email),
            Item.SENTRY: await self._of_sentry(email),
            Item.DEPLOYMENT: await self._of_deployment(login),
        }

    def _of_email(self, email: str) -> Sight:
        access = self._squad.access
        if not email or access is None:
            return Sight.NO_ADDRESS
        domain = email.casefold().rpartition("@")[2]
        return Sight.SEEN if domain == access.email_domain.casefold() else Sight.ABSENT

    async def _of_pagerduty(self, email: str) -> Sight:
        ask = self._pagerduty
        if ask is None:
            return Sight.NOT_ASKED
        if not email:
            return Sight.NO_ADDRESS
        return await self._looked("PagerDuty's users", lambda: ask(email))

    async def _of_sentry(self, email: str) -> Sight:
        ask = self._sentry
        if ask is None:
            return Sight.NOT_ASKED
        if not email:
            return Sight.NO_ADDRESS

        async def is_member() -> bool:
            if self._members is None:
                self._members = await ask()
            return email.casefold() in self._members

        return await self._looked("Sentry's members", is_member)

    async def _of_deployment(self, login: str) -> Sight:
        repository = self._squad.access.repository if self._squad.access is not None else None
        if repository is None:
            return Sight.NOT_SET

        async def may_read() -> bool:
            return await self._places.role(repository, login) != "none"

        return await self._looked(f"who may read {repository}", may_read)

    async def _may_work(self, login: str) -> bool:
        team = self._squad.access.team if self._squad.access is not None else None
        if await self._places.role(self._home, login) not in _ROLES:
            return False
        if team is not None and self._team is None:
            self._team = await self._places.team(team)
        return self._team is None or login.casefold() in self._team

    async def _looked(self, what: str, look: Callable[[], Awaitable[bool]]) -> Sight:
        try:
            return Sight.SEEN if await self._pace(look) else Sight.ABSENT
        except OutOfTimeError:
            raise
        except SystemRefusedError as error:
            self.blind[f"{what}: {error}"] = None
            return Sight.REFUSED
