"""The section of the squad's file about its Project on GitHub, and the names of the board's columns.

<https://docs.github.com/en/issues/planning-and-tracking-with-projects/understanding-fields/about-single-select-fields>
"""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from app.domain.squad_values import Login, Section, wrong

_MOST: Final = 2**31 - 1
"""GitHub's numbers are 32 bits."""
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Project(Section):
    """A Project and its columns: the options of one of its fields, a single select."""

    owner: Login = Field(
        description="Whose it is: the organisation, or the user, in its address.", examples=["octo-org"]
    )
    number: int = Field(
        strict=True, ge=1, le=_MOST, description="The number at the end of the Project's address.", examples=[7]
    )
    field: _Name = Field(default="Status", description="The field, a single select, whose options are the columns.")
    in_progress: _Name = Field(default="In Progress", description="The column of a post-mortem that is being written.")
    feedback: _Name = Field(
        default="Feedback", description="The column of one whose sections are written: others say what is missing."
    )
    done: _Name = Field(default="Done", description="The column of one that was closed as completed.")

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        if len({name.casefold() for name in self.columns}) < len(self.columns):
            raise wrong("in_progress, feedback and done are three columns; two of them have the same name")
        return self

    @property
    def columns(self) -> tuple[str, str, str]:
        """Their names, in the order in which a post-mortem goes through them."""
        return self.in_progress, self.feedback, self.done
