"""The squad's file, `.github/prod-squad.yml`, as the App uses it.

Rules: every section is optional, and a feature is off until its section exists. An unknown key is an error: a typing
error must never switch something off without a word. `intake/squad_file.py` reads the text into these models and
names line and key of each fault; the editors' JSON Schema (`docs/prod-squad.schema.json`) is generated from them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

LOGIN: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$"
"""What GitHub allows as a login: letters, digits and single hyphens inside, at most 39."""
REPOSITORY: Final = r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"
TEAM: Final = r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"

Login = Annotated[str, Field(pattern=LOGIN, description="A GitHub login, without @.")]


class Section(BaseModel):
    """The base of every section: strict and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class App(Section):
    """One of the team's applications."""

    name: str = Field(min_length=1, max_length=100, description="As it stands in the owners map: `app:<name>`.")
    repository: str = Field(
        default="", pattern=rf"(?:{REPOSITORY})|^$", description="Where its tickets go, as owner/name; else the App's own."
    )
    projects: tuple[str, ...] = Field(default=(), description="Slugs of its projects at Sentry.")


class Team(Section):
    """Who leads a team that the owners map names."""

    name: str = Field(min_length=1, max_length=100, description="As it stands in the map's section: `[Whiskey]`.")
    github: str = Field(
        default="", pattern=rf"(?:{TEAM})|^$", description="The team on GitHub, as organisation/slug, where the map names that."
    )
    lead: Login = Field(description="Its tech lead's GitHub login.")


class Person(Section):
    """A person's other identities: a map may name owners by e-mail."""

    login: Login
    email: str = Field(default="", max_length=254, description="The address that stands in the owners map.")


class Tickets(Section):
    """How tickets behave."""

    gather: timedelta = Field(
        default=timedelta(seconds=15),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=10),
        description="Occurrences that follow the first are gathered this long before the ticket is touched again.",
    )
    quiet: timedelta = Field(
        default=timedelta(hours=1), gt=timedelta(0), description="After so long without one, an occurrence is a new comment."
    )
    regression: timedelta = Field(
        default=timedelta(days=30), gt=timedelta(0), description="Closed for longer than this, a new ticket links the old one."
    )
    most_comments: int = Field(
        default=50, ge=1, le=500, description="Occurrence comments in a ticket's life; then its body alone tells."
    )
    close_when_resolved: bool = Field(default=False, description="Close a ticket that is resolved at Sentry.")
    resolve_at_sender: bool = Field(
        default=False, description="Resolve the error at Sentry when its ticket is closed as completed. Needs SENTRY_TOKEN."
    )


class Redaction(Section):
    """Something else that must never be stored or posted."""

    name: str = Field(min_length=1, max_length=60, description="What it is; shown in its place.")
    pattern: str = Field(min_length=1, max_length=500, description="A regular expression (Python's).")


class Squad(Section):
    """The whole file."""

    apps: tuple[App, ...] = ()
    teams: tuple[Team, ...] = ()
    people: tuple[Person, ...] = ()
    tickets: Tickets = Tickets()
    redaction: tuple[Redaction, ...] = ()

    def app_of(self, project: str) -> App | None:
        """The application whose project at the sender this is."""
        return next((app for app in self.apps if project in app.projects), None) if project else None
