"""Checking the squad's files of a pull request, and trying its map on the tickets of the last thirty days.

| looked at                               | told as                                                                   |
|-----------------------------------------|---------------------------------------------------------------------------|
| the squad's file                        | a fault at each line that can't be read                                   |
| the owners map                          | a fault at each line: syntax, shadowed, leads to nobody, unowned apps     |
| people whom the two name                | a fault where they can't be assigned in the repository                    |
| teams whom the map names                | a fault where nobody is in them                                           |
| labels whose tickets are left alone     | a hint where the repository has no such label                             |
| projects at Sentry                      | a hint where no app of the squad's file names one                         |
| tickets of the last thirty days         | what would have gone elsewhere                                            |

Rules: with a faulty squad's file the map is checked and tried by an empty one, and that is said. What can't be looked
at is said, and the rest is checked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from app.decisions.backtesting import Map, alert_of, moved
from app.decisions.matching import CompiledMap
from app.decisions.routing import checked
from app.domain.backtest import Checked, Moved
from app.domain.errors import SystemRefusedError
from app.domain.issues import Repository
from app.domain.listed import Listed
from app.domain.owners import Fault
from app.domain.squad import Squad
from app.flows.pacing import Pace
from app.flows.reading import Reading
from app.intake import owners_map, squad_file
from app.texts.body import state_in

REACH: Final = timedelta(days=30)
_MOST_NAMED: Final = 15
"""Projects in one hint."""


class Roll(Protocol):
    """Who can be assigned, and which labels there are."""

    async def assignees(self, repository: Repository) -> tuple[str, ...]: ...
    async def labels(self, repository: Repository) -> tuple[str, ...]: ...
    async def team(self, name: str, installation: int) -> tuple[str, ...]: ...


class Projects(Protocol):
    """The slugs of all projects at Sentry."""

    async def __call__(self) -> tuple[str, ...]: ...


class Texts:
    """The two files' texts, as a commit has them; empty for one that is not there."""

    def __init__(self, *, squad: str, squad_path: str, owners: str, owners_path: str) -> None:
        read = squad_file.read(squad, squad_path) if squad else Squad()
        self.faults: tuple[Fault, ...] = () if isinstance(read, Squad) else read
        self.squad = read if isinstance(read, Squad) else Squad()
        self.squad_text = squad
        self.squad_path = squad_path
        self.owners = CompiledMap(owners_map.read(owners, owners_path))

    @property
    def map(self) -> Map:
        """The two, ready to be tried."""
        return Map(self.owners, self.squad)


