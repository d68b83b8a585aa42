"""Reckoning: which webhooks arrived, which are to be sent again, and which are lost.

| a webhook's attempts, the oldest first                        | it is                                            |
|---------------------------------------------------------------|--------------------------------------------------|
| the first one arrived                                         | sent                                             |
| the first one did not, a later one did                        | missed, and recovered                            |
| the record begins with one that was sent again, and arrived   | the same: what was before is older than the time |
| none arrived; fewer than so many attempts                     | missed, and sent again                           |
| none arrived in so many attempts                              | missed, and lost: its door refuses it            |

Rule: what GitHub will not send again, for it is older than three days, is lost too; GitHub says so when it is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from app.domain.deliveries import Attempt, Lost, Reckoning

MOST_ATTEMPTS: Final = 5
"""A webhook that failed so often is given up: its door refuses it for a reason."""
REFUSED: Final = "It failed so often that it is given up; the App's log says why it was refused."
TOO_OLD: Final = "GitHub does not send it again: it is too old."
NOT_YET: Final = "It was sent again, and GitHub does not say yet whether it arrived."
FAILED: Final = "It was sent again, and failed once more."


def reckoned(newest_first: Iterable[Attempt]) -> Reckoning:
    """See the module's table."""
    webhooks: dict[str, list[Attempt]] = {}
    for attempt in newest_first:
        webhooks.setdefault(attempt.guid, []).append(attempt)
    sent = missed = recovered = 0
    again: list[Attempt] = []
    lost: list[Lost] = []
    for attempts in reversed(webhooks.values()):
        first = attempts[-1]
        sent += 1
        if first.arrived and not first.again:
            continue
        missed += 1
        if any(attempt.arrived for attempt in attempts):
            recovered += 1
        elif len(attempts) < MOST_ATTEMPTS:
            again.append(attempts[0])
        else:
            lost.append(Lost(first=first, why=REFUSED))
    return Reckoning(sent=sent, missed=missed, recovered=recovered, again=tuple(again), lost=tuple(lost))


def concluded(
    before: Reckoning, since: Iterable[Attempt], refused: Collection[int], left: Collection[Lost]
) -> Reckoning:
    """What it came to after what was to be sent again was asked for: `since` are the attempts from then on.

    `refused` are the ids of what GitHub does not send again, `left` what it was not asked for.
    """
    outcome: dict[str, bool] = {}
    for attempt in since:
        outcome[attempt.guid] = outcome.get(attempt.guid, False) or attempt.arrived
    recovered, lost, open_ = before.recovered, [*before.lost], [*left]
    unasked = {each.first.guid for each in left}
    for attempt in before.again:
        if attempt.guid in unasked:
            continue
        if outcome.get(attempt.guid):
            recovered += 1
        elif attempt.id in refused:
            lost.append(Lost(first=attempt, why=TOO_OLD))
        elif attempt.guid in outcome:
            lost.append(Lost(first=attempt, why=FAILED))
        else:
            open_.append(Lost(first=attempt, why=NOT_YET))
    return Reckoning(
        sent=before.sent,
        missed=before.missed,
        recovered=recovered,
        again=before.again,
        lost=tuple(lost),
        left=tuple(open_),
    )
