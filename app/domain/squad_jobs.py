"""The sections of the squad's file about the scheduled jobs.

Rule: spans of whole days are business days here, so that nothing falls due on a weekend.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from app.domain.squad_board import Project
from app.domain.squad_values import (
    GIVEN,
    REPOSITORY,
    SLACK_CHANNEL,
    TEAM,
    Duration,
    Mentioned,
    Section,
    TimeOfDay,
    absent,
    once_each,
    wrong,
)

_DAY: Final = timedelta(days=1)
_DOMAIN: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$"


def _whole_days(span: timedelta) -> timedelta:
    if span < _DAY or span % _DAY:
        raise wrong("is no number of whole days; write one such as 2d")
    return span


def _domain(name: str) -> str:
    if not re.fullmatch(_DOMAIN, name):
        raise wrong("is no domain; write one such as va.gov")
    return name


Environment = Annotated[str, Field(min_length=1, max_length=255)]
Days = Annotated[Duration, AfterValidator(_whole_days), Field(le=timedelta(days=366))]


class Nag(Section):
    """After so many business days without a sign of a person somebody is reminded of a ticket."""

    severe: Days = Field(default=_DAY, description="A severe ticket.")
    undecided: Days = Field(default=_DAY, description="A ticket whose impact nobody has decided.")
    unsure: Days = Field(default=2 * _DAY, description="A ticket of which the lead is to say how bad it is.")
    annoying: Days = Field(default=14 * _DAY, description="A ticket that annoys.")
    close_annoying: Annotated[Days | None, GIVEN] = absent(
        "After so many more business days, without a sign of a person since it was reminded of, an annoying ticket is "
        "closed as not planned; the reminder says when. Without it none is ever closed.",
        examples=["10d"],
    )
    keep: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=50)], ...], AfterValidator(once_each)] = Field(
        default=("keep",),
        max_length=20,
        description="Who puts one of these labels on a ticket wants to hear no reminder of it.",
    )


class Access(Section):
    """The checklists of new squad members, and what can be looked up for them."""

    email_domain: Annotated[str, AfterValidator(_domain)] = Field(
        max_length=253,
        description="The organisation's e-mail domain. A person's address stands below people in this file, never in "
        "an issue; by it they are looked for at PagerDuty and at Sentry.",
        examples=["va.gov"],
        json_schema_extra={"pattern": _DOMAIN},
    )
    repository: Annotated[str | None, GIVEN] = absent(
        "The deployment repository that everybody on the squad has to read.",
        pattern=REPOSITORY,
        examples=["octo-org/appeals-deployment"],
    )
    team: Annotated[str | None, GIVEN] = absent(
        "The squad's team on GitHub, in which everybody on the squad has to be.",
        pattern=TEAM,
        examples=["octo-org/prod-squad"],
    )
    remind_after: Days = Field(
        default=2 * _DAY,
        description="After so many business days without a sign of a person they are reminded of what is left; from "
        "the second time on their lead is, too.",
    )


class PostMortem(Section):
    """How post-mortems are drafted, shown, announced and followed up."""

    remind_after: Days = Field(
        default=_DAY,
        description="After so many business days whoever writes a post-mortem hears again of its empty sections, and "
        "of action items without a day or an owner.",
    )
    feedback: Days = Field(
        default=3 * _DAY,
        description="Once no section is empty, feedback is asked for within so many business days.",
    )
    sub_issues: bool = Field(
        default=False,
        strict=True,
        description="Whether each action item becomes an issue of its own, below the post-mortem's: its line is ticked "
        "when that is closed as completed, and the other way round.",
    )
    look_back: Duration = Field(
        default=timedelta(hours=2),
        ge=timedelta(0),
        le=timedelta(days=7),
        description="So long before the beginning of an outage its timeline begins to tell of deployments, merged pull "
        "requests and releases of the applications' repositories.",
    )
    environments: Annotated[tuple[Environment, ...], AfterValidator(once_each)] = Field(
        default=(),
        max_length=20,
        description="The deployment environments that count, by their names on GitHub. Without it all do.",
        examples=[["production"]],
    )
    audience: Annotated[tuple[Mentioned, ...], AfterValidator(once_each)] = Field(
        default=(),
        max_length=20,
        description="Who is asked for feedback: logins, and teams as organisation/slug, without @. "
        "Without it nobody is mentioned.",
        examples=[["octo-org/caseflow"]],
    )
    project: Annotated[Project | None, GIVEN] = absent(
        "The Project on whose board post-mortems move as they advance. Without it they are on none.",
    )
    channel: Annotated[str | None, GIVEN] = absent(
        "The id of the channel in Slack where post-mortems are announced; by default slack's own. Needs the App's "
        "setting SLACK_TOKEN.",
        pattern=SLACK_CHANNEL,
        examples=["C012AB3CD"],
    )
    standup: Annotated[TimeOfDay | None, GIVEN] = absent(
        "When standup is, on the clock of time_zone, in quotes: '09:30'. From then on, on every business day, the "
        "channel hears that the action items of a post-mortem that is open to feedback are to be discussed, until they "
        "were. Without it, it hears nothing of that.",
    )
