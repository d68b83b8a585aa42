"""Storming: what is done with new errors while too many come at once.

| a ticket that would open its first issue          | what is done                                                    |
|---------------------------------------------------|-----------------------------------------------------------------|
| its error is severe, or a person reported it,     | it opens it                                                     |
| too; or it is a support ticket                    |                                                                 |
| the store knows of no wave that it is part of     | it opens it                                                     |
| it is part of a wave                              | no issue: it is a member of the wave's storm from now on        |

| a member                                          | what is done                                                    |
|---------------------------------------------------|-----------------------------------------------------------------|
| occurs again, or is resolved at its sender        | counted by itself; the storm's ticket is told how it stands     |
| is reported by a person, or has become severe     | its own issue; the storm's ticket is told, and lists it no more |
| is told to go alone                               | the same                                                        |

| the storm's ticket                                | what is done                                                    |
|---------------------------------------------------|-----------------------------------------------------------------|
| is told of its first members                      | it is opened                                                    |
| is told more                                      | its body alone; no comments                                     |
| is told of no new error for so long               | the storm is over, says the body                                |
| is closed by a person                             | a member that occurs after that is told to go alone; the others |
|                                                   | stay quiet                                                      |
| is to be split, several owners                    | one ticket for each owner's part, and an owner's only error is  |
|                                                   | told to go alone; it closes when all are opened                 |
| is to be split, one owner                         | every member is told to go alone; it closes when all have       |
| was split, or is closed, and a new member comes   | that one is told to go alone                                    |

Rule: totals only grow, so of two tellings about one member the greater is the later one, whichever way it came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, assert_never

import msgspec

from app.decisions.counting import DAYS_KEPT
from app.domain.actions import Action, AdoptIssue, CloseIssue, OpenIssue, PointAtTicket, RefreshBody
from app.domain.alerts import Impact
from app.domain.identity import fingerprint
from app.domain.storms import (
    Beside,
    Division,
    InStorm,
    JoinedStorm,
    Member,
    Origin,
    Part,
    Resting,
    Storm,
    StormMail,
    StormPart,
    StormSaid,
    StormVerb,
)
from app.domain.tickets import Counters, Ticket

_WHOLE_SECOND: Final = timedelta(seconds=1)
"""GitHub tells when an issue was closed in whole seconds."""


def may_wait(ticket: Ticket, actions: Iterable[Action]) -> bool:
    """Whether a storm may take the error whose first issue these actions open."""
    actions = tuple(actions)
    opens = any(isinstance(action, OpenIssue) for action in actions)
    reported = any(isinstance(action, PointAtTicket | AdoptIssue) for action in actions)
    known = ticket.in_storm
    first = ticket.opened == 0 and (known is None or not (known.alone or known.left))
    heard = ticket.impact is not Impact.SEVERE and not ticket.quiet
    return opens and first and heard and not reported and ticket.storm is None


def is_member(ticket: Ticket) -> bool:
    """It is kept by a storm's ticket, and has no issue of its own."""
    joined = ticket.in_storm
    return joined is not None and not joined.left and ticket.issue is None


def goes_alone(ticket: Ticket) -> bool:
    """It is a member, and was told to open an issue of its own."""
    return is_member(ticket) and ticket.in_storm is not None and ticket.in_storm.alone


def told(ticket: Ticket, mail: StormMail, at: datetime) -> Ticket:
    """The ticket with this piece of mail folded in, which was received then."""
    match mail:
        case JoinedStorm():
            return _joined(ticket, mail)
        case StormPart(storm=storm):
            return ticket if ticket.storm is not None else msgspec.structs.replace(ticket, storm=storm)
        case StormSaid():
            return _said(ticket, mail, at)
        case _:  # pragma: no cover
            assert_never(mail)


