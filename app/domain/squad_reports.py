"""The section of the squad's file about reports: which ones it wants, and when.

Rule: times are on the clock of the squad's time zone, and a report that has no section is never made. Jobs come late,
so a time says from when on a report is made, never the minute.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.domain.squad_duty import Weekday, Workday
from app.domain.squad_values import GIVEN, Section, TimeOfDay, absent, wrong


class Every(StrEnum):
    """How often leads get a digest."""

    DAY = "day"
    WEEK = "week"


def _every(value: object) -> object:
    if value not in tuple(Every):
        raise wrong("is neither day nor week; leads get their digest every day or every week")
    return value


class Morning(Section):
    """The review of what happened after close of business, for the pair on duty."""

    at: TimeOfDay = Field(
        default="09:00", validate_default=True, description="From when on it is made, on business days."
    )


class Digest(Section):
    """What annoys, in one batch for each tech lead."""

    every: Annotated[Every, BeforeValidator(_every), WithJsonSchema({"enum": list(Every)})] = Field(
        default=Every.DAY, description="At the end of each business day, or of the week: day or week."
    )
    day: Workday = Field(
        default=Weekday.FRIDAY,
        description="For week: the week's last day. Where it is free, the business day before it.",
    )
    at: TimeOfDay = Field(default="16:00", validate_default=True, description="From when on it is made, on that day.")


class Handoff(Section):
    """What the next pair has to know, at the change of shift."""

    at: TimeOfDay = Field(
        default="09:00",
        validate_default=True,
        description="From when on it is made, on the first business day of the shift.",
    )
    day: Workday = Field(
        default=Weekday.MONDAY,
        description="When a shift begins, where PagerDuty keeps the rotation. Where members take turns, their turns "
        "say it.",
    )


class Weekly(Section):
    """A week's alerts, times, noise and load."""

    day: Workday = Field(
        default=Weekday.MONDAY, description="The day on which it is made; the week ends at its midnight."
    )
    at: TimeOfDay = Field(default="08:00", validate_default=True, description="From when on it is made, on that day.")


class Monthly(Section):
    """A month's post-mortems: causes, action items, times, and errors that came back."""

    day: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(
        default=1,
        description="The day of the month on which it is made, 1 to 20; where that is free, the next business day. It "
        "tells of the month before.",
    )
    at: TimeOfDay = Field(default="08:00", validate_default=True, description="From when on it is made, on that day.")


class Reports(Section):
    """The reports that the squad wants; each is an issue."""

    morning: Annotated[Morning | None, GIVEN] = absent("The pair on duty gets a review of the night.")
    digest: Annotated[Digest | None, GIVEN] = absent("Each tech lead gets what annoys, in one batch.")
    handoff: Annotated[Handoff | None, GIVEN] = absent("The next pair gets what it has to know.")
    weekly: Annotated[Weekly | None, GIVEN] = absent("Everybody gets the week in figures.")
    monthly: Annotated[Monthly | None, GIVEN] = absent("Everybody gets what the month's post-mortems teach.")
