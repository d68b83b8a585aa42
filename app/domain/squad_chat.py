"""The section of the squad's file about its chat channel."""

from __future__ import annotations

from pydantic import Field

from app.domain.squad_values import SLACK_CHANNEL, Section


class Slack(Section):
    """Where the squad hears of new tickets that are severe or unsure, and of who is on duty."""

    channel: str = Field(
        pattern=SLACK_CHANNEL,
        description="The channel's id, at the end of its details. The App must be in it: /invite it there.",
        examples=["C012AB3CD"],
    )