def on_storm(before: Ticket, ticket: Ticket, now: datetime, *, stale: bool) -> tuple[Ticket, list[Action]]:
    """A storm's ticket with all that follows by now, and what is to be done on GitHub; `stale`: its body is old."""
    storm = ticket.storm
    if storm is None:
        return ticket, []
    storm = _until_now(storm, now)
    if storm.division is not None and (before.storm is None or before.storm.division is None):
        storm = _divided(storm, storm.division)
    ticket = msgspec.structs.replace(ticket, storm=storm, counters=_counters(storm))
    if ticket.issue is None:
        waits = storm.division is None and any(not member.alone for member in storm.members)
        return ticket, [OpenIssue(op=f"{ticket.id}.open.{ticket.opened + 1}")] if waits else []
    known = before.storm
    if _is_handed_on(storm) and ticket.closing is None and not (known is not None and _is_handed_on(known)):
        return ticket, [RefreshBody(), CloseIssue(at=now)]
    changed = storm != known if ticket.closing is None else known is None or _elsewhere(storm) != _elsewhere(known)
    return ticket, [RefreshBody()] if stale or changed else []


def is_on(ticket: Ticket) -> bool:
    """The storm is under way: it has its issue, and takes whatever comes."""
    storm = ticket.storm
    return ticket.is_open and storm is not None and storm.over_at is None and storm.division is None


def is_ended(before: Ticket, after: Ticket) -> bool:
    """People have just split the storm, or closed its ticket: what comes is another storm."""
    return _takes(before) and after.storm is not None and after.storm.origin is None and not _takes(after)


def over_at(storm: Storm) -> datetime:
    """When the storm is over if no further new error comes."""
    return storm.newest_at + storm.within


def _takes(ticket: Ticket) -> bool:
    return ticket.storm is None or (ticket.storm.division is None and ticket.closing is None)


def _said(ticket: Ticket, mail: StormSaid, at: datetime) -> Ticket:
    joined, resting, storm = ticket.in_storm, ticket.resting, ticket.storm
    match mail.verb:
        case StormVerb.REST:
            return msgspec.structs.replace(ticket, resting=Resting(storm=mail.storm, since=at))
        case StormVerb.WAKE:
            if resting is None or resting.storm != mail.storm:
                return ticket
            opened_at = at if ticket.is_open and ticket.impact is None else ticket.opened_at
            return msgspec.structs.replace(ticket, resting=None, opened_at=opened_at)
        case StormVerb.ALONE:
            if joined is None:
                return ticket
            joined = msgspec.structs.replace(joined, alone=True, parent=mail.issue or joined.parent)
            return msgspec.structs.replace(ticket, in_storm=joined)
        case StormVerb.OPENED:
            if storm is None or storm.division is None:
                return ticket
            parts = tuple(
                msgspec.structs.replace(part, issue=mail.issue) if part.fingerprint == mail.storm else part
                for part in storm.division.parts
            )
            division = msgspec.structs.replace(storm.division, parts=parts)
            return msgspec.structs.replace(ticket, storm=msgspec.structs.replace(storm, division=division))
        case _:  # pragma: no cover
            assert_never(mail.verb)


def _joined(ticket: Ticket, mail: JoinedStorm) -> Ticket:
    storm, member = ticket.storm, mail.member
    if storm is None:
        if mail.joined is None:
            return ticket
        storm = _begun(mail.joined)
    place = next((nth for nth, known in enumerate(storm.members) if known.ticket == member.ticket), None)
    if mail.issue is not None:
        left = (*storm.own, Beside(ticket=member.ticket, issue=mail.issue))
        members = storm.members if place is None else _without(storm.members, place)
        return msgspec.structs.replace(ticket, storm=msgspec.structs.replace(storm, members=members, own=left))
    if place is None:
        member = msgspec.structs.replace(member, alone=storm.division is not None or ticket.closing is not None)
        storm = msgspec.structs.replace(
            storm,
            members=(*storm.members, member),
            newest_at=max(storm.newest_at, member.at),
            over_at=None,
        )
        return msgspec.structs.replace(ticket, storm=storm)
    known = storm.members[place]
    if member.occurrences < known.occurrences:
        return ticket
    member = msgspec.structs.replace(member, alone=known.alone or _is_back(ticket, storm, known, member))
    members = (*storm.members[:place], member, *storm.members[place + 1 :])
    return msgspec.structs.replace(ticket, storm=msgspec.structs.replace(storm, members=members))


