"""The squad's manual: what the first responder does about an error, by section.

Rule: these are data only. `intake/manual.py` reads a manual's text into them, `decisions/consulting.py` finds the
section for an error.
"""

from __future__ import annotations

from app.domain.facts import Fact
from app.domain.issues import Repository


class Passage(Fact, frozen=True, kw_only=True):
    """A section of a manual: from its heading to the next one, of whatever level."""

    heading: str
    """Its words, without markup."""
    level: int
    """1 to 6."""
    line: int
    """The heading's first line, counted from 1."""
    above: tuple[str, ...] = ()
    """The headings it stands under, the outermost first."""
    names: frozenset[str] = frozenset()
    """What looks like a class in its text: `PG::ConnectionBad`, `OCIError`."""
    hints: tuple[str, ...] = ()
    """What its comments `<!-- prod-squad: … -->` say it is for; see `intake/manual.py`."""


class Manual(Fact, frozen=True, kw_only=True):
    """A manual as read."""

    repository: Repository
    path: str
    app: str = ""
    """The app whose own manual it is; empty for the squad's."""
    passages: tuple[Passage, ...] = ()


class Page(Fact, frozen=True, kw_only=True):
    """Where on GitHub a ticket sends its reader."""

    headings: tuple[str, ...]
    """The section's, after the one above it; of a whole manual, its path."""
    url: str
