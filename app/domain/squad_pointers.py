"""The sections of the squad's file that say where a ticket sends its reader: the manual, and the logs.

Rule: the link to the logs that a file makes is never longer than `LONGEST_LINK`, whatever an error's text is: what
would make a longer one is a fault of the file.
"""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import AfterValidator, Field, field_validator

from app.domain.squad_values import REPOSITORY, Duration, Section, wrong

REGION: Final = r"^[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]$"
GROUP: Final = r"^[A-Za-z0-9._/#-]{1,512}$"
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""
PLACEHOLDERS: Final = ("error_type", "error_value", "culprit", "environment", "release", "url", "path")
"""What a query may say of an error; `path` is the path of its URL."""
PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_]+)\}")
LONGEST_VALUE: Final = 100
"""Characters of an error's text that a query takes for one placeholder."""
LONGEST_LINK: Final = 8_000
"""Characters. Browsers and GitHub take more; a ticket's body has room for it."""

_LONGEST_QUERY: Final = 1_000
_WORST_VALUE: Final = 12 * LONGEST_VALUE
_AROUND: Final = 400
"""The rest of the link: its host, the window, the keys."""
_IN_REGEX: Final = re.compile(r"/(?:\\.|[^/\\\n])+/")


def _is_path(path: str) -> str:
    parts = path.split("/")
    if not re.fullmatch(r"[^\x00-\x1f\x7f]{1,300}", path) or {"", ".", ".."} & set(parts):
        raise wrong("is no path of a file in its repository; write one such as docs/first-responder-manual.md")
    if not path.lower().endswith((".md", ".markdown")):
        raise wrong("is no Markdown file; its name ends with .md")
    return path


ManualPath = Annotated[str, AfterValidator(_is_path)]


class ManualAt(Section):
    """Where the squad's manual is: a Markdown file whose sections say what to do about which error."""

    repository: str = Field(
        default="",
        pattern=REPOSITORY,
        description="The repository that has it, as owner/name, of this file's owner. The App must be installed "
        "there. Without it, it is where this file is.",
        examples=["octo-org/appeals-deployment"],
    )
    path: ManualPath = Field(
        description="Its path in the repository.", examples=["docs/first-responder-manual.md"], max_length=300
    )


class Logs(Section):
    """Where an error's logs are at CloudWatch; its ticket links the query around the latest occurrence."""

    region: str = Field(
        default="", pattern=REGION, description="The region of the log groups.", examples=["us-gov-west-1"]
    )
    groups: tuple[Annotated[str, Field(pattern=GROUP)], ...] = Field(
        default=(), max_length=20, description="The names of the log groups to search.", examples=[["/prod/reader"]]
    )
    before: Duration = Field(
        default=timedelta(minutes=5),
        le=timedelta(days=1),
        description="The window begins so long before the latest occurrence. Up to 1d.",
    )
    after: Duration = Field(
        default=timedelta(minutes=5),
        ge=timedelta(seconds=1),
        le=timedelta(days=1),
        description="The window ends so long after it. From 1s to 1d.",
    )
    query: str = Field(
        default="",
        max_length=_LONGEST_QUERY,
        description="The query in CloudWatch's Logs Insights language. Within a regular expression /…/ it may hold "
        f"{', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}: the error's own text, in which what is no letter, digit "
        "or blank matches any character. By default, the newest 200 messages that name the error's type.",
        examples=["fields @timestamp, @message | filter @message like /{error_type}/ | sort @timestamp desc"],
    )

    @field_validator("query")
    @classmethod
    def _is_filled_safely(cls, query: str) -> str:
        for found in PLACEHOLDER.finditer(query):
            if found[1] not in PLACEHOLDERS:
                near = get_close_matches(found[1].lower(), PLACEHOLDERS, n=1) or [", ".join(PLACEHOLDERS)]
                raise wrong(f"there is no {found[0]}; there is {near[0]}")
        outside = PLACEHOLDER.search(_IN_REGEX.sub("", query))
        if outside is not None:
            raise wrong(f"{outside[0]} stands within a regular expression: @message like /{outside[0]}/")
        return query

    @property
    def longest_link(self) -> int:
        """No link is longer than this, whatever the error's text is."""
        texts = (self.query, *self.groups)
        values = max(len(PLACEHOLDER.findall(self.query)), 1) * _WORST_VALUE
        return _AROUND + 2 * len(self.groups) + values + sum(_worst(text) for text in texts)


def _worst(text: str) -> int:
    """A text's length in the link, where what is no ASCII takes up to twelve characters."""
    return sum(1 if char.isascii() and char.isalnum() else 3 if char < "\u0100" else 12 for char in text)
