"""Members, storms and their tickets, for the tables of what storming decides."""

from __future__ import annotations

from datetime import timedelta

from app.domain.storms import Beside, Division, InStorm, JoinedStorm, Member, Origin, Storm, StormSaid, StormVerb, Wave
from app.domain.tickets import Counters, Routing, Ticket
from tests.unit.decisions.cases import ERROR, ISSUE, NOW, OTHER, THIRD, with_

MINUTE = timedelta(minutes=1)
PARENT = "v1:storm"
JOINED = InStorm(
    storm=PARENT,
    wave=Wave(id=4, began_at=NOW - 5 * MINUTE, before=(1, 2)),
    at=NOW,
    within=10 * MINUTE,
    most=2,
)
ALONE, LEFT = with_(JOINED, alone=True), with_(JOINED, left=True)
MEMBER = Ticket(
    id=3,
    first=ERROR,
    latest=ERROR,
    counters=Counters(occurrences=5, last_seen=NOW),
    routing=Routing(owners=("mark",)),
    in_storm=JOINED,
)
MARKS = Member(ticket=3, headline="a", at=NOW, occurrences=5, last_seen=NOW, owners=("mark",))
ALEXS = Member(ticket=4, headline="b", at=NOW - MINUTE, occurrences=7, last_seen=NOW - MINUTE, owners=("alex", "jo"))
NOBODYS = Member(ticket=5, headline="c", at=NOW - MINUTE, occurrences=1)
STORM = Storm(
    fingerprint=PARENT,
    wave=4,
    began_at=NOW - 5 * MINUTE,
    newest_at=NOW,
    within=10 * MINUTE,
    most=2,
    members=(MARKS, ALEXS),
    before=(Beside(ticket=1), Beside(ticket=2)),
)
SPLIT = Division(by="jo", at=NOW)
ORIGIN = Origin(fingerprint=PARENT, owner="mark", issue=OTHER)


def storm_ticket(storm: Storm = STORM, **more: object) -> Ticket:
    """The storm's ticket, open unless it is said otherwise, with what it counts."""
    known = Ticket(id=9, issue=ISSUE, storm=storm, counters=Counters(occurrences=12, first_seen=STORM.began_at))
    return with_(known, **more)


def member_of(ticket: Ticket) -> Member:
    """The ticket as the storm lists it."""
    counters = ticket.counters
    resolved = ticket.resolved_by_sender is not None
    return with_(MARKS, ticket=ticket.id, occurrences=counters.occurrences, resolved=resolved)


def joined(member: Member = MARKS, **more: object) -> JoinedStorm:
    return with_(JoinedStorm(member=member, joined=JOINED), **more)


def word(verb: StormVerb, storm: str = PARENT, **more: object) -> StormSaid:
    return with_(StormSaid(verb=verb, storm=storm, issue=THIRD), **more)