def _is_back(ticket: Ticket, storm: Storm, known: Member, member: Member) -> bool:
    """It occurred again after a person had closed the storm's ticket."""
    if ticket.closing is None or part_of(storm, known) is not None or member.last_seen is None:
        return False
    return member.occurrences > known.occurrences and member.last_seen >= ticket.closing.at + _WHOLE_SECOND


def _begun(joined: InStorm) -> Storm:
    return Storm(
        fingerprint=joined.storm,
        wave=joined.wave.id,
        began_at=joined.wave.began_at,
        newest_at=joined.at,
        within=joined.within,
        most=joined.most,
        before=tuple(Beside(ticket=ticket) for ticket in joined.wave.before),
    )


def _until_now(storm: Storm, now: datetime) -> Storm:
    ends = over_at(storm)
    if storm.over_at is not None or storm.origin is not None or now < ends:
        return storm
    return msgspec.structs.replace(storm, over_at=ends)


def _divided(storm: Storm, division: Division) -> Storm:
    """Each owner's part, the one with most errors first; alone goes what would be a part of one error, and all where
    there is one owner only."""
    by_owner: dict[str, list[Member]] = {}
    for member in (member for member in storm.members if not member.alone):
        by_owner.setdefault(member.owner.casefold(), []).append(member)
    several = {owner: members for owner, members in by_owner.items() if len(members) > 1 and len(by_owner) > 1}
    members = tuple(
        member if member.owner.casefold() in several else msgspec.structs.replace(member, alone=True)
        for member in storm.members
    )
    parts = tuple(
        Part(
            owner=members[0].owner,
            fingerprint=fingerprint("storm-part", storm.fingerprint, owner),
            errors=len(members),
            occurrences=sum(member.occurrences for member in members),
        )
        for owner, members in sorted(several.items(), key=lambda it: (-len(it[1]), it[0]))
    )
    division = msgspec.structs.replace(division, parts=parts)
    return msgspec.structs.replace(storm, members=members, division=division)


def part_of(storm: Storm, member: Member) -> Part | None:
    """The part of a storm that was split in which this member is; None where it is in none."""
    if storm.division is None or member.alone:
        return None
    owner = member.owner.casefold()
    return next((part for part in storm.division.parts if part.owner.casefold() == owner), None)


def storm_of(storm: Storm, part: Part, origin: Origin) -> Storm:
    """What the part's ticket holds at its beginning."""
    owner = part.owner.casefold()
    return Storm(
        fingerprint=part.fingerprint,
        wave=storm.wave,
        began_at=storm.began_at,
        newest_at=storm.newest_at,
        within=storm.within,
        most=storm.most,
        members=tuple(it for it in storm.members if not it.alone and it.owner.casefold() == owner),
        over_at=storm.over_at or storm.newest_at,
        origin=origin,
    )


def _is_handed_on(storm: Storm) -> bool:
    """It was split, and each error has its place elsewhere."""
    division = storm.division
    if division is None:
        return False
    waits = any(part_of(storm, member) is None for member in storm.members)
    return not waits and all(part.issue is not None for part in division.parts)


def _elsewhere(storm: Storm) -> tuple[Division | None, tuple[Beside, ...]]:
    """What a closed ticket still shows when it changes: where its errors went."""
    return storm.division, storm.own


def _counters(storm: Storm) -> Counters:
    """What is counted here: of those members that are in no part of their own."""
    here = [member for member in storm.members if part_of(storm, member) is None]
    seen = [member.last_seen for member in here if member.last_seen is not None]
    days: Counter[int] = Counter()
    for member in here:
        for day, number in member.days:
            days[day] += number
    return Counters(
        occurrences=sum(member.occurrences for member in here),
        first_seen=min([storm.began_at, *seen]),
        last_seen=max(seen, default=None),
        days=tuple(sorted(days.items())[-DAYS_KEPT:]),
    )


def _without(members: tuple[Member, ...], place: int) -> tuple[Member, ...]:
    return (*members[:place], *members[place + 1 :])