class MapCheck:
    """See the module's rules. `projects` is None where Sentry can't be asked."""

    def __init__(
        self,
        reading: Reading,
        roll: Roll,
        pace: Pace,
        *,
        projects: Projects | None,
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._projects = projects
        self._reading = reading
        self._roll = roll
        self._pace = pace
        self._now = now
        self._tell = tell

    async def run(self, repository: Repository, ticket_label: str, before: Texts, after: Texts) -> Checked:
        """What is wrong with `after`, and what would have gone elsewhere than by `before`.

        Raises what GitHub raises where the tickets can't be read.
        """
        unseen: list[str] = []
        if after.faults:
            unseen.append("The squad's file can't be read, so the map was checked and tried without it.")
        known = await self._looked_up(
            lambda: self._roll.assignees(repository), "GitHub does not tell who can be assigned", unseen
        )
        labels = await self._looked_up(lambda: self._roll.labels(repository), "GitHub does not tell the labels", unseen)
        empty = await self._empty_teams(repository, after, unseen)
        faults = (*after.faults, *after.owners.owners.faults, *checked(after.owners, after.squad, known), *empty)
        tried = untried = 0
        elsewhere: list[Moved] = []
        since = self._now() - REACH
        async for page in self._reading.pages(repository, ticket_label, states=("OPEN", "CLOSED"), since=since):
            for listed in page:
                found = _tried(listed, before.map, after.map)
                if found is None:
                    untried += 1
                    continue
                tried += 1
                elsewhere += found
            self._tell(f"{tried:,} tickets tried, {len(elsewhere):,} would have gone elsewhere")
        return Checked(
            faults=faults,
            hints=(*_hints(after, labels), *_unnamed(after, await self._at_sentry(after, unseen))),
            moved=tuple(elsewhere),
            tried=tried,
            untried=untried,
            unseen=tuple(unseen),
        )

    async def _empty_teams(self, repository: Repository, after: Texts, unseen: list[str]) -> list[Fault]:
        owners = after.owners.owners
        written = [(heading.line, heading.owners) for heading in owners.headings]
        written += [(rule.line, rule.owners) for rule in owners.rules]
        named: dict[str, int] = {}
        for line, texts in sorted(written):
            for text in texts:
                if text.startswith("@") and "/" in text:
                    named.setdefault(text.removeprefix("@"), line)
        found: list[Fault] = []
        for team, line in named.items():
            members = await self._looked_up(
                partial(self._roll.team, team, repository.installation),
                f"GitHub does not tell who is in {team}",
                unseen,
            )
            if members == ():
                message = f"Nobody is in the team {team}, so nobody hears of what it owns. Add its people on GitHub."
                found.append(Fault(path=owners.source, line=line, message=message))
        return found

    async def _at_sentry(self, after: Texts, unseen: list[str]) -> tuple[str, ...]:
        """All projects; none where they can't be looked at, or a faulty file's apps aren't known."""
        if after.faults:
            return ()
        if self._projects is None:
            if any(app.projects for app in after.squad.apps):
                unseen.append(
                    "Which projects at Sentry no app names: set SENTRY_TOKEN, with the scope `org:read`, and "
                    "SENTRY_ORGANIZATION."
                )
            return ()
        return await self._looked_up(self._projects, "Sentry does not tell its projects", unseen) or ()

    async def _looked_up(
        self, look: Callable[[], Awaitable[tuple[str, ...]]], what: str, unseen: list[str]
    ) -> tuple[str, ...] | None:
        try:
            return await self._pace(look)
        except SystemRefusedError as error:
            unseen.append(f"{what}: {error}")
            return None


def _tried(listed: Listed, before: Map, after: Map) -> list[Moved] | None:
    """What would have become of the ticket; None where it does not say by what it was routed."""
    state = state_in(listed.body)
    if state is None or state.about is None:
        return None
    about = state.about
    alert = alert_of(app=about.app, project=about.project, url=about.url, frames=about.frames, tags=about.tags)
    found = moved(alert, before, after)
    if found is None:
        return []
    return [Moved(issue=listed.ref, title=listed.title, before=found[0], after=found[1])]


def _unnamed(after: Texts, projects: tuple[str, ...]) -> tuple[Fault, ...]:
    """One hint for all: a squad may leave many projects to others."""
    named = {project for app in after.squad.apps for project in app.projects}
    unnamed = [project for project in projects if project not in named]
    if not unnamed:
        return ()
    shown = ", ".join(f"`{project}`" for project in unnamed[:_MOST_NAMED])
    more = f" and {len(unnamed) - _MOST_NAMED:,} more" if len(unnamed) > _MOST_NAMED else ""
    message = (
        f"No app names these projects at Sentry, so their errors belong to no app: {shown}{more}. Write those that the "
        "squad answers for below an app's projects."
    )
    lines = after.squad_text.splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if text.startswith("apps:")), 0)
    return (Fault(path=after.squad_path, line=line, message=message),)


def _hints(after: Texts, labels: tuple[str, ...] | None) -> tuple[Fault, ...]:
    known = {label.casefold() for label in labels or ()}
    lines = after.squad_text.splitlines()
    return tuple(
        Fault(
            path=after.squad_path,
            line=next((number for number, line in enumerate(lines, start=1) if label in line), 0),
            message=f"The repository has no label “{label}”. Make it, so that people can put it on a ticket.",
        )
        for label in (after.squad.nag.keep if "nag" in after.squad.model_fields_set else ())
        if labels is not None and label.casefold() not in known
    )
