"""Changing: which changes of an application belong to the story of an outage.

| a change                                                | is                                                       |
|---------------------------------------------------------|----------------------------------------------------------|
| between so long before the beginning, and the end       | told                                                     |
| the last deployment that succeeded before the beginning | told, however long before it was, and said to be the last |
| any other                                               | not told                                                 |

Rule: times are GitHub's; in the order of time, and of one second deployments before merges, as they are listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain.surroundings import Change, ChangeKind


def told(
    changes: Iterable[Change], began: datetime, ended: datetime, look_back: timedelta
) -> tuple[tuple[Change, ...], Change | None]:
    """What is told in the order of time, and the last deployment before the beginning, where one is known."""
    known = sorted(changes, key=lambda change: change.at)
    before = [change for change in known if change.kind is ChangeKind.DEPLOYED and change.at <= began]
    last = before[-1] if before else None
    return tuple(change for change in known if began - look_back <= change.at <= ended), last
