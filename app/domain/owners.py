"""The owners map: which team, lead and app answer for an error.

Rule: these are data only. `intake/owners_map.py` reads a map's text into them, `decisions/routing.py` matches.
"""

from __future__ import annotations

from enum import StrEnum

from app.domain.facts import Fact


class Kind(StrEnum):
    """What a rule's pattern is matched against."""

    PATH = "path"
    URL = "url"
    MODULE = "module"
    TAG = "tag"
    APP = "app"


class Rule(Fact, frozen=True, kw_only=True):
    """One line of the map. No owners at all means: what matches has no owner (CODEOWNERS' rule)."""

    line: int
    text: str
    """The pattern as the file has it, e.g. `app:Certification*`."""
    kind: Kind
    pattern: str
    tag: str = ""
    owners: tuple[str, ...] = ()
    """As written: `@login`, `@org/team` or an e-mail address."""
    section: str = ""
    inherited: bool = False
    """The owners are the section's."""


class Fault(Fact, frozen=True, kw_only=True):
    """Something wrong in a file people write: shown to them at its line, never a reason to stop."""

    line: int
    message: str
    path: str = ""


class OwnersMap(Fact, frozen=True, kw_only=True):
    """A map as read: its good lines in the file's order, and its faults."""

    source: str = ""
    rules: tuple[Rule, ...] = ()
    faults: tuple[Fault, ...] = ()
