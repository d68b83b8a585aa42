"""The sections of the squad's file about duty: when the squad works, who is on duty, whom it pings and when.

Rule: a section whose keys stand in each other's way is refused as a whole, with what to take out or to add.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from app.domain.squad_values import GIVEN, Day, Duration, Login, Mentioned, Section, TimeOfDay, absent, once_each, wrong

_POLICY: Final = r"[A-Z0-9]{1,40}"


class Weekday(StrEnum):
    """A day of the week, as the file has it, in the week's order."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


def _day_of_the_week(value: object) -> object:
    if value not in tuple(Weekday):
        raise wrong(f"is no day of the week; here may stand {', '.join(Weekday)}")
    return value


def _some(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if not days:
        raise wrong("this says no day; name one at least")
    return days


Workday = Annotated[Weekday, BeforeValidator(_day_of_the_week), WithJsonSchema({"enum": list(Weekday)})]


class BusinessHours(Section):
    """When the squad works, on the clock of its time zone. Holidays are free."""

    days: Annotated[tuple[Workday, ...], AfterValidator(_some), AfterValidator(once_each)] = Field(
        default=tuple(Weekday)[:5],
        description="The days of the week on which the squad works.",
        examples=[["mon", "tue", "wed", "thu"]],
    )
    start: TimeOfDay = Field(description="When a day's work begins, in quotes: '09:00'.")
    end: TimeOfDay = Field(description="When it ends, in quotes: '17:00'; at the latest '24:00'.")

    @model_validator(mode="after")
    def _is_some_time(self) -> Self:
        if self.end <= self.start:
            raise wrong("a day's work ends after it begins; hours over midnight can't be told here")
        return self


class Holidays(Section):
    """Days on which nobody works, though they are none of the weekend."""

    country: str = Field(
        default="",
        max_length=3,
        description="The country whose public holidays are free, by its ISO 3166 code; in quotes, for YAML takes NO "
        "for false.",
        examples=["US"],
    )
    subdivision: str = Field(
        default="",
        max_length=40,
        validate_default=True,
        description="Its state or district, by the second half of its ISO 3166-2 code: its holidays are free, too.",
        examples=["DC"],
    )
    extra: tuple[Day, ...] = Field(
        default=(), max_length=1_000, description="Days of the squad's own that are free.", examples=[["2026-12-24"]]
    )

    @field_validator("country")
    @classmethod
    def _is_known(cls, country: str) -> str:
        if country and not _has_holidays(country, ""):
            raise wrong(f"nothing is known of the holidays of “{country}”; write a country's code, such as US")
        return country

    @field_validator("subdivision")
    @classmethod
    def _is_part_of_it(cls, subdivision: str, info: ValidationInfo) -> str:
        country = info.data.get("country")
        if subdivision and country == "":
            raise wrong("this is a part of a country; add country")
        if subdivision and country is not None and not _has_holidays(country, subdivision):
            raise wrong(f"{country} has no “{subdivision}”; write a state's or district's code, such as DC")
        return subdivision


class PagerDuty(Section):
    """Where the rotation is at PagerDuty."""

    escalation_policy: str = Field(
        description="The escalation policy's id, the last part of its page's address. Who is on call at its level 1 is "
        "the primary, at level 2 the secondary. Needs the App's setting PAGERDUTY_TOKEN.",
        examples=["PABC123"],
    )

    @field_validator("escalation_policy")
    @classmethod
    def _is_id(cls, policy: str) -> str:
        if not re.fullmatch(_POLICY, policy):
            raise wrong("is no escalation policy's id; write the last part of its page's address, such as PABC123")
        return policy


class Turns(NamedTuple):
    """How members take turns."""

    members: tuple[str, ...]
    cadence: timedelta
    """Whole days."""
    starts: date


class Rotation(Section):
    """Who is on duty: a PagerDuty escalation policy says so, or the members take turns."""

    pagerduty: Annotated[PagerDuty | None, GIVEN] = absent("The rotation is kept at PagerDuty.")
    members: Annotated[tuple[Login, ...], AfterValidator(once_each)] = Field(
        default=(),
        max_length=200,
        description="The GitHub logins of those who take turns, in this order. The primary is the one whose turn it "
        "is, the secondary the next.",
        examples=[["mark", "alex", "sharon"]],
    )
    cadence: Duration = Field(
        default=timedelta(days=7), le=timedelta(days=366), description="How long a turn is, in whole days: 1d or more."
    )
    starts: Annotated[Day | None, GIVEN] = absent(
        "The day on which the first member's first turn begins, at midnight of the squad's time zone.",
        examples=["2026-11-02"],
    )

    @field_validator("cadence")
    @classmethod
    def _is_in_days(cls, cadence: timedelta) -> timedelta:
        if cadence < timedelta(days=1) or cadence % timedelta(days=1):
            raise wrong("is no number of whole days; write one such as 7d")
        return cadence

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        turns = sorted(self.model_fields_set & {"members", "cadence", "starts"})
        if self.pagerduty is not None and turns:
            raise wrong(f"here is pagerduty and {turns[0]} too; take one way out: who is on duty is said in one place")
        if self.pagerduty is None and not turns:
            raise wrong("this says nobody; add pagerduty, or members and starts")
        if self.pagerduty is None and len(self.members) < 2:
            raise wrong("two are on duty at any time; members needs two logins at least")
        if self.pagerduty is None and self.starts is None:
            raise wrong("members take turns from a day on; add starts, such as 2026-11-02")
        return self

    @property
    def turns(self) -> Turns | None:
        """The members' turns; None where PagerDuty says who is on duty."""
        return None if self.starts is None else Turns(self.members, self.cadence, self.starts)


class Undecided(Section):
    """How long a ticket may stay undecided, in business time: then somebody is pinged."""

    primary_after: Duration = Field(
        default=timedelta(minutes=30), le=timedelta(days=30), description="After so long the primary is pinged."
    )
    secondary_after: Duration = Field(
        default=timedelta(minutes=60), le=timedelta(days=30), description="After so long the secondary is pinged, too."
    )
    lead_after: Duration = Field(
        default=timedelta(minutes=90), le=timedelta(days=30), description="After so long the tech lead is pinged, too."
    )

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.primary_after <= self.secondary_after <= self.lead_after:
            raise wrong(
                "the primary comes first, then the secondary, then the lead: no time may be below the one before"
            )
        return self


class Severe(Section):
    """Who is pinged at once when an error is severe, besides the tech lead of its app."""

    ping: Annotated[tuple[Mentioned, ...], AfterValidator(once_each)] = Field(
        default=(),
        max_length=20,
        description="The DevOps lead, the project's tech lead, the product support team: logins, or teams as "
        "organisation/slug, without @.",
        examples=[["alan", "nick", "octo-org/product-support"]],
    )
    answer_within: Duration = Field(
        default=timedelta(minutes=15),
        ge=timedelta(minutes=1),
        le=timedelta(days=1),
        description="Without an acknowledgement for so long, day or night, the next in line is pinged. From 1m to 1d.",
    )
    pagerduty: bool = Field(
        default=True,
        strict=True,
        description="Whether PagerDuty is told of what is severe. Needs the App's setting PAGERDUTY_ROUTING_KEY.",
    )


class Acknowledgement(Section):
    """What `/ack` brings about."""

    lasts: Duration = Field(
        default=timedelta(hours=4),
        ge=timedelta(minutes=5),
        le=timedelta(days=30),
        description="An acknowledgement expires after so long without anything further. From 5m to 30d.",
    )


class Storm(Section):
    """When many new errors at once get one ticket together."""

    errors: Annotated[int, Field(strict=True)] = Field(
        default=10,
        ge=2,
        le=100,
        description="More new errors than this get one ticket together, with a table of them and one ping. From 2 to "
        "100.",
    )
    within: Duration = Field(
        default=timedelta(minutes=10),
        ge=timedelta(minutes=1),
        le=timedelta(hours=24),
        description="… when they arrive within so long. The storm is over when no new error came for so long. From 1m "
        "to 24h.",
    )


def _has_holidays(country: str, subdivision: str) -> bool:
    """Whether the table of holidays knows the country and its part."""
    import holidays  # here, for it takes 20 MB, and a squad may do without holidays

    try:
        holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        return False
    return True
