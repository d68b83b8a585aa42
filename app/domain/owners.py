"""The owners map: which team, lead and app answer for an error.

Rule: these are data only. `intake/owners_map.py` reads a map's text into them, `decisions/matching.py` compiles and
matches them, `decisions/routing.py` says who answers.
"""

from __future__ import annotations

from enum import StrEnum

from app.domain.facts import Fact


class Kind(StrEnum):
    """What a rule's pattern is matched against, and whose reading of patterns holds for it."""

    CODEOWNERS = "codeowners"
    """No matcher before it: a path of the repository, as GitHub reads CODEOWNERS."""
    PATH = "path"
    """A frame's path, as Sentry reads `path:`: one glob over the whole, `*` crosses slashes."""
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
    """Without its matcher and quotes; a backslash still takes the next character's meaning away."""
    tag: str = ""
    owners: tuple[str, ...] = ()
    """As written: `@login`, `@org/team` or an e-mail address."""
    section: str = ""
    inherited: bool = False
    """The owners are the section's."""


class Heading(Fact, frozen=True, kw_only=True):
    """A section's heading, `[Whiskey] @mark`: a team and its tech lead. One name's headings are one section."""

    line: int
    name: str
    owners: tuple[str, ...] = ()


class Fault(Fact, frozen=True, kw_only=True):
    """Something wrong in a file people write: shown to them at its line, never a reason to stop."""

    line: int
    """Counted from 1; 0 where the fault is of the whole file."""
    message: str
    path: str = ""


class OwnersMap(Fact, frozen=True, kw_only=True):
    """A map as read: its good lines in the file's order, and its faults."""

    source: str = ""
    rules: tuple[Rule, ...] = ()
    faults: tuple[Fault, ...] = ()
    headings: tuple[Heading, ...] = ()
    """One for each section, in the order of the file."""

    def heading_of(self, section: str) -> Heading | None:
        """The section's heading; names of sections are compared without regard to case, as GitLab does."""
        wanted = section.casefold()
        return next((heading for heading in self.headings if heading.name.casefold() == wanted), None)
