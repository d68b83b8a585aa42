"""The squad's file, `.github/prod-squad.yml`, as the App uses it.

Rules: every section is optional, and a feature is off until its section exists. An unknown key is an error: a typing
error must never switch something off without a word. `intake/squad_file.py` reads the text into these models and
names line and key of each fault; the editors' JSON Schema (`docs/prod-squad.schema.json`) is generated from them, and
an editor shows the descriptions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.domain.patterns import fault_of
from app.domain.squad_chat import Slack
from app.domain.squad_duty import (
    Acknowledgement,
    BusinessHours,
    Holidays,
    Rotation,
    Severe,
    Storm,
    Undecided,
)
from app.domain.squad_impact import ImpactRule
from app.domain.squad_jobs import Access, Nag, PostMortem
from app.domain.squad_pointers import Logs, ManualAt, ManualPath
from app.domain.squad_reports import Reports
from app.domain.squad_values import (
    EMAIL,
    GIVEN,
    LOGIN,
    PLAIN,
    REPOSITORY,
    SLACK_MEMBER,
    TEAM,
    Duration,
    Login,
    Section,
    TimeZone,
    absent,
    written,
)

__all__ = ["EMAIL", "LOGIN", "PLAIN", "REPOSITORY", "TEAM", "App", "Person", "Redaction", "Section", "Squad", "Team"]
__all__ += ["Tickets", "written"]

_LONGEST_LABEL: Final = 50
"""GitHub refuses a longer label's name; tickets are labelled `app:<name>` and `team:<name>`."""


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
    manual: Annotated[ManualPath | None, GIVEN] = absent(
        "The path of the application's own manual, in the repository of the squad's manual or, where there is none, "
        "of this file. It is looked into besides the squad's.",
        examples=["docs/reader.md"],
        max_length=300,
    )
    logs: Annotated[Logs | None, GIVEN] = absent(
        "Where its logs are at CloudWatch. What is left out here is taken from the file's own logs."
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
    """A person's other identities: an owners map may name people by e-mail, and Slack knows no GitHub logins."""

    login: Login = Field(description="The person's GitHub login, without @.", examples=["mark"])
    email: str = Field(
        default="",
        max_length=254,
        pattern=EMAIL,
        description="The e-mail address by which the owners map, PagerDuty and Slack know the person.",
        examples=["mark@example.org"],
    )
    slack: str = Field(
        default="",
        pattern=SLACK_MEMBER,
        description="The person's member id in Slack: in their profile there, under ⋮, “Copy member ID”. Their buttons "
        "count as their commands, and what is severe mentions them. Without it they are found by email.",
        examples=["U012AB3CD"],
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


def _safe(pattern: str) -> str:
    fault = fault_of(pattern)
    if fault:
        raise PydanticCustomError("pattern", "{fault}", {"fault": fault})
    return pattern


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


def _without_default(described: JsonDict) -> None:
    """For what is empty sections by default, which nobody may write."""
    del described["default"]


class Squad(Section):
    """The squad's file: who answers for which errors, and how tickets behave. Every section is optional."""

    apps: tuple[App, ...] = Field(
        default=(), description="The team's applications, and where each one's errors come from."
    )
    teams: tuple[Team, ...] = Field(default=(), description="The teams that the owners map names, and who leads each.")
    people: tuple[Person, ...] = Field(default=(), description="People's other identities, such as e-mail.")
    tickets: Tickets = Field(default=Tickets(), description="How tickets behave; what is left out keeps its default.")
    redaction: tuple[Redaction, ...] = Field(
        default=(),
        max_length=50,
        description="What must never be stored or posted, besides what always is taken out: US social security "
        "numbers, e-mail addresses, payment cards, keys and tokens.",
    )
    time_zone: TimeZone = Field(
        default="UTC",
        max_length=64,
        description="The squad's time zone, by the IANA's name: business hours, holidays and turns go by its clock.",
        examples=["America/New_York"],
    )
    business_hours: Annotated[BusinessHours | None, GIVEN] = absent(
        "When the squad works: what waits for an answer waits in these hours. Without it every minute "
        "counts. What is severe is bound by no hours.",
    )
    holidays: Annotated[Holidays | None, GIVEN] = absent("Days without business hours.")
    rotation: Annotated[Rotation | None, GIVEN] = absent(
        "Who is on duty: either pagerduty, or members, cadence and starts.",
    )
    impact: tuple[ImpactRule, ...] = Field(
        default=(),
        max_length=50,
        description="Rules that suggest how bad an error is, or say so; of those that hold the first one counts.",
    )
    undecided: Undecided = Field(
        default=Undecided(), description="When somebody is pinged about a ticket whose impact nobody decides."
    )
    severe: Severe = Field(default=Severe(), description="Who is pinged at once when an error is severe.")
    acknowledgement: Acknowledgement = Field(
        default=Acknowledgement(), description="How long somebody's word stands that they are on it."
    )
    nag: Nag = Field(
        default=Nag(), description="When tickets that nobody touches are reminded of; all in business days."
    )
    access: Annotated[Access | None, GIVEN] = absent(
        "The checklists of new squad members (issues with the label squad-access). Without it nobody looks at them.",
    )
    post_mortem: PostMortem = Field(
        default=PostMortem(),
        json_schema_extra=_without_default,
        description="How post-mortems are drafted, shown, announced and followed up; spans are in business days.",
    )
    manual: Annotated[ManualAt | None, GIVEN] = absent(
        "The squad's manual: each ticket links the section that is for its error.",
    )
    logs: Annotated[Logs | None, GIVEN] = absent(
        "Where logs are at CloudWatch, for applications that do not say it themselves; what those leave out.",
    )
    slack: Annotated[Slack | None, GIVEN] = absent(
        "Where the squad hears of new tickets that are severe or unsure. Needs the App's setting SLACK_TOKEN.",
    )
    storm: Annotated[Storm | None, GIVEN] = absent(
        "When many new errors at once get one ticket together, instead of one each. An error that is severe always "
        "gets its own. Without it every error does."
    )

    reports: Reports = Field(
        default=Reports(),
        json_schema_extra=_without_default,
        description="Which reports the squad wants, and when; one without a section is never made.",
    )

    def app_of(self, project: str) -> App | None:
        """The application whose project at the sender this is."""
        return next((app for app in self.apps if project in app.projects), None) if project else None

    def logs_of(self, app: str) -> Logs | None:
        """Where the logs of this application are; None where nobody says. An unknown one has the file's own."""
        own = next((each.logs for each in self.apps if each.name.casefold() == app.casefold()), None)
        logs = self.logs_with(own)
        return logs if logs is not None and logs.groups else None

    def logs_with(self, own: Logs | None) -> Logs | None:
        """An application's logs, with what it leaves out taken from the file's own."""
        if self.logs is None or own is None:
            return own or self.logs
        return self.logs.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})

    @property
    def manuals(self) -> dict[str, str]:
        """The path of each manual, by the application whose own it is; the squad's by the empty name."""
        own = {app.name: app.manual for app in self.apps if app.manual is not None}
        return own if self.manual is None else {"": self.manual.path} | own

    def app_called(self, name: str) -> App | None:
        """The application with this name, whichever way its letters' case is."""
        wanted = " ".join(name.split()).casefold()
        return next((app for app in self.apps if app.name.casefold() == wanted), None)
