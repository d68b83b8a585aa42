"""A command's description: its name, usage, help, who may, examples, and how what follows the name is read.

| who       | a person's role in the repository: triage, write, maintain, admin | on duty, with any role |
|-----------|-------------------------------------------------------------------|------------------------|
| `TRIAGE`  | may                                                               | may not                |
| `ON_DUTY` | may                                                               | may                    |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum, auto
from typing import Final

from app.domain.wishes import Wish

_TRIAGE: Final = frozenset({"triage", "write", "maintain", "admin"})


class Who(Enum):
    """Who may use a command."""

    TRIAGE = auto()
    """Whoever may triage issues in the repository, or more."""
    ON_DUTY = auto()
    """The primary and the secondary, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a command was written, and the squad's time zone: what `until 14:00` is reckoned from."""

    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One command. `parse` takes what follows the name, with single blanks, and raises UserError saying what to do."""

    name: str
    usage: str
    help: str
    who: Who
    examples: tuple[str, ...]
    parse: Callable[[str, Moment], Wish]
    also: tuple[str, ...] = ()
    """Other names that it goes by."""


def may(spec: Spec, permission: str, on_duty: bool) -> bool:
    """Whether somebody with this role may use the command.

    `permission` is `role_name` of GitHub's answer, not its `permission`, which calls triage `read`; for a role of the
    organisation's own it is the `permission` that role is built on.
    <https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user>
    """
    return permission.lower() in _TRIAGE or (spec.who is Who.ON_DUTY and on_duty)
