"""A moment, tickets, and commands as lines, for the tables of what commands do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.decisions.commands import Moment, decided, wish_of
from app.domain.tickets import Counters, Routing, Ticket
from app.domain.wishes import CommandLine, TicketWish, Wish

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""A Tuesday, ten in the morning in Washington."""
ZONE = ZoneInfo("America/New_York")
MOMENT = Moment(now=NOW, zone=ZONE)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICKET = Ticket(id=3, counters=Counters(occurrences=12, users=4), routing=Routing(owners=("mark",), app="Reader"))
APPS = ("Reader", "eFolder Express", "Dispatch")


def wish(text: str, moment: Moment = MOMENT) -> Wish | None:
    """What `/name rest` asks for."""
    name, _, rest = text.removeprefix("/").partition(" ")
    return wish_of(CommandLine(name=name, rest=rest, line=1), moment)


def done(text: str, ticket: Ticket = TICKET, *, by: str = "jo", at: datetime = NOW) -> Ticket:
    """What the command makes of the ticket."""
    wished = wish(text)
    assert isinstance(wished, TicketWish)
    return decided(wished, ticket, by, at, apps=APPS)
