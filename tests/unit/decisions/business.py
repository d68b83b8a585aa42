"""A squad's business time for tables: Monday to Friday from nine to five, UTC, without holidays."""

from __future__ import annotations

from datetime import datetime, timedelta

OPENS, CLOSES = 9, 17


def opens(moment: datetime) -> datetime:
    """The moment itself in business time; else when that begins next."""
    tick = timedelta(microseconds=1)
    return later(moment, tick) - tick


def later(moment: datetime, business: timedelta) -> datetime:
    """The moment when so much business time has passed; what begins at night begins in the morning."""
    while True:
        opens = moment.replace(hour=OPENS, minute=0, second=0, microsecond=0)
        closes = moment.replace(hour=CLOSES, minute=0, second=0, microsecond=0)
        if moment.weekday() < 5 and moment < closes:
            moment = max(moment, opens)
            if moment + business <= closes:
                return moment + business
            business -= closes - moment
        moment = opens + timedelta(days=1)
