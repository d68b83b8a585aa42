"""Backtest: where tickets would have gone by another owners map."""

from __future__ import annotations

from app.domain.facts import Fact
from app.domain.issues import IssueRef
from app.domain.owners import Fault


class Destination(Fact, frozen=True, kw_only=True):
    """Where a ticket goes, and by which line."""

    lead: str = ""
    app: str = ""
    team: str = ""
    line: int = 0
    pattern: str = ""


class Moved(Fact, frozen=True, kw_only=True):
    """A ticket that goes elsewhere."""

    issue: IssueRef
    title: str
    before: Destination
    after: Destination


class Checked(Fact, frozen=True, kw_only=True):
    """What a check of the squad's files came to."""

    faults: tuple[Fault, ...] = ()
    """What must be put right."""
    hints: tuple[Fault, ...] = ()
    """What may be meant."""
    moved: tuple[Moved, ...] = ()
    tried: int = 0
    """Tickets of the last thirty days that the map was tried on."""
    untried: int = 0
    """Those that do not say what they were routed by."""
    unseen: tuple[str, ...] = ()
    """What could not be looked at, and why."""
