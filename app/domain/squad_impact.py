"""The section of the squad's file about impact: rules that suggest how bad an error is, or say so.

Rule: what a rule names has to hold together; a list's entries are alternatives. A rule that names nothing, or that both
suggests and sets, is refused. `decisions/suggesting.py` says how it is matched.
"""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from app.domain.alerts import Impact
from app.domain.squad_values import GIVEN, Section, absent, wrong

_LONGEST: Final = 200
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": _LONGEST}


def _texts(value: object) -> object:
    """One text, or a list of alternatives. Raises PydanticCustomError for anything else."""
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise wrong("here belongs a text or a list of texts, in quotes where it is a number or a word such as no")
    if not texts or not all(0 < len(text) <= _LONGEST for text in texts):
        raise wrong(f"here belongs one text at least, and each has 1 to {_LONGEST} characters")
    return tuple(texts)


def _some_tags(tags: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if not tags:
        raise wrong("this names no tag; name one, or take the key out")
    return tags


def _impact(value: object) -> object:
    if value not in tuple(Impact):
        raise wrong(f"is no impact; here may stand {', '.join(Impact)}")
    return value


Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(_texts),
    WithJsonSchema({**_TEXT, "type": ["string", "array"], "items": _TEXT, "minItems": 1}),
]
Tags = Annotated[dict[str, Texts], AfterValidator(_some_tags)]
Decision = Annotated[Impact, BeforeValidator(_impact), WithJsonSchema({"enum": list(Impact)})]
Number = Annotated[int, Field(strict=True, ge=1)]


class When(Section):
    """What must hold of an error; all that is named. Texts are globs over the whole: `*`, `?`, `[a-z]`."""

    level: Annotated[Texts | None, GIVEN] = absent(
        "The level at the sender; upper and lower case are the same.", examples=["fatal", ["fatal", "critical"]]
    )
    environment: Annotated[Texts | None, GIVEN] = absent(
        "The environment; upper and lower case are the same.", examples=["production"]
    )
    app: Annotated[Texts | None, GIVEN] = absent(
        "The application, by its name in this file; upper and lower case are the same.", examples=["Reader"]
    )
    error_type: Annotated[Texts | None, GIVEN] = absent(
        "The error's type; upper and lower case are the same.", examples=["PG::*"]
    )
    tags: Annotated[Tags | None, GIVEN] = absent(
        "Tags of the sender, each with its value; case counts.", examples=[{"component": "dispatch"}]
    )
    users: Annotated[Number | None, GIVEN] = absent("So many users at least are affected.", examples=[100])
    occurrences: Annotated[Number | None, GIVEN] = absent(
        "It has occurred so many times at least since its ticket was made.", examples=[1000]
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("this names nothing and would hold for every error; name what must hold, such as level: fatal")
        return self


class ImpactRule(Section):
    """When what is named holds, an impact is suggested, or set. The first rule that holds counts."""

    when: When = Field(description="What must hold; all of it.")
    suggest: Annotated[Decision | None, GIVEN] = absent(
        "This impact is suggested on the ticket; a person decides.", examples=["unsure"]
    )
    set: Annotated[Decision | None, GIVEN] = absent(
        "The ticket gets this impact at once, with all that follows. What a person decides stands over it.",
        examples=["severe"],
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.suggest is None) == (self.set is None):
            raise wrong("a rule says either suggest or set; write one of them")
        return self
