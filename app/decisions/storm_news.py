"""Storm news: what a ticket has to say to others when its settle ends, and when it is to be woken.

| the ticket                                       | says                             | to                           |
|--------------------------------------------------|----------------------------------|------------------------------|
| a member, which joined or changed                | how it stands                    | the storm's ticket           |
| a member that has an issue now                   | that issue                       | the storm's ticket           |
| a storm's, which is under way                    | rest from pings                  | those that came just before  |
| a storm's, which is over, split, or closed       | your time begins now             | the same                     |
| a storm's, which does not take a member any more | open an issue of your own        | that member                  |
| a storm's, which was just split among owners     | the owner's part                 | the part's ticket            |
| a storm's, which was split, told by a member     | the same                         | the ticket of its part       |
| a part's, which has its issue                    | that issue                       | the ticket that was split    |

Rule: what is said follows from the ticket before and after the settle, and is received in the commit that saves the
ticket. So it is said once, whatever is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from app.decisions.storming import is_member, is_on, over_at, part_of, storm_of
from app.domain.facts import Fact
from app.domain.mail import Address, ByError, ByKey, Letter
from app.domain.mailboxes import URGENT, Timer, ticket_key
from app.domain.storms import InStorm, JoinedStorm, Member, Origin, Storm, StormMail, StormPart, StormSaid, StormVerb
from app.domain.tickets import Ticket

Said = tuple[Address, StormMail, bool]
"""To whom, what, and whether it goes ahead of routine work: somebody is to be pinged about it."""
_OVER: Final = "storm is over"


class News(Fact, frozen=True, kw_only=True):
    """The ticket that remembers what it has said; what that was; and its timers."""

    ticket: Ticket
    letters: tuple[Letter, ...] = ()
    timers: tuple[Timer, ...] = ()


def news(before: Ticket, ticket: Ticket, through: int, now: datetime, member_of: Callable[[Ticket], Member]) -> News:
    """What the settle of all mail up to `through` has to say; `member_of` shows a ticket as a storm lists it."""
    said: list[Said] = []
    timers: tuple[Timer, ...] = ()
    if ticket.in_storm is not None and not ticket.in_storm.left:
        said += _of_member(before, ticket, ticket.in_storm, member_of)
        if ticket.issue is not None:
            ticket = msgspec.structs.replace(ticket, in_storm=msgspec.structs.replace(ticket.in_storm, left=True))
    if ticket.storm is not None:
        said += _of_storm(before, ticket, ticket.storm)
        resting = _resting(ticket, ticket.storm)
        ticket = msgspec.structs.replace(ticket, storm=msgspec.structs.replace(ticket.storm, resting=resting))
        if is_on(ticket) and ticket.storm is not None:
            timers = (Timer(name=_OVER, due=over_at(ticket.storm)),)
    letters = (_letter(ticket, through, nth, it, now) for nth, it in enumerate(said))
    return News(ticket=ticket, letters=tuple(letters), timers=timers)


def _of_member(
    before: Ticket, ticket: Ticket, joined: InStorm, member_of: Callable[[Ticket], Member]
) -> Iterator[Said]:
    member = member_of(ticket)
    if ticket.issue is not None or not is_member(before) or member != member_of(before):
        new = not is_member(before) and ticket.issue is None
        yield ByError(fingerprint=joined.storm), JoinedStorm(member=member, joined=joined, issue=ticket.issue), new


def _of_storm(before: Ticket, ticket: Ticket, storm: Storm) -> Iterator[Said]:
    known = {member.ticket: member for member in before.storm.members} if before.storm is not None else {}
    resting = _resting(ticket, storm)
    for beside in storm.before:
        if (beside.ticket in resting) != (beside.ticket in storm.resting):
            verb = StormVerb.REST if beside.ticket in resting else StormVerb.WAKE
            yield _to(beside.ticket), StormSaid(verb=verb, storm=storm.fingerprint, issue=ticket.issue), False
    for member in storm.members:
        was = known.get(member.ticket)
        if member.alone and not (was is not None and was.alone):
            alone = StormSaid(verb=StormVerb.ALONE, storm=storm.fingerprint, issue=ticket.issue)
            yield _to(member.ticket), alone, False
    yield from _to_parts(before, ticket, storm, known)
    if storm.origin is not None and ticket.issue is not None and ticket.issue != before.issue:
        opened = StormSaid(verb=StormVerb.OPENED, storm=storm.fingerprint, issue=ticket.issue)
        yield ByError(fingerprint=storm.origin.fingerprint), opened, False


def _to_parts(before: Ticket, ticket: Ticket, storm: Storm, known: dict[int, Member]) -> Iterator[Said]:
    if storm.division is None or not storm.division.parts:
        return
    if before.storm is None or before.storm.division is None:
        for part in storm.division.parts:
            origin = Origin(fingerprint=storm.fingerprint, owner=part.owner, issue=ticket.issue)
            yield ByError(fingerprint=part.fingerprint), StormPart(storm=storm_of(storm, part, origin)), True
        return
    for member in storm.members:
        within = part_of(storm, member)
        if within is not None and member != known.get(member.ticket):
            yield ByError(fingerprint=within.fingerprint), JoinedStorm(member=member), False
    told = {beside.ticket for beside in before.storm.own}
    for beside in storm.own:
        member_then = known.get(beside.ticket)
        within = None if member_then is None or beside.ticket in told else part_of(storm, member_then)
        if member_then is not None and within is not None:
            yield ByError(fingerprint=within.fingerprint), JoinedStorm(member=member_then, issue=beside.issue), False


def _resting(ticket: Ticket, storm: Storm) -> tuple[int, ...]:
    """Who is to rest from pings now."""
    return tuple(beside.ticket for beside in storm.before) if is_on(ticket) else ()


def _to(ticket: int) -> Address:
    return ByKey(key=ticket_key(ticket))


def _letter(ticket: Ticket, through: int, nth: int, said: Said, now: datetime) -> Letter:
    address, mail, urgent = said
    return Letter(
        sender="storm",
        delivery_id=f"{ticket.id}.{through}.{nth}.{now.isoformat()}",  # a settle of no mail at all has no number
        address=address,
        mail=mail,
        received_at=now,
        priority=URGENT if urgent else 0,
    )
