"""The squad's file, `.github/prod-squad.yml`, as the App uses it.

Rules: every section is optional, and a feature is off until its section exists. An unknown key is an error: a typing
error must never switch something off without a word. `intake/squad_file.py` reads the text into these models and
names line and key of each fault; the editors' JSON Schema (`docs/prod-squad.schema.json`) is generated from them, and
an editor shows the descriptions.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.domain.patterns import fault_of

LOGIN: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?$"
"""What GitHub allows as a login: letters, digits and hyphens, at most 39; an enterprise's own people have one `_`."""
REPOSITORY: Final = r"^[A-Za-z0-9_-]{1,39}/[A-Za-z0-9._-]{1,100}$"
TEAM: Final = r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"
EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
PLAIN: Final = r"^[A-Za-z0-9][A-Za-z0-9 _-]*$"
DURATION: Final = (
    r"^(?:[0-9]{1,6}[smhd]|P(?:[0-9]{1,6}W|(?=[0-9T])(?:[0-9]{1,6}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,6}H)?(?:[0-9]{1,6}M)?(?:[0-9]{1,6}S)?)?))$"
)
"""`15s`, `90m`, `1h`, `7d`; or ISO 8601's way with weeks, or with days to seconds."""

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST_LABEL: Final = 50
"""GitHub refuses a longer label's name; tickets are labelled `app:<name>` and `team:<name>`."""


def duration_of(value: object) -> object:
    """`90m` as a timedelta, ISO 8601 as it is. Raises PydanticCustomError for anything else: a number has no unit."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(DURATION, value.strip()):
        raise PydanticCustomError("duration", "is no duration; write a number and its unit: 15s, 90m, 1h or 7d")
    value = value.strip()
    unit = _UNITS.get(value[-1])
    return timedelta(**{unit: int(value[:-1])}) if unit else value


def written(duration: timedelta) -> str:
    """The duration as the file has it, in the largest unit that divides it: `90m`."""
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _safe(pattern: str) -> str:
    fault = fault_of(pattern)
    if fault:
        raise PydanticCustomError("pattern", "{fault}", {"fault": fault})
    return pattern


Login = Annotated[str, Field(pattern=LOGIN)]
Duration = Annotated[
    timedelta,
    BeforeValidator(duration_of),
    PlainSerializer(written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["15s", "90m", "1h", "7d"]}),
]


class Section(BaseModel):
    """The base of every section: strict and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class App(Section):
    """One of the team's applications."""

    name: str = Field(
        min_length=1,
        max_length=_LONGEST_LABEL - len("app:"),
        description="The application's name, as the owners map has it after `app:`. Its tickets' label is app:<name>.",
        examples=["Reader"],
    )
    repository: str = Field(
        default="",
        pattern=REPOSITORY,
        description="Where its tickets go, as owner/name. The App must be installed there. "
        "Without it they go to the repository of the App's setting TICKETS_REPOSITORY.",
        examples=["octo-org/reader"],
    )
    projects: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(),
        description="The slugs of its projects at Sentry, as the address of the project's page has them. "
        "An error of one of these projects belongs to this application.",
        examples=[["reader", "reader-workers"]],
    )


class Team(Section):
    """One of the teams that the owners map names, and who leads it."""

    name: str = Field(
        min_length=1,
        max_length=_LONGEST_LABEL - len("team:"),
        description="The team's name, as the owners map has it in a section's heading: `[Whiskey]`. "
        "Its tickets get the label team:<name>.",
        examples=["Whiskey"],
    )
    github: str = Field(
        default="",
        pattern=TEAM,
        description="The team on GitHub as organisation/slug. "
        "Needed where the map names it as an owner: a ticket can be assigned to a person only, so it goes to the lead.",
        examples=["octo-org/whiskey"],
    )
    lead: Login = Field(description="The GitHub login of its tech lead, without @.", examples=["mark"])


class Person(Section):
    """A person's other identities: an owners map may name people by e-mail, but GitHub assigns logins only."""

    login: Login = Field(description="The person's GitHub login, without @.", examples=["mark"])
    email: str = Field(
        default="",
        max_length=254,
        pattern=EMAIL,
        description="The e-mail address by which the owners map names the person.",
        examples=["mark@example.org"],
    )


class Tickets(Section):
    """How tickets behave. Durations are a number and its unit: 15s, 90m, 1h, 7d."""

    gather: Duration = Field(
        default=timedelta(seconds=15),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=10),
        description="The first occurrence is shown at once; those that follow are gathered for so long before the "
        "ticket is touched again. From 1s to 10m.",
    )
    quiet: Duration = Field(
        default=timedelta(hours=1),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description="An occurrence after so long without one is a new comment, and so notifies people; until then the "
        "last comment is edited. From 1m to 30d.",
    )
    regression: Duration = Field(
        default=timedelta(days=30),
        ge=timedelta(0),
        le=timedelta(days=3650),
        description="An error that comes back within so long after its ticket was closed reopens it as a regression; "
        "after that it gets a new ticket that links the old one. Up to 3650d.",
    )
    most_comments: int = Field(
        default=50,
        strict=True,
        ge=1,
        le=500,
        description="So many comments about occurrences in a ticket's life; after that only the numbers in its body go "
        "on. GitHub closes an issue to comments for good at 2,500.",
    )
    close_when_resolved: bool = Field(
        default=False, strict=True, description="Whether a ticket is closed when its error is resolved at Sentry."
    )
    resolve_at_sender: bool = Field(
        default=False,
        strict=True,
        description="Whether the error is resolved at Sentry when its ticket is closed as completed. "
        "Needs the App's setting SENTRY_TOKEN.",
    )


class Redaction(Section):
    """Something of the squad's own that must never be stored or posted."""

    name: str = Field(
        min_length=1,
        max_length=40,
        pattern=PLAIN,
        description="What it is. It stands in its place: `[<name> removed]`.",
        examples=["claim number"],
    )
    pattern: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_safe)] = Field(
        description="What it looks like, as a regular expression in Python's dialect; in single quotes a backslash "
        "needs no doubling. Every text runs through it, so one that can take for ever is refused: bound repeats, as "
        "in {1,20}.",
        examples=[r"\bDR-\d{6,10}\b"],
    )


class Squad(Section):
    """The squad's file: who answers for which errors, and how tickets behave. Every section is optional."""

    apps: tuple[App, ...] = Field(
        default=(), description="The team's applications, and where each one's errors come from."
    )
    teams: tuple[Team, ...] = Field(default=(), description="The teams that the owners map names, and who leads each.")
    people: tuple[Person, ...] = Field(default=(), description="People whom the owners map names by e-mail.")
    tickets: Tickets = Field(default=Tickets(), description="How tickets behave; what is left out keeps its default.")
    redaction: tuple[Redaction, ...] = Field(
        default=(),
        max_length=50,
        description="What must never be stored or posted, besides what always is taken out: US social security "
        "numbers, e-mail addresses, payment cards, keys and tokens.",
    )

    def app_of(self, project: str) -> App | None:
        """The application whose project at the sender this is."""
        return next((app for app in self.apps if project in app.projects), None) if project else None
