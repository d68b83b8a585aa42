"""What stands in a report that is a list of things to do: the morning review, a lead's digest, the handoff.

| the morning review lists a ticket …      | as                                                                     |
|------------------------------------------|------------------------------------------------------------------------|
| that was opened or taken over since      | new                                                                    |
| whose error came back since              | reopened                                                               |
| that occurred since                      | again                                                                  |
| nobody ticked in the last review         | left over                                                              |
| that is silenced                         | not at all; how many occurred is told                                  |
| that is closed by now                    | closed, with nothing to tick                                           |

| a lead's digest lists an annoying ticket | as                                                                     |
|------------------------------------------|------------------------------------------------------------------------|
| that was opened or decided since         | new                                                                    |
| whose error came back since              | reopened                                                               |
| that occurred since                      | again                                                                  |
| nobody ticked in the last digest         | left over; a digest of these alone is not made                         |
| that is silenced or planned              | not at all                                                             |

Rules: what a report showed stays in it when it is written anew, for people may have ticked it; what began after it was
made is the next one's. A ticket stands in a report once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from app.domain.alerts import Impact
from app.domain.duty import Duty
from app.domain.report_items import Batch, Glance, Item, Review, Shift, Why
from app.domain.reporting import Mark, Past, Row

SOON: Final = timedelta(days=7)
"""A silence that ends within so long ends soon."""
_WORST: Final = (Impact.SEVERE, None, Impact.UNSURE, Impact.ANNOYING)


def review(
    rows: Iterable[Row], support: Iterable[Row], mark: Mark, duty: Duty, *, shown: frozenset[int], left: frozenset[int]
) -> Review:
    """The morning review. `shown` is in it already; `left` nobody ticked in the one before."""
    found, closed, silenced = [], [], 0
    for row in rows:
        why = _why(row, row.opened_at, mark, shown=shown, left=left)
        if why is None:
            continue
        if not row.open:
            closed.append(row)
        elif row.silenced:
            silenced += 1
        else:
            found.append(Item(row=row, why=why))
    return Review(
        mark=mark,
        duty=duty,
        undecided=tuple(sorted((it for it in found if it.row.impact is None), key=_rank)),
        teams=_grouped((it for it in found if it.row.impact is not None), by_team=True),
        closed=tuple(sorted(closed, key=lambda row: row.number)),
        silenced=silenced,
        support=_glances(support, mark),
    )


def batch(rows: Iterable[Row], mark: Mark, *, shown: frozenset[int], left: frozenset[int]) -> Batch | None:
    """The digest of the lead whose tickets these are; None where there is none yet and nothing is new for them."""
    found, others = [], 0
    for row in rows:
        if not row.open or row.silenced or row.planned or row.impact is not Impact.ANNOYING:
            continue
        began = max(row.opened_at, row.decided_at or row.opened_at)
        why = _why(row, began, mark, shown=shown, left=left)
        if why is None:
            others += 1
        else:
            found.append(Item(row=row, why=why))
    if not shown and all(it.why is Why.LEFT for it in found):
        return None
    return Batch(mark=mark, apps=_grouped(found, by_team=False), others=others)


def handover(rows: Iterable[Row], mark: Mark, duty: Duty, before: tuple[str, ...], last: Past | None) -> Shift:
    """The change of shift."""
    rows = tuple(rows)
    live = [row for row in rows if row.open and not row.silenced]
    quiet = [row for row in rows if row.open and row.silenced]
    cared = [row for row in live if row.asked or row.impact is not Impact.ANNOYING]
    soon = [row for row in quiet if row.silenced_until is not None and row.silenced_until <= mark.until + SOON]
    return Shift(
        mark=mark,
        before=before,
        duty=duty,
        tickets=tuple(sorted(cared, key=lambda row: (not row.asked, *_row_rank(row)))),
        annoying=len(live) - len(cared),
        ending=tuple(sorted(soon, key=lambda row: (row.silenced_until or mark.until, row.number))),
        silenced=len(quiet),
        opened=sum(mark.since <= row.opened_at < mark.until for row in rows),
        closed=sum(row.closed_at is not None and mark.since <= row.closed_at < mark.until for row in rows),
        last=last,
    )


def _why(row: Row, began: datetime, mark: Mark, *, shown: frozenset[int], left: frozenset[int]) -> Why | None:
    ends = None if row.number in shown else mark.until
    if _within(row.reopened_at, mark.since, ends):
        return Why.REOPENED
    if _within(began, mark.since, ends):
        return Why.NEW
    if _within(row.last_seen, mark.since, ends):
        return Why.AGAIN
    return Why.LEFT if row.number in shown | left else None


def _within(at: datetime | None, since: datetime, until: datetime | None) -> bool:
    return at is not None and since <= at and (until is None or at < until)


def _glances(support: Iterable[Row], mark: Mark) -> tuple[Glance, ...]:
    """The newest first."""
    by_age = sorted((row for row in support if row.open), key=lambda row: row.made_at, reverse=True)
    return tuple(Glance(row=row, new=mark.since <= row.made_at) for row in by_age)


def _grouped(items: Iterable[Item], *, by_team: bool) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """By name, those of no name last; in each group the worst first."""
    groups: dict[str, list[Item]] = {}
    for it in sorted(items, key=_rank):
        groups.setdefault(it.row.team if by_team else it.row.app, []).append(it)
    return tuple((name, tuple(groups[name])) for name in sorted(groups, key=lambda name: (not name, name.casefold())))


def _rank(item: Item) -> tuple[int, int, int]:
    return _row_rank(item.row)


def _row_rank(row: Row) -> tuple[int, int, int]:
    """The worst first, then what occurs most."""
    return _WORST.index(row.impact), -row.occurrences, row.number
