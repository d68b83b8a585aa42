"""Backtesting: an owners map tried on the tickets there were, before it is merged.

| by the new map the ticket would have       | told                                                  |
|--------------------------------------------|-------------------------------------------------------|
| another lead, app or team                  | from where to where, and by which line                |
| the same three, by another line            | nothing: whoever answered answers                     |
| the same                                   | nothing                                               |

Rule: both maps are tried on the same facts, so a difference is the maps' and not the time's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from app.decisions.matching import CompiledMap
from app.decisions.routing import route
from app.domain.alerts import Alert, Frame, Sender
from app.domain.backtest import Destination
from app.domain.squad import Squad

_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Map:
    """An owners map with the squad's file beside it."""

    def __init__(self, owners: CompiledMap, squad: Squad) -> None:
        self.owners = owners
        self.squad = squad

    def destination(self, alert: Alert) -> Destination:
        """Where an error would go."""
        routing = route(alert, self.owners, self.squad)
        return Destination(
            lead=routing.owners[0] if routing.owners else "",
            app=routing.app,
            team=routing.team,
            line=routing.line,
            pattern=routing.pattern,
        )


def alert_of(
    *, app: str, project: str, url: str, frames: tuple[tuple[str, str], ...], tags: tuple[tuple[str, str], ...]
) -> Alert:
    """An alert that is routed as the one was that these facts are from; frames are (path, module)."""
    return Alert(
        sender=Sender.SENTRY,
        title="",
        occurred_at=_ANY,
        app=app,
        project=project,
        url=url,
        frames=tuple(Frame(path=path, module=module) for path, module in frames),
        tags=tags,
    )


def moved(alert: Alert, before: Map, after: Map) -> tuple[Destination, Destination] | None:
    """From where to where the ticket would have gone; None where whoever answered answers."""
    old, new = before.destination(alert), after.destination(alert)
    differ = (old.lead.casefold(), old.app, old.team) != (new.lead.casefold(), new.app, new.team)
    return (old, new) if differ else None
